#!/usr/bin/env python3
"""Each call that can fail fails in turn while a package is deployed: memory, reads, writes, flushes, opening files.

    tests/tools/test_fail.py [WORD ...]

It ends with status 1 and a sentence that names the thing, and no disk that starts; or it did without, and the disk is
right in every byte.  It leaves no file, and where memory is not what fails, LeakSanitizer finds none that was lost and
nobody holds (memory of the core is in arenas; tests/unit/test_failures.c has them too small, to the byte).  Every call
with OVFBOOT_LONG=1, else some.
"""

import errno
import os
import random
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import packages  # noqa: E402
from checks import BUILD, MIB, check, need, read, run, run_tests, write  # noqa: E402

LONG = os.environ.get("OVFBOOT_LONG", "0") != "0"
MOST = 100000 if LONG else 16  # of the calls of one kind
TOOL = os.path.join(BUILD, "ovfboot")
SANITIZED = os.path.join(BUILD, "ovfboot-asan")
SHIM = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "preload", "fail.c")
SIZE = 5 * MIB
NAMES = ("small.ova", "small.vmdk", "small.ovf", "small.mf", "/out", "memory")


class Bench:
    def __init__(self, folder):
        need("qemu-img", "gcc", "tar")
        self.folder = folder
        self.shim = self.path("fail.so")
        run("gcc", "-O2", "-shared", "-fPIC", "-o", self.shim, SHIM, "-ldl")
        self.shim_without_malloc = self.path("calls.so")  # a sanitizer's must be the only one
        run("gcc", "-O2", "-shared", "-fPIC", "-Dmalloc=unused_malloc", "-Dcalloc=unused_calloc",
            "-Drealloc=unused_realloc", "-o", self.shim_without_malloc, SHIM, "-ldl")
        disk = bytearray(random.Random(3).randbytes(SIZE))
        disk[MIB:3 * MIB] = bytes(2 * MIB)
        disk[510:512] = b"\x55\xaa"
        self.wanted = bytes(disk)
        self.old = random.Random(4).randbytes(SIZE)
        self.ova = packages.package(self.path("small.ova"), [packages.convert(write(self.path("small.raw"), disk))])
        self.files = set(os.listdir(folder))

    def path(self, name):
        return os.path.join(self.folder, name)

    def deploy(self, call, at, how, is_new):
        """(status, what stderr says, how many calls there were)"""
        out, count = self.path("out"), self.path("count")
        if is_new and os.path.exists(out):
            os.remove(out)
        elif not is_new:
            write(out, self.old)
        tool, shim = (TOOL, self.shim) if call == "malloc" else (SANITIZED, self.shim_without_malloc)
        done = subprocess.run([tool, "deploy", self.ova, "--to", out, "--set", "environment=none", "--workers", "2"],
                              env={**os.environ, "LD_PRELOAD": shim, "FAIL_CALL": call, "FAIL_AT": str(at),
                                   "FAIL_HOW": str(how), "FAIL_COUNT": count,
                                   "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=1:exitcode=99"},
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stderr, int(read(count) or b"0")

    def judge(self, is_new, code, said, what):
        out = self.path("out")
        left = set(os.listdir(self.folder)) - self.files - {"out", "count"}
        check(not left, f"{what}: it leaves {left}")
        if code == 0:
            check(read(out) == self.wanted, f"{what}: done, but not right")
            return
        check(code == 1, f"{what}: status {code}: {said}")
        sentence, _, advice = said.partition("\n")
        check(sentence.startswith("ovfboot: FAILED: ") and any(name in sentence for name in NAMES), f"{what}: {said!r}")
        check(advice.count("\n") <= 1, f"{what}: {said!r}")
        if is_new:
            check(not os.path.exists(out), f"{what}: the file is left")
            return
        disk = read(out)
        check(len(disk) == SIZE, f"{what}: {len(disk)} bytes")
        check(not any(disk[:512]) or disk in (self.old, self.wanted), f"{what}: it may start")


def each(bench, call, how, must_fail):
    for is_new in (True, False):
        code, said, count = bench.deploy(call, 0, how, is_new)
        check(code == 0, f"{call} {said}")
        step = max(1, count // MOST)
        failed = 0
        chosen = sorted({*range(1, count + 1, step), *range(max(1, count - 2), count + 1)})
        for at in chosen:
            code, said, _ = bench.deploy(call, at, how, is_new)
            bench.judge(is_new, code, said, f"{call} {at} of {count}, {how}, {'new' if is_new else 'old'}")
            failed += code
        print(f"  {call}, {how}, {'new' if is_new else 'old'}: {count} calls, {len(chosen)} tried, {failed} ended it")
        check(failed == len(chosen) or not must_fail, f"{call}: {failed} of {len(chosen)} ended it")


def test_memory(bench):
    each(bench, "malloc", errno.ENOMEM, False)


def test_reads(bench):
    each(bench, "pread", errno.EIO, True)
    each(bench, "pread", "short", False)


def test_writes(bench):
    each(bench, "pwrite", errno.EIO, True)
    each(bench, "pwrite", errno.ENOSPC, True)
    each(bench, "pwrite", "short", False)


def test_flushes(bench):
    each(bench, "fdatasync", errno.EIO, True)


def test_files(bench):
    each(bench, "ftruncate", errno.ENOSPC, True)
    each(bench, "open", errno.EIO, False)


def test_interrupted_calls_are_done_again(bench):
    for call in ("pread", "pwrite"):
        code, said, _ = bench.deploy(call, 2, errno.EINTR, True)
        bench.judge(True, code, said, call)
        check(code == 0, said)


if __name__ == "__main__":
    sys.exit(run_tests(globals(), Bench))
