#!/usr/bin/env python3
"""The configuration's partition in tables of all kinds, as sgdisk, sfdisk, fdisk, blkid and
fsck.fat see it.

    test_config_partition.py [word ...]

Runs BUILD/cli/disk_tool and BUILD/cli/config_tool.  Words choose tests by name.
"""

import json
import os
import random
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from checks import BUILD, MIB, check, holds, need, read, run, run_tests, same, write
from disks import fdisk_list

DISK_TOOL = os.path.join(BUILD, "cli", "disk_tool")
CONFIG_TOOL = os.path.join(BUILD, "cli", "config_tool")
GUID = "12345678-1234-5678-9ABC-010203040506"
DATA = "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7"
SEED = {"meta-data": b"instance-id: i\n", "user-data": b"#cloud-config\n", "ovfenv/x.txt": b"x"}


class Bench:
    def __init__(self, folder):
        need(DISK_TOOL, CONFIG_TOOL, "qemu-img", "sgdisk", "sfdisk", "fdisk", "blkid", "fsck.fat",
             "mcopy")
        self.folder = folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def volume(self, sector, seed=None, mib=0):
        seed = seed or SEED
        words = []
        for number, (name, data) in enumerate(seed.items()):
            words += [name, write(self.path(f"in{number}"), data)]
        out = self.path(f"volume{sector}")
        run(CONFIG_TOOL, "make", out, sector, mib, "cidata", "c0ffee01", 1717243200, *words)
        return out

    def raw(self, size, label, lines, sector=512):
        """A disk of random bytes with a table that sfdisk makes of these lines, or fdisk in larger
        sectors: sfdisk only knows those of the device."""
        disk = write(self.path("raw"), random.Random(size).randbytes(size))
        if sector == 512:
            run("sfdisk", "--quiet", "--wipe", "always", disk,
                input=f"label: {label}\n" + "\n".join(lines) + "\n")
        else:
            keys = {"gpt": "g", "dos": "o"}[label] + "\n"
            run("fdisk", "--wipe", "always", "--wipe-partitions", "never", "-b", str(sector), disk,
                input=keys + "\n".join(lines) + "\nw\n")
        return disk

    def deploy(self, raw, sectors, sector, volume):
        """(the target, number and offset of the partition)"""
        out = self.path("out")
        run("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized",
            raw, raw + ".vmdk")
        said = run(DISK_TOOL, "write", raw + ".vmdk", out, sectors, sector, volume)
        found = re.search(r"^partition (\d+) at (\d+)$", said, re.MULTILINE)
        return out, int(found.group(1)), int(found.group(2))

    def refused(self, raw, sectors, sector, volume, why):
        run("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized",
            raw, raw + ".vmdk")
        out = self.path("out")
        done = subprocess.run([DISK_TOOL, "write", raw + ".vmdk", out, str(sectors), str(sector),
                               volume], capture_output=True, text=True, check=False)
        check(done.returncode > 0, f"not refused: {done.stdout}")
        holds(done.stderr, why)
        same(read(out, 0, 512), bytes(512), "LBA 0 of a refused disk")


def table(disk):
    return json.loads(run("sfdisk", "--json", disk))["partitiontable"]


def volume_is_there(bench, disk, offset, volume):
    """What lies at the partition is the volume, and tools know it."""
    data = read(volume)
    found = write(bench.path("found"), read(disk, offset, len(data)))
    check(read(found) == data, "the partition differs from the volume")
    run("fsck.fat", "-n", found)
    same(run("mtype", "-i", found, "::meta-data"), SEED["meta-data"].decode(), "meta-data")
    for how in ((found,), ("-O", offset, "-S", len(data), disk)):
        probe = run("blkid", "-p", "-o", "export", *how)
        holds(probe, "TYPE=vfat\n", "LABEL=cidata\n", "UUID=C0FF-EE01\n")


def guests_are_untouched(raw, disk, partitions, sector=512):
    """Byte for byte what qemu-img makes of the image."""
    run("qemu-img", "convert", "-f", "vmdk", "-O", "raw", raw + ".vmdk", raw + ".back")
    for part in partitions:
        at, size = part["start"] * sector, part["size"] * sector
        check(read(raw + ".back", at, size) == read(disk, at, size), f"{part} differs")


