#!/usr/bin/env python3
"""Tests of the host tool as a program, against qemu-img, openssl, sha*sum, sgdisk, GNU tar."""

import json
import os
import random
import stat
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import packages  # noqa: E402
from checks import (MIB, Skip, check, holds, need, read, run, run_tests, same,  # noqa: E402
                    sha256, write)
from cli import Bench  # noqa: E402
from disks import has_guest, has_no_table, is_unchanged  # noqa: E402
from packages import changed, flipped, grain_at, members_of, tar  # noqa: E402


# Usage.

def test_help_and_version_are_on_stdout(bench):
    holds(bench.does("--help"), "inspect", "verify", "deploy", "--to", "Exit status")
    check(bench.does("--version").startswith("ovfboot "), "no version")


def test_wrong_usage_is_2_and_says_why(bench):
    for arguments, why in (([], "Usage"), (["frob", "x"], "frob"), (["verify"], "FILE"),
                           (["deploy", bench.ova], "--to"), (["deploy", "--to"], "--to"),
                           (["verify", bench.ova, "--to", "x"], "--to"),
                           (["verify", bench.ova, "b"], "one FILE too many"),
                           (["verify", bench.ova, "--policy", "perhaps"], "perhaps")):
        code, out, err = bench.ovfboot(*arguments)
        same((code, out), (2, ""), str(arguments))
        holds(err, why)


def test_files_that_are_no_packages(bench):
    holds(bench.refuses("verify", bench.path("none.ova")), "none.ova", "No such file")
    holds(bench.refuses("verify", bench.folder), "directory")
    holds(bench.refuses("verify", write(bench.path("empty.ova"), b"")), "empty.ova")
    holds(bench.refuses("verify", bench.raw), "small.raw")
    holds(bench.refuses("verify", write(bench.path("x.ovf"), b"<Envelope/>"), "--policy", "none"),
          "x.ovf")


# Reading.

def test_inspect_tells_what_it_is(bench):
    out = bench.does("inspect", bench.ova)
    holds(out, "small.ova", "small.vmdk", "streamOptimized", "25.1 MB", r"\EFI\BOOT\BOOTX64.EFI",
          "matches the manifest")


def test_verify_proves(bench):
    holds(bench.does("verify", bench.ova), "small.vmdk", "whole and proved")


def test_no_claim_of_proof_without_a_manifest(bench):
    bare = bench.packed([m for m in members_of([bench.vmdk]) if not m[0].endswith(".mf")])
    holds(bench.refuses("verify", bare), "no manifest")
    holds(bench.does("verify", bare, "--policy", "none"), "not proved")
    (disk,) = json.loads(bench.does("verify", bare, "--policy", "none", "--json"))["disks"]
    same((disk["state"], disk["digest"]), ("whole", sha256(bench.vmdk)))


def test_loose_files_are_a_package(bench):
    for name, data in members_of([bench.vmdk]):
        write(bench.path(name), data)
    out = bench.path("out")
    holds(bench.does("deploy", bench.path("small.ovf"), "--to", out), "deployed and proved")
    same(sha256(out), sha256(bench.raw))


# Writing.

def test_new_file_is_what_qemu_img_makes(bench):
    out = bench.path("out")
    bench.does("deploy", bench.ova, "--to", out)
    same(sha256(out), sha256(packages.raw_of(bench.vmdk, bench.path("theirs"))))
    same(sha256(out), sha256(bench.raw))


def test_larger_file_gets_the_backup_gpt_at_its_end(bench):
    for size in (24 * MIB + 512, 24 * MIB + 33 * 512, 25 * MIB, 40 * MIB):
        disk = bench.filled(size)
        bench.does("deploy", bench.ova, "--to", disk)
        same(os.path.getsize(disk), size)
        has_guest(disk, bench.raw)
        end = max(size - MIB, 24 * MIB)  # the last MiB was erased
        same(set(read(disk, 24 * MIB, end - 24 * MIB)) - {0xa5}, set(), "behind the guest disk")


def test_file_of_the_same_size_is_the_disk(bench):
    disk = bench.filled(24 * MIB)
    bench.does("deploy", bench.ova, "--to", disk)
    same(sha256(disk), sha256(bench.raw))


