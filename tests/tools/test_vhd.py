#!/usr/bin/env python3
"""VHD images: what disk_tool makes of them, beside what qemu-img does.

    tests/tools/test_vhd.py [WORD ...]

Both ways are compared: in order, as it is written (disk_tool write), and at any offset (read).
"""

import os
import random
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from checks import MIB, check, holds, need, read, run_tests, same, sha256, write  # noqa: E402
from maps import Bench, compare, corpus, pattern  # noqa: E402

SEED = 20261125
# The index has a digest for it that is wrong by its own notes: qemu-img leaves the parent out.
DIFFERENCES = {"fat-differential.vhd.gz"}


def sizes(count):
    """Bytes, in whole sectors, from 1 to 8 MiB: round ones first."""
    numbers = random.Random(SEED)
    yield from (MIB, 2 * MIB, 2 * MIB + 512, 4 * MIB - 512)
    for _ in range(count - 4):
        yield numbers.randrange(MIB // 512, 8 * MIB // 512) * 512


def vpc_options(number):
    return f"subformat={('dynamic', 'fixed')[number % 2]},force_size={('off', 'on')[number // 2 % 2]}"


def test_vhds_of_qemu_img_are_what_qemu_img_reads(bench):
    need("qemu-img")
    for number, size in enumerate(sizes(12)):
        raw = write(bench.path("raw"), pattern(size, SEED + number))
        image = bench.convert(raw, "vpc", vpc_options(number))
        compare(bench, image, "vpc", f"{size} bytes, {vpc_options(number)}")


def test_a_vhd_with_its_front_damaged_is_read_by_its_end(bench):
    need("qemu-img")
    raw = write(bench.path("raw"), pattern(3 * MIB, 1))
    image = bench.convert(raw, "vpc", "subformat=dynamic,force_size=on")
    with open(image, "r+b") as file:
        file.write(bytes(512))
    bench.disk("read", image, bench.path("out"))
    same(sha256(bench.path("out")), sha256(raw))


def test_a_vhd_of_virtual_pc_has_the_size_of_its_geometry(bench):
    need("qemu-img")
    raw = write(bench.path("raw"), pattern(5 * MIB, 2))
    image = bench.convert(raw, "vpc", "subformat=dynamic,force_size=on")
    data = bytearray(read(image))
    for at in (0, len(data) - 512):
        data[at + 28:at + 32] = b"vpc "
        data[at + 56:at + 60] = struct.pack(">HBB", 100, 4, 17)
        data[at + 64:at + 68] = bytes(4)
        data[at + 64:at + 68] = struct.pack(">I", ~sum(data[at:at + 512]) & 0xffffffff)
    write(image, data)
    same(compare(bench, image, "vpc", "vpc"), 100 * 4 * 17 * 512)


def test_a_vhd_that_was_cut_off_is_refused(bench):
    need("qemu-img")
    raw = write(bench.path("raw"), pattern(6 * MIB, 3))
    image = bench.convert(raw, "vpc", "subformat=dynamic")
    data = read(image)
    for length in (600, 1600, MIB, len(data) - 600):
        write(image, data[:length])
        failed = bench.refused(image)
        check("ends at byte" in failed or "lies at byte" in failed, failed)
    holds(bench.refused(write(image, data[:511])), "a VHD inside of something else")


def test_the_vhds_of_the_corpus_have_the_digests_of_its_index(bench):
    for name, entry, image in corpus(bench, ".vhd"):
        if os.path.basename(name) in DIFFERENCES:
            check("a differencing VHD" in bench.refused(image), name)
            continue
        bench.has_digest(image, entry)


if __name__ == "__main__":
    sys.exit(run_tests(globals(), Bench))
