#!/usr/bin/env python3
"""ovfboot log on sticks that sfdisk, mkfs.fat and mtools made, and on files alone: what is shown, which of several, and
the sentence for whatever is no log."""

import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import schema  # noqa: E402
from checks import MIB, TOP, check, holds, need, read, run, run_tests, same, write  # noqa: E402
from cli import Bench as CliBench  # noqa: E402

TEXT = b"   0.00  ovfboot 0.1\n   0.02  Settings   ovfboot.conf\n  12.50  FAILED (damaged): a.vmdk: differs\x1b[2J\n"


def document(**more):
    """A failure, as the loader tells it; more is put over it."""
    return {
        "format": 1, "writer": "ovfboot 0.1", "outcome": "failed", "stage": "deployment",
        "error": {"code": "damaged", "message": "a.ova: a.vmdk: differs", "advice": "Copy the package again."},
        "task": "deploy",
        "machine": {"arch": "x64", "name": "ACME Box 7", "uuid": "1-2", "serial": "SN1", "firmware": "ACME 2.10",
                    "macs": ["52:54:00:00:00:01"]},
        "devices": ["NVMe disk ACME, 1.0 TB"],
        "loader": {"came-from": "http://boot.example/ovfboot/", "sealed": True},
        "package": {"place": "a.ova on usb disk", "size": 5300000000, "name": "a.ova", "title": "An appliance",
                    "signer": "CN=ACME", "trusted": True, "descriptor": {"file": "a.ovf", "SHA-256": "ab" * 32}},
        "disks": [{"name": "a.vmdk", "capacity": 25100000, "target": "ACME NVMe", "SHA-256": "cd" * 32}],
        "settings": [{"key": "target", "value": "nvme", "origin": "ovfboot.conf line 3"}],
        "properties": [{"name": "password", "origin": "console", "secret": True, "set": True}],
        "stages": [{"name": "settings", "milliseconds": 250}, {"name": "deployment", "milliseconds": 750}],
        "retries": 4, "warnings": ["anchors are not sealed"], "notes": ["no sound card"], **more}


def encoded(**more):
    text = json.dumps(document(**more))
    schema.validate(os.path.join(TOP, "docs", "report.schema.json"), [("log", text)])
    return text.encode()


class Bench(CliBench):
    def file(self, contents, name="log.json"):
        return write(self.path(name), contents)

    def volume(self, files, *options):
        """A FAT volume of 40 MiB with files in \\EFI\\ovfboot\\logs."""
        path = self.path("esp.img")
        write(path, b"")
        os.truncate(path, 40 * MIB)
        run("mkfs.fat", *(options or ("-F", "32")), path)
        run("mmd", "-i", path, "::/EFI", "::/EFI/ovfboot", "::/EFI/ovfboot/logs")
        for name, contents in files.items():
            run("mcopy", "-i", path, self.file(contents, "one"), f"::/EFI/ovfboot/logs/{name}")
        return path

    def stick(self, files, label="gpt"):
        """A disk with that volume in its second partition."""
        kind = "U" if label == "gpt" else "ef"
        path = self.path("usb.img")
        with open(self.volume(files), "rb") as volume:
            write(path, bytes(4 * MIB) + volume.read() + bytes(4 * MIB))
        run("sfdisk", path, input=f"label: {label}\nstart=2048, size=2048, type={'L' if label == 'gpt' else '83'}\n"
            f"start=8192, size={40 * MIB // 512}, type={kind}\n")
        return path

    def log(self, *arguments):
        return self.does("log", *arguments)


def make(folder):
    need("sfdisk", "mkfs.fat", "mcopy", "mmd")
    return Bench(folder)


