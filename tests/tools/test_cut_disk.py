#!/usr/bin/env python3
"""The disk whose power goes (tests/cut_disk.py), by qemu-io: what is flushed stays, the rest may go.  And what judges
two tables."""

import os
import random
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import packages  # noqa: E402
from checks import MIB, check, need, read, run, run_tests, same, write  # noqa: E402
from cut_disk import LOSSES, CutDisk, Moment, survivors  # noqa: E402
from disks import gpt_at, has_no_two_tables  # noqa: E402

SIZE = MIB


def tried(folder, commands, **more):
    """(the disk after those commands of qemu-io, what is left on it)"""
    need("qemu-io")
    disk = CutDisk(os.path.join(folder, "nbd"), b"\x11" * SIZE, **more)
    disk.start()
    words = [word for command in commands for word in ("-c", command)]
    with subprocess.Popen(["qemu-io", "-f", "raw", "-t", "writeback", *words, f"nbd+unix:///?socket={disk.path}"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        while process.poll() is None and not disk.is_cut.wait(0.05):
            pass
        if disk.is_cut.is_set():
            process.kill()
        said, _ = process.communicate()
    disk.close()
    check(disk.is_cut.is_set() or (process.returncode == 0 and "error" not in said), said)
    return disk, disk.survived()


def test_what_is_flushed_stays_and_the_rest_is_lost(folder):
    disk, left = tried(folder, ("write -P 2 0 4k", "flush", "read -P 2 0 4k", "write -P 3 8k 4k", "write -z 16k 4k"),
                       moment=Moment(1, 1))
    same(disk.log, ["wf", "rwz"])
    same(left, b"\2" * 4096 + b"\x11" * (SIZE - 4096), "after the cut")


def test_what_is_forced_stays(folder):
    _, left = tried(folder, ("write -P 2 0 4k", "write -f -P 3 8k 4k", "write -P 4 16k 4k"), moment=Moment(0, 2))
    same((left[0], left[8192], left[16384]), (0x11, 3, 0x11))


def test_nothing_is_done_after_the_cut(folder):
    disk, left = tried(folder, ("write -P 2 0 4k", "write -P 3 0 4k", "flush"), moment=Moment(0, 0), loss="none")
    same(disk.log, ["w"])
    same(left[:4096], b"\2" * 4096)


def test_a_flush_that_is_cut_may_have_done_nothing(folder):
    disk, left = tried(folder, ("write -P 2 0 4k", "flush"), moment=Moment(0, 1))
    same((disk.log, left), (["wf"], b"\x11" * SIZE))


def test_behind_the_last_flush_reads_count(folder):
    disk, left = tried(folder, ("write -P 2 0 4k", "flush", "read 0 4k", "read 8k 4k"), moment=Moment(1, 1), last=1)
    same((disk.log, left[0]), (["wf", "rr"], 2))


def test_losses_are_what_they_are_called(_):
    writes = [(512 * n, bytes([n + 1]) * 2048) for n in range(0, 40, 4)]
    kinds = {loss: [survivors(random.Random(seed), loss, writes) for seed in range(50)] for loss in LOSSES}
    same((kinds["all"][0], kinds["none"][0]), ([], writes))
    for loss in ("newest only", "oldest only", "requests", "sectors"):
        check(len({str(kept) for kept in kinds[loss]}) > 5, f"{loss}: the same every time")
    for kept in kinds["newest only"]:
        same(kept, writes[len(writes) - len(kept):])
    for kept in kinds["oldest only"]:
        same(kept, writes[:len(kept)])
    torn = [kept for kept in kinds["sectors"] if 0 < len([at for at, _ in kept if at < 2048]) < 4]
    check(torn and all(len(data) == 512 for kept in torn for _, data in kept), "no request is torn")


def test_two_tables_that_differ_are_seen(folder):
    one, other = (packages.guest_disk(os.path.join(folder, str(seed)), loader=False, seed=seed) for seed in (1, 2))
    last = os.path.getsize(one) // 512 - 1
    same(gpt_at(one, 1), gpt_at(one, last))
    has_no_two_tables(one)
    run("sgdisk", "-v", one)
    stale = bytearray(read(one))
    stale[-33 * 512:] = read(other)[-33 * 512:]
    write(one, stale)
    check(gpt_at(one, 1) and gpt_at(one, last), "both must be valid")
    try:
        has_no_two_tables(one)
    except AssertionError:
        return
    raise AssertionError("a backup table of another disk was not seen")


if __name__ == "__main__":
    sys.exit(run_tests(globals()))
