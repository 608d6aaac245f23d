#!/usr/bin/env python3
"""Rules for targets with several disks in the machine: what is refused, by its own sentence, and
every byte of every disk as it was; and what is written by the same rules."""

import os
import sys

from lib import MIB, Bench, check, has_guest, holds, packages, run, run_tests, sha256

NO_ANSWER = ("--set", "erase=ask")
PARTITIONS = (("EF00", "EFI system partition", "+4M"), ("0C01", "Microsoft reserved partition", "+2M"),
              ("0700", "Basic data partition", "+20M"), ("2700", "recovery", "0"))


def windows(bench, name):
    """A disk partitioned as Windows does it, with something in every partition."""
    disk = bench.filled(name)
    words = ["-o"]
    for number, (kind, label, end) in enumerate(PARTITIONS, 1):
        words += ["-n", f"{number}:0:{end}", "-t", f"{number}:{kind}", "-c", f"{number}:{label}"]
    run("sgdisk", *words, disk)
    return disk


def refused(bench, reason, disks, *arguments):
    """The sentence; no disk has changed."""
    words = [word for disk in disks for word in ("--disk", disk)]
    before = [sha256(disk) for disk in disks]
    booted = bench.refuses(reason, "--ova", bench.small()[2], *words, *arguments)
    for disk, digest in zip(disks, before):
        check(sha256(disk) == digest, f"{os.path.basename(disk)} was changed")
    return booted.failure()


def test_the_stick_is_the_only_disk(bench):
    ova = bench.small()[2]
    kept = bench.path("kept")
    booted = bench.refuses("fits no disk; none may be written", "--ova", ova, "--target", "ram",
                           "--set", "target=only, nvme", "--keep", kept)
    holds(booted.failure(), "target = only, nvme", "is the medium that ovfboot started from")
    run("mcopy", "-i", f"{kept}/stick.img@@{MIB}", "::/small.ova", bench.path("copy.ova"))
    check(sha256(bench.path("copy.ova")) == sha256(ova), "the package on the stick")


def test_two_equal_disks_are_not_told_apart(bench):
    disks = [bench.filled("first.img"), bench.filled("second.img")]
    failure = refused(bench, "target = nvme, smallest fits 2 disks", disks,
                      "--set", "target=nvme, smallest")
    holds(failure, "serial ovfboot-disk0", "serial ovfboot-disk1")
    failure = refused(bench, "target = only: there is not only one disk", disks,
                      "--set", "target=only")
    holds(failure, "but 2: ")


def test_partitions_of_windows_are_not_erased_by_the_way(bench):
    disk = windows(bench, "disk.img")
    failure = refused(bench, "erase = yes erases it", [disk], *NO_ANSWER)
    holds(failure, "holds what ovfboot has not put there", "GPT with 4 partitions",
          "EFI system partition, Microsoft reserved partition, Basic data partition, recovery")
    failure = refused(bench, "must be kept", [disk], "--set", "erase=yes", "--set", "keep=recovery")
    holds(failure, "partition 4 is labelled recovery", "ovfboot.conf line")
    raw, _, ova = bench.small()
    bench.deploys("--ova", ova, "--disk", disk, "--set", "erase=yes")
    has_guest(disk, raw)


def test_a_protected_disk_is_never_written(bench):
    disks = [bench.filled("first.img"), bench.filled("second.img")]
    protect = ("--set", "protect=serial:ovfboot-disk0")
    failure = refused(bench, "is protected by protect = serial:ovfboot-disk0", disks, *protect,
                      "--set", "target=serial:ovfboot-disk0")
    holds(failure, "ovfboot.conf line")
    raw, _, ova = bench.small()
    before = sha256(disks[0])
    # Of two only one is left.
    bench.deploys("--ova", ova, "--disk", disks[0], "--disk", disks[1], *protect,
                  "--set", "target=nvme, only")
    check(sha256(disks[0]) == before, "the protected disk was changed")
    has_guest(disks[1], raw)


def test_one_sector_too_small(bench):
    disk = bench.filled("disk.img", packages.DISK_MIB * MIB)
    os.truncate(disk, packages.DISK_MIB * MIB - 512)
    failure = refused(bench, "needs .*but", [disk], "--set", "target=size<=1GB, smallest")
    holds(failure, str(packages.DISK_MIB * MIB), str(packages.DISK_MIB * MIB - 512))


def test_a_disk_is_known_by_what_it_is(bench):
    """One by its size and model, one by the EUI-64 of its namespace; QEMU's other disks have none."""
    raw, _, ova = bench.small()
    small, large = bench.filled("small.img"), bench.filled("large.img", 96 * MIB)
    named = bench.filled("named.img")
    before = sha256(small)
    more = [f"--qemu-arg={word}" for word in (
        "-drive", f"if=none,id=named,format=raw,file={named}",
        "-device", "nvme,id=controller,serial=NAMED",
        "-device", "nvme-ns,drive=named,bus=controller,eui64=0x0025385b71b0a1c2")]
    for rule, disk in (("model:QEMU NVMe, size>=90MB size<=1GiB", large),
                       ("nvme, wwn:eui.0025385B71B0A1C2", named)):
        bench.deploys("--ova", ova, "--disk", small, "--disk", large, *more,
                      "--set", f"target={rule}")
        check(sha256(small) == before, "the smaller disk was changed")
        has_guest(disk, raw)


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
