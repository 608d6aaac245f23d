#!/usr/bin/env python3
"""The sample appliance boots from SATA, virtio and a RAM disk, and out of loose files."""

import os
import sys

from lib import MIB, SAMPLE, Bench, is_unchanged, packages, run, run_tests, runs_from, sha256


def test_sata_by_serial_number(bench):
    booted = bench.boots("--ova", SAMPLE, "--target", "sata", "--disk-size", "1G")
    booted.says("^Target .*SATA.*OVFBOOT-SATA0")
    runs_from(booted, "sata", "OVFBOOT-SATA0", 1024 * MIB)


def test_virtio_by_path_from_loose_files(bench):
    folder = bench.path("sample")
    os.mkdir(folder)
    run("tar", "-xf", SAMPLE, "-C", folder)
    booted = bench.boots("--loose", folder, "--target", "virtio", "--disk-size", "1G")
    booted.says(r"^Package .*\.ovf", "^Descriptor .*matches the manifest",
                "^Proved .*vmdk: matches")
    runs_from(booted, "virtio", "ovfboot-virtio0", 1024 * MIB)


def test_ram_disk(bench):
    disk = bench.used("disk.img")
    before = sha256(disk)
    run("tar", "-xf", SAMPLE, "-C", bench.folder)
    vmdk = next(name for name in os.listdir(bench.folder) if name.endswith(".vmdk"))
    size = packages.capacity_of(bench.path(vmdk))
    booted = bench.boots("--ova", SAMPLE, "--target", "ram", "--disk", disk,
                         "--set", "environment=none")
    runs_from(booted, "pmem", None, (size + 2 * MIB - 1) // (2 * MIB) * 2 * MIB)
    is_unchanged(disk, before)


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
