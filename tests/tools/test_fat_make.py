#!/usr/bin/env python3
"""FAT volumes that disks/fat_make.c makes, as fsck.fat, mtools and blkid see them.

    test_fat_make.py [word ...]

Runs BUILD/cli/config_tool.  Words choose tests by name.
"""

import os
import random
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from checks import BUILD, MIB, check, holds, need, read, run, run_tests, same, write

TOOL = os.path.join(BUILD, "cli", "config_tool")
SECONDS = 1717243200  # 2024-06-01 12:00


def make(folder, files, sector=512, mib=0, label="cidata"):
    """A volume with these files: {path: bytes}."""
    need(TOOL, "fsck.fat", "mdir", "mcopy", "blkid")
    words = []
    for number, (path, data) in enumerate(files.items()):
        words += [path, write(os.path.join(folder, f"in{number}"), data)]
    volume = os.path.join(folder, "volume")
    run(TOOL, "make", volume, sector, mib, label, "1234abcd", SECONDS, *words)
    return volume


def is_sound(volume, files, sector=512):
    """Every tool agrees on what is there."""
    done = run("fsck.fat", "-n", "-v", volume)
    # fsck.fat takes lower case in a label for a mistake, and says so, but does not fail.
    holds(done, f"{sector} bytes per logical sector", "2 FATs")
    check(not re.search(r"differ|orphan|reclaim|dirty|corrupt|Bad|bad short|duplicate|Unused", done),
          done)
    folder = volume + ".out"
    os.mkdir(folder)
    run("mcopy", "-s", "-n", "-m", "-i", volume, "::*", folder)
    found = {os.path.relpath(os.path.join(where, name), folder): read(os.path.join(where, name))
             for where, _, names in os.walk(folder) for name in names}
    same(sorted(found), sorted(files), "names")
    for path, data in files.items():
        check(found[path] == data, f"{path} differs")
        same(int(os.path.getmtime(os.path.join(folder, path))), SECONDS, f"time of {path}")
    probe = dict(line.split("=", 1) for line in
                 run("blkid", "-p", "-o", "export", volume).split("\n") if "=" in line)
    same((probe["TYPE"], probe["LABEL"], probe["LABEL_FATBOOT"], probe["UUID"],
          probe.get("SEC_TYPE"), probe["BLOCK_SIZE"]),
         ("vfat", "cidata", "cidata", "1234-ABCD", "msdos", str(sector)), "blkid")


SEED = {"meta-data": b"instance-id: x\n", "user-data": b"#cloud-config\n", "vendor-data": b"",
        "network-config": b"version: 2\n" * 1000, "ovf-env.xml": b"<Environment/>" * 5000,
        "deployment.json": b"{}", "ovffiles/a/b.txt": b"b", "ovffiles/README": b"r" * 4096,
        "ovffiles/a/\u00e4\u4e16\u20ac name.txt": b"u", "ovffiles/x.y.z": b"xyz"}


def test_a_seed_is_seen_alike_by_all_tools(folder):
    os.environ["TZ"] = "UTC"
    os.environ["LC_ALL"] = "C.UTF-8"
    for sector in (512, 4096):
        for mib in (0, 1, 2, 5, 16, 31, 33, 64):
            where = os.path.join(folder, f"{sector}-{mib}")
            os.mkdir(where)
            volume = make(where, SEED, sector, mib)
            same(os.path.getsize(volume), (mib or 8) * MIB, "size")
            is_sound(volume, SEED, sector)


def test_a_listing_has_the_names_as_they_are(folder):
    listing = run("mdir", "-i", make(folder, SEED), "::")
    holds(listing, "Volume in drive : is cidata", "Volume Serial Number is 1234-ABCD",
          "2024-06-01  12:00")
    for name in ("meta-data", "user-data", "vendor-data", "network-config", "ovf-env.xml"):
        check(re.search(rf"\s{re.escape(name)}\s*$", listing, re.MULTILINE), f"{name}: {listing}")


def test_random_trees_are_sound(folder):
    os.environ["TZ"] = "UTC"
    rng = random.Random(7)
    letters = "abcDEF019 ._-+~[]"
    for number in range(12):
        files = {}
        for _ in range(rng.randrange(1, 60)):
            parts = ["".join(rng.choice(letters) for _ in range(rng.randrange(1, 30))) + "x"
                     for _ in range(rng.randrange(1, 4))]
            files["/".join(part.lstrip(" ") for part in parts)] = rng.randbytes(rng.randrange(20000))
        lower = {}
        for path in files:  # no file where a directory is, nothing twice
            lower.setdefault(path.lower(), path)
        files = {path: files[path] for low, path in lower.items()
                 if not any(other.startswith(low + "/") for other in lower)}
        # The same directory in another case would be one here and two in the copy.
        files = {path.lower() if "/" in path else path: data for path, data in files.items()}
        where = os.path.join(folder, str(number))
        os.mkdir(where)
        sector = rng.choice((512, 4096))
        is_sound(make(where, files, sector), files, sector)


def test_a_volume_grows_for_its_files(folder):
    os.environ["TZ"] = "UTC"
    files = {"user-data": random.Random(1).randbytes(20 * MIB + 1)}
    for sector in (512, 4096):
        where = os.path.join(folder, str(sector))
        os.mkdir(where)
        volume = make(where, files, sector)
        check(os.path.getsize(volume) <= 22 * MIB, "too large")
        is_sound(volume, files, sector)


def test_two_runs_give_the_same_bytes(folder):
    first = read(make(folder, SEED))
    check(read(make(folder, SEED)) == first, "they differ")


def test_the_kernel_mounts_it(folder):
    """Where this may be done."""
    volume = make(folder, SEED)
    point = os.path.join(folder, "mnt")
    os.mkdir(point)
    done = subprocess.run(["mount", "-t", "vfat", "-o", "loop,ro", volume, point],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        need("a right to mount")
    try:
        for path, data in SEED.items():
            if path.isascii():
                same(read(os.path.join(point, path)), data, path)
        holds("\n".join(os.listdir(point)), "meta-data", "ovf-env.xml")
    finally:
        run("umount", point)


if __name__ == "__main__":
    sys.exit(run_tests(globals()))
