#!/usr/bin/env python3
"""What the guest is told: a partition of its own, on NVMe and on a RAM disk, as other people's
tools see it."""

import json
import sys

from lib import (MIB, SAMPLE, Bench, check, fdisk_list, guest_agrees, holds, packages, read, run,
                 run_tests, runs_from, same, told, volume_of)
from appliances import PRODUCT, appliance, system

ANSWERS = ("--set", "property.hostname=box7", "--set", "property.secret=s3cret!")


def is_sound_volume(volume):
    run("fsck.fat", "-n", volume)
    facts = run("blkid", "-p", "-o", "export", volume)
    holds(facts, "LABEL=cidata", "LABEL_FATBOOT=cidata", "TYPE=vfat")


def asking(bench):
    raw = packages.guest_disk(bench.path("asking.raw"))
    return raw, appliance(bench.path("asking.ova"), {"boot": packages.convert(raw)},
                          system("box", [("boot", 0)], PRODUCT))


def test_guest_is_told_on_nvme_and_its_partitions_are_untouched(bench):
    raw, ova = asking(bench)
    disk = bench.filled("disk.img")
    booted = bench.deploys("--ova", ova, "--disk", disk, "--nic", "user,model=virtio", *ANSWERS,
                           "--set", "environment=partition", "--set", "unattended=yes")
    booted.says("^Tells      the guest its properties")
    booted.says_not("s3cret")
    check("No problems found" in run("sgdisk", "-v", disk), "the table")
    same(read(disk, MIB, 23 * MIB - 512 * 34), read(raw, MIB, 23 * MIB - 512 * 34), "the guest's")
    volume = volume_of(bench, disk)
    is_sound_volume(volume)
    environment = told(volume, "ovf-env.xml")
    holds(environment, '<Property oe:key="hostname" oe:value="box7"/>',
          '<Property oe:key="secret" oe:value="s3cret!"/>', 've:mac="52:54:00:12:34:56"')
    holds(told(volume, "meta-data"), "box7", "instance-id")
    record = told(volume, "deployment.json")
    check("s3cret" not in record and "box7" not in record, record)
    holds(record, "ovfboot.conf line")
    json.loads(record)


def test_the_same_machine_has_the_same_instance(bench):
    _, ova = asking(bench)
    ids = []
    for uuid in ("11111111-2222-3333-4444-555555555555",) * 2 + (
            "99999999-2222-3333-4444-555555555555",):
        disk = bench.filled("disk.img")
        bench.deploys("--ova", ova, "--disk", disk, *ANSWERS, "--set", "environment=partition",
                      "--set", "unattended=yes", "--qemu-arg=-uuid", f"--qemu-arg={uuid}")
        ids.append(told(volume_of(bench, disk), "meta-data"))
    check(ids[0] == ids[1] != ids[2], ids)


def test_sample_boots_from_a_ram_disk_with_the_partition(bench):
    booted = bench.boots("--ova", SAMPLE, "--target", "ram", "--set", "unattended=yes",
                         "--set", "environment=partition", "--set", "property.hostname=box7")
    booted.says("^Tells      the guest its properties", "^ovfboot-guest: ready")
    root = booted.facts("root")[0][0]
    check(root.startswith("/dev/pmem0p"), root)


def test_sample_boots_from_nvme_with_the_partition(bench):
    disk = bench.filled("disk.img", 512 * MIB)
    booted = bench.boots("--ova", SAMPLE, "--disk", disk, "--set", "unattended=yes",
                         "--set", "property.hostname=box7")
    runs_from(booted, "nvme", "ovfboot-disk0", 512 * MIB)
    volume = volume_of(bench, disk)
    is_sound_volume(volume)
    guest_agrees(booted, 512, 512 * MIB, fdisk_list(disk, 512), volume)
    holds(told(volume, "meta-data"), "box7")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
