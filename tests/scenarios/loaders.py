#!/usr/bin/env python3
"""Where a guest's boot loader lies: below \\EFI\\debian as Debian installs it, or nowhere."""

import os
import subprocess
import sys

from lib import BUILD, TOP, Bench, Skip, holds, is_unchanged, run_tests, runs_from, sha256


def appliance(bench, loader):
    """An OVA of that kind, from the packages that were fetched for the sample."""
    if os.geteuid() != 0:
        raise Skip("qemu/appliance needs root")
    work, ova = bench.path("work"), bench.path(loader + ".ova")
    fetched = os.path.join(BUILD, "appliance")
    os.mkdir(work)
    for name in ("apt", "unpacked"):
        if os.path.isdir(os.path.join(fetched, name)):
            os.symlink(os.path.join(fetched, name), os.path.join(work, name))
    done = subprocess.run([os.path.join(TOP, "qemu", "appliance"), "--out", ova, "--work", work,
                           "--loader", loader], text=True, capture_output=True, check=False)
    if "cannot fetch" in done.stderr or "apt-get update failed" in done.stderr:
        raise Skip(done.stderr.splitlines()[0])
    assert done.returncode == 0, done.stderr
    return ova


def test_vendor_path_boots(bench):
    booted = bench.boots("--ova", appliance(bench, "debian"), "--disk-size", "1G")
    booted.says(r"^ovfboot: starting \\EFI\\debian\\shimx64.efi", "^ovfboot-guest: ready")
    runs_from(booted, "nvme", "ovfboot-disk0", 1 << 30)


def test_guest_without_loader_is_refused_before_writing(bench):
    disk = bench.used("disk.img")
    before = sha256(disk)
    booted = bench.refuses("boot loader", "--ova", appliance(bench, "none"), "--disk", disk)
    holds(booted.failure(), "none.ova", ".vmdk")
    is_unchanged(disk, before)


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
