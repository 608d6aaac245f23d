#!/usr/bin/env python3
"""The processors of a machine at work for ovfboot, and what becomes of those that do not answer: by
tests/firmware/workers.c, with tests/firmware/hostile.c in front of it."""

import os
import re
import sys

from lib import BUILD, MIB, SMALL_DISK, Bench, check, has_guest, has_no_table, read, run_tests, same, write


class Pool(Bench):
    def tries(self, processors, *script):
        """What the program says, {what it did: what came out}, and its lines."""
        program = os.path.join(BUILD, "workers.efi")
        put = ["--put", "EFI/BOOT/BOOTX64.EFI=" + program]
        if script:
            file = write(self.path("hostile.txt"), "\n".join(script).encode())
            put = ["--put", "EFI/BOOT/BOOTX64.EFI=" + os.path.join(BUILD, "hostile.efi"),
                   "--put", "EFI/ovfboot/real.efi=" + program,
                   "--put", "EFI/ovfboot/hostile.txt=" + file]
        booted = self.boots("--media", "none", "--smp", processors, "--expect", "^workers: done", *put)
        said = re.findall(r"^workers: ([^:\n]*): (.*)", booted.text, re.MULTILINE)
        return dict(said), booted


def jobs(said):
    """Of each processor, the first one first; none of their results is wrong."""
    check(said.startswith("0 wrong, "), said)
    return [int(word) for word in said.partition("jobs ")[2].split()]


def lost(text):
    return sorted(re.findall(r"^Warning +processor (\d+) of this machine is not used any more", text, re.MULTILINE))


def test_all_of_them_work_and_one_that_hangs_is_replaced(bench):
    said, booted = bench.tries(4)
    booted.says("^workers: 4 processors")
    for what in ("batches", "batches then", "after the release"):
        counted = jobs(said[what])
        same(len(counted), 4, "processors")
        check(all(counted), f"{what}: each has done some: {counted}")
    same(said["release"], "all have left")
    same(sum(jobs(said["batches"])), 300 * 16, "jobs")
    check(sum(jobs(said["one hangs"])) >= 16, "the batch was done again")
    same(len(lost(booted.text)), 1, "processors that were given up")
    same(jobs(said["without it"])[int(lost(booted.text)[0])], 0, "jobs of the one that hung")


def test_one_that_does_not_begin_one_that_is_late_and_one_that_stops(bench):
    said, booted = bench.tries(4, "mp never 1", "mp stuck 2", "mp late 3")
    same(jobs(said["slow jobs"])[1], 0, "jobs of the one that never begins")
    same(jobs(said["batches"])[1:3], [0, 0], "jobs of those that were given up")
    same(sum(jobs(said["without it"])), 16 * 100, "jobs at the end")
    same(lost(booted.text.partition("workers: batches:")[0]), ["1", "2"], "processors that were given up")
    same(said["release"], "all have left")


def test_one_that_the_firmware_does_not_stop_is_an_error_and_those_that_it_refuses_are_none(bench):
    said, booted = bench.tries(4, "mp dead 1", "mp refused 2", "mp refused 3")
    sentence = "processor 1 of this machine does not come back from its work, and the firmware does not stop it"
    same(said, {"slow jobs": "error processor: " + sentence, "release": sentence})
    same(lost(booted.text), [])
    booted.says(r"^Warning    the firmware does not start processor 2 of this machine for ovfboot \(Unsupported\)")


def test_without_the_service_the_first_processor_does_all(bench):
    said, booted = bench.tries(2, "hide mp")
    booted.says("^workers: 1 processors")
    for what in ("batches", "batches then", "without it"):
        same(len(jobs(said[what])), 1, "processors")
    same((said["release"], lost(booted.text)), ("all have left", []))


def test_a_deployment_goes_on_without_a_processor_that_hangs(bench):
    raw, _, ova = bench.small(size=SMALL_DISK - 8 * MIB)
    disk = bench.filled("disk.img")
    booted = bench.deploys("--ova", ova, "--disk", disk, "--smp", 3, *bench.hostile("mp stuck 1"))
    same(lost(booted.text), ["1"], "processors that were given up")
    has_guest(disk, raw)


def test_one_that_the_firmware_does_not_stop_ends_a_deployment(bench):
    raw, _, ova = bench.small(size=SMALL_DISK - 8 * MIB)
    disk = bench.filled("disk.img")
    bench.refuses("processor 1 of this machine does not come back from its work", "--ova", ova, "--disk", disk,
                  "--smp", 3, "--set", "environment=none", *bench.hostile("mp dead 1")).says("^Restart the machine")
    # It stops in the middle of a piece, or between two when the others have done all.
    if any(read(disk, 0, 512)):
        has_guest(disk, raw)
    else:
        has_no_table(disk)


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Pool))