def test_a_document_is_told_in_full(bench):
    said = bench.log(bench.file(encoded())).splitlines()
    same(said, [
        "Outcome    failed at deployment", "Error      a.ova: a.vmdk: differs (damaged)",
        "Advice     Copy the package again.", "Task       deploy", "Warning    anchors are not sealed",
        "Machine    ACME Box 7, serial SN1, uuid 1-2, arch x64", "Port       52:54:00:00:00:01",
        "Firmware   ACME 2.10", "Has        NVMe disk ACME, 1.0 TB",
        "Loader     ovfboot 0.1, from http://boot.example/ovfboot/, with sealed trust anchors",
        "Package    a.ova on usb disk, 5.3 GB", "Appliance  An appliance", "Signed by  CN=ACME",
        "Descriptor a.ovf: SHA-256 " + "ab" * 32, "Disk       a.vmdk, 25.1 MB, onto ACME NVMe",
        "           SHA-256 " + "cd" * 32, "Setting    target = nvme (ovfboot.conf line 3)",
        "Property   password is set (console)",
        "Stage      settings          0.25 s  25 % #####",
        "Stage      deployment        0.75 s  75 % ###############",
        "Retries    4", "Note       no sound card"])


def test_a_document_of_a_run_that_came_nowhere(bench):
    short = document(outcome="done", machine={"arch": "x64", "macs": []}, loader={"sealed": False}, settings=[],
                     stages=[], warnings=[], notes=[], retries=0)
    for key in ("error", "stage", "task", "devices", "package", "disks", "properties"):
        del short[key]
    same(bench.log(bench.file(json.dumps(short).encode())).splitlines(),
         ["Outcome    done", "Machine    arch x64", "Loader     ovfboot 0.1, from a medium", "Retries    0"])


def test_a_document_comes_out_as_it_is(bench):
    contents = encoded()
    same(bench.log(bench.file(contents), "--json"), contents.decode())
    image = bench.stick({"SN1-1.json": contents})
    same(bench.log(image, "--json"), contents.decode())


def test_lines_are_shown_without_control_characters(bench):
    same(bench.log(bench.file(TEXT, "log.txt")), TEXT.decode().replace("\x1b", "?"))
    holds(bench.log(bench.file(encoded(warnings=["\x1b[2J"]))), "Warning    ?[2J\n")


def test_one_log_on_a_stick_is_shown(bench):
    for label in ("gpt", "dos"):
        image = bench.stick({"SN1-1.json": encoded(), "SN1-1.txt": TEXT}, label)
        said = bench.log(image)
        check(said.startswith("Log        SN1-1, 20"), said)
        holds(said, "\nError      a.ova: a.vmdk: differs (damaged)\n")


def test_a_volume_without_a_table_will_do(bench):
    for options in (("-F", "32"), ("-F", "16"), ("-F", "12", "-s", "64")):
        image = bench.volume({"SN1-1.json": encoded()}, *options)
        holds(bench.log(image), "Outcome    failed at deployment")


def several(bench):
    files = {f"{machine}-{number}.json": encoded(retries=number, stage=machine)
             for machine in ("a-long-name-with-dashes", "SN1") for number in (2, 10, 9)}
    return bench.stick({**files, "SN1-11.txt": TEXT, "SN1-x.json": b"x", "notes.txt": b"x"})


def test_several_logs_are_listed_and_the_newest_is_shown(bench):
    image = several(bench)
    said = bench.log(image, "--machine", "a-long-name-with-dashes")
    names = [line.split("  ")[1] for line in said.split("\n\n")[0].splitlines()]
    same(names, [f"a-long-name-with-dashes-{n}" for n in (2, 9, 10)])
    holds(said, "failed at a-long-name-with-dashes: a.ova: a.vmdk: differs\n", "\nRetries    10\n")
    everything = bench.log(image)
    same(len(everything.split("\n\n")[0].splitlines()), 7)
    holds(everything, "SN1-11  has no document\n")


def test_a_log_is_chosen(bench):
    image = several(bench)
    holds(bench.log(image, "--machine", "SN1", "--number", "9"), "Log        SN1-9, ", "Retries    9\n")
    holds(bench.log(image, "--machine", "SN1", "--number", "11"), "Log        SN1-11, ", "ovfboot.conf\n")
    same(json.loads(bench.log(image, "--json", "--machine", "sn1", "--number", "2"))["retries"], 2)
    holds(bench.refuses("log", image, "--machine", "SN2"), "usb.img: has 7 logs, but none of machine SN2")
    holds(bench.refuses("log", image, "--number", "3"), "has 7 logs, but none with number 3")
    holds(bench.refuses("log", image, "--number", "11", "--json"), "usb.img: SN1-11.txt: that run left no .json")


