#!/usr/bin/env python3
"""What ovfboot records in the TPM: the log replays to what the guest's kernel reads from the TPM, and
holds the digests that sha256sum gives of the package's files."""

import base64
import hashlib
import os
import struct
import subprocess
import sys

from lib import (BUILD, MIB, SAMPLE, Bench, check, need, packages, run, run_tests,  # noqa: F401
                 same, told, volume_of)

PCR = 9
EV_NO_ACTION = 3
SHA256 = 0x0B


def events(log):
    """(PCR, type, SHA-256, data) of each event; TCG PC Client Platform Firmware Profile, the
    crypto-agile log: a header of the old format, then TCG_PCR_EVENT2."""
    size = struct.unpack_from("<I", log, 28)[0]
    header = log[32:32 + size]
    kinds = struct.unpack_from("<I", header, 24)[0]
    sizes = dict(struct.unpack_from("<HH", header, 28 + 4 * i) for i in range(kinds))
    at = 32 + size
    while at + 12 <= len(log):
        pcr, kind, count = struct.unpack_from("<III", log, at)
        at += 12
        digest = None
        for _ in range(count):
            algorithm = struct.unpack_from("<H", log, at)[0]
            at += 2
            if algorithm == SHA256:
                digest = log[at:at + sizes[algorithm]]
            at += sizes[algorithm]
        size = struct.unpack_from("<I", log, at)[0]
        yield pcr, kind, digest, log[at + 4:at + 4 + size]
        at += 4 + size


def replay(log):
    value = bytes(32)
    for pcr, kind, digest, _ in events(log):
        if pcr == PCR and kind != EV_NO_ACTION:
            value = hashlib.sha256(value + digest).digest()
    return value.hex()


def ours(log):
    return [(data.rstrip(b"\0").decode(), digest) for pcr, _, digest, data in events(log)
            if pcr == PCR and data.startswith(b"ovfboot: ")]


def members(bench, ova):
    folder = bench.path("members")
    os.makedirs(folder, exist_ok=True)
    run("tar", "-xf", ova, "-C", folder)
    return {name: open(os.path.join(folder, name), "rb").read() for name in os.listdir(folder)}


def wanted(files, environment):
    """The events, from the package's files and what the guest was told."""
    def event(text, data):
        return text, hashlib.sha256(hashlib.sha256(data).digest()).digest()

    manifest = next(name for name in files if name.endswith(".mf"))
    descriptor = next(name for name in files if name.endswith(".ovf"))
    disk = next(name for name in files if name.endswith(".vmdk"))
    return [event("ovfboot: manifest", files[manifest]),
            event(f"ovfboot: descriptor {descriptor}", files[descriptor]),
            event(f"ovfboot: disk {disk}", files[disk]),
            event("ovfboot: environment", environment.encode())]


def measured_boot(bench, ova):
    disk = bench.filled("disk.img", 512 * MIB)
    booted = bench.boots("--ova", ova, "--disk", disk, "--tpm", "--set", "measure=required")
    booted.says("^Measured .*PCR 9")
    log = base64.b64decode("".join(words[0] for words in booted.facts("tpm-log")))
    same(booted.facts("pcr"), [["9", "sha256", replay(log)]], "the PCR the guest reads")
    environment = told(volume_of(bench, disk), "ovf-env.xml")
    same(ours(log), wanted(members(bench, ova), environment), "ovfboot's events")
    return booted.facts("pcr")[0][2]


def test_log_replays_to_the_pcr_and_one_byte_of_the_manifest_changes_it(bench):
    need("swtpm")
    first = measured_boot(bench, SAMPLE)
    files = members(bench, SAMPLE)
    other = bench.path("other.ova")
    manifest = next(name for name in files if name.endswith(".mf"))
    with open(os.path.join(bench.path("members"), manifest), "ab") as out:
        out.write(b"\n")  # a blank line: it proves the same
    order = subprocess.run(["tar", "-tf", SAMPLE], check=True, capture_output=True,
                           text=True).stdout.split()
    run("tar", "--format=ustar", "-cf", other, "-C", bench.path("members"), *order)
    check(measured_boot(bench, other) != first, "the PCR is the same for another manifest")


def test_required_without_a_tpm_is_refused(bench):
    disk = bench.used("disk.img")
    booted = bench.refuses("measure = required, but this machine has no TPM", "--ova", SAMPLE,
                           "--target", "nvme", "--disk", disk, "--set", "measure=required")
    booted.says_not("^Target")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
