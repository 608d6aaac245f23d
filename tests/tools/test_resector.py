#!/usr/bin/env python3
"""Disks for sectors of 512 bytes as they would be on sectors of 4096 bytes, and the other way round:
what fdisk, fsck.fat, mtools, e2fsck and blkid see in them.

Refusals: test_resector_refused.py.
"""

import os
import random
import re
import shutil
import struct
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from checks import BUILD, MIB, check, holds, need, read, run, run_tests, same, write  # noqa: E402
from sector_tables import BIOS, ESP, LINUX, Partition, gpt_disk, mbr_disk, read_gpt  # noqa: E402

TOOL = os.path.join(BUILD, "cli", "disk_tool")
UNSUPPORTED, DAMAGED, NO_ROOM = 4, 2, 6


# ---- Disks -----------------------------------------------------------------------------------------

def zeros_between(disk, table, spans):
    """Nothing of the old tables is left: what lies in no partition and no table is zeros."""
    at, size = table, os.path.getsize(disk)
    for start, end in sorted(spans) + [(size - table, size)]:
        while at < start:
            piece = read(disk, at, min(MIB, start - at))
            check(not any(piece), f"bytes that are not zeros in front of byte {start}")
            at += len(piece)
        at = max(at, end)


def resector(disk, sector, out=None):
    out = out or disk + f".{sector}"
    done = subprocess.run([TOOL, "resector", disk, out, str(sector)], text=True,
                          capture_output=True, check=False)
    check(done.returncode >= 0, f"disk_tool died of signal {-done.returncode}: {done.stderr}")
    return done, out


def resectored(disk, sector, out=None):
    done, out = resector(disk, sector, out)
    same(done.returncode, 0, done.stderr)
    return out


def refused(disk, sector, code, *words):
    done, _ = resector(disk, sector)
    same(done.returncode, code, done.stderr)
    holds(done.stderr, *words)


# ---- FAT -------------------------------------------------------------------------------------------

def make_fat(path, size, *options):
    with open(path, "wb") as file:
        file.truncate(size)
    run("mkfs.fat", "-n", "SYSTEM", "-i", "C0FFEE42", *options, path)
    return path


def fill_fat(volume, folder, rng, files, largest):
    """Files of all kinds; some are removed between, so that others are in pieces."""
    tree = os.path.join(folder, "tree")
    shutil.rmtree(tree, ignore_errors=True)
    os.mkdir(tree)
    places, made = [""], []
    for number in range(files):
        if rng.randrange(5) == 0 and len(places) < 12:
            name = rng.choice(("EFI", "boot", "a long directory name", "\u00e4\u4e16")) + str(number)
            places.append(os.path.join(rng.choice(places), name))
            run("mmd", "-i", volume, "::" + places[-1])
        name = rng.choice(("FILE.EFI", "a long name with spaces", "\u20acuro.txt", "x",
                           "y" * 200, "UPPER.TXT", "l.c"))
        path = os.path.join(rng.choice(places), f"{number}{name}")
        size = rng.choice((0, 1, 511, 512, 513, 4095, 4096, 4097, rng.randrange(largest)))
        data = write(os.path.join(tree, "in"), rng.randbytes(min(size, largest)))
        os.utime(data, (1500000000 + 86400 * number,) * 2)
        run("mcopy", "-m", "-i", volume, data, "::" + path)
        if path.isascii():  # others are not found again in every locale
            made.append(path)
        if made and rng.randrange(4) == 0:
            run("mdel", "-i", volume, "::" + made.pop(rng.randrange(len(made))))
    if made:
        run("mattrib", "+r", "+h", "-i", volume, "::" + rng.choice(made))


def files_of(volume, folder):
    """{path: bytes}, and how mdir lists it: short and long names, sizes, times."""
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    run("mcopy", "-s", "-n", "-m", "-i", volume, "::*", folder)
    listing = run("mdir", "-a", "-/", "-i", volume, "::")
    lines = [line for line in listing.split("\n") if line.strip() and "bytes free" not in line]
    files = {os.path.relpath(os.path.join(where, name), folder): read(os.path.join(where, name))
             for where, _, names in os.walk(folder) for name in names}
    attributes = run("mattrib", "-/", "-i", volume, "::")
    return files, lines, attributes


