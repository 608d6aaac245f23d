"""Disks with a GPT or an MBR in sectors of 512 or 4096 bytes, and what is in their GPT."""

import binascii
import os
import struct
import uuid

from checks import check, holds, read, run, same

ESP = uuid.UUID("C12A7328-F81F-11D2-BA4B-00A0C93EC93B")
LINUX = uuid.UUID("0FC63DAF-8483-4772-8E79-3D69D8477DE4")
BIOS = uuid.UUID("21686148-6449-6E6F-744E-656564454649")


class Partition:
    def __init__(self, start, size, content=b"", kind=LINUX, name="", attributes=0):
        self.start, self.size, self.content = start, size, content  # bytes
        self.kind, self.name, self.attributes = kind, name, attributes
        self.guid = uuid.uuid5(LINUX, f"{start} {name}")


def gpt_header(sectors, sector, self_at, other, entries_at, count, crc):
    table = -(-count * 128 // sector)
    header = struct.pack("<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92, 0, 0, self_at, other,
                         2 + table, sectors - 2 - table, LINUX.bytes_le, entries_at, count, 128, crc)
    header = header[:16] + struct.pack("<I", binascii.crc32(header)) + header[20:]
    return header.ljust(sector, b"\0")


def gpt_disk(path, size, sector, partitions, count=128):
    """A disk with a GPT, written here: other tools know one size of sectors only."""
    sectors = size // sector
    entries = b"".join(struct.pack("<16s16sQQQ72s", p.kind.bytes_le, p.guid.bytes_le, p.start // sector,
                                   (p.start + p.size) // sector - 1, p.attributes,
                                   p.name.encode("utf-16le")) for p in partitions)
    entries = entries.ljust(count * 128, b"\0")
    table, crc = -(-count * 128 // sector), binascii.crc32(entries)
    mbr = (b"boot code".ljust(446, b"\x90") +
           struct.pack("<8BII", 0, 0, 2, 0, 0xee, 255, 255, 255, 1, min(sectors - 1, 0xffffffff)))
    with open(path, "wb") as file:
        file.truncate(size)
        file.write(mbr.ljust(510, b"\0") + b"\x55\xaa")
        for at, data in ((1, gpt_header(sectors, sector, 1, sectors - 1, 2, count, crc)),
                         (2, entries), (sectors - 1 - table, entries),
                         (sectors - 1, gpt_header(sectors, sector, sectors - 1, 1,
                                                  sectors - 1 - table, count, crc))):
            file.seek(at * sector)
            file.write(data)
        for p in partitions:
            file.seek(p.start)
            file.write(p.content)
    return path


def mbr_disk(path, size, sector, partitions):
    table = b"".join(struct.pack("<8BII", active, 1, 1, 1, kind, 1, 1, 1, p.start // sector,
                                 p.size // sector) for p, kind, active in partitions)
    with open(path, "wb") as file:
        file.truncate(size)
        file.write((b"code".ljust(440, b"\x90") + b"\x78\x56\x34\x12\0\0" + table).ljust(510, b"\0") +
                   b"\x55\xaa")
        for p, _, _ in partitions:
            file.seek(p.start)
            file.write(p.content)
    return path


def read_gpt(disk, sector):
    """[(type, guid, start, end, attributes, name)] in bytes; both copies must check and agree."""
    size = os.path.getsize(disk)
    sectors, found = size // sector, []
    for at in (1, sectors - 1):
        header = read(disk, at * sector, sector)
        (magic, revision, length, crc, _, self_at, other, first, last, guid, entries_at, count, each,
         sum_) = struct.unpack("<8sIIIIQQQQ16sQIII", header[:92])
        same((magic, revision, length, self_at, other, guid),
             (b"EFI PART", 0x10000, 92, at, sectors - at, LINUX.bytes_le), f"GPT at {at}")
        same(binascii.crc32(header[:16] + bytes(4) + header[20:92]), crc, "sum of the header")
        entries = read(disk, entries_at * sector, count * each)
        same(binascii.crc32(entries), sum_, "sum of the entries")
        table = -(-count * each // sector)
        same((entries_at, first, last), (2 if at == 1 else at - table, 2 + table, sectors - 2 - table),
             "places")
        found.append(entries)
    same(found[0], found[1], "entries of the two")
    mbr = read(disk, 0, 512)
    same((mbr[450], *struct.unpack_from("<II", mbr, 454), mbr[510:]),
         (0xee, 1, min(sectors - 1, 0xffffffff), b"\x55\xaa"), "protective MBR")
    verdict = run("fdisk", "-b", sector, disk, input="v\nq\n")
    holds(verdict, "No errors detected")
    check("corrupt" not in verdict and "mismatch" not in verdict, verdict)
    partitions = []
    for at in range(0, len(found[0]), 128):
        kind, guid, start, end, attributes, name = struct.unpack("<16s16sQQQ72s", found[0][at:at + 128])
        if any(kind):
            partitions.append((uuid.UUID(bytes_le=kind), uuid.UUID(bytes_le=guid), start * sector,
                               (end + 1) * sector, attributes,
                               name.decode("utf-16le").rstrip("\0")))
    return partitions
