#!/usr/bin/env python3
"""Power cuts while an NVMe disk is written, each followed by a boot without the stick and one with it.

The disk is tests/cut_disk.py: it loses at random of what was not flushed.  A moment is a request in one of the epochs
between flushes of a complete deployment, so that the few requests that erase and seal are met as often as the many that
copy.  After the cut the disk is as it was, or starts nowhere, or is complete: by its bytes, and by what the firmware
does with it.  With the stick the new system comes in every case.

One cut of each kind; ten with OVFBOOT_LONG=1.  OVFBOOT_SEED=N chooses others.
"""

import os
import random
import shutil
import struct
import subprocess
import sys

import lib
from lib import (BUILD, MIB, TOP, check, has_guest, holds, read, run, run_tests, same, sha256, variables, volume_of,
                 write)
from cut_disk import LOSSES, CutDisk, Moment
from disks import has_no_two_tables, is_sound

LONG = os.environ.get("OVFBOOT_LONG", "0") != "0"
SEED = os.environ.get("OVFBOOT_SEED", "1")
SIZE = 64 * MIB
PHASES = ("seal", "erase", "copy", "seal", "fill", "after", "erase", "seal", "copy", "after")
TIMEOUT = 1200  # seconds; only ends a boot that will never end
SERIAL = "ovfboot-cuts"
NOTHING = "No bootable option or device was found|^Shell>|UEFI Interactive Shell"
AGAIN = "The same deployment, without a cut"


class Bench(lib.Bench):
    def system(self, name, seed):
        """(raw disk, package) of a system that says its name of four letters."""
        program = read(os.path.join(BUILD, "guest.efi"))
        marker, own = "AAAA".encode("utf-16-le"), name.encode("utf-16-le")
        same(program.count(marker), 1, "places of the name in guest.efi")
        loader = write(self.path(name + ".efi"), program.replace(marker, own))
        return self.small(name, loader=loader, seed=seed)[::2]

    def cut_boot(self, disk, vars_file, *arguments):
        """A boot with that disk, which ends where the disk's power does; the serial line's text."""
        log = self.path("cut.log")
        drive = f"if=none,id=cuts,format=raw,file.driver=nbd,file.server.type=unix,file.server.path={disk.path}"
        command = [os.path.join(TOP, "qemu", "boot"), "--efi", os.path.join(BUILD, "ovfboot.efi"), "--log", log,
                   "--timeout", str(TIMEOUT), "--smp", "1", "--target", "ram", "--set", f"target=serial:{SERIAL}",
                   "--vars", vars_file, *arguments]
        for word in ("-drive", drive, "-device", f"nvme,serial={SERIAL},addr=0x10,drive=cuts"):
            command.append(f"--qemu-arg={word}")
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True) as process:
            while process.poll() is None and not disk.is_cut.wait(0.05):
                pass
            if disk.is_cut.is_set():
                process.terminate()  # it takes QEMU with it; the disk answers no more
            said, _ = process.communicate()
        return lib.Booted(process.returncode, said, read(log))

    def later_boot(self, disk, *arguments):
        booted = self.boot("--disk", disk, "--linger", "0", "--smp", "1", "--timeout", str(TIMEOUT), *arguments)
        same(booted.code, 0, booted.said)
        return booted


class Kind:
    """A deployment to be cut: onto what, with which settings."""

    def __init__(self, bench, before, variables, settings, has_config):
        self.bench, self.before, self.variables, self.has_config = bench, before, variables, has_config
        self.raw, self.ova = bench.system("NEWS", 1)
        self.settings = ["--ova", self.ova]
        for setting in ("unattended=yes", "verify=manifest", *settings):
            self.settings += ["--set", setting]
        self.volume = None

    def vars_copy(self):
        path = self.bench.path("vars.fd")
        if os.path.exists(path):
            os.remove(path)
        return shutil.copyfile(self.variables, path) if self.variables else path

    def is_complete(self, disk):
        """Every byte is the guest's, but for a table that has moved and, where it is to be, one partition more."""
        if not self.has_config:
            return has_guest(disk, self.raw)
        size = os.path.getsize(self.raw)
        table = size - 33 * 512
        check(read(disk, 34 * 512, table - 34 * 512) == read(self.raw, 34 * 512, table - 34 * 512), "contents differ")
        is_sound(disk)
        ours, theirs = (run("sfdisk", "--dump", path).replace(path, "disk").splitlines() for path in (disk, self.raw))
        parts = [line for line in ours if line.startswith("disk")]
        same(parts[:-1], [line for line in theirs if line.startswith("disk")], "partitions")
        holds(parts[-1], 'name="cidata"')
        run("fsck.fat", "-n", volume_of(self.bench, disk))
        return None

    def state_of(self, disk):
        """old, dead or complete; a mixture is an error."""
        has_no_two_tables(disk)
        if read(disk) == self.before:
            return "old"
        if not any(read(disk, 0, 512)):
            return "dead"
        self.is_complete(disk)
        return "complete"


def whole_log(kind):
    """The requests of the deployment when nothing is cut, by epochs."""
    disk = CutDisk(kind.bench.path("nbd"), kind.before)
    disk.start()
    booted = kind.bench.cut_boot(disk, kind.vars_copy(), *kind.settings)
    disk.close()
    same(booted.code, 0, f"{AGAIN}: {booted.said}")
    booted.says("^ovfboot-guest: system NEWS")
    kind.is_complete(write(kind.bench.path("whole.img"), disk.survived()))
    print(f"-- requests between flushes: {[len(epoch.replace('r', '')) for epoch in disk.log[:-1]]}, "
          f"then {len(disk.log[-1])}", flush=True)
    return disk.log


