#!/usr/bin/env python3
"""What shows only while the disk is read: refused with its own sentence, and nothing on the
target that could be booted, neither new nor old."""

import sys

from lib import MIB, Bench, check, has_no_table, holds, read, run_tests, sha256
from packages import changed, flipped, grain_at, members_of, tar


def refused_unbootable(bench, reason, ova):
    """Refused after writing began.  The data that arrived lies on the disk; its ends do not."""
    disk = bench.used("disk.img")
    booted = bench.refuses(reason, "--ova", ova, "--disk", disk)
    has_no_table(disk)
    booted.says_not("^Proved")
    return booted.failure(), disk


def test_flipped_byte_that_only_the_digest_sees(bench):
    _, vmdk, _ = bench.small()
    at = read(vmdk).index(b"CID=") + 5  # in the text that VMDKs carry for people and tools
    ova = tar(bench.path("bad.ova"), changed(members_of([vmdk]), "small.vmdk",
                                             lambda d: flipped(d, at)))
    failure, disk = refused_unbootable(bench, "SHA-256 is", ova)
    holds(failure, "bad.ova: small.vmdk", "line 2 of the manifest")
    # It was read to its end before the digest could tell, so the writing had begun.
    check(any(read(disk, 7 * MIB, MIB)), "nothing was written, so this proves little")


def test_flipped_byte_in_a_grain(bench):
    _, vmdk, _ = bench.small()
    at, size = grain_at(vmdk, 7 * 2048)
    ova = tar(bench.path("bad.ova"), changed(members_of([vmdk]), "small.vmdk",
                                             lambda d: flipped(d, at + size // 2)))
    failure, _ = refused_unbootable(bench, "grain for sector", ova)
    holds(failure, "bad.ova: small.vmdk", f"sector {7 * 2048}, at byte {at - 12}")


def test_disk_cut_inside_a_grain(bench):
    _, vmdk, _ = bench.small()
    at, size = grain_at(vmdk, 7 * 2048)
    ova = tar(bench.path("cut.ova"), changed(members_of([vmdk]), "small.vmdk",
                                             lambda d: d[:at + size // 2], signed=True))
    disk = bench.used("disk.img")
    before = sha256(disk)
    failure = bench.refuses("small.vmdk", "--ova", ova, "--disk", disk).failure()
    holds(failure, "cut.ova: small.vmdk", f"byte {at + size // 2}")
    # It may be seen beforehand, where the disk stays as it was, or on the way.
    if sha256(disk) != before:
        has_no_table(disk)


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