def config_volume(bench, files):
    """A volume as the loader makes it for the guest, as far as it is known by."""
    path = bench.path("cidata.img")
    write(path, b"")
    os.truncate(path, 8 * MIB)
    run("mkfs.fat", "-F", "12", path)
    for name, contents in files.items():
        run("mcopy", "-i", path, bench.file(contents, "one"), f"::/{name}")
    with open(path, "r+b") as volume:
        volume.seek(3)
        volume.write(b"OVFBOOT ")
        volume.seek(43)
        volume.write(b"cidata     ")
    return path


def test_the_log_in_a_partition_for_the_guest_is_shown(bench):
    room = b"\n" * 50000
    path = config_volume(bench, {"ovfboot.log": TEXT + room, "ovfboot.json": encoded() + room, "meta-data": b"x"})
    tables = (("gpt", "start=2048, size=2048, type=U\nstart=8192, size=16384, type=L\n"),
              ("dos", "start=2048, size=2048, type=ef\nstart=4096, size=30000, type=5\n"
               "start=8192, size=16384, type=1\n"))
    for label, lines in tables:
        disk = write(bench.path("disk.img"), bytes(4 * MIB) + read(path) + bytes(8 * MIB))
        run("sfdisk", disk, input=f"label: {label}\n{lines}")
        said = bench.log(disk)
        check(said.startswith("Log        cidata, 20"), said)
        holds(said, "\nOutcome    failed at deployment\n")
        same(json.loads(bench.log(disk, "--json")), document())
    text = config_volume(bench, {"ovfboot.log": TEXT + room, "ovfboot.json": room})
    check(bench.log(text).endswith(TEXT.decode().replace("\x1b", "?")), "lines with room behind them")
    holds(bench.refuses("log", config_volume(bench, {"ovfboot.log": room, "ovfboot.json": room})), "no run left a log")


def test_a_damaged_log_is_named(bench):
    contents = encoded()
    for cut in (1, 2, 40, len(contents) - 1):
        holds(bench.refuses("log", bench.file(contents[:cut])),
              f"log.json: is no whole log: its JSON ends or is wrong at byte {cut}")
    holds(bench.refuses("log", bench.file(contents.replace(b"ACME", b"\xff", 1))), "log.json: is no whole log")
    holds(bench.refuses("log", bench.file(b"")), "log.json: is empty")
    holds(bench.refuses("log", bench.file(b"{}")), "log.json: is JSON, but no log of ovfboot")
    holds(bench.refuses("log", bench.file(json.dumps({**document(), "format": 2}).encode())),
          "log.json: is a log of format 2, and this ovfboot reads format 1")
    holds(bench.refuses("log", bench.file(b"Dear diary\n", "log.txt")), "log.txt: is no log of ovfboot")
    image = bench.stick({"SN1-1.json": contents[:100], "SN1-2.json": contents})
    holds(bench.refuses("log", image, "--number", "1"), "usb.img: SN1-1.json: is no whole log")
    holds(bench.log(image), "SN1-1.json: is no whole log", "\nRetries    4\n")


def test_what_holds_no_log_is_refused(bench):
    holds(bench.refuses("log", bench.stick({})), "usb.img: no run left a log on it")
    holds(bench.refuses("log", bench.file(bytes(MIB), "disk.img")),
          "disk.img: is no log (.json, .txt), and holds no FAT file system with logs")
    holds(bench.refuses("log", bench.path("none.img")), "none.img")
    holds(bench.refuses("log", bench.folder), bench.folder)
    holds(bench.refuses("log", bench.file(TEXT, "log.txt"), "--json"), "log.txt: is a text; --json wants the .json")
    holds(bench.refuses("log", bench.file(TEXT, "log.txt"), "--number", "1"), "log.txt: is one log")
    for more, why in ((("--number", "x"), "--number x: is no number"), (("a", "b"), "is one FILE too many"),
                      ((), "log wants a FILE")):
        code, _, err = bench.ovfboot("log", *more)
        same(code, 2, err)
        holds(err, why)


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), make))