def moment_of(rng, log, phase):
    """LBA 0 and both ends are erased first, each flushed; in the end come the tables and LBA 0, each flushed."""
    last = len(log) - 1
    check(last >= 5, f"{last} flushes")
    epoch = {"erase": rng.randrange(2), "seal": rng.randrange(last - 2, last), "after": last}.get(phase)
    if epoch is None:
        epoch = rng.randrange(2, last - 2)
    requests = len(log[epoch]) if epoch == last else len(log[epoch].replace("r", ""))
    check(requests, f"nothing in epoch {epoch}")
    first = requests * 3 // 4 if phase == "fill" else 0
    return Moment(epoch, rng.randrange(first, requests))


def leads_to(disk, path):
    """Whether the boot order has an entry for the disk's first partition, by its GUID."""
    known = variables.read_variables(path)
    order, guid = known.get("BootOrder", b""), read(disk, 1024 + 16, 16)
    return any(guid in known.get(f"Boot{number:04X}", b"") for (number,) in struct.iter_unpack("<H", order))


def cut(kind, log, name, number):
    """One cut, and both boots after it."""
    bench, phase = kind.bench, PHASES[number % len(PHASES)]
    rng = random.Random(f"{SEED} {name} {number}")
    moment, loss = moment_of(rng, log, phase), LOSSES[rng.randrange(len(LOSSES))]
    disk = CutDisk(bench.path("nbd"), kind.before, moment, len(log) - 1, rng, loss)
    disk.start()
    firmware = kind.vars_copy()
    knows = number % 2 == 1
    settings = kind.settings + (["--set", "boot-entry=first"] if knows else [])
    bench.cut_boot(disk, firmware, *settings)
    disk.close()
    what = f"{name} {number}, {phase}: request {moment.request} of epoch {moment.epoch}, lost: {loss}"
    check(disk.is_cut.is_set(), f"{what}: not reached")
    image = write(bench.path("disk.img"), disk.survived())
    state = kind.state_of(image)
    before = sha256(image)

    # A firmware that knows no entries starts whatever it can; every second one knows what it knew at the cut.
    known = ["--vars", shutil.copyfile(firmware, bench.path("known-vars.fd"))] if knows else []
    alone = bench.later_boot(image, "--no-stick", *known, "--expect", f"ovfboot-guest: ready|{NOTHING}")
    systems = [words[0] for words in alone.facts("system")]
    wanted = {"old": ["OLDS"] if any(kind.before[:512]) else [], "dead": [], "complete": ["NEWS"]}[state]
    if knows and not leads_to(image, firmware):
        wanted = []  # what it finds comes behind its shell
    same(systems, wanted, f"{what}: {state}; systems that start without the stick")
    same(sha256(image), before, f"{what}: the disk after a boot without the stick")

    with_stick = bench.later_boot(image, "--vars", firmware, "--target", "nvme", *settings)
    same([words[0] for words in with_stick.facts("system")], ["NEWS"], f"{what}: with the stick")
    kind.is_complete(image)
    print(f"-- cut: {what}: {state}, then right", flush=True)
    return state


def cuts(kind, name, first):
    """So many cuts, from that phase on; every one is tried, and those that were wrong are told."""
    log = whole_log(kind)
    wrong, states = [], []
    count = len(PHASES) if LONG else 1
    for number in range(first, first + count):
        try:
            states.append(cut(kind, log, name, number))
        except AssertionError as error:
            print(f"-- wrong: {error}", flush=True)
            wrong.append(str(error))
    print(f"-- {name}: {count - len(wrong)} of {count} cuts are right: "
          + ", ".join(f"{states.count(state)} {state}" for state in ("old", "dead", "complete")), flush=True)
    check(not wrong, f"{len(wrong)} of {count}: {wrong}")


def test_first_installation_that_is_cut_heals_by_itself(bench):
    cuts(Kind(bench, bytes(SIZE), None, ("erase=no", "environment=partition"), True), "first installation", 0)


def test_replacement_of_an_older_version_that_is_cut_heals_by_itself(bench):
    _, ova = bench.system("OLDS", 7)
    disk, variables = bench.path("old.img"), bench.path("old-vars.fd")
    write(disk, bytes(SIZE))
    settings = ("erase=no", "environment=partition", "on-change=replace")
    bench.later_boot(disk, "--vars", variables, "--ova", ova, "--set", "unattended=yes", "--set", settings[0], "--set",
                     settings[1], "--set", "boot-entry=first").says("^ovfboot-guest: system OLDS")
    cuts(Kind(bench, read(disk), variables, settings, True), "replacement", 2)


def test_replacement_of_a_foreign_system_that_is_cut(bench):
    raw, _ = bench.system("OLDS", 9)
    moved = raw + ".large"
    shutil.copyfile(raw, moved)
    os.truncate(moved, SIZE)
    run("sgdisk", "-e", moved)
    cuts(Kind(bench, read(moved), None, ("erase=yes", "environment=none"), False), "foreign system", 1)


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
