"""Packages of a few KiB: a disk of 112 KiB with a loader to be found, its images, and archives byte by byte."""

import os
import struct
import zlib

from checks import read, run, write
from packages import DESCRIPTOR, DISK, ESP_TYPE, FILE, ITEM, manifest

SECTORS, ESP_AT, ESP_SECTORS = 224, 40, 96


def guest(folder):
    """A GPT with an ESP, in which a file is where firmware looks for a loader."""
    esp, disk, loader = (os.path.join(folder, name) for name in ("esp", "disk", "loader"))
    write(esp, bytes(ESP_SECTORS * 512))
    write(loader, b"MZ")
    run("mkfs.fat", "-F", "12", "-s", "1", "-f", "1", "-r", "16", "-a", "-i", "1", esp)
    run("mmd", "-i", esp, "::EFI", "::EFI/BOOT")
    run("mcopy", "-i", esp, loader, "::EFI/BOOT/BOOTX64.EFI")
    write(disk, bytes(SECTORS * 512))
    run("sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", disk,
        input=f"label: gpt\nfirst-lba: 34\nstart={ESP_AT}, size={ESP_SECTORS}, type={ESP_TYPE}\n")
    with open(disk, "r+b") as file:
        file.seek(ESP_AT * 512)
        file.write(read(esp))
    return disk


def stream_optimized(disk):
    """Virtual Disk Format 5.0: header, descriptor, grains of 8 sectors, their table, directory, footer, end."""
    text = (b"# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType=\"streamOptimized\"\n"
            b"RW %d SPARSE \"x.vmdk\"\n" % SECTORS).ljust(512, b"\0")

    def header(directory):
        return struct.pack("<4sIIQQQQIQQQB4sH433x", b"KDMV", 3, 0x30001, SECTORS, 8, 1, 1, 512, 0, directory, 2, 0,
                           b"\n \r\n", 1)

    out, table = bytearray(header((1 << 64) - 1) + text), [0] * 512
    for sector in range(0, SECTORS, 8):
        grain = disk[sector * 512:(sector + 8) * 512]
        if grain.strip(b"\0"):
            table[sector // 8] = len(out) // 512
            packed = zlib.compress(grain)
            out += struct.pack("<QI", sector, len(packed)) + packed
            out += bytes(-len(out) % 512)
    out += struct.pack("<QII496x", 4, 0, 1)
    at = len(out) // 512
    out += struct.pack("<512I", *table) + struct.pack("<QII496x", 1, 0, 2)
    directory = len(out) // 512
    out += struct.pack("<I508x", at) + struct.pack("<QII496x", 1, 0, 3)
    return bytes(out + header(directory) + bytes(512))


def converted(folder, disk, kind, *options):
    image = os.path.join(folder, "image")
    run("qemu-img", "convert", "-f", "raw", "-O", kind, *options, disk, image)
    return read(image)


def descriptor(files, attributes=""):
    """Of the disks that are the files [(name, bytes)]."""
    count = range(len(files))
    return DESCRIPTOR.format(
        files="".join(FILE.format(n=n, href=name, size=len(data)).replace("/>", attributes + "/>")
                      for n, (name, data) in enumerate(files)),
        disks="".join(DISK.format(n=n, capacity=SECTORS * 512) for n in count),
        items="".join(ITEM.format(n=n, id=2 + n) for n in count))


def header(path, length, kind=b"0", **fields):
    """Of a tar archive (POSIX.1-2017, pax, "ustar Interchange Format"); a field may be any bytes."""
    value = {"name": path.encode(), "mode": b"0000644", "uid": b"0000000",
             "gid": b"0000000", "size": b"%011o" % length, "mtime": b"00000000000", "chksum": b" " * 8,
             "typeflag": kind,
             "linkname": b"", "magic": b"ustar", "version": b"00", "rest": b"", **fields}
    widths = (("name", 100), ("mode", 8), ("uid", 8), ("gid", 8), ("size", 12), ("mtime", 12), ("chksum", 8),
               ("typeflag", 1), ("linkname", 100), ("magic", 6), ("version", 2), ("rest", 247))
    block = b"".join(value[field].ljust(width, b"\0")[:width] for field, width in widths)
    if "chksum" not in fields:
        block = block[:148] + b"%06o\0 " % sum(block) + block[156:]
    return block


def padded(data):
    return data + bytes(-len(data) % 512)


def archive(members):
    """A tar of [(name, bytes)]."""
    return b"".join(header(name, len(data)) + padded(data) for name, data in members) + bytes(1024)


def members(files, text=None, more=(), mf=None, **how):
    """Descriptor, manifest, files."""
    text = text if text is not None else descriptor(files)
    first = ("a.ovf", text if isinstance(text, bytes) else text.encode())
    proved = [first, *files, *more]
    return [first, ("a.mf", manifest(proved, **how) if mf is None else mf), *files, *more]
