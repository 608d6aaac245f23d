#!/usr/bin/env python3
"""Every disk image of the corpus: the digest of the index, or a refusal by name.

    tests/tools/test_corpus_disks.py [WORD ...]

Those of more than 2 GiB only with OVFBOOT_LONG=1: they are long, and mostly holes.
"""

import bz2
import csv
import gzip
import hashlib
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from checks import MIB, SHARED, Skip, check, holds, run_tests, same  # noqa: E402
from maps import TOOL, Bench  # noqa: E402

FOLDER = os.path.join(SHARED, "corpus", "disks")
LARGEST = int(os.environ.get("OVFBOOT_LONG", "0")) and 1 << 40 or 2 << 30

# What is not read, and why.  The index has digests: of the two differences made without their parents, and a file system
# without a boot sector is no disk that a machine could start from.
REFUSED = {
    "ext2.raw": "no boot sector",
    "fat-differential.vhd": "differencing VHD",
    "fat-differential.vhdx": "differencing VHDX",
}
# Files of which another one is the descriptor.
PARTS = {"mono_flat-flat.vmdk", "flat-f001.vmdk"}


def entries():
    if not os.path.exists(os.path.join(FOLDER, "index.tsv")):
        raise Skip("no corpus")
    with open(os.path.join(FOLDER, "index.tsv"), encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def unpack(name, folder):
    """The image under the name that descriptors call it by."""
    base, ending = os.path.splitext(os.path.basename(name))
    opener = {".gz": gzip.open, ".bz2": bz2.open}.get(ending)
    image = os.path.join(folder, (base if opener else base + ending).split("__")[-1])
    with (opener or open)(os.path.join(FOLDER, name), "rb") as inner, open(image, "wb") as out:
        shutil.copyfileobj(inner, out)
    return image


def hostile():
    """Those of the corpus that are disks."""
    inner = os.path.join("..", "hostile")
    return [os.path.join(inner, kind, name) for kind in ("disk", "vmdk-no-extent")
            for name in sorted(os.listdir(os.path.join(FOLDER, inner, kind)))]


def together(bench, entry):
    """With the other files of its group; the image itself."""
    folder = bench.path("unpacked")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    group = os.path.dirname(entry["file"])
    if group:
        for name in os.listdir(os.path.join(FOLDER, group)):
            unpack(os.path.join(group, name), folder)
    return unpack(entry["file"], folder)


def digest(image):
    with subprocess.Popen([TOOL, "read", image, "/dev/stdout"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as tool:
        hashed, count = hashlib.sha256(), 0
        while piece := tool.stdout.read(4 * MIB):
            hashed.update(piece)
            count += len(piece)
        said = tool.stderr.read().decode()
    return tool.returncode, count, hashed.hexdigest(), said


def test_every_image_is_read_or_refused_by_name(bench):
    read, refused, large = 0, 0, 0
    for entry in entries():
        size = int(entry["virtual_size"] or 0)
        if size > LARGEST:
            large += 1
            continue
        image = together(bench, entry)
        name = os.path.basename(image)
        if name in PARTS:
            continue
        code, count, found, said = digest(image)
        if name in REFUSED:
            check(code, f"{name} was not refused")
            holds(said, name, REFUSED[name])
            refused += 1
            continue
        same((code, count, found), (0, size, entry["raw_sha256"]), f"{name}: {said}")
        read += 1
    print(f"{read} read, {refused} refused, {large} of more than {LARGEST} bytes passed over")
    check(read >= 35 and refused == len(REFUSED), "fewer than there are")


def test_every_hostile_image_is_read_or_refused(bench):
    entries()
    for name in hostile():
        code, _, _, said = digest(unpack(name, bench.folder))
        check(0 <= code < 100 and (code == 0 or said.strip()), f"{name}: exit code {code}: {said}")
        print(os.path.basename(name), code, said.strip())


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
