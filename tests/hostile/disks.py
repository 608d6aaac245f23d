"""What is wrong inside of a guest disk: its table, its file system, its loader."""

import struct
import zlib

from hostile.case import Case
from hostile.images import BARE, put
from tiny import ESP_AT, ESP_SECTORS, SECTORS

ESP = ESP_AT * 512


def gpt_right(disk):
    """UEFI 2.10, "GPT Header": both copies' checksums."""
    for at in (512, (SECTORS - 1) * 512):
        entries = struct.unpack_from("<Q", disk, at + 72)[0] * 512
        count, size = struct.unpack_from("<II", disk, at + 80)
        if entries + count * size <= len(disk):
            disk = put(disk, at + 88, "<I", zlib.crc32(disk[entries:entries + count * size]))
        disk = put(disk, at + 16, "<I", 0)
        disk = put(disk, at + 16, "<I", zlib.crc32(disk[at:at + 92]))
    return disk


def both(disk, at, form, *value):
    """A field of both headers."""
    return gpt_right(put(put(disk, 512 + at, form, *value), (SECTORS - 1) * 512 + at, form, *value))


def entry(disk, at, form, *value):
    """A field of the ESP's entry, in both copies."""
    for header in (512, (SECTORS - 1) * 512):
        disk = put(disk, struct.unpack_from("<Q", disk, header + 72)[0] * 512 + at, form, *value)
    return gpt_right(disk)


def damaged_tables(disk):
    damaged = ("both copies of its GPT are damaged",)
    last = (SECTORS - 1) * 512
    yield "gpt-signatures", put(put(disk, 512, "B", 0), last, "B", 0), damaged
    yield "gpt-checksums", put(put(disk, 528, "<I", 1), last + 16, "<I", 1), damaged
    yield "gpt-entries-changed", put(put(disk, 1024 + 60, "B", 7), last - 32 * 512 + 60, "B", 7), damaged
    for name, at, form, value in (("entries-of-100-bytes", 84, "<I", 100), ("entries-of-nothing", 84, "<I", 0),
                                  ("entries-2^31", 80, "<I", 1 << 31), ("entries-far-away", 72, "<Q", 1 << 50),
                                  ("usable-backwards", 40, "<QQ", (150, 40)), ("revision", 8, "<I", 0x30000),
                                  ("header-of-20-bytes", 12, "<I", 20), ("header-of-9999-bytes", 12, "<I", 9999),
                                  ("own-place", 24, "<Q", 7)):
        yield "gpt-" + name, both(disk, at, form, *(value if isinstance(value, tuple) else (value,))), damaged
    yield "no-boot-signature", put(disk, 510, "2s", b"\0\0"), ("no boot sector",)


def tables(disk):
    yield "no-protective-mbr", put(disk, 446, "64s", bytes(64)), ("no EFI system partition",)
    yield "no-esp", entry(disk, 0, "16s", b"\1" * 16), ("no EFI system partition",)
    yield "no-partitions", entry(disk, 0, "16s", bytes(16)), ("no EFI system partition",)
    yield "esp-behind-the-disk", entry(disk, 32, "<QQ", 1 << 40, 1 << 41), ("EFI system partition",)
    yield "esp-backwards", entry(disk, 32, "<QQ", 100, 50), ("EFI system partition",)
    mbr = struct.pack("<B3xB3xII", 0, 0x83, ESP_AT, ESP_SECTORS)
    yield "mbr-without-esp", put(disk, 446, "64s", mbr), ("no EFI system partition", "BIOS")


def file_systems(disk):
    """Microsoft's FAT specification, "Boot Sector and BPB"."""
    no_fat = ("EFI system partition", "no FAT")
    yield "esp-of-zeros", put(disk, ESP, f"{ESP_SECTORS * 512}s", b""), no_fat
    for name, at, form, value in (("bytes-per-sector-0", 11, "<H", 0), ("bytes-per-sector-513", 11, "<H", 513),
                                  ("sectors-per-cluster-0", 13, "B", 0), ("sectors-per-cluster-3", 13, "B", 3),
                                  ("no-reserved-sectors", 14, "<H", 0), ("no-fats", 16, "B", 0),
                                  ("fat-larger-than-the-volume", 22, "<H", 60000), ("no-sectors", 19, "<H", 0)):
        yield "fat-" + name, put(disk, ESP + at, form, value), no_fat
    renamed = disk.replace(b"BOOTX64 EFI", b"BOOTAA64EFI")
    assert renamed != disk
    yield "loader-for-another-processor", renamed, ("BOOTAA64", "another processor")
    yield "no-loader", disk.replace(b"BOOTX64 EFI", b"\xe5OOTX64 EFI"), ("no boot loader",)
    yield "no-efi-folder", disk.replace(b"EFI        ", b"XYZ        "), ("no boot loader",)


def cases(disk):
    for name, data, says in damaged_tables(disk):
        yield Case("disk-" + name, data, ("d.raw", *says), BARE, ".raw")
    for name, data, says in (*tables(disk), *file_systems(disk)):
        assert data != disk, name
        yield Case("disk-" + name, data, ("d.raw", *says), BARE, ".raw", planned=True)
