#!/usr/bin/env python3
"""Sticks that ovfboot media made, started from as USB disks: one package unattended to the guest, a question which of
three, the one of them that the settings name by more than its partition's name holds, and a package over 4 GiB.

Of that last one a disk is deployed that lies behind 4 GiB; with OVFBOOT_LONG=1 also one that is larger than that."""

import os
import shutil
import sys
import tarfile

from lib import (BUILD, MIB, SAMPLE, Skip, appliances, check, has_guest, only_long, packages, read, run, run_tests,
                 runs_from, same, sha256, write)
from lib import Bench as QemuBench

TOOL = os.path.join(BUILD, "ovfboot")


class Bench(QemuBench):
    def media(self, *arguments, conf=""):
        """The stick, with these settings."""
        image = self.path("usb.img")
        write(self.path("my.conf"), ("on-failure = poweroff\n" + conf).encode())
        print(run(TOOL, "media", "--efi", os.path.join(BUILD, "ovfboot.efi"), "--conf", self.path("my.conf"), "--out",
                  image, *arguments), flush=True)
        return image


def test_one_package_unattended(bench):
    if not os.path.exists(SAMPLE):
        raise Skip("build/sample.ova is missing: make appliance")
    image = bench.media("--ova", SAMPLE, conf="target = nvme\nunattended = yes\n")
    table = read(image, 0, MIB)
    booted = bench.boots("--stick", image)
    booted.says("^Settings   ovfboot.conf$", "^Package    sample.ova on usb disk QEMU QEMU HARDDISK, partition 2, ",
                "^Target     NVMe disk", "^ovfboot: starting")
    runs_from(booted, "nvme", "ovfboot-disk0", 16 << 30)
    same(read(image, 0, MIB), table, "the stick's table")


def three(bench):
    _, _, ova = bench.small("small")
    names = ("b.ova", "an-appliance-with-a-long-name-1.2.3-build-4567.ova")
    return [ova, *(shutil.copy(ova, bench.path(name)) for name in names)]


def test_three_packages_and_a_question(bench):
    image = bench.media("--ova", *three(bench), conf="environment = none\non-success = poweroff\ntarget = nvme\n")
    booted = bench.boots("--stick", image, "--expect", "^Done .* is ready on", "--send", "Which package", "2\\r",
                         "--send", "Type yes", "yes\\r")
    booted.says("Packages on the media", "1  small.ova on usb disk QEMU QEMU HARDDISK, partition 2",
                "2  b.ova on usb disk QEMU QEMU HARDDISK, partition 3", "3  an-appliance-with-a-long-name-1.2.3- on ",
                "^Package    b.ova on")


def test_a_name_that_a_partition_has_no_room_for(bench):
    ovas = three(bench)
    image = bench.media("--ova", *ovas, conf="environment = none\non-success = poweroff\ntarget = nvme\nunattended = yes\n"
                        f"source = {os.path.basename(ovas[2])}\n")
    disk = bench.path("disk.img")
    bench.boots("--stick", image, "--expect", "^Done .* is ready on", "--disk", disk).says(
        "^Package    an-appliance-with-a-long-name-1.2.3- on .*, partition 4")


def put(archive, name, path):
    """A member of an archive; what is zeros in it is a hole."""
    header = tarfile.TarInfo(name)
    header.size = os.path.getsize(path)
    archive.write(header.tobuf(tarfile.USTAR_FORMAT))
    with open(path, "rb") as file:
        while piece := file.read(4 * MIB):
            if piece.count(0) != len(piece):
                archive.write(piece)
            else:
                archive.seek(len(piece), os.SEEK_CUR)
    archive.seek(-header.size % 512, os.SEEK_CUR)


def over_4_gib(bench):
    """(OVA, raw disk of 5 GiB, raw disk of "small"): two systems, "large" with the one, and "small" with a disk that lies
    behind it."""
    big = packages.guest_disk(bench.path("big.raw"), size=5 << 30)
    raw = packages.guest_disk(bench.path("little.raw"), seed=2)
    vmdk = packages.convert(raw)
    listed = appliances.file("big", "big.raw", 5 << 30)
    disks = f'<Disk ovf:diskId="big" ovf:capacity="{5 << 30}" ovf:fileRef="big"/>'
    both = appliances.collection("both", appliances.system("small", [("little", 0)]),
                                 appliances.system("large", [("big", 0)]))
    text = appliances.descriptor({"little": vmdk}, both, disks=disks, listed_too=listed)
    ovf = write(bench.path("box.ovf"), text)
    files = [("box.ovf", ovf), ("big.raw", big), ("little.vmdk", vmdk)]
    manifest = write(bench.path("box.mf"), "".join(f"SHA256({name})= {sha256(path)}\n" for name, path in files).encode())
    with open(bench.path("big.ova"), "wb") as archive:
        for name, path in (files[0], ("box.mf", manifest), *files[1:]):
            put(archive, name, path)
        archive.truncate(archive.tell() + 1024)
    return bench.path("big.ova"), big, raw


def test_a_package_over_4_gib(bench):
    """Deployed is what lies behind 4 GiB of it."""
    ova, _, raw = over_4_gib(bench)
    image = bench.media("--ova", ova, conf="environment = none\non-success = poweroff\ntarget = nvme\nunattended = yes\n"
                        "system = small\n")
    disk = bench.path("disk.img")
    bench.boots("--stick", image, "--expect", "^Done .* is ready on", "--disk", disk, "--disk-size", "64M").says(
        "^Package    big.ova on usb disk .*, partition 2, 5.3 GB", "^Proved     little.vmdk: matches the manifest")
    has_guest(disk, raw)


def test_all_of_a_package_over_4_gib(bench):
    """A disk of 5 GiB from a package in a partition to the last byte; emulated USB takes long for it."""
    only_long()  # reads 5 GiB from an emulated stick
    ova, big, _ = over_4_gib(bench)
    image = bench.media("--ova", ova, conf="environment = none\non-success = poweroff\ntarget = nvme\nunattended = yes\n"
                        "system = large\n")
    disk = bench.path("disk.img")
    bench.boots("--stick", image, "--expect", "^Done .* is ready on", "--disk", disk, "--disk-size", "6G", "--timeout",
                "3600").says("^Package    big.ova on usb disk", "^Proved     big.raw: matches the manifest")
    for offset in (0, 4 << 30, (5 << 30) - 3 * MIB):
        check(read(disk, max(offset, MIB), 2 * MIB) == read(big, max(offset, MIB), 2 * MIB), f"the disk at byte {offset}")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