def probe(path):
    return dict(line.split("=", 1) for line in
                run("blkid", "-p", "-o", "export", path).split("\n") if "=" in line)


def fat_is_alike(old, new, sector, folder):
    verdict = run("fsck.fat", "-n", "-v", new)
    holds(verdict, f"{sector} bytes per logical sector")
    check(not re.search(r"differ|rphan|eclaim|irty|orrupt|Bad|bad|uplicate|Unused|wrong|Free cluster",
                        verdict), verdict)
    before, after = files_of(old, folder + "/old"), files_of(new, folder + "/new")
    same(sorted(after[0]), sorted(before[0]), "names")
    for path, data in before[0].items():
        check(after[0][path] == data, f"{path} differs")
    same(after[1], before[1], "mdir")
    same(after[2], before[2], "mattrib")
    theirs, ours = probe(old), probe(new)
    same([ours.get(key) for key in ("TYPE", "LABEL", "LABEL_FATBOOT", "UUID", "BLOCK_SIZE")],
         [*(theirs.get(key) for key in ("TYPE", "LABEL", "LABEL_FATBOOT", "UUID")), str(sector)], "blkid")
    return verdict


def cut(disk, start, end, path):
    return write(path, read(disk, start, end - start))


def fat_disk(folder, volume, sector, name="disk"):
    size = os.path.getsize(volume)
    return gpt_disk(os.path.join(folder, name), size + 4 * MIB, sector,
                    [Partition(MIB, size, read(volume), ESP, "EFI")])


FATS = [  # size in MiB, sector of the disk, options of mkfs.fat
    (2, 512, ("-F", "12", "-s", "1")), (8, 512, ("-F", "12", "-s", "8")),
    (9, 512, ("-F", "16", "-s", "1")), (33, 512, ("-F", "16", "-s", "4")),
    (64, 512, ("-F", "32", "-s", "1")), (80, 512, ("-F", "32", "-s", "2")),
    (300, 512, ("-F", "32", "-s", "8")), (300, 512, ("-F", "32", "-s", "1", "-f", "1")),
    (140, 512, ("-F", "16", "-s", "64")), (12, 512, ("-F", "12", "-S", "1024", "-s", "4")),
    (20, 4096, ("-F", "16", "-S", "4096", "-s", "1")), (8, 4096, ("-F", "12", "-S", "4096", "-s", "1")),
    (270, 4096, ("-F", "32", "-S", "4096", "-s", "1")), (64, 4096, ("-F", "12", "-S", "4096", "-s", "8")),
]


