#!/usr/bin/env python3
"""What each run leaves on its stick, and on the disk that it wrote: lines and a document that name what went wrong,
read back from the images."""

import json
import os
import re
import subprocess
import sys

from lib import (BUILD, MIB, TOP, Bench, check, holds, read, run, run_tests, same, sha256, told, volume_of,
                 write)
from netlab import Lab
from network_lib import DOC, LAN, URL4, WEB
import schema

TOOL = os.path.join(BUILD, "ovfboot")

UUID = "11111111-2222-3333-4444-555555555555"
QEMU = ("--qemu-arg=-uuid", f"--qemu-arg={UUID}")
READ_ONLY = ("--qemu-arg=-set", "--qemu-arg=drive.stick.readonly=on")


class Logs(Bench):
    def stick(self):
        return f"{self.path('kept/stick.img')}@@{MIB}"

    def log(self, number=1):
        """The lines, and the document, which is as its schema says."""
        name = f"::/EFI/ovfboot/logs/{UUID}-{number}"
        lines = run("mtype", "-i", self.stick(), name + ".txt")
        document = run("mtype", "-i", self.stick(), name + ".json")
        schema.validate(os.path.join(TOP, "docs", "report.schema.json"), [("log", document.replace("\n", " "))])
        return lines, json.loads(document)

    def kept(self):
        return ("--keep", self.path("kept"), *QEMU)


def test_a_deployment_leaves_its_log(bench):
    ova = bench.small()[2]
    bench.deploys("--ova", ova, "--disk", bench.path("disk.img"), "--disk-size", "64M", *bench.kept())
    lines, document = bench.log()
    for part in ("Target     NVMe disk", "Proved     small.vmdk", "Settings   ovfboot.conf"):
        check(part in lines, f"{part!r} is not in {lines}")
    same((document["outcome"], document["machine"]["uuid"]), ("done", UUID))
    check("EDK II" in document["machine"]["firmware"], document["machine"])
    check(any("QEMU NVMe Ctrl" in device for device in document["devices"]), document)
    check(sum(stage["milliseconds"] for stage in document["stages"]) > 0, document["stages"])
    run("fsck.fat", "-n", "--", part_of(bench))
    said = run(TOOL, "log", bench.path("kept/stick.img"))
    holds(said, f"Log        {UUID}-1, 20", "\nOutcome    done at start\n", f", uuid {UUID}, ", "\nFirmware   EDK II",
          "\nSetting    target = ", "\nDisk       small.vmdk, ")
    same(json.loads(run(TOOL, "log", bench.path("kept/stick.img"), "--json")), document)


def part_of(bench):
    """The stick's volume as a file of its own."""
    table = json.loads(run("sfdisk", "--json", bench.path("kept/stick.img")))["partitiontable"]["partitions"][0]
    return write(bench.path("esp.img"), read(bench.path("kept/stick.img"), table["start"] * 512, table["size"] * 512))