def test_holes_of_the_guest_disk_are_holes_of_a_file(bench):
    disk = bench.filled(24 * MIB)
    bench.does("deploy", bench.ova, "--to", disk)
    same(sha256(disk), sha256(bench.raw))
    with open(bench.path("probe"), "wb") as probe:
        probe.truncate(MIB)
    if os.stat(probe.name).st_blocks:
        raise Skip("this file system has no holes")
    holes = 24 * MIB - os.stat(disk).st_blocks * 512
    check(holes >= 8 * MIB, f"{holes} bytes of holes, where the guest disk has one of 11 MiB")


def test_block_device(bench):
    disk = bench.filled(40 * MIB)
    made = subprocess.run(["losetup", "--find", "--show", disk], text=True, capture_output=True,
                          check=False)
    if made.returncode != 0:
        raise Skip(f"no loop device: {made.stderr.strip()}")
    device = made.stdout.strip()
    try:
        if not stat.S_ISBLK(os.stat(device).st_mode):
            raise Skip("no loop device: its node is missing")
        bench.does("deploy", bench.ova, "--to", device)
    finally:
        run("losetup", "--detach", device)
    has_guest(disk, bench.raw)


def two_disks(bench):
    """(OVA, raw disks): the second has no loader."""
    other = packages.guest_disk(bench.path("data.raw"), loader=False, seed=2, size=16 * MIB)
    vmdks = [bench.vmdk, packages.convert(other)]
    return packages.package(bench.path("two.ova"), vmdks), [bench.raw, other]


def test_several_disks_go_to_several_targets(bench):
    ova, raws = two_disks(bench)
    outs = [bench.path("a"), bench.path("b")]
    bench.does("deploy", ova, "--to", outs[0], "--to", outs[1])
    same([sha256(out) for out in outs], [sha256(raw) for raw in raws])


def test_one_disk_of_several(bench):
    ova, raws = two_disks(bench)
    for wanted, raw in (("data.vmdk", raws[1]), ("vmdisk0", raws[0]), ("vmdisk1", raws[1])):
        out = bench.path("out-" + wanted)
        bench.does("deploy", ova, "--to", out, "--disk", wanted)
        same(sha256(out), sha256(raw), wanted)
    holds(bench.refuses("deploy", ova, "--to", bench.path("x"), "--disk", "disk9"), "two.ova",
          "disk9")
    holds(bench.refuses("deploy", ova, "--to", bench.path("x")), "2 disks")
    check(not os.path.exists(bench.path("x")), "a file was made")


def blank_package(bench, capacity):
    """An OVA of the small guest and a disk of so many bytes without a file."""
    ovf, _, vmdk = members_of([bench.vmdk])
    text = ovf[1].decode()
    disk = f'<Disk ovf:diskId="empty" ovf:capacity="{capacity}"/></DiskSection>'
    item = packages.ITEM.format(n=1, id=3).replace("vmdisk1", "empty")
    text = text.replace("</DiskSection>", disk)
    text = text.replace("</VirtualHardwareSection>", item + "</VirtualHardwareSection>")
    files = [(ovf[0], text.encode()), vmdk]
    return tar(bench.path("blank.ova"), [files[0], ("small.mf", packages.manifest(files)), vmdk])


def test_blank_disk_is_zeros_whatever_was_there(bench):
    need("cmp")
    capacity = 10 * MIB + 1000
    ova = blank_package(bench, capacity)
    disk = bench.filled(24 * MIB, "a.img")
    for size in (10 * MIB + 1024, 30 * MIB):
        blank = bench.filled(size, "b.img")
        out = bench.does("deploy", ova, "--to", disk, "--to", blank)
        holds(out, "Blank      empty: 10.4 MB of zeros", "deployed and proved")
        same(sha256(disk), sha256(bench.raw))
        run("cmp", "-n", str(capacity), blank, "/dev/zero")
        same(os.path.getsize(blank), size)
    same(set(read(blank, 11 * MIB, 18 * MIB)), {0xa5}, "behind the blank disk")
    new = bench.path("new.img")
    bench.does("deploy", ova, "--to", new, "--disk", "empty")
    same(read(new), bytes(10 * MIB + 1024))


