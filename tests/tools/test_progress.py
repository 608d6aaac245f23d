#!/usr/bin/env python3
"""--progress of the long commands: an object in each line, nothing at all, and a line on a terminal that goes away."""

import json
import os
import pty
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from checks import BUILD, check, holds, need, run, run_tests, same  # noqa: E402
from cli import OVFBOOT  # noqa: E402
from cli import Bench as CliBench  # noqa: E402


class Bench(CliBench):
    def commands(self):
        """{command: (its command line, the stages that it has to tell)}"""
        need("openssl")
        key, cert = self.path("key.pem"), self.path("cert.pem")
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
            "-out", cert, "-subj", "/CN=A")
        other = shutil.copy(self.raw, self.path("other.raw"))
        loader = os.path.join(BUILD, "ovfboot.efi")
        return {
            "verify": (["verify", self.ova], [(1, 2), (2, 2)]),
            "deploy": (["deploy", self.ova, "--to", self.path("disk.img")], [(1, 2), (2, 2)]),
            "pack": (["pack", self.vmdk, other, "--name", "a", "--out", self.path("a.ova")],
                     [(1, 4), (2, 4), (3, 4), (4, 4)]),
            "sign": (["sign", self.ova, "--key", key, "--cert", cert, "--out", self.path("signed.ova")],
                     [(1, 2), (2, 2)]),
            "media": (["media", "--ova", self.ova, "--efi", loader, "--out", self.path("usb.img")],
                      [(1, 2), (2, 2), (1, 2), (2, 2)])}

    def objects(self, *arguments):
        code, _, err = self.ovfboot(*arguments, "--progress", "json")
        same(code, 0, err)
        return [json.loads(line) for line in err.splitlines()]


def on_terminal(*command):
    """(exit code, what a terminal got that is standard error)"""
    ours, theirs = pty.openpty()
    with subprocess.Popen([OVFBOOT, *command], stdout=subprocess.DEVNULL, stderr=theirs) as process:
        os.close(theirs)
        got = b""
        try:
            while piece := os.read(ours, 65536):
                got += piece
        except OSError:  # the other end is closed
            pass
    os.close(ours)
    return process.returncode, got.decode()


def test_every_long_command_tells_its_steps_in_json(bench):
    for name, (command, stages) in bench.commands().items():
        objects = bench.objects(*command)
        told = [(one["stage"], one["stages"]) for one in objects]
        same([one for i, one in enumerate(told) if i == 0 or one != told[i - 1]], stages, name)
        for one in objects:
            check({"what", "done"} <= set(one) <= {"what", "stage", "stages", "done", "total", "bytes-per-second",
                                                   "seconds-left"}, f"{name}: {one}")
            check(one["done"] <= one.get("total", one["done"]), f"{name}: {one}")


def test_the_last_object_of_a_piece_is_all_of_it(bench):
    sizes = {"little": os.path.getsize(bench.vmdk), "raw": os.path.getsize(bench.raw)}
    objects = bench.objects("verify", bench.ova)
    copied = [one for one in objects if one["stage"] == 1][-1]
    same((copied["what"], copied["total"]), (os.path.basename(bench.vmdk), sizes["little"]))
    packed = bench.objects("pack", bench.raw, "--name", "a", "--out", bench.path("a.ova"))
    last = [one for one in packed if one["stage"] == 1][-1]
    same((last["done"], last["total"]), (sizes["raw"], sizes["raw"]))


def test_without_a_terminal_nothing_is_told(bench):
    for name, (command, _) in bench.commands().items():
        code, _, err = bench.ovfboot(*command)
        same((code, err), (0, ""), name)


def test_on_a_terminal_a_line_comes_and_goes(bench):
    code, said = on_terminal("verify", bench.ova)
    same(code, 0)
    holds(said, "\r\x1b[K1 of 2  small.vmdk  ", " of ", "/s  ", " left")
    check(said.endswith("\r\x1b[K"), repr(said[-40:]))


def test_none_is_silent_on_a_terminal_and_json_is_not(bench):
    same(on_terminal("verify", bench.ova, "--progress", "none"), (0, ""))
    code, said = on_terminal("verify", bench.ova, "--progress", "json")
    same((code, json.loads(said.splitlines()[0])["stages"]), (0, 2))


def test_a_word_that_is_none_is_wrong_usage(bench):
    code, _, err = bench.ovfboot("verify", bench.ova, "--progress", "xml")
    same(code, 2)
    holds(err, "--progress xml: is none of auto, none, json")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
