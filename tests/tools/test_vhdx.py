#!/usr/bin/env python3
"""VHDX images: what disk_tool makes of them, beside what qemu-img does.

    tests/tools/test_vhdx.py [WORD ...]

Both ways are compared: in order, as it is written (disk_tool write), and at any offset (read).
"""

import os
import random
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from checks import MIB, check, holds, need, read, run, run_tests, same, sha256, write  # noqa: E402
from maps import TOOL, Bench, compare, corpus, pattern  # noqa: E402
from vhdx_log import header, regions, set_guid, unclose  # noqa: E402

SEED = 20261127
BLOCKS = (1, 2, 4, 8, 16, 32, 64, 128, 256)  # MiB


def sizes(count):
    """Bytes, in whole sectors, from 1 to 8 MiB: round ones first."""
    numbers = random.Random(SEED)
    yield from (MIB, 2 * MIB, 2 * MIB + 512, 4 * MIB - 512)
    for _ in range(count - 4):
        yield numbers.randrange(MIB // 512, 8 * MIB // 512) * 512


def options(number):
    return (f"block_size={BLOCKS[number % 9]}M,subformat={('dynamic', 'fixed')[number // 9 % 2]},"
            f"log_size={number % 4 + 1}M,block_state_zero={('on', 'off')[number % 5 == 0]}")


def test_vhdxs_of_qemu_img_are_what_qemu_img_reads(bench):
    need("qemu-img")
    for number, size in enumerate(sizes(72)):
        raw = write(bench.path("raw"), pattern(size, SEED + number))
        image = bench.convert(raw, "vhdx", options(number))
        compare(bench, image, "vhdx", f"{size} bytes, {options(number)}")


def commands(rng, size, count):
    """Writes of all kinds for qemu-io."""
    for _ in range(count):
        at = rng.randrange(size // 512) * 512
        length = min(size - at, rng.randrange(1, 5000) * 512)
        what = rng.choice(("write -P {} ", "write -P {} ", "write -z "))
        yield what.format(rng.randrange(1, 256)) + f"{at} {length}"


def test_vhdxs_that_were_written_to_are_what_qemu_img_reads(bench):
    """Blocks in any order, and some that are zeros."""
    need("qemu-img", "qemu-io")
    rng = random.Random(SEED)
    for number in range(18):
        image = bench.path("image")
        size = rng.randrange(MIB, 300 * MIB, 512) if number % 3 == 0 else rng.randrange(MIB, 20 * MIB, 512)
        run("qemu-img", "create", "-f", "vhdx", "-o", options(number), image, size)
        words = [word for line in commands(rng, size, 25) for word in ("-c", line)]
        run("qemu-io", "-f", "vhdx", *words, image)
        compare(bench, image, "vhdx", f"{size} bytes, {options(number)}, written")


def test_a_vhdx_of_many_chunks_is_what_qemu_img_reads(bench):
    need("qemu-img", "qemu-io")
    image, size = bench.path("image"), (9 << 30) + 512  # its block table goes over two of the other entries
    run("qemu-img", "create", "-f", "vhdx", "-o", "block_size=1M", image, size)
    places = [0, 4095 * MIB, 4096 * MIB, 4097 * MIB, 8190 * MIB, 8192 * MIB, 9 << 30]
    run("qemu-io", "-f", "vhdx", *[word for n, at in enumerate(places)
                                   for word in ("-c", f"write -P {n + 1} {at} 512")], image)
    pieces = bench.path("pieces")
    bench.disk("read", image, pieces)
    same(os.path.getsize(pieces), size)
    for n, at in enumerate(places):
        same(read(pieces, at, 512), bytes([n + 1]) * 512, f"byte {at}")
    run("qemu-img", "compare", "-f", "vhdx", "-F", "raw", image, pieces)


def replayed(bench, image):
    """A copy whose log qemu-img has replayed."""
    copy = shutil.copy(image, bench.path("copy"))
    subprocess.run(["qemu-img", "check", "-q", "-r", "all", copy], check=False, capture_output=True)
    return copy


def test_a_log_is_replayed_as_it_was_meant_and_as_qemu_img_does(bench):
    """qemu-img does not find the beginning of a sequence that goes round the log's end."""
    need("qemu-img")
    rng = random.Random(SEED)
    unread = 0
    for number in range(40):
        size = rng.randrange(MIB, 8 * MIB, 512)
        raw = write(bench.path("raw"), pattern(size, SEED - number))
        image = bench.convert(raw, "vhdx", options(number % 9))
        data = bytearray(read(image))
        sectors = unclose(data, rng, number % 4 == 3)
        write(image, data)
        for way in ("write", "read"):
            bench.disk(way, image, bench.path("out"))
            same(sha256(bench.path("out")), sha256(raw), f"number {number}, {way}, {sectors}")
        if number % 4 != 3:
            run("qemu-img", "compare", "-f", "vhdx", "-F", "raw", replayed(bench, image), raw)
        set_guid(data, bytes(16))
        done = subprocess.run([TOOL, "read", write(image, data), bench.path("out")], check=False,
                              capture_output=True)
        unread += done.returncode != 0 or sha256(bench.path("out")) != sha256(raw)
    check(unread > 20, f"only {unread} need their log")


def interrupted(bench, rng, event, number):
    """An image that qemu-io wrote to until an event happened for that time; and from then on nothing."""
    image, rules = bench.path("image"), bench.path("rules")
    run("qemu-img", "create", "-f", "vhdx", "-o", "block_size=1M", image, 16 * MIB)
    with open(rules, "w", encoding="utf-8") as file:
        for state in range(1, number):
            file.write(f'[set-state]\nevent = "{event}"\nstate = "{state}"\nnew_state = "{state + 1}"\n\n')
        file.write(f'[inject-error]\nevent = "{event}"\nstate = "{number}"\nerrno = "5"\n')
    words = [word for at in rng.sample(range(16), 12) for word in ("-c", f"write -P {at + 1} {at}M 4k")]
    subprocess.run(["qemu-io", "-f", "vhdx", *words, f"blkdebug:{rules}:{image}"], check=False,
                   capture_output=True)
    return image


def test_a_vhdx_whose_writer_was_interrupted_is_what_qemu_img_makes_of_it(bench):
    """Where qemu-io had said that there is a log, and not yet written an entry, there is nothing to replay:
    qemu-img does not mind, and [MS-VHDX] 2.3.3 has that refused."""
    need("qemu-img", "qemu-io")
    rng = random.Random(SEED)
    counts = {"closed": 0, "empty": 0, "replayed": 0}
    for event in ("flush_to_disk", "pwritev"):
        for number in range(1, 28):
            image, out = interrupted(bench, rng, event, number), bench.path("out")
            if header(read(image))[1] == bytes(16):
                counts["closed"] += 1
                compare(bench, image, "vhdx", f"{event} {number}")
                continue
            done = subprocess.run([TOOL, "read", image, out], text=True, check=False, capture_output=True)
            if done.returncode:
                counts["empty"] += 1
                holds(done.stderr, "was not closed, and its log", "has no sequence of entries")
                continue
            counts["replayed"] += 1
            run("qemu-img", "compare", "-f", "vhdx", "-F", "raw", replayed(bench, image), out)
    check(counts["replayed"] >= 5 and counts["empty"] >= 5, counts)


def test_a_vhdx_of_sectors_of_4_kib_is_read(bench):
    """qemu-img makes none."""
    need("qemu-img")
    raw = write(bench.path("raw"), pattern(5 * MIB, 4))
    image = bench.convert(raw, "vhdx", "block_size=1M")
    data = bytearray(read(image))
    at, _ = regions(data)[1]
    entry = data.index(bytes.fromhex("1dbf41816fa90947ba47f233a8faab5f"), at)
    value = at + int.from_bytes(data[entry + 16:entry + 20], "little")
    same(data[value:value + 4], bytes((0, 2, 0, 0)))
    data[value:value + 4] = bytes((0, 16, 0, 0))
    write(image, data)
    for way in ("write", "read"):
        bench.disk(way, image, bench.path("out"))
        same(sha256(bench.path("out")), sha256(raw), way)


def test_a_vhdx_that_was_cut_off_is_refused(bench):
    need("qemu-img")
    raw = write(bench.path("raw"), pattern(6 * MIB, 3))
    image = bench.convert(raw, "vhdx", "block_size=1M")
    data = read(image)
    for length in (8, 100, 66000, MIB, 2 * MIB, 3 * MIB, 4 * MIB + 5, len(data) - 1):
        holds(bench.refused(write(image, data[:length])), "ends at byte")
    holds(bench.refused(write(image, data[:7])), "no disk format that is known")


def test_a_byte_that_is_changed_is_refused_or_does_not_matter(bench):
    need("qemu-img")
    raw = write(bench.path("raw"), pattern(2 * MIB + 512, 6))
    image = bench.convert(raw, "vhdx", "block_size=1M")
    data = read(image)
    (bat, _), (metadata, _) = regions(data)
    for at in (*range(0x10000, 0x10058, 3), *range(0x20000, 0x20058, 3), *range(0x30000, 0x30050, 3),
               *range(bat, bat + 24), *range(metadata, metadata + 0xc0), *range(metadata + 0x10000, metadata + 0x10030)):
        for bit in (1, 0x80):
            changed = data[:at] + bytes([data[at] ^ bit]) + data[at + 1:]
            done = subprocess.run([TOOL, "read", write(image, changed), bench.path("out")], text=True,
                                  check=False, capture_output=True)
            check(done.returncode >= 0, f"byte {at}: signal {-done.returncode}")
            check(done.returncode == 0 or "image: " in done.stderr, f"byte {at}: {done.stderr}")
            if at < bat:  # one of two copies, and a checksum
                same(done.returncode, 0, f"byte {at}: {done.stderr}")
                same(sha256(bench.path("out")), sha256(raw), f"byte {at}")


def test_the_vhdxs_of_the_corpus_have_the_digests_of_its_index(bench):
    count = 0
    for name, entry, image in corpus(bench, ".vhdx"):
        if "differential" in name:
            holds(bench.refused(image), "a differencing VHDX, which needs the disk it was made from")
            continue
        bench.has_digest(image, entry)
        count += 1
    check(count >= 5, f"only {count} images")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
