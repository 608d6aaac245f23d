#!/usr/bin/env python3
"""Holes of the guest disk on NVMe: the disk makes zeros by command, or is found out where it lies or
fails, and gets them written."""

import os
import sys

from lib import MIB, SMALL_DISK, Bench, check, has_guest, read, run_tests, same


def deployed(bench, *more):
    """A guest disk with large holes, on a disk full of garbage; how many commands for zeros came to QEMU."""
    raw, _, ova = bench.small(size=SMALL_DISK - 8 * MIB)
    disk, trace = bench.filled("disk.img"), bench.path("trace")
    bench.deploys("--ova", ova, "--target", "nvme", "--disk", disk, "--qemu-arg=-trace",
                  f"--qemu-arg=enable=pci_nvme_io_cmd,file={trace}", *more)
    has_guest(disk, raw)
    size = os.path.getsize(raw)
    same(set(read(disk, size, SMALL_DISK - MIB - size)), {0xa5}, "behind the guest disk")
    commands = read(trace).split(b"\n")
    check(any(b"CMD_FLUSH" in line for line in commands), "no command was traced")
    return sum(b"CMD_WRITE_ZEROES" in line for line in commands)


def test_zeros_are_made_by_the_disk(bench):
    # QEMU's takes 512 KiB at once; the holes have more than 40 MiB.
    check(deployed(bench) >= 80, "not all holes were made zeros by the disk")


def test_a_disk_that_lies_gets_zeros_written(bench):
    same(deployed(bench, *bench.hostile("zeros lie 1")), 0)


def test_a_disk_that_fails_in_between_gets_zeros_written(bench):
    same(deployed(bench, *bench.hostile("zeros fail 4")), 3)


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
