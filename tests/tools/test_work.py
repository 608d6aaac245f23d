#!/usr/bin/env python3
"""How much work a deployment is, in counts that do not depend on the machine: bytes read, written and copied, requests,
memory taken after the first write, instructions.

    tests/tools/test_work.py [WORD ...]
"""

import os
import random
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import forms  # noqa: E402
import packages  # noqa: E402
from checks import BUILD, MIB, check, need, run, run_tests, same, sha256, write  # noqa: E402

TOOL = os.path.join(BUILD, "ovfboot")
SHIM = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "preload", "work.c")
PORTION = MIB // 2  # that is read at once
SIZE = 48 * MIB
HELD = 3 * MIB  # bytes of the ends, and of what a buffer's turn moves, that are copied whatever the size


class Bench:
    def __init__(self, folder):
        self.folder = folder
        self.shim = self.path("work.so")
        run("gcc", "-O2", "-shared", "-fPIC", "-o", self.shim, SHIM, "-ldl")

    def path(self, name):
        return os.path.join(self.folder, name)

    def disk(self):
        """Half noise, a quarter text, a quarter zeros, in runs of a MiB."""
        numbers = random.Random(5)
        pieces = [numbers.choice((numbers.randbytes(MIB), numbers.randbytes(MIB), b"ovfboot " * (MIB // 8), bytes(MIB)))
                  for _ in range(SIZE // MIB)]
        disk = bytearray(b"".join(pieces))
        disk[510:512] = b"\x55\xaa"
        self.data = sum(any(disk[at:at + 65536]) for at in range(0, SIZE, 65536)) * 65536
        return write(self.path("raw"), bytes(disk))

    def counts(self, file, *more):
        out, counts = self.path("out"), self.path("counts")
        done = subprocess.run([TOOL, "deploy", file, "--to", out, "--set", "environment=none", *more],
                              env={**os.environ, "LD_PRELOAD": self.shim, "WORK_COUNTS": counts}, capture_output=True,
                              text=True, check=False)
        check(done.returncode == 0, done.stderr)
        same(sha256(out), sha256(self.path("raw")))
        os.remove(out)
        with open(counts, encoding="ascii") as lines:
            return {name: int(count) for name, count in map(str.split, lines)}


def check_writes(bench, counts):
    """Each byte of data once, in large requests; and standard output's buffer is all that is taken meanwhile."""
    check(bench.data <= counts["written_bytes"] + 3 * MIB and counts["written_bytes"] <= bench.data + 3 * MIB, counts)
    check(counts["writes"] <= SIZE // MIB + 20, counts)
    check(counts["allocations"] <= 1 and counts["flushes"] <= 5, counts)


def check_reads(counts, size, times):
    check(counts["read_bytes"] <= times * size + 4 * MIB, counts)
    check(counts["reads"] <= times * (size / PORTION + 40), counts)


def test_a_disk_that_is_read_in_order(bench):
    need("qemu-img", "gcc")
    vmdk = packages.convert(bench.disk())
    counts = bench.counts(packages.package(bench.path("small.ova"), [vmdk]))
    check_writes(bench, counts)
    check_reads(counts, os.path.getsize(vmdk), 1)
    # What deflate stored, the inflate copies.
    check(counts["copied"] <= SIZE // 2 + 8 * MIB + HELD, counts)


def test_a_raw_disk_is_written_from_where_it_was_read(bench):
    need("gcc")
    counts = bench.counts(bench.disk(), "--policy", "none")
    check_writes(bench, counts)
    check_reads(counts, SIZE, 1)
    check(counts["copied"] <= HELD + SIZE // 8, counts)


def test_a_disk_with_tables_is_read_twice_and_copied_never(bench):
    need("qemu-img", "gcc")
    raw = bench.disk()
    files = forms.images(bench.folder, raw, "qcow2")
    vmdk = packages.convert(raw)
    counts = bench.counts(packages.tar(bench.path("made.ova"), forms.members(vmdk, files)))
    check_writes(bench, counts)
    check_reads(counts, len(files[0][1]), 2.2)
    check(counts["copied"] <= 2 * HELD + SIZE // 8, counts)


if __name__ == "__main__":
    sys.exit(run_tests(globals(), Bench))
