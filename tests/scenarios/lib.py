"""What the QEMU scenarios share: one boot by qemu/boot, its log, disks before and after.

No scenario judges by time; TIMEOUT only ends a boot that will never end.
"""

import json
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(TOP, "tests"), os.path.join(TOP, "qemu", "lib")]
__path__ = [os.path.join(TOP, "qemu", "lib")]  # lib.variables is qemu/lib/variables.py

import appliances  # noqa: E402,F401
import packages  # noqa: E402
from checks import (BUILD, MIB, Skip, check, holds, need, only_long, read, run,  # noqa: E402,F401
                    run_tests, same, sha256, write)
from disks import fdisk_list, has_guest, has_no_table, is_sound, is_unchanged  # noqa: E402,F401
from judge import Text  # noqa: E402

TIMEOUT = 300  # seconds for one boot; OVMF and a guest take 40 on an idle machine
SMALL_DISK = 64 * MIB
SAMPLE = os.path.join(BUILD, "sample.ova")


class Booted:
    """What a boot left: its exit code, what qemu/boot said, the lines of the serial line."""

    def __init__(self, code, said, log):
        text = Text()
        self.code, self.said = code, said
        self.lines = [*text.feed(log), text.line]
        self.text = "\n".join(self.lines)

    def says(self, *patterns):
        """In this order, each in a line of its own."""
        lines = iter(self.lines)
        for pattern in patterns:
            check(any(re.search(pattern, line) for line in lines),
                  f"no line has {pattern!r} in its turn; the log ends {self.end()}")

    def end(self):
        """The last lines; when the firmware crashed, those that say where."""
        crash = next((i for i, line in enumerate(self.lines) if " Exception Type - " in line), None)
        return self.lines[-12:] if crash is None else self.lines[crash:crash + 12]

    def says_not(self, *patterns):
        for pattern in patterns:
            check(not re.search(pattern, self.text), f"a line has {pattern!r}")

    def facts(self, kind):
        """The words of the guest's lines of one kind."""
        return [line.split()[2:] for line in self.lines
                if line.startswith(f"ovfboot-guest: {kind} ")]

    def failure(self):
        found = [line for line in self.lines if line.startswith("ovfboot: FAILED: ")]
        same(len(found), 1, "lines with FAILED")
        return found[0][len("ovfboot: FAILED: "):]


NO_OFFER = "PXE-E16: No valid offer received"


