#!/usr/bin/env python3
"""Boot entries, seen from outside in OVMF's file of variables: three deployments make one, those of
others stay as they are, and the firmware starts the guest by it without the stick.

QEMU's own boot order is left out: OVMF would delete entries for disks by it.  The stick is started by
BootNext, as a person does in the boot menu.
"""

import os
import re
import shutil
import struct
import sys
import uuid
import zlib

from lib import BUILD, MIB, SAMPLE, Bench, Skip, check, only_long, read, run_tests, same, write
from lib.variables import (ADDED, ENTRY, HEADER, boot_entry, read_variables, records,
                           set_variable, utf16)

TEMPLATE = "/usr/share/OVMF/OVMF_VARS_4M.fd"
OTHER = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709"
MARK = " (ovfboot)"
LEFT = 150   # bytes in a full store; an entry with its name takes more
STRANGE = b"\x01\0\0\0\xff\xffno path is as long as that"


def numbers(variables):
    order = variables.get("BootOrder", b"")
    return list(struct.unpack(f"<{len(order) // 2}H", order))


def entries(variables):
    """All but the one that qemu/boot starts the stick by."""
    return {name: value for name, value in variables.items()
            if re.fullmatch(r"Boot[0-9A-F]{4}", name) and name != f"Boot{ENTRY:04X}"}


def wanted(disk, title):
    """The entry for BOOTX64.EFI on the first partition of a disk, from its own GPT."""
    guid, first, last = struct.unpack_from("<16sQQ", read(disk, 1024, 128), 16)
    options = boot_entry(str(uuid.UUID(bytes_le=guid)), first, last - first + 1,
                         r"\EFI\BOOT\BOOTX64.EFI", "")
    return options.replace(utf16("ovfboot\0"), utf16(title + MARK + "\0"), 1)


def ours(variables, disk, title):
    """The number of the one entry that is as wanted; no other has our mark."""
    found = entries(variables)
    marked = [name for name, value in found.items() if utf16(MARK) in value]
    same(len(marked), 1, f"entries with our mark: {marked}")
    same(found[marked[0]], wanted(disk, title), marked[0])
    return int(marked[0][4:], 16)


class Nvram(Bench):
    """A machine that keeps its variables, with entries of others in them."""

    def __init__(self, folder):
        super().__init__(folder)
        if not os.path.exists(TEMPLATE):
            raise Skip(TEMPLATE + " is missing")
        self.vars = shutil.copyfile(TEMPLATE, self.path("vars.fd"))
        windows = boot_entry(OTHER, 2048, 4096, r"\EFI\Microsoft\Boot\bootmgfw.efi", "WINDOWS\0")
        # OVMF itself deletes what it cannot read, where BootOrder lists it.
        self.plant({"Boot0003": windows, "Boot0005": STRANGE,
                    "BootOrder": struct.pack("<2H", 3, 8)})

    def plant(self, variables):
        data = bytearray(read(self.vars))
        for name, value in variables.items():
            set_variable(data, name, value)
        write(self.vars, data)

    def filling(self):
        """A file for dmpstore -l: variables that leave no room for an entry in the store."""
        places = list(records(read(self.vars)))
        live = sum(b[0] - a[0] for a, b in zip(places, places[1:]) if a[1] == ADDED)
        left = places[-1][4] - places[0][0] - live - LEFT
        out = b""
        while left > HEADER.size + 100:
            name = utf16(f"Fill{len(out):06}\0")
            size = min(left, 30000) - HEADER.size - len(name) & ~3
            left -= HEADER.size + len(name) + size + 3 & ~3
            record = struct.pack("<II", len(name), size) + name + uuid.UUID(OTHER).bytes_le
            record += struct.pack("<I", 3) + bytes(size)  # non-volatile, boot services
            out += record + struct.pack("<I", zlib.crc32(record))
        return write(self.path("fill.bin"), out)

    def installs(self, ova, disk, options, *more, boot=Bench.deploys):
        """The variables after the loader was started with these load options."""
        self.booted = boot(self, "--ova", ova, "--disk", disk, "--vars", self.vars, "--boot-order",
                           "firmware", "--load-options", options, *more)
        return read_variables(self.vars)

    def in_shell(self, ova, disk, lines, *more):
        """The firmware's shell runs these lines, since nothing else can be started."""
        script = write(self.path("startup.nsh"), "\r\n".join([*lines, ""]).encode())
        loader = os.path.join(BUILD, "ovfboot.efi")
        return self.boots("--ova", ova, "--disk", disk, "--vars", self.vars, "--boot-order",
                          "firmware", "--put", f"EFI/BOOT/BOOTX64.EFI={script}", "--put",
                          f"EFI/ovfboot/loader.efi={loader}", "--put", f"startup.nsh={script}",
                          *more)


