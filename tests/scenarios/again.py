#!/usr/bin/env python3
"""A machine that is started again with the stick still in it: nothing is written, or only what the
guest is told; another package, a cut deployment, and signed packages."""

import json
import os
import sys

from lib import (BUILD, MIB, Bench, check, holds, packages, read, run, run_tests, same, sha256, told,
                 volume_of)
from appliances import PRODUCT, appliance, system

AUTO = ("--set", "unattended=yes", "--set", "environment=partition",
        "--set", "property.secret=s3cret!")
NAMED = (*AUTO, "--set", "property.hostname=box7")


def package(bench, name, **more):
    raw = packages.guest_disk(bench.path(name + ".raw"), **more)
    return appliance(bench.path(name + ".ova"), {"boot": packages.convert(raw)},
                     system(name, [("boot", 0)], PRODUCT))


def start(bench, ova, disk, *arguments):
    return bench.deploys("--ova", ova, "--disk", disk, *arguments)


def test_second_start_writes_nothing_and_a_changed_property_only_its_partition(bench):
    ova, disk = package(bench, "box"), bench.filled("disk.img")
    start(bench, ova, disk, *NAMED).says("^Proved ")
    before = sha256(disk)
    again = start(bench, ova, disk, *NAMED)
    again.says("^Installed  Asking Box is on QEMU NVMe Ctrl; nothing is written$")
    again.says_not("^Proved", "^Tells", "Erase")
    same(sha256(disk), before, "the disk after a second start")

    old = read(disk)
    again = start(bench, ova, disk, *AUTO, "--set", "property.hostname=box8")
    again.says("^Installed  Asking Box is on .*; what the guest is told has changed$")
    new = read(disk)
    table = json.loads(run("sfdisk", "--json", disk))["partitiontable"]
    (part,) = [p for p in table["partitions"] if p.get("name") == "cidata"]
    first, behind = part["start"] * 512, (part["start"] + part["size"]) * 512
    check(old[first:behind] != new[first:behind], "the partition")
    same(old[:first], new[:first], "in front of the partition")
    same(old[behind:], new[behind:], "behind the partition")
    volume = volume_of(bench, disk)
    run("fsck.fat", "-n", volume)
    holds(told(volume, "ovf-env.xml"), 'oe:key="hostname" oe:value="box8"')


def test_another_package_is_refused_unless_it_is_to_replace(bench):
    ova, disk = package(bench, "box"), bench.filled("disk.img")
    other = package(bench, "other", seed=5)
    start(bench, ova, disk, *NAMED)
    before = sha256(disk)
    bench.refuses("holds Asking Box, which ovfboot has deployed: on-change = replace",
                  "--ova", other, "--disk", disk, *NAMED)
    same(sha256(disk), before, "the disk after a refusal")
    start(bench, other, disk, *NAMED, "--set", "on-change=replace").says("^Replaces ", "^Proved ")
    check(sha256(disk) != before, "the disk")
    start(bench, other, disk, *NAMED).says("^Installed  ")


def test_cut_deployment_starts_over(bench):
    ova, disk = package(bench, "box", size=48 * MIB), bench.filled("disk.img", 128 * MIB)
    start(bench, ova, disk, *NAMED)
    other = package(bench, "other", seed=5, size=48 * MIB)
    # The medium is a copy that ends in damage: the deployment begins, and fails on its way.
    data = bytearray(read(other))
    data[len(data) * 3 // 4] ^= 0xff
    with open(bench.path("bad.ova"), "wb") as file:
        file.write(data)
    bench.refuses("other.vmdk", "--ova", bench.path("bad.ova"), "--disk", disk, *NAMED,
                  "--set", "on-change=replace")
    start(bench, other, disk, *NAMED).says("^Proved ")


def signed(bench, ova):
    """(signed package, its certificate)"""
    key, cert = bench.path("key.pem"), bench.path("cert.pem")
    if not os.path.exists(key):
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out",
            cert, "-days", "3650", "-subj", "/CN=again")
    out = bench.path("signed-" + os.path.basename(ova))
    run(os.path.join(BUILD, "ovfboot"), "sign", ova, "--key", key, "--cert", cert,
        "--out", out)
    return out, cert


def test_under_signature_only_what_the_firmware_remembers_is_believed(bench):
    ova, cert = signed(bench, package(bench, "box"))
    disk, variables = bench.filled("disk.img"), bench.path("vars.fd")
    trust = ("--put", f"EFI/ovfboot/trust/again.pem={cert}")
    start(bench, ova, disk, *NAMED, *trust, "--vars", variables).says("^Signed by  .*again")
    start(bench, ova, disk, *NAMED, *trust, "--vars", variables).says("^Installed .* nothing is")
    # The same disk in a machine that has not deployed it.
    bench.refuses("a record that this machine's firmware does not confirm", "--ova", ova,
                  "--disk", disk, *NAMED, *trust)
    start(bench, ova, disk, *NAMED, *trust, "--set", "on-change=replace").says("^Proved ")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