def test_a_gpt_gets_one_partition_more(bench):
    for sectors in (0, 32768, 32768 + 1, 40000, 100000):
        raw = bench.raw(16 * MIB, "gpt", ["size=4MiB,type=uefi,name=ESP", "size=2MiB", "size=1MiB"])
        volume = bench.volume(512, mib=4)
        disk, number, offset = bench.deploy(raw, sectors, 512, volume)
        same(number, 4, "number")
        holds(run("sgdisk", "-v", disk), "No problems found")
        holds(run("sfdisk", "--verify", disk), "No errors detected")
        before, after = table(raw), table(disk)
        old, new = before["partitions"], after["partitions"]
        same([dict(p, node="") for p in new[:3]], [dict(p, node="") for p in old], "partitions")
        same(after["id"], before["id"], "GUID of the disk")
        same((new[3]["start"] * 512, new[3]["size"] * 512, new[3]["type"], new[3]["uuid"],
              new[3]["name"]), (offset, 4 * MIB, DATA, GUID, "cidata"), "the new one")
        same(offset % MIB, 0, "alignment")
        check(os.path.getsize(disk) - (offset + 4 * MIB) < 2 * MIB, "not at the end")
        volume_is_there(bench, disk, offset, volume)
        guests_are_untouched(raw, disk, old)
        # The backup alone gives the same table.
        with open(disk, "r+b") as file:
            file.seek(512)
            file.write(bytes(512))
        holds(run("sgdisk", "-p", disk), "cidata")


