#!/usr/bin/env python3
"""Packages whose disk is in many files, in chunks or in gzip, through the host tool: right to the last byte, or refused
with the target as it was."""

import gzip
import lzma
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import forms  # noqa: E402
import packages  # noqa: E402
from checks import MIB, check, holds, read, run_tests, same, write  # noqa: E402
from cli import Bench as CliBench  # noqa: E402
from disks import has_guest  # noqa: E402

SIZE = 64 * MIB
PACKED = 'ovf:compression="gzip"'


class Bench(CliBench):
    def stream(self):
        return [("disk.vmdk", read(self.vmdk))]

    def gzip(self):
        return forms.zipped([("disk.raw", read(self.raw))])

    def refuses_members(self, members, *words):
        disk = self.filled(SIZE)
        holds(self.refuses("deploy", self.packed(members), "--to", disk, "--set", "environment=none"), *words)
        same(read(disk), b"\xa5" * SIZE, words)


def test_every_form_is_right_to_the_last_byte(bench):
    for name, members in forms.every(bench.folder, bench.raw, bench.vmdk):
        print(name)
        ova = bench.packed(members)
        disk = bench.filled(SIZE)
        bench.does("deploy", ova, "--to", disk, "--set", "environment=none")
        has_guest(disk, bench.raw)


def test_loose_files(bench):
    for number, members in enumerate((forms.members(bench.vmdk, forms.vmdk(bench.folder, bench.raw, "monolithicFlat")),
                                      forms.chunked(bench.vmdk, bench.stream(), 1000000))):
        folder = bench.path(f"loose{number}")
        os.makedirs(folder)
        for name, data in members:
            write(os.path.join(folder, name), data)
        disk = bench.filled(SIZE)
        bench.does("deploy", os.path.join(folder, "small.ovf"), "--to", disk, "--set", "environment=none")
        has_guest(disk, bench.raw)


def test_inspect_finds_the_loader_inside(bench):
    for members, words in ((forms.members(bench.vmdk, bench.gzip(), PACKED), ("raw disk",)),
                           (forms.members(bench.vmdk, forms.vmdk(bench.folder, bench.raw, "twoGbMaxExtentSparse")),
                            ("twoGbMaxExtentSparse VMDK",))):
        holds(bench.does("inspect", bench.packed(members)), *words, "\\EFI\\BOOT\\BOOTX64.EFI")


def test_what_the_descriptor_says_wrongly_of_gzip_is_told(bench):
    unsaid, untrue = forms.members(bench.vmdk, bench.gzip()), forms.members(bench.vmdk, bench.stream(), PACKED)
    holds(bench.does("inspect", bench.packed(unsaid)), "compressed with gzip, although the descriptor says nothing of it")
    holds(bench.does("inspect", bench.packed(untrue)), "is not compressed with gzip, although the descriptor says so")


def test_a_flipped_byte_in_any_file(bench):
    """The file is named, and nothing was written where that can be known beforehand."""
    for members in (forms.members(bench.vmdk, forms.vmdk(bench.folder, bench.raw, "monolithicFlat")),
                    forms.members(bench.vmdk, bench.gzip(), PACKED),
                    forms.chunked(bench.vmdk, forms.images(bench.folder, bench.raw, "qcow2"), 3000000)):
        for number in range(2, len(members)):
            name, data = members[number]
            at = len(data) // 2
            wrong = list(members)
            wrong[number] = (name, data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
            disk = bench.filled(SIZE)
            said = bench.refuses("deploy", bench.packed(wrong), "--to", disk, "--set", "environment=none")
            check("line" in said and name in said or "bad compressed data" in said, said)
            same(read(disk), b"\xa5" * SIZE, name)


def test_chunks_of_a_stream_are_proved_one_by_one(bench):
    members = forms.chunked(bench.vmdk, bench.stream(), 1000000)
    name, data = members[3]
    members[3] = (name, data[:-1] + bytes([data[-1] ^ 1]))
    disk = bench.filled(SIZE)
    said = bench.refuses("deploy", bench.packed(members), "--to", disk, "--set", "environment=none")
    check(name in said or "compressed data" in said or "grain" in said, said)
    check(read(disk)[:512] != read(bench.raw)[:512], "it would boot")


def test_chunks_that_are_missing_or_of_another_size(bench):
    whole = forms.chunked(bench.vmdk, bench.stream(), 1000000)
    files = whole[2:]

    def without(*gone):
        kept = [("small.ovf", whole[0][1]), *(file for n, file in enumerate(files) if n not in gone)]
        return [kept[0], ("small.mf", packages.manifest(kept)), *kept[1:]]
    bench.refuses_members(without(*range(len(files))), "disk.vmdk in chunks", "disk.vmdk.000000000")
    bench.refuses_members(without(1), "the chunk disk.vmdk.000000001 is missing")
    bench.refuses_members(without(len(files) - 1), f"the {len(files) - 1} chunks of disk.vmdk have", "some may be missing")
    bench.refuses_members(without(0), "disk.vmdk in chunks")
    other = forms.chunked(bench.vmdk, bench.stream(), 1000000)
    other[3] = (other[3][0], other[3][1] + b"x")
    everything = [other[0], *other[2:]]
    bench.refuses_members([other[0], ("small.mf", packages.manifest(everything)), *other[2:]],
                          "the chunk disk.vmdk.000000001 has 1000001 bytes, where 1000000 are right")


def test_an_extent_that_is_missing(bench):
    files = forms.vmdk(bench.folder, bench.raw, "monolithicFlat")
    bench.refuses_members(forms.members(bench.vmdk, files[:1]), "disk.monolithicFlat.vmdk says that its data is in",
                          "which is not in the package")


def test_gzip_that_is_damaged(bench):
    (name, data), = bench.gzip()
    for wrong, words in ((data[:-9], "ends at byte"), (data[:-8] + bytes(8), "bad compressed data (gzip)"),
                         (data + b"more", "follow what is compressed"), (data[:10], "ends at byte")):
        bench.refuses_members(forms.members(bench.vmdk, [(name, wrong)], PACKED), name, words)


def test_a_package_that_as_a_whole_is_compressed(bench):
    """By the host tool only; several xz streams and gzip members are one."""
    data = read(bench.ova)
    half = len(data) // 2
    for name, packed in (("small.ova.gz", gzip.compress(data, 1)), ("small.ova.xz", lzma.compress(data, preset=0)),
                         ("small.tar.xz", lzma.compress(data[:half], preset=0) + lzma.compress(data[half:], preset=0)),
                         ("small.tgz", gzip.compress(data[:half], 1) + gzip.compress(data[half:], 1))):
        path = write(bench.path(name), packed)
        disk = bench.filled(SIZE)
        bench.does("verify", path)
        bench.does("deploy", path, "--to", disk, "--set", "environment=none")
        has_guest(disk, bench.raw)
        for wrong, words in ((packed[:-50], "ends at byte"), (packed[:1000] + bytes(50) + packed[1050:], "compressed data")):
            holds(bench.refuses("verify", write(bench.path(name), wrong)), name, words)


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