def test_fats_of_every_kind_keep_all_that_is_in_them(folder):
    need(TOOL, "mkfs.fat", "fsck.fat", "mcopy", "mmd", "mdel", "mdir", "mattrib", "blkid", "fdisk")
    rng = random.Random(4096)
    kinds = set()
    for mib, sector, options in FATS:
        volume = make_fat(os.path.join(folder, "fat"), mib * MIB, *options)
        fill_fat(volume, folder, rng, 40, min(mib * MIB // 60, 300000))
        disk, other = fat_disk(folder, volume, sector), 4096 + 512 - sector
        out = resectored(disk, other)
        ((_, _, start, end, _, _),) = read_gpt(out, other)
        new = cut(out, start, end, os.path.join(folder, "new.fat"))
        fat_is_alike(volume, new, other, folder)
        kinds.add((other, read(new, 54, 5), read(new, 82, 5)))
        back = resectored(out, sector)
        ((_, _, start, end, _, _),) = read_gpt(back, sector)
        fat_is_alike(volume, cut(back, start, end, new), sector, folder)
        os.remove(out)
        os.remove(back)
    for sector in (512, 4096):
        for place, kind in ((1, b"FAT12"), (1, b"FAT16"), (2, b"FAT32")):
            check(any(k[0] == sector and k[place] == kind for k in kinds), f"no {kind} on {sector}")


def test_many_random_fats_keep_all_that_is_in_them(folder):
    need(TOOL, "mkfs.fat", "fsck.fat", "mcopy", "mmd", "mdel", "mdir", "mattrib", "blkid", "fdisk")
    rng = random.Random(20261127)
    for _ in range(12):
        mib = rng.randrange(5, 60)
        volume = make_fat(os.path.join(folder, "fat"), mib * MIB + rng.randrange(256) * 4096)
        fill_fat(volume, folder, rng, rng.randrange(1, 60), rng.choice((100, 5000, mib * MIB // 80)))
        out = resectored(fat_disk(folder, volume, 512), 4096)
        ((_, _, start, end, _, _),) = read_gpt(out, 4096)
        fat_is_alike(volume, cut(out, start, end, os.path.join(folder, "new.fat")), 4096, folder)


# ---- Whole disks -----------------------------------------------------------------------------------

def system(folder, sector, tail=0):
    """An ESP, a root file system and swap, and the partition of a BIOS loader; the last one ends as
    far back as a GPT of that sector allows, and tail bytes before that."""
    esp = make_fat(os.path.join(folder, "esp"), 9 * MIB, "-S", str(sector))
    run("mmd", "-i", esp, "::EFI", "::EFI/BOOT")
    run("mcopy", "-i", esp, write(os.path.join(folder, "in"), bytes(range(256)) * 1000),
        "::EFI/BOOT/BOOTX64.EFI")
    size = 64 * MIB
    start = 20 * MIB
    length = size - start - (1 + 16384 // sector) * sector - tail
    root = write(os.path.join(folder, "root"), bytes(length))
    run("mkfs.ext4", "-q", "-b", "4096", "-L", "root", "-d", os.path.dirname(__file__), root)
    swap = write(os.path.join(folder, "swap"), bytes(2 * MIB))
    run("mkswap", "-L", "swap", swap)
    parts = [Partition(MIB, 9 * MIB, read(esp), ESP, "EFI System", 1),
             Partition(start, length, read(root), LINUX, "root \u00e4", 1 << 60),
             Partition(11 * MIB, 2 * MIB, read(swap), LINUX, "swap")]
    if sector == 512:
        parts.append(Partition(34 * 512, 500 * 512, b"grub" * 1000, BIOS, "BIOS boot"))
    return size, parts, esp, gpt_disk(os.path.join(folder, "disk"), size, sector, parts)


def is_moved(parts, esp, disk, sector, folder):
    found = read_gpt(disk, sector)
    same([(p[0], p[1], p[4], p[5]) for p in found],
         [(p.kind, p.guid, p.attributes, p.name) for p in parts], "what stays as it is")
    for got, p in zip(found, parts):
        start, end = got[2], got[3]
        if p.kind == BIOS:
            same((start, end), (6 * 4096, (534 * 512) // 4096 * 4096), p.name)
            continue
        same((start, end), (p.start, (p.start + p.size) // sector * sector), p.name)
        new = cut(disk, start, end, os.path.join(folder, "part"))
        if p.kind == ESP:
            fat_is_alike(esp, new, sector, folder)
        else:
            check(read(new) == p.content[:end - start], f"{p.name} differs")
        if p.name.startswith("root"):
            holds(run("e2fsck", "-f", "-n", new), "root: ")
            same(probe(new)["TYPE"], "ext4")
    zeros_between(disk, 2 * sector + 16384, [(start, end) for _, _, start, end, _, _ in found])
    check(read(disk, 0, 9) == b"boot code", "boot code")


def test_whole_disks_become_such_for_other_sectors(folder):
    need(TOOL, "mkfs.fat", "mcopy", "mkfs.ext4", "e2fsck", "mkswap", "blkid", "fdisk")
    for sector, other in ((512, 4096), (4096, 512)):
        for tail in (0, sector, 7 * sector):
            size, parts, esp, disk = system(folder, sector, tail)
            out = resectored(disk, other)
            same(os.path.getsize(out), size, "size")
            is_moved(parts, esp, out, other, folder)
            done, _ = resector(out, other)
            same((done.returncode, "in other sectors" in done.stderr), (UNSUPPORTED, True), done.stderr)


def test_a_disk_grows_when_its_last_partition_leaves_no_room_for_the_table(folder):
    """In sectors of 4096 bytes the GPT's second copy takes 20480 bytes, where 16896 were enough."""
    need(TOOL, "fdisk")
    size = 8 * MIB + 9 * 4096
    part = Partition(MIB, size - 5 * 4096 - MIB, bytes(MIB), name="data")
    for more, grown in ((0, 0), (4096 - 512, 0), (4096, 4096)):
        part.size = size - 5 * 4096 - MIB + more
        disk = gpt_disk(os.path.join(folder, "disk"), size, 512, [part])
        out = resectored(disk, 4096)
        same(os.path.getsize(out), size + grown, f"{more} more")
        read_gpt(out, 4096)
    for odd in (512, 3584):
        disk = gpt_disk(os.path.join(folder, "disk"), size + odd, 512, [])
        same(os.path.getsize(resectored(disk, 4096)), size, f"size and {odd}")


def test_a_damaged_primary_gpt_is_read_from_the_other_copy(folder):
    need(TOOL, "mkfs.fat", "mcopy", "mkfs.ext4", "mkswap", "fdisk")
    _, parts, esp, disk = system(folder, 512)
    with open(disk, "r+b") as file:
        file.seek(512 + 60)
        file.write(b"damage")
    is_moved(parts, esp, resectored(disk, 4096), 4096, folder)
    with open(disk, "r+b") as file:
        file.seek(-512 + 60, os.SEEK_END)
        file.write(b"damage")
    refused(disk, 4096, DAMAGED, "both copies of its GPT are damaged")


def test_large_tables_and_many_partitions_move(folder):
    need(TOOL, "fdisk")
    for count, used in ((256, 40), (128, 128), (248, 1)):
        parts = [Partition((1 + n) * MIB, 8192, name=f"p{n}") for n in range(used)]
        disk = gpt_disk(os.path.join(folder, "disk"), (used + 2) * MIB, 512, parts, count)
        same([(p[1], p[2]) for p in read_gpt(resectored(disk, 4096), 4096)],
             [(p.guid, p.start) for p in parts], f"{count} entries")
    parts.extend(Partition((3 + n) * MIB, 8192) for n in range(128))
    disk = gpt_disk(os.path.join(folder, "disk"), 140 * MIB, 512, parts, 248)
    refused(disk, 4096, 5, "more than 128 partitions")


def test_mbrs_move(folder):
    need(TOOL, "mkfs.fat", "fdisk", "fsck.fat", "mcopy")
    for sector, other in ((512, 4096), (4096, 512)):
        esp = make_fat(os.path.join(folder, "esp"), 8 * MIB, "-S", str(sector))
        run("mcopy", "-i", esp, write(os.path.join(folder, "in"), b"loader" * 999), "::LOADER.EFI")
        parts = [(Partition(MIB, 8 * MIB, read(esp)), 0xef, 0x80), (Partition(0, 0), 0, 0),
                 (Partition(12 * MIB, 4 * MIB, b""), 0x83, 0)]
        out = resectored(mbr_disk(os.path.join(folder, "disk"), 20 * MIB, sector, parts), other)
        table = read(out, 0, 512)
        same((table[:4], table[440:446]), (b"code", b"\x78\x56\x34\x12\0\0"), "code and signature")
        same([(table[at], table[at + 4], *struct.unpack_from("<II", table, at + 8))
              for at in (446, 462, 478, 494)],
             [(0x80, 0xef, MIB // other, 8 * MIB // other), (0, 0, 0, 0),
              (0, 0x83, 12 * MIB // other, 4 * MIB // other), (0, 0, 0, 0)], "table")
        fat_is_alike(esp, cut(out, MIB, 9 * MIB, os.path.join(folder, "new.fat")), other, folder)
        run("fdisk", "-b", other, out, input="v\nq\n")


def test_images_with_tables_and_packed_ones_are_read_alike(folder):
    need(TOOL, "mkfs.fat", "mcopy", "mkfs.ext4", "mkswap", "qemu-img")
    _, _, _, disk = system(folder, 512)
    wanted = read(resectored(disk, 4096))
    for options in (("qcow2",), ("vpc", "-o", "force_size=on"),
                    ("vmdk", "-o", "subformat=streamOptimized"), ("qcow2", "-c")):
        image = os.path.join(folder, "image")
        run("qemu-img", "convert", "-f", "raw", "-O", *options, disk, image)
        check(read(resectored(image, 4096)) == wanted, f"{options} differs")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals())))
