#!/usr/bin/env python3
"""Disks that cannot be had on sectors of another size are refused, by name."""

import os
import random
import shutil
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from checks import MIB, check, holds, need, read, run, run_tests, write  # noqa: E402
from test_resector import (DAMAGED, NO_ROOM, Partition, TOOL, UNSUPPORTED, fat_disk, gpt_disk, make_fat,  # noqa: E402
                           mbr_disk, refused, resectored)


def holding(folder, content, size=40 * MIB, start=MIB, sector=512):
    return gpt_disk(os.path.join(folder, "disk"), size + 4 * MIB, sector,
                    [Partition(start, size, content, name="data")])


def made(folder, *command, size=40 * MIB):
    path = write(os.path.join(folder, "made"), bytes(size))
    run(*command, path)
    return read(path)


def test_file_systems_are_moved_or_refused_by_name(folder):
    need(TOOL, "mkfs.ext4", "mkswap")
    rng = random.Random(3)
    at = lambda place, text: bytes(place) + text  # noqa: E731
    works = [bytes(5), made(folder, "mkfs.ext4", "-q", "-b", "4096"), made(folder, "mkswap"),
             made(folder, "mkfs.ext2", "-q", "-b", "4096"),
             at(1024, b"\x10\x20\xf5\xf2" + bytes(12) + struct.pack("<I", 12)),
             at(1024, b"\xe2\xe1\xf5\xe0" + bytes(8) + b"\x0c"),
             b"verity\0\0" + bytes(56) + struct.pack("<II", 4096, 4096)]
    refusals = [
        (made(folder, "mkfs.ext4", "-q", "-b", "1024"), "ext4 for sectors of 1024 bytes"),
        (b"LUKS\xba\xbe\0\1", "LUKS"), (at(512, b"LABELONE".ljust(24, b"\1") + b"LVM2 001"), "LVM"),
        (at(4096, b"\xfc\x4e\x2b\xa9"), "a part of a RAID"),
        (b"\xebR\x90NTFS    " + struct.pack("<H", 512), "NTFS for sectors of 512 bytes"),
        (b"\xebv\x90EXFAT   " + bytes(97) + b"\x09", "exFAT for sectors of 512 bytes"),
        (at(0x8001, b"CD001"), "ISO 9660 for sectors of 2048 bytes"),
        (b"verity\0\0" + bytes(56) + struct.pack("<II", 4096, 1024), "dm-verity for sectors of 1024"),
        (at(1024, b"\xe2\xe1\xf5\xe0" + bytes(8) + b"\x09"), "EROFS for sectors of 512 bytes"),
        (at(2 * MIB - 1, b"x"), "something unknown"), (at(MIB, b"\x0d\xd0\x01\xc0"), "VMFS"), (rng.randbytes(4096), "something unknown")]
    if shutil.which("mkfs.xfs"):
        xfs = lambda sector: made(folder, "mkfs.xfs", "-q", "-s", f"size={sector}",  # noqa: E731
                                  size=320 * MIB)
        works.append(xfs(4096))
        refusals.append((xfs(512), "XFS for sectors of 512 bytes"))
    if shutil.which("mkfs.btrfs"):
        works.append(made(folder, "mkfs.btrfs", "-q", size=120 * MIB))
    if shutil.which("mksquashfs"):
        source = os.path.dirname(os.path.abspath(__file__))
        run("mksquashfs", source, os.path.join(folder, "squash"), "-quiet", "-no-progress")
        works.append(read(os.path.join(folder, "squash")))
    for content in works:
        out = resectored(holding(folder, content, 320 * MIB), 4096)
        check(read(out, MIB, len(content)) == content, f"{content[:16]} differs")
    for content, words in refusals:
        refused(holding(folder, content, 320 * MIB), 4096, UNSUPPORTED, "partition 1 (data) holds", words)
    for content, words in refusals:
        if words.startswith(("NTFS", "exFAT")):
            refused(holding(folder, content.replace(b"\x00\x02", b"\x00\x10").replace(b"\x09", b"\x0c"),
                            sector=4096), 512, UNSUPPORTED, words.split(" ", 1)[0])
        else:
            resectored(holding(folder, content, 320 * MIB, sector=4096), 512)


