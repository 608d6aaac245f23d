#!/usr/bin/env python3
"""How much work ovfboot verify does for each byte, in instructions that callgrind counts: a bound for what would make it
slower on every machine, which no clock on a shared one would show.

Two packages of fixed content, one twice as large as the other, are verified; what the larger one costs more, by the
bytes that it has more, is the price of a byte: start and memory do not count.  It is counted in three parts, by the
names of functions: hashing (bytes of the package), inflating (bytes of the disk), and all the rest, which is
ovfboot's own way of moving bytes, and what the bound is for.  A byte that is hashed or inflated twice is far over its bound.
What was found beside it is by gcc 12 and valgrind 3.19 on x86-64; other compilers differ by less than the room between.
"""

import os
import random
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import packages  # noqa: E402
from checks import BUILD, MIB, Skip, check, need, run, run_tests  # noqa: E402

OVFBOOT = os.path.join(BUILD, "ovfboot")  # without sanitizers

SMALL, LARGE = 12 * MIB, 16 * MIB  # both longer than what is read ahead (3 MiB), which may be read twice

HASHING = re.compile(r"sha256|sha_bulk")
INFLATING = re.compile(r"deflate_decompress|build_decode_table|adler32")

# Instructions for a byte, at most; 42.4, 13.2 and 0.03 were found.
BOUNDS = {"hashing": 50, "inflating": 16, "the rest": 0.2}


class Bench:
    def __init__(self, folder):
        need("valgrind", "qemu-img")
        if not os.path.exists(OVFBOOT):
            raise Skip(f"no {OVFBOOT}")
        self.folder = folder

    def path(self, name):
        return os.path.join(self.folder, name)


def words(size):
    """Text that packs to about a half, always the same."""
    numbers = random.Random(1)
    known = [bytes(numbers.randrange(97, 123) for _ in range(numbers.randrange(2, 12))) for _ in range(4096)]
    out = bytearray()
    while len(out) < size:
        out += numbers.choice(known) + b" "
    return bytes(out[:size])


def make_package(bench, size):
    """(OVA, its bytes)"""
    raw = bench.path(f"disk{size}.raw")
    with open(raw, "wb") as disk:
        disk.write(words(size))
    ova = packages.package(bench.path(f"{size}.ova"), [packages.convert(raw)])
    return ova, os.path.getsize(ova)


def count(bench, ova):
    """{part: instructions}"""
    out = bench.path("callgrind.out")
    run("valgrind", "--tool=callgrind", "--compress-strings=no", f"--callgrind-out-file={out}", OVFBOOT, "verify",
        "--workers", "1", ova)
    found, part, is_call = dict.fromkeys(BOUNDS, 0), None, False
    with open(out, encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith("fn="):
                part = part_of(line[3:])
            elif line.startswith("calls="):
                is_call = True  # the next line has what was spent there, which counts where it is spent
            elif line[0].isdigit() or line[0] in "+-*":
                found[part] += 0 if is_call else int(line.split()[1])
                is_call = False
    return found


def part_of(name):
    if HASHING.search(name):
        return "hashing"
    return "inflating" if INFLATING.search(name) else "the rest"


def test_a_byte_costs_no_more_than_it_did(bench):
    small, small_bytes = make_package(bench, SMALL)
    large, large_bytes = make_package(bench, LARGE)
    before, after = count(bench, small), count(bench, large)
    more = {"hashing": large_bytes - small_bytes, "inflating": LARGE - SMALL, "the rest": LARGE - SMALL}
    costs = {part: (after[part] - before[part]) / more[part] for part in BOUNDS}
    print("instructions for a byte: " + ", ".join(f"{part} {cost:.2f}" for part, cost in costs.items()))
    for part, cost in costs.items():
        check(cost > 0, f"{part}: no function of it was found")
        check(cost <= BOUNDS[part], f"{part}: {cost:.2f} instructions for a byte, more than {BOUNDS[part]}")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