class Bench:
    """A scratch folder, and boots in it."""

    def __init__(self, folder):
        need("qemu-system-x86_64", "qemu-img", "sfdisk", "sgdisk", "mkfs.fat", "mcopy")
        self.folder = folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def boot(self, *arguments):
        """Whatever comes out of it, but qemu/boot must have been used rightly.  Firmware gives a server of a busy machine
        a few seconds for its offer, which says nothing of ovfboot, so it may try three times."""
        for _ in range(3):
            booted = self.boot_once(*arguments)
            if booted.code == 0 or "--boot-from" not in arguments or NO_OFFER not in booted.text:
                break
        return booted

    def boot_once(self, *arguments):
        log = self.path("serial.log")
        has_stick = not {"--no-stick", "--stick", "--boot-from"} & set(arguments)
        loader = ("--efi", os.path.join(BUILD, "ovfboot.efi")) if has_stick else ()
        done = subprocess.run(
            [os.path.join(TOP, "qemu", "boot"), *loader, "--log", log, "--timeout", str(TIMEOUT),
             *map(str, arguments)],
            text=True, capture_output=True, stdin=subprocess.DEVNULL, check=False)
        check(done.returncode in (0, 1, 2), f"qemu/boot: {done.stderr}")
        booted = Booted(done.returncode, done.stdout, read(log))
        print(f"-- {' '.join(map(str, arguments))}\n{booted.text}\n{done.stdout}", flush=True)
        return booted

    def boots(self, *arguments):
        """The guest reports that it is up, or what --expect asks is printed."""
        booted = self.boot(*arguments)
        same(booted.code, 0, booted.said)
        return booted

    def deploys(self, *arguments):
        """Without the guest: the machine switches off when the disks are written.  They then hold
        what the package holds, and nothing else, unless a setting says environment=partition."""
        if "environment=partition" not in arguments:
            arguments = ("--set", "environment=none", *arguments)
        booted = self.boots("--set", "on-success=poweroff", "--expect", "^Done .* is ready on",
                            *arguments)
        booted.says_not("ovfboot: starting", "ovfboot-guest:", "FAILED")
        return booted

    def refuses(self, reason, *arguments):
        booted = self.boot("--refuse", reason, *arguments)
        same(booted.code, 0, booted.said)
        booted.says_not("ovfboot: starting", "ovfboot-guest:", "^Done")
        return booted

    def hostile(self, *lines, program="ovfboot.efi"):
        """The arguments for a boot of that program on a firmware that is as tests/firmware/hostile.c
        makes it of these lines."""
        script = self.path("hostile.txt")
        write(script, "".join(line + "\n" for line in lines).encode())
        return ("--put", "EFI/BOOT/BOOTX64.EFI=" + os.path.join(BUILD, "hostile.efi"),
                "--put", "EFI/ovfboot/real.efi=" + os.path.join(BUILD, program),
                "--put", "EFI/ovfboot/hostile.txt=" + script)

    def small(self, name="small", **more):
        """(raw disk, VMDK, OVA) of a small appliance."""
        raw = packages.guest_disk(self.path(name + ".raw"), **more)
        vmdk = packages.convert(raw)
        return raw, vmdk, packages.package(self.path(name + ".ova"), [vmdk])

    def filled(self, name, size=SMALL_DISK):
        """A disk full of 0xA5."""
        with open(self.path(name), "wb") as disk:
            for _ in range(size // MIB):
                disk.write(b"\xa5" * MIB)
        return self.path(name)

    def used(self, name):
        """A disk on which something bootable lies, up to its last sector."""
        return packages.guest_disk(self.path(name), seed=7, size=SMALL_DISK)


def runs_from(booted, transport, serial, size):
    """The guest's root is on the disk of that transport, serial number and size in bytes, and
    that disk's GPT ends where the disk ends."""
    root = booted.facts("root")[0][0]
    disks = {words[0]: words for words in booted.facts("disk")}
    name = next((n for n in disks if re.fullmatch(rf"/dev/{n}p?\d+", root)), None)
    check(name, f"root is {root}; disks are {list(disks)}")
    words = disks[name]
    same(words[1:3], ["transport", transport])
    same(int(words[words.index("sectors") + 1]) * 512, size, "size of the disk")
    if serial:
        same(words[-2:], ["serial", f'"{serial}"'])
    tables = [table for table in booted.facts("table") if table[0] == name]
    table = dict(zip(tables[0][2::2], tables[0][3::2]))
    same(tables[0][1], "gpt")
    same((table["alternate"], table["last-sector"]), (str(size // 512 - 1),) * 2, "backup GPT")
    same(tables[1][1:], ["backup-gpt", "at-end", "yes", "crc", "ok"])


def volume_of(bench, disk):
    """The partition cidata of a disk, as an image of its own."""
    table = json.loads(run("sfdisk", "--json", disk))["partitiontable"]
    (part,) = [p for p in table["partitions"] if p.get("name") == "cidata"]
    volume = bench.path("volume.img")
    return write(volume, read(disk, part["start"] * 512, part["size"] * 512))


def told(volume, name):
    """A file of that volume."""
    return run("mtype", "-i", volume, "::" + name)


def guest_agrees(booted, sector, size, parts, volume):
    """The guest's kernel has on its NVMe disk of that many bytes the partitions (number, first, last) that
    this machine's tools see, and reads from the last one the files that are in the volume."""
    same([words for words in booted.facts("disk") if words[0] == "nvme0n1"][0][3:7],
         ["sectors", str(size // sector), "sector-size", str(sector)])
    seen = [dict(zip(words[1::2], words[2::2])) for words in booted.facts("partition")
            if words[0].startswith("nvme0n1p")]
    same([(int(p["number"]), int(p["start"]), int(p["start"]) + int(p["sectors"]) - 1) for p in seen],
         parts, "the kernel's partitions")
    config = booted.facts("config")
    same(config[0], ["partition", "/dev/nvme0n1p3"])
    files = {words[1]: words[-1] for words in config if words[0] == "file"}
    check("ovf-env.xml" in files, files)
    for name, digest in files.items():
        same(sha256(write(volume + ".file", told(volume, name).encode())), digest, name)