def test_partitions_that_do_not_lie_on_sectors_are_refused(folder):
    need(TOOL, "mkfs.ext4", "mkfs.fat")
    refused(holding(folder, bytes(4), start=MIB + 512), 4096, UNSUPPORTED,
            "partition 1 (data) begins at byte 1049088, in the middle of a sector")
    refused(holding(folder, bytes(4), start=20480), 4096, UNSUPPORTED,
            "begins at byte 20480, where the new partition table")
    refused(holding(folder, bytes(4), start=MIB, size=512), 4096, UNSUPPORTED, "is smaller than a sector")
    odd = 40 * MIB + 512
    resectored(holding(folder, bytes(4), odd), 4096)
    ext = made(folder, "mkfs.ext4", "-q", "-b", "4096", size=odd)
    resectored(holding(folder, ext, odd), 4096)
    refused(holding(folder, ext, odd - 4096), 4096, UNSUPPORTED, "the ext4 in it may need that end")
    refused(holding(folder, bytes(1024) + b"\x10\x20\xf5\xf2" + bytes(12) + struct.pack("<I", 12),
                    odd), 4096, UNSUPPORTED, "the F2FS in it may need that end")
    resectored(holding(folder, made(folder, "mkfs.fat", size=odd), odd), 4096)
    whole = made(folder, "mkfs.fat", "-S", "4096", size=40 * MIB)
    resectored(holding(folder, whole, odd), 4096)
    refused(holding(folder, whole, 40 * MIB - 512), 4096, UNSUPPORTED, "something unknown")


def test_tables_that_are_not_understood_are_refused(folder):
    need(TOOL)
    path = os.path.join(folder, "disk")
    part = Partition(MIB, 8 * MIB)
    refused(mbr_disk(path, 20 * MIB, 512, [(part, 0x83, 0), (Partition(10 * MIB, MIB), 0x05, 0)]), 4096,
            UNSUPPORTED, "partition 2 is an extended one")
    refused(mbr_disk(path, 20 * MIB, 512, [(part, 0x83, 0), (Partition(19 * MIB, 2 * MIB), 0x83, 0)]),
            4096, DAMAGED, "partition 2 leaves the disk")
    refused(mbr_disk(path, 20 * MIB, 512, [(part, 0x83, 0), (Partition(8 * MIB, 2 * MIB), 0x83, 0)]),
            4096, DAMAGED, "partition 1 and partition 2 share bytes")
    refused(mbr_disk(path, 20 * MIB, 512, [(Partition(63 * 512, MIB), 0x83, 0)]), 4096, UNSUPPORTED,
            "begins at byte 32256, in the middle of a sector of 4096 bytes")
    gpt_disk(path, 20 * MIB, 512, [part, Partition(4 * MIB, MIB)])
    refused(path, 4096, DAMAGED, "partition 1 and partition 2 share bytes")
    gpt_disk(path, 20 * MIB, 512, [part, Partition(19 * MIB, 2 * MIB, name="last")])
    refused(path, 4096, DAMAGED, "partition 2 (last) leaves the disk")
    gpt_disk(path, 20 * MIB, 512, [part])
    with open(path, "r+b") as file:
        file.seek(462 + 4)
        file.write(b"\xef\0\0\0\1\0\0\0\1")
    refused(path, 4096, UNSUPPORTED, "its partitions are in a GPT and in an MBR")
    refused(write(path, bytes(MIB)), 4096, UNSUPPORTED, "boot sector")


def test_fats_that_do_not_fit_or_are_damaged_are_refused(folder):
    need(TOOL, "mkfs.fat", "mcopy")
    volume = make_fat(os.path.join(folder, "fat"), 9 * MIB, "-F", "16", "-s", "1")
    tree = os.path.join(folder, "many")
    os.mkdir(tree)
    for number in range(2500):
        write(os.path.join(tree, f"{number}"), b"x" * 600)
    run("mcopy", "-s", "-i", volume, tree, "::")
    refused(fat_disk(folder, volume, 512), 4096, NO_ROOM, "partition 1 (EFI): its files do not fit")
    volume = make_fat(os.path.join(folder, "fat"), 9 * MIB, "-F", "16", "-s", "1")
    run("mcopy", "-i", volume, write(os.path.join(folder, "in"), b"x" * 5000), "::A.TXT")
    whole = bytearray(read(volume))
    fat = struct.unpack_from("<H", whole, 14)[0] * 512
    for link, words in ((2, "in a loop"), (65000, "does not exist"), (0, "does not exist"),
                        (0xfff7, "does not exist"), (0xffff, "does not exist")):
        changed = bytearray(whole)
        struct.pack_into("<H", changed, fat + 4, link)
        refused(fat_disk(folder, write(volume, changed), 512), 4096, DAMAGED,
                "partition 1 (EFI): A.TXT: cluster", words)


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals())))
