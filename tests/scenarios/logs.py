#!/usr/bin/env python3
"""What each run leaves on its stick: lines and a document that name what went wrong, read back from the image."""

import json
import os
import sys

from lib import MIB, SMALL_DISK, TOP, Bench, check, holds, read, run, run_tests, same, write
import schema

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


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Logs))
