#!/usr/bin/env python3
"""Compares disks/ with other people's tools: qemu-img, sgdisk, sfdisk, mkfs.fat and mtools.

    test_disks.py [--build DIR] [--all] [word ...]

Runs DIR/cli/disk_tool.  Words choose tests by name; --all decodes the corpus' disks over 1 GiB too.
"""

import argparse
import csv
import hashlib
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import traceback

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.environ.get("OVFBOOT_SHARED", os.path.join(TOP, "..", "shared"))
MIB = 1 << 20
HEAD, TABLE = 512, 33 * 512  # bytes: LBA 0; a GPT's header and entries


class Skip(Exception):
    """A tool or a file is missing."""


def need(*tools):
    for tool in tools:
        if not shutil.which(tool):
            raise Skip(tool + " is missing")


def run(*command, **more):
    return subprocess.run(command, check=True, text=True, capture_output=True, **more).stdout


class Bench:
    """A scratch folder, and disk_tool."""

    def __init__(self, tool, folder, everything):
        self.tool, self.folder, self.everything = tool, folder, everything

    def path(self, name):
        return os.path.join(self.folder, name)

    def disk(self, *args):
        done = subprocess.run([self.tool, *map(str, args)], text=True, capture_output=True, check=False)
        assert done.returncode >= 0, f"disk_tool {args} died of signal {-done.returncode}"
        return done

    def disk_ok(self, *args):
        done = self.disk(*args)
        assert done.returncode == 0, f"disk_tool {args}: {done.stderr}"
        return done.stdout

    def refused(self, path):
        done = self.disk("read", path, os.devnull)
        assert done.returncode, f"{path} was not refused"
        return done.stderr

    def digest(self, how, path):
        """Of the guest disk, as disk_tool decodes it."""
        out = self.path("decoded")
        self.disk_ok(how, path, out)
        with open(out, "rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        os.remove(out)
        return found

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def convert(self, raw, subformat="streamOptimized"):
        run("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=" + subformat, raw,
            raw + ".vmdk")
        return raw + ".vmdk"


def read(path):
    with open(path, "rb") as file:
        return file.read()


def random_disk(rng):
    """Some MiB, of any number of sectors, with data of all kinds, and holes."""
    size = rng.randrange(1, 40 * MIB // 512) * 512
    disk = bytearray(size)
    for _ in range(rng.randrange(12)):
        at, length = rng.randrange(size), rng.randrange(1, 3 * MIB)
        kind = rng.randrange(3)
        data = (rng.randbytes(length) if kind == 0 else bytes([rng.randrange(256)]) * length
                if kind == 1 else (rng.randbytes(64) * (length // 64 + 1))[:length])
        disk[at:at + length] = data[:max(0, size - at)]
    return bytes(disk[:size])


def test_random_disks_decode_as_qemu_img_made_them(bench):
    need("qemu-img")
    rng = random.Random(20240601)
    for number in range(24):
        disk = random_disk(rng)
        vmdk = bench.convert(bench.write(f"{number}.raw", disk))
        for how in ("write", "read"):
            out = bench.path("out")
            bench.disk_ok(how, vmdk, out)
            assert read(out) == disk, f"image {number} differs, {how}"
        bench.disk_ok("write", vmdk, out, (len(disk) + 4095) // 4096 + number * 100, 4096)
        assert read(out)[:len(disk)] == disk, f"image {number} differs in sectors of 4096 bytes"


def test_a_cut_image_of_qemu_img_is_refused(bench):
    need("qemu-img")
    disk = random.Random(5).randbytes(3 * MIB)
    whole = read(bench.convert(bench.write("raw", disk)))
    for cut in (475, 511, 512, 513, 66048, 70000, 2 * MIB):  # 474 are padding
        error = bench.disk("write", bench.write("cut.vmdk", whole[:-cut]), bench.path("out")).stderr
        assert "ends at byte" in error, f"cut by {cut}: {error!r}"


def test_formats_that_are_not_read_are_refused_by_name(bench):
    need("qemu-img")
    raw = bench.write("raw", bytes(MIB))
    for kind, name in (("vdi", "VDI"), ("qed", "QED"), ("parallels", "Parallels")):
        run("qemu-img", "convert", "-f", "raw", "-O", kind, raw, raw + "." + kind)
        error = bench.refused(raw + "." + kind)
        assert f"is a {name}" in error, f"{kind}: {error!r}"


def corpus_disks():
    index = os.path.join(SHARED, "corpus", "disks", "index.tsv")
    if not os.path.exists(index):
        raise Skip("no corpus")
    with open(index, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield row, os.path.join(os.path.dirname(index), row["file"])


def test_corpus_disks_decode_to_their_digests(bench):
    count = 0
    for row, path in corpus_disks():
        if "streamOptimized" not in row["subformat"]:
            continue
        size = int(row["virtual_size"])
        if size > 1 << 30 and not bench.everything:
            continue
        for how in ("write", "read") if size < 64 * MIB or bench.everything else ("read",):
            assert bench.digest(how, path) == row["raw_sha256"], f"{how} {path}"
        count += 1
    assert count > 0, "no streamOptimized disk in the index"


def gpt_disk(bench, size):
    """A raw disk with three partitions, by sgdisk."""
    raw = bench.write("gpt.raw", bytes(size))
    run("sgdisk", "-n", "1:2048:+4M", "-t", "1:ef00", "-c", "1:EFI System", "-n", "2:0:+2M",
        "-n", "3:0:0", "-A", "3:set:2", raw)
    return raw


def test_a_moved_gpt_is_what_sgdisk_makes_of_it(bench):
    need("qemu-img", "sgdisk")
    raw = gpt_disk(bench, 16 * MIB)
    vmdk, out, theirs = bench.convert(raw), bench.path("out"), bench.path("theirs")
    for more in (0, 1, 2, 20, 33, 34, 66, 67, 100, 4096, 50000):
        sectors = 16 * MIB // 512 + more
        bench.disk_ok("write", vmdk, out, sectors, 512)
        assert "No problems found" in run("sgdisk", "-v", out), f"{more} sectors more"
        shutil.copyfile(raw, theirs)
        os.truncate(theirs, sectors * 512)
        run("sgdisk", "-e", theirs)
        ours, wanted = read(out), read(theirs)
        assert ours[512:HEAD + TABLE] == wanted[512:HEAD + TABLE], f"{more} sectors more: front"
        # LBA 0 but for the last cylinder, head and sector, which sgdisk sets anew.
        assert ours[446:451] + ours[454:512] == wanted[446:451] + wanted[454:512], f"{more}: MBR"
        assert ours[-TABLE:] == wanted[-TABLE:], f"{more} sectors more: backup"
        assert run("sgdisk", "-p", "-i", "3", out).replace("out", "theirs") == \
            run("sgdisk", "-p", "-i", "3", theirs), f"{more} sectors more: listing"
        assert ours[HEAD + TABLE:15 * MIB] == wanted[HEAD + TABLE:15 * MIB]


def fdisk(path, commands):
    return run("fdisk", "-b", "4096", path, input="".join(c + "\n" for c in commands.split(" ")))


def test_a_moved_gpt_in_large_sectors_checks(bench):
    need("qemu-img", "fdisk")
    raw = bench.write("gpt.raw", bytes(16 * MIB))
    fdisk(raw, "g n 1  +4M n 2  +2M w")
    vmdk, out = bench.convert(raw), bench.path("out")
    for sectors in (4096, 4097, 4100, 4101, 9000):
        bench.disk_ok("write", vmdk, out, sectors, 4096)
        checked = fdisk(out, "v i 2 q")
        assert "No errors detected" in checked, f"{sectors} sectors: {checked}"
        assert "corrupt" not in checked and "mismatch" not in checked, checked
        assert "Size: 2M" in checked, checked
        assert struct.unpack_from("<Q", read(out), len(read(out)) - 4096 + 24)[0] == sectors - 1


def make_esp(bench, bits, files):
    """A FAT volume by mkfs.fat and mtools, with empty directories besides."""
    size = {12: 4, 16: 16, 32: 40}[bits] * MIB
    volume = bench.write("esp", bytes(size))
    run("mkfs.fat", "-F", str(bits), "-n", "ESP", volume)
    made = set()
    for name in files:
        folders = name.split("/")[:-1]
        for depth in range(1, len(folders) + 1):
            folder = "/".join(folders[:depth])
            if folder not in made:
                run("mmd", "-i", volume, "::" + folder)
                made.add(folder)
        run("mcopy", "-i", volume, bench.write("loader", b"MZ" + bytes(3000)), "::" + name)
    return volume


def esp_disk(bench, bits, files):
    volume = read(make_esp(bench, bits, files))
    raw = bench.write("esp.raw", bytes(MIB) + volume + bytes(MIB))
    run("sgdisk", "-n", f"1:2048:+{len(volume) // MIB}M", "-t", "1:ef00", raw)
    return raw


def test_loaders_are_found_on_volumes_of_mkfs_fat(bench):
    need("qemu-img", "sgdisk", "mkfs.fat", "mcopy")
    many = [f"EFI/debian/a long name for file number {n}.efi" for n in range(90)]
    cases = (
        (["EFI/BOOT/BOOTX64.EFI"], r"\EFI\BOOT\BOOTX64.EFI"),
        (["EFI/boot/bootx64.efi"], r"\EFI\BOOT\BOOTX64.EFI"),
        ([*many, "EFI/debian/grubx64.efi", "EFI/debian/shimx64.efi"], r"\EFI\debian\shimx64.efi"),
        (["EFI/systemd/systemd-bootx64.efi"], r"\EFI\systemd\systemd-bootx64.efi"),
        (["EFI/Microsoft/Boot/bootmgfw.efi"], r"\EFI\Microsoft\Boot\bootmgfw.efi"),
    )
    for bits in (12, 16, 32):
        for files, wanted in cases:
            raw = esp_disk(bench, bits, files)
            for path in (raw, bench.convert(raw)):
                found = bench.disk_ok("loader", path)
                assert found == f"partition 1 at {MIB}: {wanted}\n", f"FAT{bits}: {found}"
        done = bench.disk("loader", esp_disk(bench, bits, ["EFI/Linux/readme.txt"]))
        assert "holds no boot loader" in done.stderr, done.stderr


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--build", default=os.environ.get("OVFBOOT_BUILD", os.path.join(TOP, "build")))
    options.add_argument("--all", action="store_true")
    options.add_argument("words", nargs="*")
    chosen = options.parse_args()
    tool = os.path.join(chosen.build, "cli", "disk_tool")
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for name, test in list(globals().items()):
        if not name.startswith("test_") or (chosen.words and
                                            not any(word in name for word in chosen.words)):
            continue
        with tempfile.TemporaryDirectory(prefix="test_disks.") as folder:
            try:
                test(Bench(tool, folder, chosen.all))
                counts["passed"] += 1
            except Skip as why:
                print(f"skipped {name}: {why}")
                counts["skipped"] += 1
            except (AssertionError, OSError, subprocess.CalledProcessError) as error:
                traceback.print_exc()
                print(f"not ok {name}: {getattr(error, 'stderr', '') or error}")
                counts["failed"] += 1
    print(", ".join(f"{count} {what}" for what, count in counts.items()))
    sys.exit(counts["failed"] > 0)


if __name__ == "__main__":
    main()
