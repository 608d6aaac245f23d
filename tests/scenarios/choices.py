#!/usr/bin/env python3
"""What a package leaves open, at the machine: which virtual system, which option, properties,
licence; by settings, and by a person at the serial line."""

import sys

from lib import (MIB, SAMPLE, Bench, appliances, check, has_guest, holds, is_unchanged, packages,
                 run_tests, runs_from, same, sha256)
from appliances import EULA, OPTIONS, PRODUCT, appliance, collection, system

UNATTENDED = ("--set", "unattended=yes")
TEXT = "  ".join(f"{n}. You may use this software for test number {n} and for no other."
                 for n in range(1, 61))


def asking(bench, name="asking"):
    """(raw disk, OVA) of an appliance with two options, three properties and a long licence."""
    raw = packages.guest_disk(bench.path(name + ".raw"))
    box = system("box", [("boot", 0)], PRODUCT + EULA.format(text=TEXT))
    return raw, appliance(bench.path(name + ".ova"), {"boot": packages.convert(raw)}, box, OPTIONS)


def three_systems(bench):
    """A vApp whose second system is the sample appliance."""
    sample = appliances.unpacked_sample(SAMPLE, bench.folder)
    small = packages.convert(packages.guest_disk(bench.path("small.raw")))
    systems = [system("web", [("small", 0)]), system("db", [("sample", 0)]),
               system("log", [("small", 0)])]
    return appliance(bench.path("vapp.ova"), {"small": small, "sample": sample},
                     collection("shop", *systems))


def test_one_of_three_systems_is_chosen_by_settings_and_boots(bench):
    ova, disk = three_systems(bench), bench.filled("disk.img", 512 * MIB)
    booted = bench.boots("--ova", ova, "--disk", disk, "--set", "system=shop/db", *UNATTENDED)
    booted.says("^Appliance  Db", "^System     db", "^Disk       ovfboot-sample-disk1.vmdk",
                "^ovfboot: starting", "^ovfboot-guest: ready")
    runs_from(booted, "nvme", "ovfboot-disk0", 512 * MIB)


def test_systems_are_listed_where_nobody_chooses(bench):
    ova, disk = three_systems(bench), bench.filled("disk.img")
    before = sha256(disk)
    booted = bench.refuses("system = ID says which", "--ova", ova, "--disk", disk, *UNATTENDED)
    holds(booted.failure(), "3 virtual systems (web, db, log)")
    is_unchanged(disk, before)


def test_system_is_asked_for(bench):
    ova, disk = three_systems(bench), bench.filled("disk.img")
    booted = bench.deploys("--ova", ova, "--disk", disk, "--send", "Which. Number", r"7\r",
                           "--send", "Which. Number", r"3\r")
    booted.says("Virtual systems of this appliance", "1  web", "2  db", "3  log",
                "Type a number from 1 to 3", "^System     log")
    has_guest(disk, bench.path("small.raw"))


def test_two_disks_go_to_two_targets_and_the_right_one_boots(bench):
    """The boot disk stands second in the document and first on the controller."""
    sample = appliances.unpacked_sample(SAMPLE, bench.folder)
    data = packages.guest_disk(bench.path("data.raw"), loader=False, seed=3)
    box = system("box", [("data", 1), ("sample", 0)])
    ova = appliance(bench.path("two.ova"), {"data": packages.convert(data), "sample": sample}, box)
    first, second = bench.filled("first.img", 512 * MIB), bench.filled("second.img")
    booted = bench.boots("--ova", ova, "--disk", first, "--disk", second,
                         "--target", "serial=ovfboot-disk0",
                         "--set", "target.2=serial:ovfboot-disk1", *UNATTENDED)
    booted.says("^Disk       ovfboot-sample-disk1.vmdk", "^Disk       data.vmdk",
                "^Target .*ovfboot-disk0", "^Target .*ovfboot-disk1", "^Proved .*sample",
                "^Proved .*data.vmdk", "^ovfboot-guest: ready")
    runs_from(booted, "nvme", "ovfboot-disk0", 512 * MIB)
    serials = [words[-1] for words in booted.facts("disk") if "nvme" in words]
    same(sorted(serials), ['"ovfboot-disk0"', '"ovfboot-disk1"'], "NVMe disks that the guest sees")
    has_guest(second, data)


