#!/usr/bin/env python3
"""Under enforced Secure Boot, with Debian's snakeoil keys in db: who starts, who does not, and that
nothing is erased for a guest that would not."""

import glob
import os
import re
import subprocess
import sys

from lib import BUILD, MIB, SAMPLE, Bench, check, is_unchanged, packages, run, same, sha256
from checks import Skip, need, only_long, read, run_tests

KEYS = "/usr/share/ovmf/PkKek-1-snakeoil."
LOADER = os.path.join(BUILD, "ovfboot.efi")
TOOL = os.path.join(BUILD, "ovfboot")


class SecureBench(Bench):
    def __init__(self, folder):
        super().__init__(folder)
        need("sbsign", "openssl", "mcopy")
        if not os.path.exists(KEYS + "key"):
            raise Skip(KEYS + "key is missing")
        self.key = self.path("snakeoil.key")
        run("openssl", "rsa", "-in", KEYS + "key", "-passin", "pass:snakeoil", "-out", self.key)

    def sign(self, image, out):
        run("sbsign", "--key", self.key, "--cert", KEYS + "pem", "--output", self.path(out), image)
        return self.path(out)

    def signed_sample(self):
        """The sample appliance with its loader and kernel signed by the snakeoil key."""
        run("tar", "-xf", SAMPLE, "-C", self.folder)
        raw = packages.raw_of(glob.glob(self.path("*.vmdk"))[0], self.path("signed.raw"))
        start = re.search(r"start= *(\d+),.*name=\"ESP\"", run("sfdisk", "--dump", raw)).group(1)
        esp = f"{raw}@@{int(start) * 512}"
        kernel = re.search(r"::/(\S+/linux)", run("mdir", "-/", "-b", "-i", esp, "::")).group(1)
        for name in ("EFI/BOOT/BOOTX64.EFI", kernel):
            run("mcopy", "-n", "-i", esp, "::" + name, self.path("program"))
            run("mcopy", "-o", "-i", esp, self.sign(self.path("program"), "program.signed"),
                "::" + name)
            os.remove(self.path("program"))
        return packages.package(self.path("signed.ova"), [packages.convert(raw)])

    def seal(self, *arguments):
        """A sealed and signed loader."""
        done = subprocess.run([TOOL, "seal", "--loader", LOADER, "--out", self.path("sealed.efi"),
                               *arguments], text=True, capture_output=True, check=False)
        same((done.returncode, done.stderr), (0, ""), "ovfboot seal")
        return self.sign(self.path("sealed.efi"), "sealed.signed.efi")


def test_signed_loader_boots_a_signed_guest(bench):
    booted = bench.boots("--secure-boot", "--efi", bench.sign(LOADER, "signed.efi"), "--ova",
                         bench.signed_sample(), "--disk-size", "1G")
    booted.says(r"^Allowed .*BOOTX64.EFI is signed by .*SnakeOil, which db trusts",
                "^ovfboot: starting .*BOOTX64.EFI", "^ovfboot-guest: firmware uefi secure-boot on",
                "^ovfboot-guest: ready")


def test_guest_that_is_not_signed_is_refused_before_writing(bench):
    disk = bench.used("disk.img")
    before = sha256(disk)
    ova = bench.small()[2]
    booted = bench.refuses("Secure Boot", "--secure-boot", "--efi",
                           bench.sign(LOADER, "signed.efi"), "--ova", ova, "--disk", disk)
    check(booted.failure().endswith(
        r"\EFI\BOOT\BOOTX64.EFI: Secure Boot on this machine does not allow it: it is not "
        "signed, and db does not list its digest"), booted.failure())
    is_unchanged(disk, before)


def test_loader_that_is_not_signed_does_not_start(bench):
    disk = bench.used("disk.img")
    before = sha256(disk)
    booted = bench.boots("--secure-boot", "--efi", LOADER, "--ova", bench.small()[2], "--disk",
                         disk, "--expect", "failed to load .*(Access Denied|Security Violation)")
    booted.says_not("^ovfboot ")
    is_unchanged(disk, before)


def test_loader_that_was_changed_after_signing_does_not_start(bench):
    only_long()
    trusted = bench.path("ca.pem")
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
        bench.path("ca.key"), "-out", trusted, "-subj", "/CN=vendor", "-days", "9")
    sealed = bytearray(read(bench.seal("--trust", trusted)))
    at = sealed.index(b"verify = signature\n")
    sealed[at:at + 19] = b"verify = none\n#####"
    with open(bench.path("changed.efi"), "wb") as file:
        file.write(sealed)
    booted = bench.boots("--secure-boot", "--efi", bench.path("changed.efi"), "--ova",
                         bench.small()[2], "--disk-size", f"{64 * MIB}", "--expect",
                         "failed to load .*(Access Denied|Security Violation)")
    booted.says_not("^ovfboot ")


def test_sealed_policy_is_not_weakened_by_settings_or_load_options(bench):
    trusted = bench.path("ca.pem")
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
        bench.path("ca.key"), "-out", trusted, "-subj", "/CN=vendor", "-days", "9")
    sealed = bench.seal("--trust", trusted)
    disk = bench.used("disk.img")
    before = sha256(disk)
    ova = bench.small()[2]
    sealed_in = "verify is sealed into this loader"
    for reason, *more in (("is not signed", ), (sealed_in, "--set", "verify=none"),
                          (sealed_in, "--load-options", "verify=none")):
        bench.refuses(reason, "--secure-boot", "--efi", sealed, "--ova", ova,
                      "--disk", disk, *more)
        is_unchanged(disk, before)


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), SecureBench))