def test_each_failure_is_named_in_its_log(bench):
    ova = bench.small()[2]
    broken = bytearray(read(ova))
    broken[len(broken) // 2] ^= 1
    broken = write(bench.path("broken.ova"), broken)
    cases = (("not-found", "target = serial:none fits no disk", ova, "--set", "target=serial:none"),
             ("damaged", "small.vmdk", broken),
             ("unsupported", "measure = required", ova, "--set", "measure=required"),
             ("no-room", "small", ova, "--disk-size", "16M"))
    for code, part, package, *more in cases:
        booted = bench.refuses(part, "--ova", package, *more, *bench.kept())
        lines, document = bench.log()
        same((document["outcome"], document["error"]["code"]), ("failed", code))
        same(document["error"]["message"], booted.failure())
        holds(lines, f"FAILED ({code}): {booted.failure()}\n")
        holds(lines, document["error"]["advice"])


def test_a_medium_that_takes_nothing_changes_nothing(bench):
    ova = bench.small()[2]
    disk = bench.path("disk.img")
    variables = bench.path("vars.fd")
    booted = bench.deploys("--ova", ova, "--disk", disk, "--disk-size", "64M", "--vars", variables, *READ_ONLY)
    booted.says("^Done ")
    booted.says_not("Warning")
    kept = read(variables)
    check("OvfbootLog".encode("utf-16-le") in kept and b": done at start\nsmall.ova on usb disk" in kept,
          "no note in the firmware's variables")


def test_a_full_stick_changes_nothing(bench):
    """Not one cluster is free: what is begun goes again, and the firmware keeps the note."""
    ova = bench.small()[2]
    image, esp = bench.path("usb.img"), bench.path("esp.img")
    conf = write(bench.path("my.conf"), b"on-success = poweroff\nenvironment = none\ntarget = nvme\nunattended = yes\n")
    run(TOOL, "media", "--efi", os.path.join(BUILD, "ovfboot.efi"), "--conf", conf, "--logs", "1MiB", "--ova", ova,
        "--out", image)
    size = json.loads(run("sfdisk", "--json", image))["partitiontable"]["partitions"][0]["size"] * 512
    write(esp, read(image, MIB, size))
    full_of(esp, bench.path("filling"))
    with open(image, "r+b") as stick:
        stick.seek(MIB)
        stick.write(read(esp))
    variables = bench.path("vars.fd")
    booted = bench.boots("--stick", image, "--expect", "^Done .* is ready on", "--disk", bench.path("disk.img"),
                         "--disk-size", "64M", "--vars", variables)
    booted.says("^Done ")
    booted.says_not("Warning", "FAILED")
    kept = read(variables)
    check("OvfbootLog".encode("utf-16-le") in kept and b": done at start\nsmall.ova on usb disk" in kept,
          "no note in the firmware's variables")
    write(esp, read(image, MIB, size))
    run("fsck.fat", "-n", "--", esp)
    said = subprocess.run([TOOL, "log", image], capture_output=True, text=True, check=False)
    same(said.returncode, 1)
    holds(said.stderr, "usb.img: no run left a log on it")


def full_of(esp, filling):
    """As many bytes as are free go into files, down to the last cluster."""
    while free := free_bytes(esp):
        write(filling, b"x" * free)
        run("mcopy", "-i", esp, filling, f"::/full{free}")


def free_bytes(esp):
    return int(re.search(r"([\d ]+) bytes free", run("mdir", "-i", esp, "::")).group(1).replace(" ", ""))


def test_the_disk_has_the_log_of_its_deployment(bench):
    """Beside what the guest is told, where the stick takes nothing; the next start, which writes nothing, leaves it."""
    ova = bench.small()[2]
    disk, variables = bench.path("disk.img"), bench.path("vars.fd")
    words = ("--set", "environment=partition", "--ova", ova, "--disk", disk, "--disk-size", "64M", "--vars", variables,
             *READ_ONLY, *QEMU)
    bench.deploys(*words).says_not("Warning")
    has_log_on_disk(bench, disk, "Proved     small.vmdk: matches the manifest")
    check("OvfbootLog".encode("utf-16-le") not in read(variables), "a note besides")
    before = sha256(disk)
    bench.deploys(*words).says("^Installed  .*; nothing is written")
    same(sha256(disk), before, "a start that writes nothing")


def has_log_on_disk(bench, disk, line):
    volume = volume_of(bench, disk)
    run("fsck.fat", "-n", "--", volume)
    holds(told(volume, "ovfboot.log"), line)
    document = told(volume, "ovfboot.json")
    schema.validate(os.path.join(TOP, "docs", "report.schema.json"), [("log", document.replace("\n", " "))])
    same(json.loads(document)["outcome"], "done")
    said = run(TOOL, "log", disk)
    holds(said, "Log        cidata", "\nOutcome    done at start\n", "\nStage      deployment ")
    same(json.loads(run(TOOL, "log", disk, "--json")), json.loads(document))


def test_from_the_network_the_disk_has_the_log(bench):
    """There is no medium at all."""
    disk, variables = bench.path("disk.img"), bench.path("vars.fd")
    conf = f"source = {URL4}\ntarget = nvme\nunattended = yes\non-success = poweroff\nenvironment = partition\n"
    with Lab(bench.folder, six=False) as lab:
        lab.serve("small.ova", bench.small()[2])
        lab.serve("ovfboot.efi", os.path.join(BUILD, "ovfboot.efi"))
        lab.serve("ovfboot.conf", conf.encode())
        lab.dnsmasq(LAN, DOC["/etc/dnsmasq.d/ovfboot-http.conf"])
        lab.nginx(WEB)
        bench.boots("--boot-from", "http4", "--nic", lab.nic(), "--disk", disk, "--disk-size", "64M", "--vars",
                    variables, "--expect", "^Done .* is ready on").says_not("FAILED", "Warning .*log")
    has_log_on_disk(bench, disk, f"Package    {URL4}")
    check("OvfbootLog".encode("utf-16-le") not in read(variables), "a note besides")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Logs))
