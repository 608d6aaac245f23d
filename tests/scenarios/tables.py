#!/usr/bin/env python3
"""The partition that is added, in an MBR and on sectors of 4096 bytes: the guest's kernel and the tools
of this machine see the same, and the guest's partitions are as they were.  told.py has the common case,
a GPT on sectors of 512 bytes."""

import os
import re
import sys

from lib import (MIB, SAMPLE, Bench, appliances, check, fdisk_list, guest_agrees, only_long, packages, read, run,
                 run_tests, same, write)

DISK = 512 * MIB
ESP_MIB, ROOT_MIB = 64, 128  # as qemu/appliance makes them
ANSWERS = ("--set", "unattended=yes", "--set", "property.hostname=box7",
           "--set", "property.secret=s3cret!")
FDISK = {"gpt": ["g", "n,1,{esp},+64M", "n,2,{root},", "t,1,uefi"],
         "mbr": ["o", "n,p,1,{esp},+64M", "n,p,2,{root},", "t,1,ef"]}


def esp_in(bench, esp, sector):
    """A file system with the files of that one, in larger sectors."""
    folder, out = bench.path("esp"), bench.path("esp.large")
    os.mkdir(folder)
    run("mcopy", "-s", "-i", esp, "::*", folder)
    write(out, bytes(ESP_MIB * MIB))
    run("mkfs.fat", "-F", 16, "-s", 1, "-S", sector, "-n", "ESP", out)
    run("mcopy", "-s", "-i", out, *(os.path.join(folder, name) for name in os.listdir(folder)), "::")
    return out


def sample_in(bench, label, sector):
    """(raw disk, package) of the sample appliance with another table."""
    sample = packages.raw_of(appliances.unpacked_sample(SAMPLE, bench.folder), bench.path("sample"))
    esp = write(bench.path("esp.img"), read(sample, MIB, ESP_MIB * MIB))
    if sector != 512:
        esp = esp_in(bench, esp, sector)
    raw = bench.path("raw.img")
    with open(raw, "wb") as disk:
        disk.truncate((2 + ESP_MIB + ROOT_MIB) * MIB)
        disk.seek(MIB)
        disk.write(read(esp) + read(sample, (1 + ESP_MIB) * MIB, ROOT_MIB * MIB))
    keys = "\n".join(FDISK[label] + ["w"]).replace(",", "\n")
    run("fdisk", "--wipe", "never", "--wipe-partitions", "never", "-b", sector, raw,
        input=keys.format(esp=MIB // sector, root=(1 + ESP_MIB) * MIB // sector) + "\n")
    return raw, appliances.appliance(
        bench.path("box.ova"), {"boot": packages.convert(raw)},
        appliances.system("box", [("boot", 0)], appliances.PRODUCT))


def tools_agree(label, sector, disk):
    checked = run("fdisk", "-b", sector, disk, input="v\nq\n")
    check("No errors detected" in checked, checked)
    if sector == 512:  # the others know the sectors of a device only
        check("No errors detected" in run("sfdisk", "--verify", disk), "sfdisk")
        check(label == "mbr" or "No problems found" in run("sgdisk", "-v", disk), "sgdisk")


def is_seen_alike(bench, label, sector):
    raw, ova = sample_in(bench, label, sector)
    disk = bench.filled("disk.img", DISK)
    arguments = ("--ova", ova, "--disk", disk, "--sector-size", sector, *ANSWERS)
    bench.deploys(*arguments, "--set", "environment=partition")
    parts = fdisk_list(disk, sector)
    same([part[0] for part in parts], [1, 2, 3], "partitions")
    for _, first, last in fdisk_list(raw, sector):
        at, size = first * sector, (last - first + 1) * sector
        check(read(disk, at, size) == read(raw, at, size), f"the partition at {at} differs")
    tools_agree(label, sector, disk)

    booted = bench.boots(*arguments)
    booted.says("^ovfboot: starting", "^ovfboot-guest: ready")
    _, first, last = parts[2]
    volume = write(bench.path("volume.img"), read(disk, first * sector, (last - first + 1) * sector))
    run("fsck.fat", "-n", volume)
    check(re.search("^LABEL=cidata$", run("blkid", "-p", "-o", "export", volume), re.MULTILINE),
          "blkid")
    guest_agrees(booted, sector, DISK, parts, volume)


def test_gpt_in_sectors_of_4096(bench):
    is_seen_alike(bench, "gpt", 4096)


def test_mbr_in_sectors_of_512(bench):
    only_long()
    is_seen_alike(bench, "mbr", 512)


def test_mbr_in_sectors_of_4096(bench):
    is_seen_alike(bench, "mbr", 4096)


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
