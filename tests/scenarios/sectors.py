#!/usr/bin/env python3
"""An appliance for sectors of 512 bytes on a disk of 4096, and the other way round: the firmware starts
it, its kernel finds its root, and the tools of this machine find nothing wrong."""

import sys

from lib import (MIB, SAMPLE, Bench, appliances, check, fdisk_list, guest_agrees, packages, read, run,
                 run_tests, same, write)
from tables import ANSWERS, DISK, ESP_MIB, ROOT_MIB, sample_in


def part(bench, disk, at, size, name="part.img"):
    return write(bench.path(name), read(disk, at, size))


def is_sound(bench, raw, disk, sector):
    """What is on the disk after the guest ran from it: it mounts its ESP and writes to its root."""
    checked = run("fdisk", "-b", sector, disk, input="v\nq\n")
    check("No errors detected" in checked, checked)
    esp = part(bench, disk, MIB, ESP_MIB * MIB, "new-esp.img")
    check(f"{sector} bytes per logical sector" in run("fsck.fat", "-n", "-v", esp), "fsck.fat")
    same(run("mtype", "-i", esp, "::EFI/BOOT/BOOTX64.EFI"),
         run("mtype", "-i", part(bench, raw, MIB, ESP_MIB * MIB), "::EFI/BOOT/BOOTX64.EFI"), "the loader")


def boots(bench, raw, ova, sector, *answers):
    disk = bench.filled("disk.img", DISK)
    booted = bench.boots("--ova", ova, "--target", "nvme", "--disk", disk, "--sector-size", sector,
                         *answers)
    booted.says("^Target .*NVMe.*ovfboot-disk0",
                f"^Sectors .* made for sectors of {4096 + 512 - sector} bytes; .* rewritten for {sector}$",
                "^Proved .*matches the manifest", "^ovfboot: starting .*BOOTX64.EFI",
                "^ovfboot-guest: ready")
    check(booted.facts("root")[0][0].startswith("/dev/nvme0n1p2"), booted.facts("root"))
    parts = fdisk_list(disk, sector)
    same([p[0] for p in parts], [1, 2, 3], "partitions")
    same([(first * sector, (last + 1) * sector) for _, first, last in parts[:2]],
         [(MIB, (1 + ESP_MIB) * MIB), ((1 + ESP_MIB) * MIB, (1 + ESP_MIB + ROOT_MIB) * MIB)], "places")
    _, first, last = parts[2]
    volume = write(bench.path("volume.img"), read(disk, first * sector, (last - first + 1) * sector))
    guest_agrees(booted, sector, DISK, parts, volume)
    is_sound(bench, raw, disk, sector)


def test_the_sample_for_512_byte_sectors_boots_from_4096_byte_ones(bench):
    raw = packages.raw_of(appliances.unpacked_sample(SAMPLE, bench.folder), bench.path("sample"))
    boots(bench, raw, SAMPLE, 4096)


def test_a_sample_for_4096_byte_sectors_boots_from_512_byte_ones(bench):
    boots(bench, *sample_in(bench, "gpt", 4096), 512, *ANSWERS)


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