def test_boot_order_of_the_descriptor_chooses_the_boot_disk(bench):
    raw = packages.guest_disk(bench.path("boot.raw"))
    data = packages.guest_disk(bench.path("data.raw"), loader=False, seed=3)
    box = system("box", [("data", 0), ("boot", 1)],
                 '<vmw:BootOrderSection vmw:instanceId="11" vmw:type="disk"><Info/>'
                 "</vmw:BootOrderSection>")
    ova = appliance(bench.path("two.ova"), {"data": packages.convert(data),
                                            "boot": packages.convert(raw)}, box)
    first, second = bench.filled("first.img"), bench.filled("second.img")
    booted = bench.deploys("--ova", ova, "--disk", first, "--disk", second,
                           "--target", "serial=ovfboot-disk0",
                           "--set", "target.2=serial:ovfboot-disk1", *UNATTENDED)
    booted.says("^Disk       boot.vmdk", "^Disk       data.vmdk", "^Starts     .*BOOTX64")
    has_guest(first, raw)
    has_guest(second, data)


def test_person_chooses_option_licence_properties_and_password(bench):
    raw, ova = asking(bench)
    disk = bench.filled("disk.img")
    more = ("--send", "-- more", r"\r")
    booted = bench.deploys(
        "--ova", ova, "--disk", disk,
        "--send", "Which. Number", r"2\r", *more,
        "--send", "Do you accept it", r"yes\r",
        "--send", "Value:", r"much-too-long-a-name\r",
        "--send", "Value:", r"box1\r",
        "--send", "not shown", r"s3cret!\r", "--send", "Once more", r"s3cre\r",
        "--send", "not shown", r"s3cret!\r", "--send", "Once more", r"s3cret!\r",
        "--send", "Number to change one", r"2\r", "--send", "Value:", r"70000\r",
        "--send", "Value:", r"81\r", "--send", "Number to change one", r"\r")
    booted.says("Deployment options of this appliance", "1  small  Small", "2  large  Large",
                "^Option     large", "Licence agreement .EULA. 1 of 1", "60. You may use",
                "^Accepted   licence 1 of 1, SHA-256 [0-9a-f]{64}, by a person",
                "Host name", r"\[hostname\]", "The two were not the same", "What can be set",
                "Network", "1  Host name = box1", "2  Port = 8080", "Access",
                "3  Password of root = .set, not shown.", "2  Port = 81")
    booted.says_not("s3cre")
    has_guest(disk, raw)


def test_settings_answer_everything(bench):
    raw, ova = asking(bench)
    disk = bench.filled("disk.img")
    booted = bench.deploys(
        "--ova", ova, "--disk", disk, *UNATTENDED, "--set", "option=large",
        "--set", "accept-eula=yes", "--set", "property.hostname=box1",
        "--set", "property.secret=s3cret!")
    booted.says("^Option     large", "^Accepted   licence 1 of 1, .*by ovfboot.conf line")
    booted.says_not("s3cret", "Which")
    has_guest(disk, raw)


def test_what_is_missing_is_named_where_nobody_is_asked(bench):
    _, ova = asking(bench)
    disk = bench.filled("disk.img")
    before = sha256(disk)
    bench.refuses("accept-eula = yes", "--ova", ova, "--disk", disk, *UNATTENDED)
    booted = bench.refuses("2 properties need a value", "--ova", ova, "--disk", disk, *UNATTENDED,
                           "--set", "accept-eula=yes")
    holds(booted.failure(), "property.hostname, property.secret")
    is_unchanged(disk, before)


def test_licence_that_is_not_accepted_writes_nothing(bench):
    _, ova = asking(bench)
    disk = bench.filled("disk.img")
    before = sha256(disk)
    more = ("--send", "-- more", r"\r")
    bench.refuses("chose to stop", "--ova", ova, "--disk", disk, "--set", "option=small", *more,
                  "--send", "Do you accept it", r"no\r", "--send", "what was typed is not yes", r"\e",
                  "--send", "Leave ovfboot", r"2\r")
    is_unchanged(disk, before)


def test_machine_that_lacks_what_is_a_must_is_refused(bench):
    raw = packages.guest_disk(bench.path("small.raw"))
    memory = appliances.quantity(2, 4, "Memory", 4096, "byte * 2^20")
    box = system("box", [("boot", 0)], items=appliances.quantity(3, 3, "CPUs", 8) + memory)
    ova = appliance(bench.path("big.ova"), {"boot": packages.convert(raw)}, box)
    disk = bench.filled("disk.img")
    before = sha256(disk)
    booted = bench.refuses("must have at least 4.2 GB of memory; there are 2.1 GB", "--ova", ova,
                           "--disk", disk, *UNATTENDED)
    booted.says("^Would like 8 processors; there are 2")
    is_unchanged(disk, before)
    bench.deploys("--ova", ova, "--disk", disk, *UNATTENDED, "--set", "hardware=warn")
    has_guest(disk, raw)
    check(booted.code == 0, "the refusal")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
