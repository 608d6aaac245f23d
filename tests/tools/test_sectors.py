#!/usr/bin/env python3
"""Packages made for sectors of one size onto disks of another, through the host tool."""

import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import packages  # noqa: E402
from checks import MIB, Skip, check, holds, need, read, run, run_tests, same, write  # noqa: E402
from cli import Bench  # noqa: E402
from test_resector import ESP, LINUX, Partition, gpt_disk, is_moved, make_fat, read_gpt, resectored  # noqa: E402

SIZE = 64 * MIB


def appliance(bench, sector):
    """(partitions, ESP, raw disk, package): an ESP with a loader and an ext4, in those sectors."""
    need("mkfs.ext4", "fdisk", "fsck.fat", "e2fsck", "blkid")
    esp = make_fat(bench.path("esp.img"), 9 * MIB, "-S", str(sector))
    run("mmd", "-i", esp, "::EFI", "::EFI/BOOT")
    loader = write(bench.path("loader"), b"MZ" + bytes(range(256)) * 3000)
    run("mcopy", "-i", esp, loader, "::EFI/BOOT/BOOTX64.EFI")
    root = write(bench.path("root.img"), bytes(20 * MIB))
    run("mkfs.ext4", "-q", "-b", "4096", "-L", "root", "-d", os.path.dirname(__file__), root)
    parts = [Partition(MIB, 9 * MIB, read(esp), ESP, "EFI"),
             Partition(12 * MIB, 20 * MIB, read(root), LINUX, "root")]
    raw = gpt_disk(bench.path(f"box{sector}.raw"), SIZE, sector, parts)
    vmdk = packages.convert(raw)
    return parts, esp, raw, packages.package(bench.path(f"box{sector}.ova"), [vmdk])


def test_a_package_for_4096_byte_sectors_is_converted_for_a_file(bench):
    parts, esp, raw, ova = appliance(bench, 4096)
    disk = bench.filled(SIZE)
    out = bench.does("deploy", ova, "--to", disk, "--set", "environment=none")
    holds(out, "made for sectors of 4096 bytes; its partition table and FAT volumes are rewritten for 512",
          "matches the manifest")
    is_moved(parts, esp, disk, 512, bench.folder)
    check(read(disk) == read(resectored(raw, 512)), "differs from the view")
    check("No problems found" in run("sgdisk", "-v", disk), "sgdisk")


def test_it_can_be_told_its_properties_there(bench):
    _, _, _, ova = appliance(bench, 4096)
    disk = bench.filled(SIZE)
    bench.does("deploy", ova, "--to", disk, "--set", "environment=partition")
    same([p[5] for p in read_gpt(disk, 512)], ["EFI", "root", "cidata"])


def test_a_wrong_digest_is_noticed_before_the_first_write(bench):
    _, _, _, ova = appliance(bench, 4096)
    whole = bytearray(read(ova))
    at = whole.index(b"KDMV") + (len(whole) - whole.index(b"KDMV")) // 2
    whole[at] ^= 1
    disk = bench.filled(SIZE)
    bench.refuses("deploy", write(ova, whole), "--to", disk, "--set", "environment=none")
    same(read(disk), b"\xa5" * SIZE)


class Loop:
    """A block device with sectors of 4096 bytes."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        done = subprocess.run(["losetup", "--find", "--show", "--sector-size", "4096", self.path],
                              text=True, capture_output=True, check=False)
        if done.returncode:
            raise Skip("no loop devices here")
        self.device = done.stdout.strip()
        return self.device

    def __exit__(self, *_):
        run("losetup", "--detach", self.device)


def test_a_package_for_512_byte_sectors_is_converted_for_a_device_of_4096(bench):
    parts, esp, raw, ova = appliance(bench, 512)
    disk = bench.filled(SIZE)
    with Loop(disk) as device:
        out = bench.does("deploy", ova, "--to", device, "--set", "environment=none")
        seen = run("fdisk", "--list", device)
    holds(out, "made for sectors of 512 bytes; its partition table and FAT volumes are rewritten for 4096")
    holds(seen, "Units: sectors of 1 * 4096 = 4096 bytes", "Disklabel type: gpt", "EFI System")
    is_moved(parts, esp, disk, 4096, bench.folder)
    check(read(disk) == read(resectored(raw, 4096)), "differs from the view")


def test_what_cannot_be_converted_is_refused_with_the_device_as_it_was(bench):
    disk = bench.filled(SIZE)
    with Loop(disk) as device:
        err = bench.refuses("deploy", bench.ova, "--to", device, "--set", "environment=none")
    holds(err, "made for sectors of 512 bytes", "partition 2 (data) holds something unknown")
    same(read(disk), b"\xa5" * SIZE)


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
