#!/usr/bin/env python3
"""Which disk is written: settings, load options, the person at the serial line."""

import re
import sys

from lib import (MIB, Bench, check, has_guest, holds, is_unchanged, packages, run, run_tests, same,
                 sha256)

NOBODY = "serial=there-is-no-such-disk"
QUESTION = "Which disk"
SURE = "Type yes"
LEAVE = ("--send", QUESTION, r"\e", "--send", "Leave ovfboot", r"2\r")


def two_disks(bench):
    """(arguments, first, second): one with somebody's partitions, one full of 0xA5."""
    first, second = bench.used("first.img"), bench.filled("second.img")
    return ["--disk", first, "--disk", second], first, second


def test_load_options_win_over_the_file(bench):
    raw, vmdk, ova = bench.small()
    other = packages.package(bench.path("other.ova"), [vmdk])
    disks, first, second = two_disks(bench)
    before = sha256(first)
    booted = bench.deploys(
        "--ova", ova, "--ova", other, "--set", "source=nowhere.ova", "--target", NOBODY, *disks,
        "--load-options", "target=serial:ovfboot-disk1 source=small.ova")
    booted.says("^Package .*small.ova", "^Target .*ovfboot-disk1")
    is_unchanged(first, before)
    has_guest(second, raw)


def test_path_picks_one_of_two_disks(bench):
    raw, _, ova = bench.small()
    disks, first, second = two_disks(bench)
    before = sha256(first)
    bench.deploys("--ova", ova, *disks, "--target", "path=PciRoot(0x0)/Pci(0x11,0x0)")
    is_unchanged(first, before)
    has_guest(second, raw)


def test_rule_that_fits_two_disks_is_refused(bench):
    ova = bench.small()[2]
    disks, first, second = two_disks(bench)
    before = sha256(first), sha256(second)
    failure = bench.refuses("target = nvme fits 2 disks", "--ova", ova, *disks).failure()
    holds(failure, "ovfboot-disk0", "ovfboot-disk1")
    is_unchanged(first, before[0])
    is_unchanged(second, before[1])


def test_escape_writes_nothing(bench):
    ova = bench.small()[2]
    disks, first, second = two_disks(bench)
    before = sha256(first), sha256(second)
    booted = bench.refuses("chose to stop", "--ova", ova, "--target", "none", *disks,
                           *LEAVE)
    booted.says("1 .*QEMU NVMe Ctrl, serial ovfboot-disk0, 67.1 MB", "GPT.*ESP.*data",
                "2 .*QEMU NVMe Ctrl, serial ovfboot-disk1, 67.1 MB", "no partition table",
                QUESTION, "Leave ovfboot")
    listed = "\n".join(line for line in booted.lines if re.match(r"[> ] \d+  .*disk", line))
    holds(listed, "ovfboot-disk0", "ovfboot-disk1")
    check("QEMU HARDDISK" not in listed and "usb" not in listed.lower(), "the stick is in the list")
    is_unchanged(first, before[0])
    is_unchanged(second, before[1])


def test_answers_choose_the_disk(bench):
    raw, _, ova = bench.small()
    disks, first, second = two_disks(bench)
    before = sha256(first)
    booted = bench.deploys("--ova", ova, "--target", "none", *disks, "--send", QUESTION, r"9\r",
                           "--send", QUESTION, r"2\r", "--send", SURE, r"yes\r")
    booted.says("Type a number from 1 to 2", "^Target .*ovfboot-disk1")
    is_unchanged(first, before)
    has_guest(second, raw)


def test_answers_are_corrected_with_backspace(bench):
    ova = bench.small()[2]
    disks, first, _ = two_disks(bench)
    before = sha256(first)
    booted = bench.deploys("--ova", ova, "--target", "none", *disks,
                           "--send", QUESTION, r"x\b12345678901234567890\r",
                           "--send", QUESTION, r"19\b\b2\r", "--send", SURE, r"no\b\byesss\b\b\r")
    booted.says("Which disk.*x\b \b12345678901234567890$", "Type a number", "^Target .*ovfboot-disk1")
    is_unchanged(first, before)


def test_answer_other_than_yes_writes_nothing(bench):
    ova = bench.small()[2]
    disks, first, second = two_disks(bench)
    before = sha256(first), sha256(second)
    bench.refuses("chose to stop", "--ova", ova, "--target", "none", *disks, "--send", QUESTION,
                  r"1\r", "--send", SURE, r"y\r", "--send", "what was typed is not yes", r"\e", *LEAVE)
    is_unchanged(first, before[0])
    is_unchanged(second, before[1])


def test_stick_is_never_a_target(bench):
    ova = bench.small()[2]
    disk = bench.used("disk.img")
    before = sha256(disk)
    booted = bench.refuses("is the medium that ovfboot started from", "--ova", ova, "--disk", disk,
                           "--set", "target=usb", "--keep", bench.path("kept"))
    holds(booted.failure(), "target = usb")
    is_unchanged(disk, before)
    stick = bench.path("kept/stick.img")
    check("No problems found" in run("sgdisk", "-v", stick), "the stick's GPT is damaged")
    run("mcopy", "-i", f"{stick}@@{MIB}", "::/small.ova", bench.path("copy.ova"))
    same(sha256(bench.path("copy.ova")), sha256(ova), "the package on the stick")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
