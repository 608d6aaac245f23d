#!/usr/bin/env python3
"""500 disks of random contents and sizes, by qemu-img in every format and with every option that it can write and we
read: both ways of reading them give what qemu-img gives.

    tests/tools/test_generated.py [--count N] [--seed N] [WORD ...]
"""

import os
import random
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from checks import MIB, check, need, run, run_tests, write  # noqa: E402
from maps import Bench, compare, pattern  # noqa: E402


def option(name, default):
    if f"--{name}" not in sys.argv:
        return default
    at = sys.argv.index(f"--{name}")
    value = int(sys.argv[at + 1])
    del sys.argv[at:at + 2]
    return value


COUNT, SEED = option("count", 500), option("seed", 20261127)

# (format, options, words for qemu-img convert)
KINDS = [
    *(("vmdk", f"subformat={kind}{more}", ())
      for kind in ("monolithicSparse", "monolithicFlat", "twoGbMaxExtentSparse", "twoGbMaxExtentFlat", "streamOptimized")
      for more in ("", ",adapter_type=lsilogic", ",compat6=on" if kind != "streamOptimized" else ",hwversion=13")),
    *(("vpc", f"subformat={kind},force_size={size}", ()) for kind in ("dynamic", "fixed") for size in ("on", "off")),
    *(("vhdx", f"subformat={kind},block_size={block},block_state_zero={zero}", ())
      for kind in ("dynamic", "fixed") for block in ("1M", "2M", "8M", "32M", "256M") for zero in ("on", "off")
      if kind == "dynamic" or (block != "256M" and zero == "on")),
    *(("qcow2", f"compat={compat},cluster_size={cluster}", packed)
      for compat in ("0.10", "1.1") for cluster in (512, "1k", "2k", "4k", "16k", "64k", "256k", "1M", "2M")
      for packed in ((), ("-c",))),
    *(("qcow2", f"extended_l2=on,cluster_size={cluster}", packed)
      for cluster in ("16k", "64k", "512k", "2M") for packed in ((), ("-c",))),
    *(("qcow2", f"compression_type=zstd,cluster_size={cluster}{more}", ("-c",))
      for cluster in ("16k", "64k", "2M") for more in ("", ",extended_l2=on")),
    *(("qcow2", f"compression_type=zstd,cluster_size={cluster}", ("-c",)) for cluster in (512, "4k")),
    ("qcow2", "lazy_refcounts=on,refcount_bits=1", ()), ("qcow2", "preallocation=metadata", ()),
    ("raw", "preallocation=off", ()),
]


def a_size(numbers):
    """Whole sectors, mostly of nothing else a multiple."""
    return 512 * (numbers.choice((1, 8, 128, 2048, 4096)) if numbers.random() < 0.2 else
                  numbers.randrange(2, numbers.choice((64, 700, 3 * MIB // 512))))


def a_disk(numbers, kind):
    disk = bytearray(pattern(a_size(numbers), numbers.randrange(1 << 30)))
    if kind == "raw":
        disk[510:512] = b"\x55\xaa"  # a raw disk is known by it
    return bytes(disk)


def test_generated_disks_are_what_qemu_img_reads(bench):
    need("qemu-img")
    numbers, left = random.Random(SEED), list(KINDS)
    for number in range(COUNT):
        kind, options, words = left.pop(0) if left else numbers.choice(KINDS)
        raw = write(bench.path("raw"), a_disk(numbers, kind))
        for name in os.listdir(bench.folder):
            if name.startswith("image"):
                os.remove(bench.path(name))
        image = bench.path("image")
        run("qemu-img", "convert", "-f", "raw", "-O", kind, "-o", options, "-S", numbers.choice(("0", "4k", "64k")),
            *words, raw, image)
        compare(bench, image, kind, f"disk {number} of seed {SEED}: {os.path.getsize(raw)} bytes, {kind}, {options}, "
                f"{' '.join(words)}")
    check(number + 1 == COUNT and COUNT >= len(KINDS), f"{COUNT} disks for {len(KINDS)} kinds")
    print(f"{COUNT} disks, {len(KINDS)} kinds")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
