#!/usr/bin/env python3
"""What can be known before the first write: refused with its own sentence, and every byte of
the disk as it was."""

import os
import sys

from lib import MIB, Bench, holds, is_unchanged, packages, run_tests, sha256
from packages import changed, members_of, tar


def refused_unchanged(bench, reason, *arguments):
    """Refused, and the used disk, or the one that arguments name, is as it was."""
    arguments = list(arguments)
    if "--disk" not in arguments:
        arguments += ["--disk", bench.used("disk.img")]
    disk = arguments[arguments.index("--disk") + 1]
    before = sha256(disk)
    booted = bench.refuses(reason, *arguments)
    is_unchanged(disk, before)
    return booted.failure()


def test_truncated_ova(bench):
    ova = bench.small()[2]
    os.truncate(ova, os.path.getsize(ova) - 2 * MIB)
    failure = refused_unchanged(bench, r"^ovfboot: FAILED: small\.ova: ", "--ova", ova)
    holds(failure, "small.vmdk", "ends")


def test_wrong_digest_of_the_descriptor(bench):
    vmdk = bench.small()[1]
    members = changed(members_of([vmdk]), "small.ovf", lambda d: d.replace(b"A small", b"A smoll"))
    ova = tar(bench.path("bad.ova"), members)
    failure = refused_unchanged(bench, "manifest", "--ova", ova)
    holds(failure, "bad.ova", "small.ovf", "SHA-256", "line 1")


def test_package_without_manifest(bench):
    members = [m for m in members_of([bench.small()[1]]) if not m[0].endswith(".mf")]
    ova = tar(bench.path("bare.ova"), members)
    holds(refused_unchanged(bench, "no manifest", "--ova", ova), "bare.ova")


def test_package_without_descriptor(bench):
    members = [m for m in members_of([bench.small()[1]]) if not m[0].endswith(".ovf")]
    ova = tar(bench.path("bad.ova"), members)
    holds(refused_unchanged(bench, r"holds no \.ovf", "--ova", ova), "bad.ova")


def test_disk_too_small(bench):
    disk = bench.filled("disk.img", 16 * MIB)
    failure = refused_unchanged(bench, "needs .*but", "--ova", bench.small()[2], "--disk", disk)
    holds(failure, "small.vmdk", str(packages.DISK_MIB * MIB), str(16 * MIB))


def test_too_little_memory_for_a_ram_disk(bench):
    raw = bench.path("big.raw")
    packages.guest_disk(raw, size=4096 * MIB)
    ova = packages.package(bench.path("big.ova"), [packages.convert(raw)])
    failure = refused_unchanged(bench, "memory", "--ova", ova, "--target", "ram", "--memory", 1024)
    holds(failure, "RAM disk")


def test_large_sectors(bench):
    """What the small appliance has in its second partition is no file system, and may count in sectors."""
    failure = refused_unchanged(bench, "sectors of 4096 bytes", "--ova", bench.small()[2],
                                "--sector-size", 4096)
    holds(failure, "made for sectors of 512 bytes", "small.vmdk: partition 2 (data) holds something unknown")


def test_unknown_setting(bench):
    failure = refused_unchanged(bench, "there is no setting tarjet", "--ova", bench.small()[2],
                                "--set", "tarjet=nvme")
    holds(failure, "ovfboot.conf: line")


def test_no_package_on_any_medium(bench):
    refused_unchanged(bench, "no package", "--media", "none")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
