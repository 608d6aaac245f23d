"""Images of disks: each field of each format's header and tables."""

import gzip
import struct
import zlib

from hostile.case import Case
from tiny import SECTORS, archive, converted, members
from vhdx_log import crc32c

BARE = ["--policy", "none"]
NOISE = bytes(range(7, 250)) * 3


def put(data, at, form, *values):
    packed = struct.pack(form, *values)
    return data[:at] + packed + data[at + len(packed):]


def vmdk_fields(good):
    """Virtual Disk Format 5.0, "SparseExtentHeader"."""
    for name, at, form, value, says in (
            ("magic", 0, "4s", b"KDMW", ("no disk format that is known",)),
            ("version-0", 4, "<I", 0, ("version 0",)), ("version-4", 4, "<I", 4, ("version 4",)),
            ("version-all-ones", 4, "<I", 0xffffffff, ("version 4294967295",)),
            ("flag-unknown", 8, "<I", 0x130001, ("unknown flags",)),
            ("flags-without-markers", 8, "<I", 0x10001, ("markers",)),
            ("disk-of-nothing", 12, "<Q", 0, ("0 sectors",)), ("disk-over-64-tib", 12, "<Q", 1 << 40, ("64 TiB",)),
            ("disk-of-all-ones", 12, "<Q", (1 << 64) - 1, ("64 TiB",)),
            ("grain-0", 20, "<Q", 0, ("grain size", "0 sectors")),
            ("grain-7", 20, "<Q", 7, ("grain size", "7 sectors")),
            ("grain-4", 20, "<Q", 4, ("grains of 4 sectors",)),
            ("grain-4096", 20, "<Q", 4096, ("grains of 4096 sectors",)),
            ("table-entries-0", 44, "<I", 0, ("grain table entries",)),
            ("table-entries-many", 44, "<I", 1 << 31, ("grain table entries",)),
            ("grains-behind-the-end", 64, "<Q", 1 << 50, ("ends at byte 8192",)),
            ("line-ends-changed", 73, "4s", b"\n \n\n", ("copied as text",)),
            ("compression-0", 77, "<H", 0, ("compression algorithm 0",)),
            ("compression-2", 77, "<H", 2, ("compression algorithm 2",))):
        yield name, put(good, at, form, value), says, False
    delta = good.replace(b"parentCID=ffffffff", b"parentCID=12345678")
    assert delta != good
    yield "delta", delta, ("delta VMDK",), False
    for kind in (b"monolithicSparse", b"twoGbMaxExtentFlat"):
        other = good[:512] + good[512:1024].replace(b"streamOptimized", kind).ljust(512, b"\0")[:512] + good[1024:]
        yield "flags-of-" + kind.decode(), put(other, 8, "<IQ", 1, SECTORS)[:512], ("d.vmdk",), False


def grains(good):
    """[byte of the grain's marker] in a streamOptimized VMDK of tests/tiny.py: "Markers"."""
    at = 1024
    while struct.unpack_from("<I", good, at + 8)[0]:
        yield at
        at += (12 + struct.unpack_from("<I", good, at + 8)[0] + 511) // 512 * 512


def vmdk_grain(good, at):
    """(name, other bytes, what is said when it is read in order)"""
    sector, size = struct.unpack_from("<QI", good, at)
    here = f"grain for sector {sector}"
    for name, where, form, value, says in (
            ("behind-the-disk", at, "<Q", SECTORS, (f"grain for sector {SECTORS}", "disk ends")),
            ("far-behind", at, "<Q", (1 << 64) - 8, ("disk ends",)),
            ("between-others", at, "<Q", 3, ("grain for sector 3", "multiples of 8")),
            ("too-large", at + 8, "<I", 1 << 30, (here, "1073741824 bytes")),
            ("of-all-ones", at + 8, "<I", 0xffffffff, (here, "4294967295 bytes")),
            ("not-zlib", at + 12, "B", 0xff, (here, "compressed data")),
            ("bit-flipped", at + 12 + size - 1, "B", good[at + 12 + size - 1] ^ 1, (here, "compressed data")),
            ("of-size-1", at + 8, "<I", 1, (here,))):
        yield name, put(good, where, form, value), says
    for name, data in (("unpacks-to-less", zlib.compress(bytes(4095))),
                       ("unpacks-to-more", zlib.compress(bytes(4097)))):
        yield name, put(good, at, f"<QI{len(data)}s", sector, len(data), data), (here,)


