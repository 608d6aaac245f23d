#!/usr/bin/env python3
"""What is deployed does not depend on how many workers there are: random disks in every form, and the corpus, with 1,
2, 3 and 7 of them, and under ThreadSanitizer.

    tests/tools/test_workers.py [--count N] [--seed N] [WORD ...]

200 disks, and all of the corpus, with OVFBOOT_LONG=1; else some.
"""

import os
import random
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import forms  # noqa: E402
import packages  # noqa: E402
from checks import BUILD, MIB, check, need, read, run, run_tests, same, sha256, write  # noqa: E402
from maps import Bench, pattern  # noqa: E402
from test_corpus_disks import PARTS, REFUSED, entries, together  # noqa: E402
from test_generated import KINDS, option  # noqa: E402

LONG = os.environ.get("OVFBOOT_LONG", "0") != "0"
COUNT, SEED = option("count", 200 if LONG else 12), option("seed", 20261128)
LARGEST = (1 << 40) if LONG else 64 * MIB
WORKERS = (1, 2, 3, 7)
PLAIN, RACES = os.path.join(BUILD, "ovfboot"), os.path.join(BUILD, "ovfboot-tsan")


def deploy(tool, file, out, workers, *more):
    if os.path.exists(out):
        os.remove(out)
    return subprocess.run([tool, "deploy", file, "--to", out, "--workers", str(workers), "--set", "environment=none",
                           *more], capture_output=True, text=True, check=False)


def deployed(bench, file, wanted, what, *more):
    """With any number of workers, and without races."""
    out = bench.path("out")
    for tool, workers in (*((PLAIN, n) for n in WORKERS), (RACES, 3)):
        done = deploy(tool, file, out, workers, *more)
        check(done.returncode == 0, f"{what}, {workers} workers: {done.stderr}")
        check("ThreadSanitizer" not in done.stderr, f"{what}: {done.stderr}")
        same(sha256(out), wanted, f"{what}, {workers} workers")


def a_disk(numbers):
    """Of more than fits into the buffers at once, mostly; known as a raw disk."""
    size = numbers.choice((5, 300, 9 * MIB // 512, 21 * MIB // 512)) * 512 + 512 * numbers.randrange(200)
    disk = bytearray(pattern(size, numbers.randrange(1 << 30)))
    disk[510:512] = b"\x55\xaa"
    return bytes(disk)


def test_random_disks(bench):
    """As a package, proved, and as an image alone."""
    need("qemu-img")
    numbers = random.Random(SEED)
    for number in range(COUNT):
        kind, options, words = numbers.choice(KINDS)
        raw = write(bench.path("raw"), a_disk(numbers))
        folder = bench.path("made")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        files = forms.images(folder, raw, kind, ("-o", options, *words), "vhd" if kind == "vpc" else kind)
        inner = os.path.join(folder, "form-" + files[0][0], files[0][0])
        what = f"disk {number} of seed {SEED}: {os.path.getsize(raw)} bytes, {kind}, {options}"
        wanted = os.path.join(folder, "wanted")
        run("qemu-img", "convert", "-f", kind, "-O", "raw", inner, wanted)
        digest = sha256(wanted)
        vmdk = packages.convert(wanted)
        deployed(bench, packages.tar(bench.path("made.ova"), forms.members(vmdk, files)), digest, what)
        deployed(bench, inner, digest, what + ", alone", "--policy", "none")
    print(f"{COUNT} disks")


def test_the_corpus(bench):
    seen = 0
    for entry in entries():
        if int(entry["virtual_size"] or 0) > LARGEST:
            continue
        image = together(bench, entry)
        name = os.path.basename(image)
        if name in REFUSED or name in PARTS:
            continue
        deployed(bench, image, entry["raw_sha256"], name, "--policy", "none")
        seen += 1
    check(seen > 5, f"{seen} images")
    print(f"{seen} images")


def test_of_several_faults_the_first_is_told(bench):
    """Grains of a streamOptimized disk are damaged in two places, in different buffers."""
    need("qemu-img")
    raw = write(bench.path("raw"), random.Random(1).randbytes(12 * MIB))
    vmdk = packages.convert(raw)
    data = bytearray(read(vmdk))
    for at in (len(data) // 2, len(data) - 2 * MIB):
        data[at:at + 300] = bytes(300)
    ova = packages.tar(bench.path("bad.ova"), forms.members(vmdk, [("disk.vmdk", bytes(data))]))
    told = {deploy(PLAIN, ova, bench.path("out"), n).stderr for n in WORKERS}
    check(len(told) == 1, f"{told}")
    found = re.search(r"bad.ova: disk.vmdk: grain for sector \d+, at byte (\d+): bad compressed data", told.pop())
    check(found and len(data) // 2 - 66 * 1024 < int(found[1]) < len(data) // 2 + 300, f"{found}")


if __name__ == "__main__":
    sys.exit(run_tests(globals(), Bench))
