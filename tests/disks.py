"""What a disk must be like after a deployment, or after a refusal."""

import os
import re
import struct
import subprocess
import zlib

from checks import MIB, check, read, run, same, sha256


def is_unchanged(disk, before):
    same(sha256(disk), before, f"{os.path.basename(disk)} was changed")


def has_no_table(disk):
    """Nothing that firmware, Linux or a person's tools would take for a bootable disk."""
    same(read(disk, 0, 512), bytes(512), "LBA 0")
    check(b"EFI PART" not in read(disk, 0, MIB) + read(disk, os.path.getsize(disk) - MIB),
          "a GPT header is left at an end of the disk")
    probe = subprocess.run(["blkid", "-p", "-o", "value", disk], text=True, capture_output=True,
                           check=False)
    same((probe.returncode, probe.stdout), (2, ""), "blkid -p")
    check("Disklabel type" not in run("sfdisk", "--list", disk), "sfdisk sees a table")
    check("Creating new GPT entries" in run("sgdisk", "-p", disk), "sgdisk sees a table")


def has_guest(disk, raw):
    """The target holds the guest disk byte for byte, but for the GPT, which sgdisk finds whole
    and at the target's end."""
    size, room = os.path.getsize(raw), os.path.getsize(disk)
    moved = raw + ".moved"
    subprocess.run(["cp", "--sparse=always", raw, moved], check=True)
    os.truncate(moved, room)
    run("sgdisk", "-e", moved)
    ours, theirs = read(disk, 0, size), read(moved, 0, size)
    # sgdisk -e sets the last cylinder, head and sector in the protective MBR anew, and leaves the
    # old backup table where it was.
    table = size - 33 * 512 if room > size else size
    same(ours[:451], theirs[:451], "boot code and MBR")
    check(ours[454:table] == theirs[454:table],
          f"differs from qemu-img's at byte {first_difference(ours, theirs, 454)}")
    check(ours[34 * 512:table] == read(raw, 0, size)[34 * 512:table], "contents differ")
    same(read(disk, room - 33 * 512), read(moved, room - 33 * 512), "backup GPT")
    os.remove(moved)
    is_sound(disk)


def is_sound(disk):
    verdict = run("sgdisk", "-v", disk)
    check("No problems found" in verdict, verdict)


def first_difference(a, b, start):
    return next((i for i in range(start, min(len(a), len(b))) if a[i] != b[i]), None)


def fdisk_list(disk, sector):
    """[(number, start, end)] in sectors."""
    listing = run("fdisk", "-b", str(sector), disk, input="p\nq\n")
    return [tuple(map(int, found)) for found in
            re.findall(rf"^{re.escape(disk)}(\d+)\s+\*?\s*(\d+)\s+(\d+)\s", listing, re.MULTILINE)]


def gpt_at(disk, lba, sector=512):
    """What a header at that place says of the disk, or None where it is not valid (UEFI 2.10, "GPT Header"): the first
    and last usable LBA, the disk's GUID and the partitions.  Both copies of a table say the same."""
    header = read(disk, lba * sector, sector)
    (signature, _, size, crc, _, own, _, first, last, guid, entries, count, length,
     entries_crc) = struct.unpack_from("<8sIIIIQQQQ16sQIII", header)
    if signature != b"EFI PART" or not 92 <= size <= sector or own != lba or count * length > MIB:
        return None
    if zlib.crc32(header[:16] + bytes(4) + header[20:size]) != crc:
        return None
    table = read(disk, entries * sector, count * length)
    return (first, last, guid, table) if zlib.crc32(table) == entries_crc else None


def has_no_two_tables(disk):
    """Not two GPTs that are valid and say different things."""
    tables = [gpt_at(disk, 1), gpt_at(disk, os.path.getsize(disk) // 512 - 1)]
    check(None in tables or tables[0] == tables[1], "LBA 1 and the last LBA have different valid GPTs")
