"""A PNG from the PPM that QEMU's screendump writes; every QEMU can write that one."""

import re
import struct
import zlib

from lib.errors import ToolError


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_from_ppm(ppm):
    """Convert a binary PPM with 8 bits per colour."""
    header = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", ppm)  # QEMU writes no comments
    if not header:
        raise ToolError("QEMU wrote a screen dump of an unknown format")
    width, height = int(header.group(1)), int(header.group(2))
    pixels = ppm[header.end():]
    rows = b"".join(b"\0" + pixels[y * width * 3:(y + 1) * width * 3] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(rows, 6)) + chunk(b"IEND", b""))