def test_three_deployments_make_one_entry_and_leave_others_alone(bench):
    ova, disk = bench.small()[2], bench.filled("disk.img")
    before = bench.installs(ova, disk, "boot-entry=none")
    bench.booted.says_not("Boot entry", "Warning")
    others = entries(before)
    check(not any(utf16(MARK) in value for value in others.values()), "an entry nobody wanted")
    print(f"-- before: {numbers(before)} of {list(others)}", flush=True)
    check(others["Boot0005"] == STRANGE and "Boot0003" in others, list(others))
    for turn in range(3):
        after = bench.installs(ova, disk, "boot-entry=add")
        number = ours(after, disk, "small")
        bench.booted.says(rf'^Boot entry Boot{number:04X} "small \(ovfboot\)", place \d+ of \d+ in '
                          f"the boot order{', as before' if turn else ''}$", "^Done ")
        same({**others, f"Boot{number:04X}": wanted(disk, "small")}, entries(after))
        same(numbers(after), numbers(before) + [number], "BootOrder")
        check(f"Boot{number:04X}" not in others, "a number that was taken")


def test_first_puts_it_first_and_a_replaced_appliance_takes_its_place(bench):
    disk = bench.filled("disk.img")
    ovas = [bench.small(name)[2] for name in ("old", "new")]
    before = bench.installs(ovas[0], disk, "boot-entry=none")
    made = []
    for ova in ovas:  # each has partitions of its own: the first one's are nowhere in the end
        after = bench.installs(ova, disk, "boot-entry=first")
        number = ours(after, disk, "small")
        same(numbers(after), [number, *numbers(before)], "BootOrder")
        made.append(entries(after).pop(f"Boot{number:04X}"))
        same(entries(after), {**entries(before), f"Boot{number:04X}": made[-1]})
    check(made[0] != made[1], "both appliances have the same partition")


def test_full_nvram_is_a_warning_and_no_failure(bench):
    only_long()
    ova, disk = bench.small()[2], bench.filled("disk.img")
    bench.in_shell(ova, disk, ["reset -s"], "--expect", "^Shell> reset")
    before = read_variables(bench.vars)
    booted = bench.in_shell(ova, disk, [
        "fs0:", "dmpstore -all -l fill.bin",
        r"\EFI\ovfboot\loader.efi boot-entry=first on-success=poweroff"],
        "--put", f"fill.bin={bench.filling()}", "--expect", "^Done .* is ready on",
        "--timeout", "900")  # the firmware takes a minute to clear up a full store
    booted.says("Load and set variables",
                "^Warning    the guest has no boot entry of its own: .* no room .*Out of Resources",
                "^ *Remove entries that nobody needs", "^Done ")
    after = read_variables(bench.vars)
    same(entries(after), entries(before))
    same(numbers(after), numbers(before), "BootOrder")


def test_firmware_starts_the_guest_by_its_entry_without_the_stick(bench):
    disk = bench.filled("disk.img", 512 * MIB)
    after = bench.installs(SAMPLE, disk, "boot-entry=first", boot=Bench.boots)
    number = ours(after, disk, "ovfboot sample appliance")
    bench.booted.says(rf'^Boot entry Boot{number:04X} "ovfboot sample appliance \(ovfboot\)", first in',
                      "^ovfboot: starting", "^ovfboot-guest: ready")
    booted = bench.boots("--no-stick", "--disk", disk, "--vars", bench.vars, "--boot-order",
                         "firmware")
    booted.says(rf'BdsDxe: starting Boot{number:04X} "ovfboot sample appliance \(ovfboot\)" from HD\(',
                "^ovfboot-guest: ready")
    same(ours(read_variables(bench.vars), disk, "ovfboot sample appliance"), number)


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Nvram))