def vmdk_stream(good):
    """The first grain is read for the plan, the last one only when the disk is written."""
    first, *_, last = grains(good)
    for name, data, _ in vmdk_grain(good, first):
        yield "first-grain-" + name, data, ("grain for sector 0",), False
    for name, data, says in vmdk_grain(good, last):
        yield "last-grain-" + name, data, says, True
    marker = good.index(struct.pack("<QII", 4, 0, 1))
    yield "marker-unknown", put(good, marker + 12, "<I", 9), ("marker of type 9",), True
    yield "marker-of-too-many-sectors", put(good, marker, "<Q", 1 << 50), ("ends at byte",), True
    yield "no-end", good[:-512], ("end-of-stream",), True
    yield "no-footer-no-end", good[:-1024], ("no footer",), False
    for part in (3, 2):
        yield f"cut-after-1-of-{part}", good[:len(good) // part], ("no footer",), False
    yield "cut-in-the-header", good[:300], ("d.vmdk",), False


def qcow2_fields(good):
    """QEMU's docs/interop/qcow2.txt, "Header"."""
    table = struct.unpack_from(">Q", good, 40)[0]
    second = struct.unpack_from(">Q", good, table)[0] & ((1 << 56) - 512)
    for name, at, form, value, says in (
            ("version-1", 4, ">I", 1, ("version 1",)), ("version-9", 4, ">I", 9, ("version 9",)),
            ("backing-file", 8, ">QI", (24, 8), ("differences to another image",)),
            ("clusters-of-256", 20, ">I", 8, ("2^8 bytes",)), ("clusters-of-2^30", 20, ">I", 30, ("2^30 bytes",)),
            ("clusters-of-2^255", 20, ">I", 255, ("2^255 bytes",)),
            ("disk-of-nothing", 24, ">Q", 0, ("disk of 0 bytes",)),
            ("disk-of-a-part-of-a-sector", 24, ">Q", 100, ("disk of 100 bytes",)),
            ("disk-of-all-ones", 24, ">Q", (1 << 64) - 1, ("disk of 18446744073709551615 bytes",)),
            ("aes", 32, ">I", 1, ("encrypted",)), ("luks", 32, ">I", 2, ("encrypted",)),
            ("crypt-7", 32, ">I", 7, ("encrypted",)),
            ("table-too-short", 36, ">I", 0, ("0 entries in its L1 table",)),
            ("table-between-clusters", 40, ">Q", table + 8, ("L1 table is at byte",)),
            ("table-behind-the-end", 40, ">Q", 1 << 40, ("L1 table", "ends at byte")),
            ("corrupt", 72, ">Q", 2, ("marked as corrupt",)), ("data-elsewhere", 72, ">Q", 4, ("another file",)),
            ("feature-5", 72, ">Q", 32, ("incompatible feature 5",)),
            ("feature-63", 72, ">Q", 1 << 63, ("incompatible feature 63",)),
            ("header-of-0", 100, ">I", 0, ("header of 0 bytes",)),
            ("header-of-73", 100, ">I", 73, ("header of 73 bytes",)),
            ("header-of-2^31", 100, ">I", 1 << 31, ("header",)),
            ("compression-without-feature", 104, "B", 1, ("compression type 1",)),
            ("entry-between-clusters", table, ">Q", second + 8 | 1 << 63, ("L1", "makes no sense")),
            ("entry-behind-the-end", table, ">Q", 1 << 50, ("byte", "ends")),
            ("entry-reserved-bits", table, ">Q", second | 1, ("L1", "makes no sense")),
            ("second-entry-behind-the-end", second, ">Q", 1 << 50, ("lies at byte", "ends")),
            ("second-entry-between-clusters", second, ">Q", table + 16, ("L2", "makes no sense")),
            ("compressed-behind-the-end", second, ">Q", 1 << 62 | 1 << 40, ("sector 0",))):
        yield name, put(good, at, form, *(value if isinstance(value, tuple) else (value,))), says
    yield "cut-in-the-header", good[:90], ("inside its header",)
    yield "cut-behind-the-header", good[:512], ("d.qcow2",)


def vhd_sum(data, at, length):
    """Virtual Hard Disk Image Format Specification: the ones' complement of the sum of the other bytes."""
    data = put(data, at, ">I", 0)
    start = at - (64 if length == 512 else 36)
    return put(data, at, ">I", ~sum(data[start:start + length]) & 0xffffffff)


def vhd_fields(good):
    """"Hard Disk Footer Format", "Dynamic Disk Header Format"; copies and checksums follow."""
    end = len(good) - 512
    for name, at, form, value, says in (
            ("type-0", 60, ">I", 0, ("type 0",)), ("type-5", 60, ">I", 5, ("type 5",)),
            ("differencing", 60, ">I", 4, ("differencing VHD",)),
            ("disk-of-nothing", 48, ">Q", 0, ("disk of 0 bytes",)),
            ("disk-of-all-ones", 48, ">Q", (1 << 64) - 1, ("disk of 18446744073709551615 bytes",)),
            ("header-behind-the-end", 16, ">Q", 1 << 40, ("d.vhd",))):
        data = put(put(put(good, 28, "4s", b"win "), at, form, value), 64, ">I", 0)
        foot = vhd_sum(data[:512], 64, 512)
        yield name, foot + data[512:end] + foot, says
    for name, at, form, value, says in (
            ("header-magic", 0, "8s", b"cxsparsf", ("no VHD dynamic disk header",)),
            ("version-2", 24, ">I", 2 << 16, ("version 2",)),
            ("blocks-of-nothing", 32, ">I", 0, ("blocks of 0 bytes",)),
            ("blocks-of-3", 32, ">I", 3, ("blocks of 3 bytes",)), ("blocks-of-2^31", 32, ">I", 1 << 31, ("blocks of",)),
            ("no-entries", 28, ">I", 0, ("0 entries",)), ("table-behind-the-end", 16, ">Q", 1 << 40, ("block table",))):
        yield name, vhd_sum(put(good, 512 + at, form, value), 512 + 36, 1024), says
    yield "header-checksum", put(good, 512 + 36, ">I", 1), ("checksum",)
    yield "block-behind-the-end", put(good, struct.unpack_from(">Q", good, 512 + 16)[0], ">I", 0xfffffff), ("block",)
    yield "footers-checksums", put(put(good, 64, ">I", 1), end + 64, ">I", 1), ("checksum",)
    yield "cut", good[:600], ("d.vhd",)


def vhdx_right(data, at, length):
    data = put(data, at + 4, "<I", 0)
    return put(data, at + 4, "<I", crc32c(data[at:at + length]))


def vhdx_fields(good):
    """[MS-VHDX] 2.2; checksums follow."""
    headers, regions, metadata = (0x10000, 0x20000), (0x30000, 0x40000), good.index(b"metadata")

    def both(places, length, at, form, *value):
        data = good
        for place in places:
            data = vhdx_right(put(data, place + at, form, *value), place, length)
        return data

    yield "headers-damaged", put(put(good, headers[0], "B", 0), headers[1], "B", 0), ("headers are both damaged",)
    yield "version-2", both(headers, 4096, 66, "<H", 2), ("version 2",)
    yield "log-between", both(headers, 4096, 72, "<Q", 4096), ("log has", "byte 4096")
    yield "log-of-1000", both(headers, 4096, 68, "<I", 1000), ("log has 1000 bytes",)
    yield "regions-damaged", put(put(good, regions[0], "B", 0), regions[1], "B", 0), ("region tables are both damaged",)
    yield "regions-many", both(regions, 65536, 8, "<I", 3000), ("3000 regions",)
    yield "no-regions", both(regions, 65536, 8, "<I", 0), ("without a region",)
    yield "region-of-nobody", both(regions, 65536, 16, "16s", NOISE[:16]), ("region",)
    more = struct.pack("<16sQII", NOISE[:16], 4 << 20, 1 << 20, 1)
    third = good
    for place in regions:
        third = vhdx_right(put(put(third, place + 8, "<I", 3), place + 16 + 64, "32s", more), place, 65536)
    yield "region-that-must-be-known", third, ("must be known",)
    yield "region-at-1000", both(regions, 65536, 32, "<Q", 1000), ("region", "at byte 1000")
    yield "region-in-the-header", both(regions, 65536, 32, "<Q", 0), ("region", "at byte 0")
    yield "region-of-nothing", both(regions, 65536, 40, "<I", 0), ("region", "0 bytes")
    yield "metadata-magic", put(good, metadata, "B", 0), ("no metadata table",)
    yield "metadata-many", put(good, metadata + 10, "<H", 3000), ("3000 items",)
    yield "metadata-none", put(good, metadata + 10, "<H", 0), ("metadata lack",)
    yield "metadata-unknown", put(good, metadata + 32, "16s", NOISE[:16]), ("must be known",)
    yield "metadata-behind-its-region", put(good, metadata + 48, "<I", 0xfffff000), ("metadata",)
    parameters = metadata + struct.unpack_from("<I", good, metadata + 48)[0]
    yield "blocks-of-3", put(good, parameters, "<I", 3), ("blocks of 3 bytes",)
    yield "differencing", put(good, parameters + 4, "<I", 2), ("differencing VHDX",)
    yield "cut", good[:0x18000], ("ends at byte",)


def gzips(disk):
    packed = gzip.compress(disk, mtime=0)
    trailer = len(packed) - 8
    for name, data, says in (
            ("crc", put(packed, trailer, "<I", 1), ("bad compressed data",)),
            ("length", put(packed, trailer + 4, "<I", 1), ("bad compressed data",)),
            ("method", put(packed, 2, "B", 7), ("bad compressed data",)),
            ("reserved-flags", put(packed, 3, "B", 0xe0), ("bad compressed data",)),
            ("cut", packed[:len(packed) // 2], ("ends at byte", "inside of what is compressed")),
            ("cut-in-the-header", packed[:5], ("d.gz",)), ("more-behind", packed + b"more",
                                                           ("follow what is compressed",)),
            ("data", put(packed, 40, "8s", b"\xff" * 8), ("bad compressed data",)),
            ("of-nothing", gzip.compress(b"", mtime=0), ("d.gz",))):
        yield Case("gzip-" + name, data, ("d.gz",) + says, BARE, ".gz", True)


KNOWN = {"png": b"\x89PNG\r\n\x1a\n" + NOISE, "zeros": bytes(65536),
         "noise": NOISE, "xz": b"\xfd7zXZ\0" + NOISE, "bzip2": b"BZh91AY&SY" + NOISE, "zip": b"PK\x03\x04" + NOISE,
         "7z": b"7z\xbc\xaf\x27\x1c" + NOISE, "vdi": b"<<< Oracle VM VirtualBox Disk Image >>>\n" + NOISE,
         "text": b"# Disk DescriptorFile\nversion=1\ncreateType=\"monolithicFlat\"\nRW 9 FLAT \"../../etc/passwd\" 0\n"}


def cases(folder, raw_path, raw, vmdk):
    def inside(name, data):
        return archive(members([(name, data)]))

    for name, data, says, streamed in (*vmdk_fields(vmdk), *vmdk_stream(vmdk)):
        yield Case("vmdk-" + name, inside("d.vmdk", data), ("d.vmdk", *says), streamed=streamed)
    for name, data in KNOWN.items():
        yield Case("image-is-" + name, inside("d.img", data), ("d.img",))
    yield Case("image-is-empty", inside("d.img", b""), ("d.img",))
    qcow2 = converted(folder, raw_path, "qcow2", "-o", "cluster_size=512,compat=1.1")
    vhd = converted(folder, raw_path, "vpc", "-o", "force_size=on,subformat=dynamic")
    vhdx = converted(folder, raw_path, "vhdx", "-o", "block_size=1M,log_size=1M")
    for kind, made in (("qcow2", qcow2_fields(qcow2)), ("vhd", vhd_fields(vhd)), ("vhdx", vhdx_fields(vhdx))):
        for name, data, says in made:
            yield Case(f"{kind}-{name}", data, (f"d.{kind}", *says),
                       BARE, "." + kind)
    yield from gzips(raw)
