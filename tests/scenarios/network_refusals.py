#!/usr/bin/env python3
"""A network that does not give what is asked for: each has its own sentence, and every byte of the disk
is as it was."""

import contextlib
import os
import sys

from lib import check, has_no_table, holds, only_long, packages, run_tests, sha256
from netlab import SERVER4
from network_lib import LAN, URL4, NetBench, stick
from packages import changed, members_of, tar

ONCE = "retries=0"


def told(booted, *parts, advice="Check the network"):
    holds(booted.failure(), *parts)
    booted.says("^ovfboot: FAILED: ", "^" + advice)


def test_the_server_does_not_have_it(bench):
    with bench.network(LAN) as lab:
        url = f"http://{SERVER4}/none.ova"
        told(bench.fails(lab, url, "404"), url, "does not have it (404 Not Found)", advice="Check the name")


def test_nobody_listens(bench):
    with bench.network(LAN) as lab:
        url = f"http://{SERVER4}:81/small.ova"
        told(bench.fails(lab, url, "cannot connect", ONCE), url, SERVER4, "port 81", "(Connection re")


def test_nobody_has_that_address(bench):
    with bench.network(LAN) as lab:
        url = "http://192.0.2.99/small.ova"
        told(bench.fails(lab, url, "cannot connect", ONCE), url, "192.0.2.99")


def test_no_such_name(bench):
    only_long()
    with bench.network(LAN) as lab:
        url = "http://nothere.example.net/small.ova"
        told(bench.fails(lab, url, "cannot find the address of nothere.example.net", ONCE), url, "no host of that name",
             advice="Check the name")


def test_no_dhcp_server(bench):
    with bench.network() as lab:
        told(bench.fails(lab, URL4, "DHCP", ONCE), "port 52:54:00:12:34:56",
             "no DHCP server answered")


@contextlib.contextmanager
def no_cable(bench):
    """For QEMU: its monitor takes the cable out before the firmware starts."""
    pipe = bench.path("hand")
    for end in ("in", "out"):
        os.mkfifo(f"{pipe}.{end}")
    hand = os.open(pipe + ".in", os.O_RDWR)
    os.write(hand, b"set_link net0 off\n")
    yield [f"--qemu-arg={word}" for word in ("-chardev", f"pipe,id=hand,path={pipe}",
                                             "-mon", "chardev=hand,mode=readline")]
    os.close(hand)


def test_no_cable(bench):
    with bench.network(LAN) as lab, no_cable(bench) as out:
        booted = bench.fails(lab, URL4, "no link", ONCE, more=out)
        told(booted, "port 52:54:00:12:34:56 has no link")


def test_no_network_port(bench):
    disk = bench.used("used.img")
    before = sha256(disk)
    booted = bench.refuses("no network port", "--media", "none", "--set", f"source={URL4}", "--disk", disk)
    check(sha256(disk) == before, "the disk was changed")
    told(booted)


def test_a_port_that_is_not_there(bench):
    only_long()
    with bench.network(LAN) as lab:
        told(bench.fails(lab, URL4, "network-port", "network-port=52:54:00:00:00:99"),
             "network-port = 52:54:00:00:00:99", "52:54:00:12:34:56", advice="Correct")


def test_a_wrong_address(bench):
    only_long()
    with bench.network(LAN) as lab:
        told(bench.fails(lab, URL4, "network-address", "network-address=192.0.2.7"),
             "network-address = 192.0.2.7", advice="Correct")


def test_a_package_that_is_not_what_its_manifest_says(bench):
    """Its disk was begun, and does not boot."""
    bad = changed(members_of([bench.vmdk]), "small.vmdk",
                  lambda data: packages.flipped(data, len(data) - 9000))
    with bench.network(LAN) as lab:
        lab.serve("small.ova", tar(bench.path("bad.ova"), bad))
        disk = bench.filled("disk.img")
        bench.refuses("manifest|compressed|grain", *stick(lab, URL4, ()), "--disk", disk)
        has_no_table(disk)


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), NetBench))
