#!/usr/bin/env python3
"""Writes that are queued get to every kind of disk, whatever the firmware's queue is like.

tests/firmware/queue.c writes to disks full of garbage, and compares."""

import sys

from lib import MIB, Bench, only_long, run_tests

RIGHT = r"^queue: {}: 96 MiB are right, zeros {};"
BY_DISK, WRITTEN = "by the disk", "have to be written"


def tries(bench, target, *lines, sector=512):
    disk = bench.filled("disk.img", 128 * MIB)
    booted = bench.boots("--media", "none", "--target", target, "--disk", disk, "--sector-size",
                         sector, "--expect", "^queue: the end",
                         *bench.hostile(*lines, program="queue.efi"))
    booted.says(*("^hostile: " + line for line in lines))
    return booted


def test_nvme(bench):
    for sector in (512, 4096):
        tries(bench, "nvme", sector=sector).says(RIGHT.format("nvme", BY_DISK),
                                                 "^queue: nothing is under way")


def test_nvme_without_a_queue(bench):
    only_long()
    tries(bench, "nvme", "hide blockio2").says(RIGHT.format("nvme", BY_DISK))


def test_nvme_whose_queue_has_no_memory(bench):
    tries(bench, "nvme", "blockio2 refuses 30").says(RIGHT.format("nvme", BY_DISK))


def test_a_write_that_fails_is_told(bench):
    tries(bench, "nvme", "blockio2 fails 70").says(
        r"^queue: FAILED: QEMU NVMe Ctrl: cannot write sectors \d+ to \d+ \(Device Error\)",
        "^queue: nothing is under way")


def test_a_write_that_never_ends_is_told(bench):
    only_long()
    tries(bench, "nvme", "blockio2 hangs 20").says(
        r"^queue: FAILED: QEMU NVMe Ctrl: does not answer: sectors \d+ to \d+ were not written in 60 s",
        "^queue: a disk keeps its memory")


def test_sata_and_virtio(bench):
    for target in ("sata", "virtio"):
        tries(bench, target).says(RIGHT.format(target, WRITTEN))


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
