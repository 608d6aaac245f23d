#!/usr/bin/env python3
"""The sample appliance boots from NVMe, out of a file and out of a partition; the guest tells
which disk it runs from.  Then, without the guest, every byte of the disk is looked at."""

import os
import sys

from lib import (MIB, SAMPLE, Bench, has_guest, is_sound, packages, read, run, run_tests,
                 runs_from, same)


def test_nvme_boots_from_a_stick(bench):
    disk = bench.filled("disk.img", 512 * MIB)
    booted = bench.boots("--ova", SAMPLE, "--target", "nvme", "--disk", disk)
    booted.says("^ovfboot ", "^Package .*sample.ova", "^Descriptor .*matches the manifest",
                "^Target .*NVMe.*ovfboot-disk0", "^Proved .*matches the manifest",
                "^ovfboot: starting .*BOOTX64.EFI", "^ovfboot-guest: ready")
    runs_from(booted, "nvme", "ovfboot-disk0", 512 * MIB)
    is_sound(disk)


def test_nvme_boots_from_a_partition_of_the_stick(bench):
    booted = bench.boots("--ova", SAMPLE, "--media", "partition", "--disk-size", "1G")
    booted.says("^Package .*partition 2")
    runs_from(booted, "nvme", "ovfboot-disk0", 1024 * MIB)


def test_deployed_sample_is_what_qemu_img_makes_of_it(bench):
    disk = bench.filled("disk.img", 256 * MIB)
    bench.deploys("--ova", SAMPLE, "--target", "nvme", "--disk", disk)
    run("tar", "-xf", SAMPLE, "-C", bench.folder)
    vmdk = next(name for name in os.listdir(bench.folder) if name.endswith(".vmdk"))
    raw = packages.raw_of(bench.path(vmdk), bench.path("wanted.raw"))
    has_guest(disk, raw)
    # What lies between the guest's end and the disk's last MiB belongs to nobody.
    size = os.path.getsize(raw)
    same(set(read(disk, size, 255 * MIB - size)), {0xa5}, "behind the guest disk")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
