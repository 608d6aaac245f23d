#!/usr/bin/env python3
"""A package from a web server, by every kind of address that a machine can have, whole to the last byte."""

import os
import sys

from lib import SAMPLE, TOP, check, only_long, read, run, run_tests, runs_from, same
from fault_server import FaultServer, cut, times
from netlab import SERVER4, SERVER6, Lab
from network_lib import LAN, OWN4, OWN6, URL4, URL6, WEB, NetBench, is_from, stick

SLAAC = "interface=lan0\nenable-ra\ndhcp-range=2001:db8::,ra-stateless\n" \
        f"host-record=boot.example.net,{SERVER6}\n"
BY_ITSELF6 = "2001:db8::5054:ff:fe12:3456"  # SLAAC with the card's EUI-64 (RFC 4291)
NAMED = "http://boot.example.net/small.ova"


def test_dhcp(bench):
    with bench.network(LAN, six=False) as lab:
        booted = bench.fetches(lab, URL4)
        booted.says(r"^Network    192\.0\.2\.1\d\d/24 by DHCP, on port 52:54:00:12:34:56",
                    r"^ +gateway 192\.0\.2\.1", r"^ +DNS 192\.0\.2\.1", f"^Package    {URL4}, ")
        check("DHCPACK(lan0)" in lab.said("dnsmasq.log"), "no lease")


def test_static_address(bench):
    """On a port by its path."""
    with bench.network(six=False) as lab:
        bench.fetches(lab, URL4, "network-port=Pci(0x14,0x0)/MAC", *OWN4).says("^Network    192.0.2.7/24 as set")
        is_from(lab, "192.0.2.7")


def test_ipv6_dhcp(bench):
    """EDK2 crashes when its policy is changed, and soon changed back, before there is a link-local address."""
    with bench.network(LAN, four=False) as lab:
        booted = bench.fetches(lab, URL6, more=bench.hostile("ip6 watched"))
        booted.says("^hostile: the policy of IPv6 is changed when its link-local address is there")
        booted.says_not("is changed before")
        check("DHCPREPLY(lan0)" in lab.said("dnsmasq.log"), "no lease")


def test_ipv6_by_itself_and_a_name(bench):
    with bench.network(SLAAC, four=False) as lab:
        bench.fetches(lab, URL6)
        is_from(lab, BY_ITSELF6)
        bench.fetches(lab, NAMED)


def test_ipv6_static_address(bench):
    only_long()
    with bench.network(four=False) as lab:
        bench.fetches(lab, URL6, *OWN6).says("^Network    2001:db8::7 as set")
        is_from(lab, "2001:db8::7")


def test_names(bench):
    """The server has both addresses; whichever the machine can reach is the right one."""
    for four, six, own in ((True, True, ()), (True, False, OWN4), (False, True, OWN6)):
        with bench.network(LAN, four=four, six=six) as lab:
            bench.fetches(lab, NAMED, *own)
            check("query[A" in lab.said("dnsmasq.log"), "nobody asked for the name")


def test_port_by_its_address(bench):
    """The first port has a cable, too, but leads nowhere."""
    only_long()
    with bench.network(LAN) as lab:
        run("ip", "tuntap", "add", "tap1", "mode", "tap")
        run("ip", "link", "set", "tap1", "up")
        other = lab.nic("tap1", "52:54:00:00:00:01")
        arguments = stick(lab, URL4, ("network-port=52:54:00:12:34:56",))
        at = arguments.index("--nic")
        booted = bench.deploys(*arguments[:at], "--nic", other, *arguments[at:])
        booted.says("^Machine .* 2 network ports", "^Network .* on port 52:54:00:12:34:56")


def test_vlan(bench):
    """The switch port takes frames with the tag of one VLAN, and no others."""
    with bench.network(LAN, six=False) as lab:
        lab.add_card("tap1")
        lab.start(sys.executable, os.path.join(TOP, "tests", "tagger.py"), "tap1", "5", "7001", "7002")
        card = ("--nic", "socket,udp=127.0.0.1:7001,localaddr=127.0.0.1:7002,model=virtio,"
                         "mac=52:54:00:00:00:05,romfile=")
        bench.fetches(lab, URL4, "network-vlan=5", "network-port=52-54-00-00-00-05", more=card).says(
            "^Network    192.0.2.1[0-9][0-9]/24 by DHCP, on port 52:54:00:00:00:05", "^ +VLAN 5")


def test_another_card(bench):
    """Through iPXE's driver in the card's ROM: OVMF has none of its own for it."""
    only_long()
    with bench.network(LAN, six=False) as lab:
        nic = lab.nic().replace("model=virtio", "model=e1000e").replace(",romfile=", "")
        bench.deploys("--media", "none", "--nic", nic, "--set", f"source={URL4}")


def test_loose_files(bench):
    only_long()
    with bench.network(LAN) as lab:
        booted = bench.fetches(lab, f"http://{SERVER4}/loose/small.ovf")
        booted.says("^Package    http://192.0.2.1/loose/small.ovf", "^Proved     small.vmdk: matches")


def test_server_without_ranges(bench):
    with bench.network(LAN, web=WEB.replace("sendfile on;", "max_ranges 0;")) as lab:
        bench.fetches(lab, URL4)
        same({request["status"] for request in lab.requests("/small.ova")}, {"200"})


def test_connections_that_break(bench):
    with bench.network(LAN), FaultServer({"/small.ova": read(bench.ova)}, host=SERVER4) as server:
        server.fault = times(3, cut(1_000_000))
        with_lab = server.url("/small.ova")
        bench.fetches(Lab, with_lab)
        check(any(request.one("If-Range") for request in server.requests), "nothing was resumed")


def test_guest_in_memory(bench):
    with bench.network(LAN) as lab:
        lab.serve("sample.ova", SAMPLE)
        booted = bench.boots(*stick(lab, f"http://{SERVER4}/sample.ova", ("environment=none",)),
                             "--target", "ram")
        same(booted.facts("root")[0][0].startswith("/dev/pmem0"), True, "root")


def test_guest_on_a_disk(bench):
    with bench.network(LAN, four=False) as lab:
        lab.serve("sample.ova", SAMPLE)
        booted = bench.boots(*stick(lab, f"http://[{SERVER6}]/sample.ova", ()), "--target", "nvme",
                             "--disk-size", "1G")
        runs_from(booted, "nvme", "ovfboot-disk0", 1 << 30)


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), NetBench))
