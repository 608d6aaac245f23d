#!/usr/bin/env python3
"""What comes after a failure: the next boot entry, and restarts that do not go on for ever."""

import re
import struct
import sys

from boot_entries import Nvram, numbers
from lib import run_tests, same
from lib.variables import read_variables


class After(Nvram):
    def fails(self, *arguments):
        """Up to the end of QEMU, which does not restart, or to a line that is expected."""
        return self.boot("--ova", self.path("small.ova"), "--set", "target=serial:none", "--boot-order", "firmware",
                         "--vars", self.vars, "--linger", 20, *arguments)


def test_the_next_boot_entry(bench):
    bench.small()
    booted = bench.fails("--set", "on-failure=next-boot-entry")
    booted.says("^ovfboot: FAILED: target = serial:none fits no disk")
    booted.says_not("^Warning")
    variables = read_variables(bench.vars)
    current = int(re.search("^BdsDxe: starting Boot([0-9A-F]{4})", booted.text, re.MULTILINE).group(1), 16)
    order = numbers(variables)
    behind = [number for number in order[order.index(current) + 1:] if variables[f"Boot{number:04X}"][0] & 1]
    same(variables.get("BootNext"), struct.pack("<H", behind[0]), "BootNext")


def test_a_loop_of_restarts_is_stopped(bench):
    bench.small()
    stopped = "^Warning    ovfboot has restarted this machine 3 times in a row and started no guest"
    for _ in range(3):
        bench.fails("--set", "on-failure=reboot").says_not(stopped, "Press a key")
    bench.fails("--set", "on-failure=reboot").says(stopped, "^Press a key to restart it again")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), After))
