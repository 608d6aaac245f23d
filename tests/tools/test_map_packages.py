#!/usr/bin/env python3
"""Packages whose disk is an image with tables (QCOW2, VHD, VHDX), through the host tool: right to the last byte, or
refused with the target as it was."""

import os
import random
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from checks import MIB, holds, read, run, run_tests, same, write  # noqa: E402
from cli import Bench  # noqa: E402
from disks import has_guest  # noqa: E402
from packages import descriptor, manifest, tar  # noqa: E402
from vhdx_log import unclose  # noqa: E402

KINDS = (("qcow2", "qcow2", ()), ("packed.qcow2", "qcow2", ("-c",)), ("vhd", "vpc", ("-o", "force_size=on")),
         ("fixed.vhd", "vpc", ("-o", "subformat=fixed,force_size=on")),
         ("vhdx", "vhdx", ("-o", "block_size=1M")), ("fixed.vhdx", "vhdx", ("-o", "subformat=fixed")))
SIZE = 64 * MIB


def box(bench, name, form, options, change=bytes):
    """A package of small.raw in that form; the manifest is of what change() makes of it."""
    image = bench.path("small." + name)
    run("qemu-img", "convert", "-f", "raw", "-O", form, *options, bench.raw, image)
    data = change(read(image))
    text = descriptor([bench.vmdk], [os.path.basename(image)]).replace(
        f'ovf:size="{os.path.getsize(bench.vmdk)}"'.encode(), f'ovf:size="{len(data)}"'.encode())
    files = [("small.ovf", text), (os.path.basename(image), data)]
    return files, tar(bench.path(name + ".ova"), [files[0], ("small.mf", manifest(files)), files[1]])


def test_a_disk_is_right_to_the_last_byte(bench):
    for name, form, options in KINDS:
        _, ova = box(bench, name, form, options)
        disk = bench.filled(SIZE)
        bench.does("deploy", ova, "--to", disk, "--set", "environment=none")
        has_guest(disk, bench.raw)


def test_a_vhdx_that_was_not_closed_is_right_to_the_last_byte(bench):
    def change(data):
        image = bytearray(data)
        unclose(image, random.Random(20), goes_round=True)
        return bytes(image)

    _, ova = box(bench, "vhdx", "vhdx", ("-o", "block_size=2M"), change)
    disk = bench.filled(SIZE)
    bench.does("deploy", ova, "--to", disk, "--set", "environment=none")
    has_guest(disk, bench.raw)


def test_inspect_and_verify_know_them(bench):
    for (name, form, options), words in zip(KINDS, ("QCOW2", "QCOW2", "dynamic VHD", "fixed VHD",
                                                   "dynamic VHDX", "fixed VHDX")):
        _, ova = box(bench, name, form, options)
        holds(bench.does("inspect", ova), words, "\\EFI\\BOOT\\BOOTX64.EFI")
        bench.does("verify", ova)


def test_a_flipped_byte_is_noticed_before_the_first_write(bench):
    for name, form, options in KINDS:
        files, _ = box(bench, name, form, options)
        image, data = files[1]
        at = len(data) // 2
        wrong = data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]
        ova = tar(bench.path("wrong-" + name + ".ova"), [files[0], ("small.mf", manifest(files)), (image, wrong)])
        disk = bench.filled(SIZE)
        holds(bench.refuses("deploy", ova, "--to", disk, "--set", "environment=none"), image, "line 2 of the manifest says")
        same(read(disk), b"\xa5" * SIZE, name)


def test_an_image_that_was_cut_is_noticed_before_the_first_write(bench):
    """Although its manifest is right."""
    for name, form, options in (KINDS[0], KINDS[4]):
        _, ova = box(bench, "cut." + name, form, options, lambda data: data[:-2 * MIB])
        disk = write(bench.path("old.img"), b"\xa5" * SIZE)
        holds(bench.refuses("deploy", ova, "--to", disk, "--set", "environment=none"), "the file ends at byte")
        same(read(disk), b"\xa5" * SIZE, name)


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
