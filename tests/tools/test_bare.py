#!/usr/bin/env python3
"""Disk images without a package around them, through the host tool: every format is right to the last byte, and none
is taken without somebody saying so."""

import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import forms  # noqa: E402
from checks import MIB, check, holds, read, run_tests, same, sha256, write  # noqa: E402
from cli import Bench  # noqa: E402
from disks import has_guest  # noqa: E402

NONE = ("--policy", "none")
SIZE = 40 * MIB


def every(bench):
    """(what, path of the image) for each format, each with its files in a folder of its own."""
    folder, raw = bench.folder, bench.raw
    plain, stream = [("disk.img", read(raw))], [("disk.vmdk", read(bench.vmdk))]
    qcow2 = forms.images(folder, raw, "qcow2")
    ways = {"raw": plain, "streamOptimized": stream, "qcow2": qcow2,
            "qcow2, packed": forms.images(folder, raw, "qcow2", ("-c",), "c.qcow2"),
            "dynamic VHD": forms.images(folder, raw, "vpc", ("-o", "force_size=on"), "vhd"),
            "fixed VHD": forms.images(folder, raw, "vpc", ("-o", "subformat=fixed,force_size=on"), "fixed.vhd"),
            "gzip of raw": forms.zipped(plain), "gzip of streamOptimized": forms.zipped(stream),
            "gzip of qcow2": forms.zipped(qcow2, 2)}
    for kind in ("monolithicSparse", "monolithicFlat", "twoGbMaxExtentSparse", "twoGbMaxExtentFlat"):
        ways[kind] = forms.vmdk(folder, raw, kind)
    for number, (what, files) in enumerate(ways.items()):
        inner = bench.path(f"bare{number}")
        os.makedirs(inner)
        for name, data in files:
            write(os.path.join(inner, name), data)
        yield what, os.path.join(inner, files[0][0])


def test_every_format_is_right_to_the_last_byte(bench):
    for what, image in every(bench):
        print(what)
        disk = bench.filled(SIZE)
        holds(bench.does("deploy", image, *NONE, "--to", disk), "deployed, but not proved")
        has_guest(disk, bench.raw)
        holds(bench.does("inspect", image), "25.1 MB", "\\EFI\\BOOT\\BOOTX64.EFI")
        holds(bench.does("verify", image, *NONE), "whole, but not proved")
        check("Note" not in bench.does("inspect", image), f"{what}: something is noted")


def test_without_policy_none_it_is_refused_and_nothing_is_written(bench):
    disk = bench.filled(SIZE)
    for more in ((), ("--policy", "manifest"), ("--set", "verify=manifest")):
        for command in (("verify",), ("deploy", "--to", disk)):
            holds(bench.refuses(command[0], bench.raw, *command[1:], *more), "small.raw: is no package",
                  "nothing proves that a disk image alone is whole", "--policy none", "ovfboot pack")
    same(set(read(disk)), {0xa5})


def test_a_manifest_beside_it_proves_nothing(bench):
    write(bench.raw + ".mf", f"SHA256(small.raw)= {sha256(bench.raw)}\n".encode())
    holds(bench.refuses("verify", bench.raw), "nothing proves")
    holds(bench.does("verify", bench.raw, *NONE), "not proved")


def test_names_that_are_no_reference_by_themselves(bench):
    """The file is the one that was named, whatever lies beside it."""
    for name in ("a b.raw", "a%20b.raw", "C:disk.raw", "a\\b.raw", "<&\">'.raw", "%", "..raw", "\xe4\u20ac.raw", "x.ovf.raw"):
        path = bench.path(name)
        os.link(bench.raw, path)
        write(bench.path("a%20b.raw") if name == "a b.raw" else bench.path("other"), b"something else")
        out = bench.path("out")
        bench.does("deploy", path, *NONE, "--to", out)
        same(sha256(out), sha256(bench.raw), name)
        os.remove(out)
        os.remove(path)
        if name == "a b.raw":
            os.remove(bench.path("a%20b.raw"))


def test_in_the_current_directory_and_by_a_link(bench):
    here = os.getcwd()
    os.symlink(bench.raw, bench.path("link"))
    try:
        os.chdir(bench.folder)
        for path in ("small.raw", "./small.raw", "../" + os.path.basename(bench.folder) + "/link"):
            holds(bench.does("verify", path, *NONE), "whole, but not proved")
    finally:
        os.chdir(here)


def test_damage_and_what_is_no_disk(bench):
    disk = bench.filled(SIZE)
    (qcow2_name, qcow2), = forms.images(bench.folder, bench.raw, "qcow2")
    packed = forms.zipped([("d", read(bench.raw))])[0][1]
    flat = forms.vmdk(bench.folder, bench.raw, "monolithicFlat")
    for name, data, words in ((qcow2_name, qcow2[:len(qcow2) // 2], "the file ends at byte"),
                              ("d.gz", packed[:-20], "ends at byte"),
                              ("d.gz", packed[:-8] + bytes(8), "bad compressed data"),
                              ("flat.vmdk", flat[0][1], "which is not in the package"),
                              ("page.html", b"<html>" * 200, "no disk format that is known"),
                              ("empty", b"", "no disk format that is known"),
                              ("old.ova", read(bench.raw), "old.ova: "),
                              ("disk.xz", b"\xfd7zXZ\0" + bytes(600), "bad compressed data (xz)")):
        path = write(bench.path(name), data)
        said = bench.refuses("deploy", path, *NONE, "--to", disk)
        holds(said, words)
        check(said.count(name) == 1 or name == "flat.vmdk", said)
        same(set(read(disk)), {0xa5}, name)


def test_damage_inside_a_stream_leaves_nothing_that_boots(bench):
    data = bytearray(read(bench.vmdk))
    data[len(data) // 2] ^= 1
    disk = bench.filled(SIZE)
    bench.refuses("deploy", write(bench.path("bad.vmdk"), data), *NONE, "--to", disk)
    check(read(disk, 0, 512) != read(bench.raw, 0, 512), "it would boot")


def test_an_extent_never_leaves_the_directory(bench):
    files = forms.vmdk(bench.folder, bench.raw, "monolithicFlat")
    os.mkdir(bench.path("inner"))
    write(bench.path("outside.vmdk"), files[1][1])
    for name in ("../outside.vmdk", bench.path("outside.vmdk")):
        text = files[0][1].replace(files[1][0].encode(), name.encode())
        bench.refuses("verify", write(bench.path("inner/disk.vmdk"), text), *NONE)


def test_inspect_fails_where_there_is_no_disk(bench):
    path = write(bench.path("notes.txt"), b"hello")
    holds(bench.refuses("inspect", path), "notes.txt: no disk format that is known, and no boot sector")


def test_a_package_is_known_by_its_content_too(bench):
    os.rename(bench.ova, bench.path("package"))
    holds(bench.does("verify", bench.path("package")), "whole and proved")


def test_the_image_is_never_its_own_target(bench):
    before = sha256(bench.raw)
    holds(bench.refuses("deploy", bench.raw, *NONE, "--to", bench.raw), "in use")
    same(sha256(bench.raw), before)


def test_json(bench):
    told = json.loads(bench.does("verify", bench.raw, *NONE, "--json"))
    same((told["result"], told["disks"][0]["state"], told["disks"][0]["digest"]), ("whole", "whole", sha256(bench.raw)))
    told = json.loads(bench.does("inspect", bench.raw, "--json"))
    same(told["systems"][0]["disks"][0]["format"], "raw disk")
    same(told["systems"][0]["firmware"], "efi")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
