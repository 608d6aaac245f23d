#!/usr/bin/env python3
"""Firmware that offers no TCP but EFI_HTTP_PROTOCOL: OVMF with its TCP hidden (tests/firmware/hostile.c)."""

import sys

from lib import holds, run_tests, same
from network_lib import LAN, URL4, URL6, WEB, NetBench
from network_reports import receiver, reports, to

OWN_HTTP = "^Network    by the firmware's own HTTP, since it offers no TCP"


class NoTcp(NetBench):
    def more(self):
        return self.hostile("hide tcp4", "hide tcp6")

    def brings(self, lab, url, *settings):
        return self.fetches(lab, url, *settings, more=self.more())


def test_ipv4_and_a_report(bench):
    with bench.network(LAN, six=False) as lab, receiver() as server:
        bench.brings(lab, URL4, to(server)).says("^hostile: hide tcp4", OWN_HTTP)
        same({request["status"] for request in lab.requests("/small.ova")}, {"206"})
        same(reports(server)[-1]["outcome"], "done")


def test_ipv6(bench):
    with bench.network(LAN, four=False) as lab:
        bench.brings(lab, URL6).says(OWN_HTTP)


def test_a_server_without_ranges(bench):
    with bench.network(LAN, six=False, web=WEB.replace("sendfile on;", "max_ranges 0;")) as lab:
        bench.brings(lab, URL4).says(OWN_HTTP)


def test_a_file_that_is_not_there(bench):
    with bench.network(LAN, six=False) as lab:
        url = URL4.replace("small", "none")
        booted = bench.fails(lab, url, "none.ova", more=bench.more())
        holds(booted.failure(), url, "the server does not have it (404)")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), NoTcp))