def in_large_sectors(bench, label, lines, numbers, wanted):
    for sectors in (0, 4096, 4099, 9000):
        raw = bench.raw(16 * MIB, label, lines, 4096)
        volume = bench.volume(4096, mib=4)
        disk, number, offset = bench.deploy(raw, sectors, 4096, volume)
        same(number, wanted, "number")
        checked = run("fdisk", "-b", "4096", disk, input="v\nq\n")
        check("corrupt" not in checked and "mismatch" not in checked, checked)
        check("No errors detected" in checked or "sectors" in checked, checked)
        old, new = fdisk_list(raw, 4096), fdisk_list(disk, 4096)
        same([part[0] for part in old], numbers, "the guest's")
        same(sorted(set(new) - set(old)) if label == "gpt" or wanted < 5 else
             [part for part in new if part[0] == number],
             [(number, offset // 4096, (offset + 4 * MIB) // 4096 - 1)], "the new one")
        volume_is_there(bench, disk, offset, volume)
        guests_are_untouched(raw, disk, [{"start": a, "size": b - a + 1} for _, a, b in old], 4096)


def test_a_gpt_in_large_sectors_gets_one_too(bench):
    in_large_sectors(bench, "gpt", ["n", "1", "", "+4M", "n", "2", "", "+2M"], [1, 2], 3)


def test_an_mbr_in_large_sectors_gets_one_too(bench):
    in_large_sectors(bench, "dos", ["n", "p", "1", "", "+4M", "n", "p", "2", "", "+2M"], [1, 2], 3)


def check_mbr(bench, sectors, lines, number, mbr_type="e"):
    raw = bench.raw(16 * MIB, "dos", lines)
    volume = bench.volume(512, mib=4)
    disk, found, offset = bench.deploy(raw, sectors, 512, volume)
    same(found, number, "number")
    checked = run("sfdisk", "--verify", disk)
    check("rror" not in checked.replace("No errors detected", ""), checked)
    before, after = table(raw), table(disk)
    same(after["id"], before["id"], "disk identifier")
    added = [p for p in after["partitions"] if p["node"].endswith(f"out{number}")]
    same([(p["start"] * 512, p["size"] * 512, p["type"]) for p in added],
         [(offset, 4 * MIB, mbr_type)], "the new one")
    kept = [p for p in after["partitions"] if p not in added and p["type"] not in ("5", "f")]
    plain = [p for p in before["partitions"] if p["type"] not in ("5", "f")]
    same([dict(p, node="") for p in kept], [dict(p, node="") for p in plain], "the guest's")
    volume_is_there(bench, disk, offset, volume)
    guests_are_untouched(raw, disk, plain)
    return disk


def test_an_mbr_gets_a_primary_partition(bench):
    lines = ["size=4MiB,bootable", "size=1MiB,type=82", "size=1MiB"]
    for sectors in (0, 32768, 40000, 100000):
        for count in (1, 2, 3):
            check_mbr(bench, sectors, lines[:count], count + 1)


def test_a_full_mbr_gets_a_logical_one(bench):
    lines = ["size=1MiB", "size=1MiB", "size=1MiB", "size=6MiB,type=5", "size=1MiB", "size=1MiB"]
    for sectors in (0, 32768, 40000, 100000):
        disk = check_mbr(bench, sectors, lines, 7)
        # blkid follows the chain as the kernel does.
        holds(run("blkid", "-p", "-o", "export", disk), "PTTYPE=dos")
    lines[3] = "size=10MiB,type=f"  # with room inside
    check_mbr(bench, 32768, lines, 7)


def test_what_has_no_place_is_refused(bench):
    volume = bench.volume(512, mib=4)
    raw = bench.raw(16 * MIB, "dos", ["size=1MiB"] * 3 + ["size=2MiB"])
    bench.refused(raw, 0, 512, volume, "its MBR has four partitions")
    raw = bench.raw(16 * MIB, "gpt", ["size=1MiB", "type=linux"])
    bench.refused(raw, 32768, 512, volume, "the last partition reaches too close to the end")
    bench.deploy(raw, 0, 512, volume)
    raw = write(bench.path("raw"), bytes(16 * MIB))
    bench.refused(raw, 0, 512, volume, "it has no partition table")
    run("mkfs.fat", raw)  # a volume without a table
    bench.refused(raw, 0, 512, volume, "it has no partition table")


def test_hybrid_and_odd_protective_mbrs_are_kept(bench):
    volume = bench.volume(512, mib=4)
    raw = bench.raw(16 * MIB, "gpt", ["size=4MiB,type=uefi", "size=2MiB", "size=1MiB"])
    run("sgdisk", "-h", "1:2", raw)
    before = read(raw, 0, 512)
    disk, number, offset = bench.deploy(raw, 0, 512, volume)
    same(number, 4, "number")
    same(read(disk, 0, 512)[:510 - 64], before[:510 - 64], "boot code")
    theirs = [before[at:at + 16] for at in range(446, 510, 16) if before[at + 4] not in (0xee, 0)]
    ours = read(disk, 0, 512)
    same([ours[at:at + 16] for at in range(446, 510, 16) if ours[at + 4] not in (0xee, 0)],
         theirs, "hybrid partitions")
    holds(run("sgdisk", "-v", disk), "No problems found")
    volume_is_there(bench, disk, offset, volume)
    for count in (1, 0xffffffff, 32767 - 100):
        raw = bench.raw(16 * MIB, "gpt", ["size=4MiB,type=uefi"])
        with open(raw, "r+b") as file:
            file.seek(458)
            file.write(count.to_bytes(4, "little"))
        disk, number, offset = bench.deploy(raw, 0, 512, volume)
        holds(run("sgdisk", "-v", disk), "No problems found")
        volume_is_there(bench, disk, offset, volume)


def test_a_gpt_of_few_entries_and_4_kib_gaps(bench):
    volume = bench.volume(512, mib=4)
    raw = bench.raw(16 * MIB, "gpt", ["first-lba: 34", "start=40,size=8000", "start=8048,size=8000",
                                      "start=16056,size=8600"])
    run("sgdisk", "-S", "4", "-a", "8", raw)
    # The last partition ends at 12 MiB less a bit: 4 MiB and the backup do not fit from a MiB on.
    bench.refused(raw, 32768, 512, volume, "too close to the end")
    disk, number, offset = bench.deploy(raw, 32768 + 100, 512, volume)
    same((number, offset % 4096), (4, 0), "place")
    check(offset % MIB, "it was not needed")
    holds(run("sgdisk", "-v", disk), "No problems found")
    guests_are_untouched(raw, disk, table(raw)["partitions"])
    volume_is_there(bench, disk, offset, volume)
    bench.refused(disk, 0, 512, volume, "all entries of its GPT are in use")


def test_a_rewrite_changes_the_partition_and_nothing_else(bench):
    kinds = (("gpt", ["size=4MiB", "size=1MiB"]), ("dos", ["size=4MiB"]),
             ("dos", ["size=1MiB"] * 3 + ["size=6MiB,type=5", "size=1MiB"]))
    for label, lines in kinds:
        raw = bench.raw(16 * MIB, label, lines)
        disk, number, offset = bench.deploy(raw, 0, 512, bench.volume(512, mib=4))
        before = read(disk)
        changed = bench.volume(512, {**SEED, "user-data": b"#cloud-config\nhostname: b\n"}, mib=4)
        same(run(DISK_TOOL, "rewrite", disk, 512, changed),
             f"partition {number} at {offset}, {4 * MIB} bytes\n", "rewrite")
        after = read(disk)
        check(after[:offset] == before[:offset], "before it")
        check(after[offset + 4 * MIB:] == before[offset + 4 * MIB:], "behind it")
        check(after != before, "nothing was changed")
        volume_is_there(bench, disk, offset, changed)


if __name__ == "__main__":
    sys.exit(run_tests(globals(), Bench))
