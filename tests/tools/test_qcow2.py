#!/usr/bin/env python3
"""QCOW2 images of qemu-img, and those of the corpus: what disk_tool reads is what qemu-img reads."""

import csv
import gzip
import os
import random
import shutil
import struct
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from checks import BUILD, MIB, SHARED, Skip, check, holds, need, read, run, run_tests, same  # noqa: E402
from checks import sha256, write  # noqa: E402

TOOL = os.path.join(BUILD, "cli", "disk_tool")
HOW = ("write", "read")


def disk_tool(*words):
    done = subprocess.run([TOOL, *words], text=True, capture_output=True, check=False)
    check(done.returncode >= 0, f"disk_tool {words} died of signal {-done.returncode}")
    return done


def refused(image):
    done = disk_tool("read", image, os.devnull)
    check(done.returncode, f"{image} was not refused")
    same(disk_tool("write", image, image + ".out").returncode, done.returncode, "write")
    return done.stderr


def decodes(folder, image, wanted, what):
    for how in HOW:
        out = os.path.join(folder, "out")
        done = disk_tool(how, image, out)
        same(done.returncode, 0, f"{what}, {how}: {done.stderr}")
        check(read(out) == wanted, f"{what} differs, {how}")


def random_disk(rng):
    """1 to 8 MiB of any number of sectors, with data of all kinds, zeros among it, and holes."""
    size = rng.randrange(MIB // 512, 8 * MIB // 512) * 512
    disk = bytearray(size)
    for _ in range(rng.randrange(14)):
        at, length = rng.randrange(size), rng.randrange(1, rng.choice((5000, 100000, 2 * MIB)))
        kind = rng.randrange(4)
        data = (rng.randbytes(length) if kind == 0 else bytes(length) if kind == 3 else
                bytes([rng.randrange(256)]) * length if kind == 1 else
                (rng.randbytes(64) * (length // 64 + 1))[:length])
        disk[at:at + length] = data[:max(0, size - at)]
    return bytes(disk[:size])


KINDS = [
    (f"compat={compat},cluster_size={cluster}", packed)
    for compat in ("0.10", "1.1") for cluster in ("512", "4k", "64k", "2M") for packed in (0, 1)
] + [
    (f"compat=1.1,extended_l2=on,cluster_size={cluster}", packed)
    for cluster in ("16k", "64k", "2M") for packed in (0, 1)
] + [
    (f"compat=1.1,compression_type=zstd,{more}", 1)
    for more in ("cluster_size=512", "cluster_size=64k", "cluster_size=2M", "extended_l2=on,cluster_size=64k")
]


def make(folder, disk, options, packed, name="image"):
    raw, image = write(os.path.join(folder, name + ".raw"), disk), os.path.join(folder, name)
    run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", "-o", options, *["-c"] * packed, "-S",
        "4k", raw, image)
    return image


def test_random_disks_decode_as_qemu_img_made_them(folder):
    need("qemu-img")
    rng = random.Random(20240915)
    count = 0
    for options, packed in KINDS:
        disk = random_disk(rng)
        decodes(folder, make(folder, disk, options, packed), disk, f"image {count}: {options}, -c {packed}")
        count += 1
    check(count == len(KINDS) and count > 20, f"only {count} images")


def qemu_io(image, *commands):
    run("qemu-io", "-f", "qcow2", *[word for line in commands for word in ("-c", line)], image)


def test_disks_that_were_written_to_decode_as_qemu_img_converts_them(folder):
    """Clusters in any order, zero clusters, discarded ones, subclusters, snapshots, a dirty image."""
    need("qemu-img", "qemu-io")
    rng = random.Random(77)
    for number, options in enumerate(("compat=0.10,cluster_size=4k", "compat=1.1,cluster_size=512",
                                      "compat=1.1,lazy_refcounts=on", "compat=1.1,cluster_size=2M",
                                      "compat=1.1,extended_l2=on,cluster_size=16k",
                                      "compat=1.1,extended_l2=on,cluster_size=64k",
                                      "compat=1.1,preallocation=metadata",
                                      "compat=1.1,refcount_bits=1")):
        image = os.path.join(folder, "written")
        size = rng.randrange(2 * MIB // 512, 6 * MIB // 512) * 512
        run("qemu-img", "create", "-f", "qcow2", "-o", options, image, size)
        for half in range(2):
            commands = []
            for _ in range(30):
                at = rng.randrange(size // 512) * 512
                length = min(size - at, rng.randrange(1, 300) * 512)
                what = rng.choice(("write -P {} ", "write -P {} ", "write -z ", "write -z -u ",
                                   "discard "))
                commands.append(what.format(rng.randrange(1, 256)) + f"{at} {length}")
            qemu_io(image, *commands)
            if half == 0 and "refcount_bits=1" not in options:
                run("qemu-img", "snapshot", "-c", "before", image)
        raw = os.path.join(folder, "wanted")
        run("qemu-img", "convert", "-f", "qcow2", "-O", "raw", image, raw)
        decodes(folder, image, read(raw), f"written {number}: {options}")


def test_a_disk_of_many_tables_decodes(folder):
    need("qemu-img", "qemu-io")
    image, raw = os.path.join(folder, "large"), os.path.join(folder, "wanted")
    run("qemu-img", "create", "-f", "qcow2", "-o", "cluster_size=4k", image, 100 * MIB + 512)
    qemu_io(image, *[f"write -P {at % 200 + 1} {at}M 9k" for at in range(1, 100, 7)])
    run("qemu-img", "convert", "-f", "qcow2", "-O", "raw", image, raw)
    decodes(folder, image, read(raw), "100 MiB")


def test_a_cut_image_is_refused(folder):
    need("qemu-img")
    disk = random.Random(5).randbytes(2 * MIB)
    for options, packed in KINDS:
        image = make(folder, disk, options, packed)
        size = os.path.getsize(image)
        for cut in (size - 3000, size - 1200000, size - size // 3, 100, 70):
            if 0 < cut < size:
                whole = read(image)
                holds(refused(write(image + ".cut", whole[:-cut] if cut > 100 else whole[:cut])), "byte")


def test_what_is_not_to_be_had_alone_is_refused_by_name(folder):
    need("qemu-img")
    base, image = make(folder, bytes(MIB), "compat=1.1", 0), os.path.join(folder, "refused")
    run("qemu-img", "create", "-f", "qcow2", "-F", "qcow2", "-b", base, image)
    holds(refused(image), "the differences to another image", "/image")
    run("qemu-img", "create", "-f", "qcow2", "-o", f"data_file={folder}/bytes.raw", image, "1M")
    holds(refused(image), "data is in another file", "bytes.raw")
    run("qemu-img", "create", "-f", "qcow2", "--object", "secret,id=s,data=x", "-o",
        "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10", image, "1M")
    holds(refused(image), "encrypted (LUKS)")
    run("qemu-img", "create", "-f", "qcow", image, "1M")
    holds(refused(image), "QCOW of version 1")
    whole = bytearray(read(make(folder, bytes(MIB), "compat=1.1", 0)))
    whole[79] |= 2
    holds(refused(write(image, whole)), "marked as corrupt")
    whole[79] = 0x80
    holds(refused(write(image, whole)), "incompatible feature 7")


def test_a_header_with_any_byte_changed_is_read_or_refused(folder):
    need("qemu-img")
    image = read(make(folder, random.Random(8).randbytes(64 << 10) + bytes(MIB), "cluster_size=512", 1))
    (l1,) = struct.unpack(">Q", image[40:48])
    for at in [*range(4, 112), *range(l1, l1 + 64)]:
        for value in (0, 1, 0x7f, 0xff):
            changed = bytearray(image)
            changed[at] = value
            path = write(os.path.join(folder, "changed"), changed)
            done = disk_tool("read", path, os.path.join(folder, "out"))
            check(done.returncode == 0 or "changed: " in done.stderr, f"byte {at}: {done.stderr}")


def corpus():
    index = os.path.join(SHARED, "corpus", "disks", "index.tsv")
    if not os.path.exists(index):
        raise Skip("the corpus is not there: set OVFBOOT_SHARED")
    with open(index, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["format"] == "qcow2":
                yield row, os.path.join(os.path.dirname(index), row["file"])


def test_the_corpus_decodes_to_its_digests(folder):
    count = 0
    for row, path in corpus():
        image, out = os.path.join(folder, "image"), os.path.join(folder, "out")
        with (gzip.open if path.endswith(".gz") else open)(path, "rb") as packed, \
                open(image, "wb") as file:
            shutil.copyfileobj(packed, file)
        for how in HOW if int(row["virtual_size"]) < 64 * MIB else ("read",):
            done = disk_tool(how, image, out)
            same(done.returncode, 0, f"{path}: {done.stderr}")
            same(sha256(out), row["raw_sha256"], f"{path}, {how}")
        count += 1
    check(count >= 7, f"only {count} images")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals())))