def test_blank_disk_is_told_as_such(bench):
    ova = blank_package(bench, 10 * MIB)
    holds(bench.does("inspect", ova), "empty: 10.4 MB, blank disk")
    holds(bench.does("verify", ova), "Blank      empty: 10.4 MB of zeros", "whole and proved")
    disks = json.loads(bench.does("verify", ova, "--json"))["disks"]
    same([disk["state"] for disk in disks], ["proved", "blank"])
    same(disks[1], {"file": "empty", "state": "blank"})


def test_wrong_size_in_the_descriptor(bench):
    size = os.path.getsize(bench.vmdk)
    ova = bench.bad("small.ovf", lambda d: d.replace(f'size="{size}"'.encode(), b'size="77"'),
                    signed=True)
    note = f"small.vmdk has {size} bytes, although the descriptor says 77"
    for command in ("inspect", "verify"):
        holds(bench.does(command, ova), "Note       " + note)
    same(json.loads(bench.does("verify", ova, "--json"))["notes"], [note])
    bare = bench.packed([m for m in changed(members_of([bench.vmdk]), "small.ovf",
                                            lambda d: d.replace(str(size).encode(), b"77"))
                         if not m[0].endswith(".mf")])
    disk = bench.filled(24 * MIB)
    before = sha256(disk)
    holds(bench.refuses("deploy", bare, "--policy", "none", "--to", disk),
          f"small.vmdk has {size} bytes, where the descriptor says 77")
    is_unchanged(disk, before)


def test_damage_in_the_second_disk_leaves_neither_bootable(bench):
    two_disks(bench)
    vmdks = [bench.vmdk, bench.path("data.vmdk")]
    at = read(vmdks[1]).index(b"CID=") + 5
    ova = bench.packed(changed(members_of(vmdks), "data.vmdk", lambda d: flipped(d, at)))
    disks = [packages.guest_disk(bench.path(f"old{n}"), seed=9, size=32 * MIB) for n in (0, 1)]
    holds(bench.refuses("deploy", ova, "--to", disks[0], "--to", disks[1]), "data.vmdk", "SHA-256")
    for disk in disks:
        has_no_table(disk)


# What must not be written.

def test_package_is_never_written_over_itself(bench):
    rest = [("padding.bin", bytes(40 * MIB))]
    large = tar(bench.path("large.ova"), members_of([bench.vmdk]) + rest)
    before = sha256(large)
    holds(bench.refuses("deploy", large, "--to", large), "large.ova", "in use")
    is_unchanged(large, before)
    os.link(large, bench.path("alias"))
    bench.refuses("deploy", large, "--to", bench.path("alias"))
    is_unchanged(large, before)


def test_two_disks_never_go_to_one_target(bench):
    ova, _ = two_disks(bench)
    disk = bench.filled(40 * MIB)
    before = sha256(disk)
    holds(bench.refuses("deploy", ova, "--to", disk, "--to", disk), "disk.img", "in use")
    is_unchanged(disk, before)
    bench.refuses("deploy", ova, "--to", bench.path("new"), "--to", bench.path("new"))
    check(not os.path.exists(bench.path("new")), "the file that was made is still there")


def test_file_too_small_is_unchanged(bench):
    for size in (0, 512, 24 * MIB - 512):
        disk = bench.filled(size)
        before = sha256(disk)
        failure = bench.refuses("deploy", bench.ova, "--to", disk)
        holds(failure, "small.vmdk", str(24 * MIB), str(size))
        is_unchanged(disk, before)


def test_targets_that_are_no_disks(bench):
    holds(bench.refuses("deploy", bench.ova, "--to", "/dev/null"), "/dev/null", "neither")
    holds(bench.refuses("deploy", bench.ova, "--to", bench.folder), bench.folder)
    holds(bench.refuses("deploy", bench.ova, "--to", bench.path("no/such")), "no/such")


