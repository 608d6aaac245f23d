"""Images with tables, in tests: made by qemu-img, or of the corpus; read by disk_tool in both ways."""

import bz2
import csv
import gzip
import hashlib
import os
import random
import shutil
import subprocess

from checks import BUILD, MIB, SHARED, Skip, check, run, same, sha256

TOOL = os.path.join(BUILD, "cli", "disk_tool")
WRITE_MAX = 300 * MIB  # bytes; larger disks of the corpus are only read
READ_MAX = 1 << 30     # and those above are passed over


def pattern(size, seed):
    """Noise, zeros and repeated bytes, in runs of odd lengths."""
    numbers = random.Random(seed)
    pieces, left = [], size
    while left:
        length = min(left, numbers.choice((700, 4096, 65536, 300000, MIB + 1)))
        pieces.append(numbers.choice((numbers.randbytes(length), bytes(length), bytes(length),
                                      bytes([numbers.randrange(1, 256)]) * length)))
        left -= length
    return b"".join(pieces)


class Bench:
    """A scratch folder, and disk_tool."""

    def __init__(self, folder):
        self.folder = folder
        if not os.path.exists(TOOL):
            raise Skip(f"{TOOL} is not built")

    def path(self, name):
        return os.path.join(self.folder, name)

    def convert(self, raw, kind, options):
        image = self.path("image")
        run("qemu-img", "convert", "-f", "raw", "-O", kind, "-o", options, raw, image)
        return image

    @staticmethod
    def disk(*args):
        return run(TOOL, *args)

    def refused(self, image):
        """The sentence with which it is not read."""
        done = subprocess.run([TOOL, "read", image, self.path("out")], text=True,
                              capture_output=True, check=False)
        check(done.returncode > 0, f"disk_tool read: exit code {done.returncode}")
        return done.stderr

    def has_digest(self, image, entry):
        """Read it has the index' size and digest; written, too, when it is not large."""
        out = self.path("out")
        size, wanted = int(entry["virtual_size"]), entry["raw_sha256"]
        with subprocess.Popen([TOOL, "read", image, "/dev/stdout"], stdout=subprocess.PIPE) as tool:
            digest, count = hashlib.sha256(), 0
            while piece := tool.stdout.read(4 * MIB):
                digest.update(piece)
                count += len(piece)
        same((tool.returncode, count, digest.hexdigest()), (0, size, wanted), f"{image} read")
        if size <= WRITE_MAX:
            self.disk("write", image, out)
            same(sha256(out, size), wanted, f"{image} written")
            os.remove(out)


def compare(bench, image, kind, what):
    """Both ways give what qemu-img gives; returns the disk's size in bytes."""
    wanted, out = bench.path("wanted"), bench.path("out")
    run("qemu-img", "convert", "-f", kind, "-O", "raw", image, wanted)
    size, digest = os.path.getsize(wanted), sha256(wanted)
    for way in ("write", "read"):
        bench.disk(way, image, out)
        same((os.path.getsize(out), sha256(out)), (size, digest), f"{what}: {way}")
    return size


def corpus(bench, ending):
    """(name, line of the index, path of the image unpacked) for each disk that is not too large."""
    folder = os.path.join(SHARED, "corpus", "disks")
    if not os.path.exists(os.path.join(folder, "index.tsv")):
        raise Skip("no corpus")
    with open(os.path.join(folder, "index.tsv"), encoding="utf-8") as file:
        entries = list(csv.DictReader(file, delimiter="\t"))
    for entry in entries:
        name = entry["file"]
        base, packed = os.path.splitext(name)
        if not base.endswith(ending) or int(entry["virtual_size"] or 0) > READ_MAX:
            continue
        image = bench.path(os.path.basename(base))
        unpack = {".gz": gzip.open, ".bz2": bz2.open}[packed]
        with unpack(os.path.join(folder, name)) as inner, open(image, "wb") as file:
            shutil.copyfileobj(inner, file)
        yield name, entry, image
        os.remove(image)
