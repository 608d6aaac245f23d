#!/usr/bin/env python3
"""The unit tests, compiled and linked as ovfboot.efi is, in firmware: tests/firmware/unit.c.  All that are not left out
by the Makefile, with its reasons, must have run; and the program with guards behind all pieces of memory deploys."""

import os
import re
import sys

from lib import BUILD, MIB, TOP, Bench, check, has_guest, read, run_tests, same

MEMORY = 4096  # MiB: the tests have more than 1 GiB of static memory


SLOW = r"tests/build/(loader_rig|deploy_rig|cut_case)\.h|fake_target_cut_power"  # as the Makefile says


def left_out():
    """Files of the unit tests that the Makefile names, and leaves out."""
    rule = re.search(r"^UNIT_LEFT_OUT := ((?:.*\\\n)*.*)$", read(os.path.join(TOP, "Makefile")).decode(), re.MULTILINE)
    return {os.path.basename(word) for word in rule.group(1).split() if word.startswith("tests/unit/")}


def wanted():
    """The names of the other tests."""
    names, out = [], left_out()
    for file in sorted(os.listdir(os.path.join(TOP, "tests", "unit"))):
        text = read(os.path.join(TOP, "tests", "unit", file)).decode()
        if file.removesuffix(".c") not in out and not re.search(SLOW, text):
            names += re.findall(r"^TEST\((\w+)\)", text, re.MULTILINE)
    return sorted(names)


def test_unit_tests_pass_in_firmware(bench):
    booted = bench.boots("--media", "none", "--target", "ram", "--memory", MEMORY, "--timeout", "900",
                         "--expect", "^unit: the end", "--put",
                         "EFI/BOOT/BOOTX64.EFI=" + os.path.join(BUILD, "unit.efi"))
    results = [re.fullmatch(r"(ok|not ok|skipped) (\w+).*", line) for line in booted.lines]
    results = [found.groups() for found in results if found]
    same(sorted(name for _, name in results), wanted(), "tests that ran")
    same([name for result, name in results if result == "not ok"], [], "tests that failed")
    passed, failed, skipped = map(int, re.search(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", booted.text,
                                                 re.MULTILINE).groups())
    same((passed + skipped, failed), (len(results), 0))
    # What is skipped wants files of the host, or what this QEMU's processor may lack.
    booted.says_not(r"skipped \w+: (?!in firmware there is no corpus|no SHA instructions here|memory is not poisoned)")
    check(passed > 950 and skipped < 40, f"{passed} passed, {skipped} skipped")


def test_a_deployment_writes_beyond_no_piece_of_memory(bench):
    raw, _, ova = bench.small()
    disk = bench.filled("disk.img", 40 * MIB)
    bench.deploys("--ova", ova, "--disk", disk, "--set", "log=no", "--put",
                  "EFI/BOOT/BOOTX64.EFI=" + os.path.join(BUILD, "ovfboot-guarded.efi"))
    has_guest(disk, raw)


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