def test_created_file_is_removed_on_failure(bench):
    at, size = grain_at(bench.vmdk, 7 * 2048)
    ova = bench.bad("small.vmdk", lambda d: flipped(d, at + size // 2))
    bench.refuses("deploy", ova, "--to", bench.path("out"))
    check(not os.path.exists(bench.path("out")), "half a disk is still there")


def test_truncated_ova_is_seen_before_writing(bench):
    whole = os.path.getsize(bench.ova)
    disk = packages.guest_disk(bench.path("old"), seed=9, size=32 * MIB)
    before = sha256(disk)
    for size in (1, 511, 512, 700, 5000, 10000, MIB, whole - 2 * MIB):
        cut = write(bench.path("cut.ova"), read(bench.ova, 0, size))
        holds(bench.refuses("deploy", cut, "--to", disk), "cut.ova")
        is_unchanged(disk, before)


def test_any_flipped_byte_of_the_disk_is_seen(bench):
    rng = random.Random(11)
    data = read(bench.vmdk)
    places = [0, 8, 20, 511, data.index(b"CID=") + 5, len(data) - 1000, len(data) - 1]
    for at in places + [rng.randrange(len(data)) for _ in range(8)]:
        disk = packages.guest_disk(bench.path("old"), seed=9, size=32 * MIB)
        before = sha256(disk)
        ova = bench.bad("small.vmdk", lambda d, at=at: flipped(d, at))
        holds(bench.refuses("deploy", ova, "--to", disk), os.path.basename(ova), "small.vmdk")
        if sha256(disk) != before:
            has_no_table(disk)
        os.remove(ova)


# Digests.

def openssl_lines(kind, names, folder):
    return run("openssl", "dgst", "-" + kind, *names, cwd=folder)


def tag_lines(kind, names, folder):
    return run(kind + "sum", "--tag", *names, cwd=folder)


def manifests(bench):
    """(what, text) of manifests as tools and vendors spell them."""
    names = ["small.ovf", "small.vmdk"]
    for name, data in members_of([bench.vmdk]):
        write(bench.path(name), data)
    for kind in ("sha1", "sha256", "sha512"):
        tagged = tag_lines(kind, names, bench.folder)  # SHA256 (name) = hex
        yield f"{kind}sum --tag", tagged
        yield f"openssl dgst -{kind}", openssl_lines(kind, names, bench.folder)
        yield f"{kind} ovftool", tagged.replace(" (", "(").replace(" = ", "= ")
    tagged = tag_lines("sha256", names, bench.folder)
    ovftool = tagged.replace(" (", "(").replace(" = ", "= ")
    yield "OpenSSL 3", ovftool.replace("SHA256", "SHA2-256")
    yield "VirtualBox", tagged.replace(" = ", "= ")
    yield "CRLF", ovftool.replace("\n", "\r\n")
    yield "no last newline", ovftool.rstrip("\n")
    yield "disk first", "".join(reversed(ovftool.splitlines(True)))
    yield "mixed", (tag_lines("sha1", names[:1], bench.folder)
                    + tag_lines("sha256", names[1:], bench.folder))


def test_manifests_of_every_spelling_prove_and_disprove(bench):
    need("openssl", "sha1sum", "sha256sum", "sha512sum")
    members = members_of([bench.vmdk])
    for what, text in manifests(bench):
        good = bench.packed(changed(members, "small.mf", lambda _, t=text: t.encode()))
        print(f"{what}: {text!r}")
        holds(bench.does("verify", good), "whole and proved")
        for line in text.splitlines():
            # The line's last digit is another one, so its file does not match.
            wrong = line[:-1] + ("0" if line[-1] != "0" else "1")
            text_wrong = text.replace(line, wrong)
            bad = bench.packed(changed(members, "small.mf", lambda _, t=text_wrong: t.encode()))
            failure = bench.refuses("verify", bad)
            holds(failure, os.path.basename(bad), "manifest",
                  "small.ovf" if "small.ovf" in line else "small.vmdk")
            os.remove(bad)
        os.remove(good)


def test_manifest_without_a_line_for_the_disk_proves_nothing(bench):
    one_line = packages.manifest(members_of([bench.vmdk])[:1])
    ova = bench.bad("small.mf", lambda _: one_line)
    holds(bench.refuses("verify", ova), "small.mf", "no line for small.vmdk")
    holds(bench.refuses("verify", ova, "--policy", "none"), "small.mf", "no line for small.vmdk")


def test_disk_cut_inside_a_grain(bench):
    at, size = grain_at(bench.vmdk, 7 * 2048)
    end = at + size // 2
    ova = bench.bad("small.vmdk", lambda d: d[:end], signed=True)
    disk = packages.guest_disk(bench.path("old"), seed=9, size=32 * MIB)
    before = sha256(disk)
    holds(bench.refuses("deploy", ova, "--to", disk), "small.vmdk", f"byte {end}")
    if sha256(disk) != before:
        has_no_table(disk)


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
