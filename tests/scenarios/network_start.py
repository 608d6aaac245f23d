#!/usr/bin/env python3
"""ovfboot is fetched by the firmware: UEFI HTTP Boot, PXE and iPXE, with the configurations of
docs/netboot.md."""

import os
import sys

from lib import BUILD, Bench, check, only_long, run_tests, same
from netlab import Lab
from network_lib import DOC, LAN, WEB, snponly

LOADER = "/ovfboot.efi"


def starts(bench, way, how, *arguments, files=(), expect="^ovfboot 0"):
    """The loader says its name, fetched in that way by a network that has only that version of IP."""
    with Lab(bench.folder, four=how.endswith("4"), six=how.endswith("6")) as lab:
        for name, data in files:
            lab.serve(name, data)
        lab.serve("ovfboot.efi", os.path.join(BUILD, "ovfboot.efi"))
        lab.dnsmasq(LAN, DOC[f"/etc/dnsmasq.d/ovfboot-{way}.conf"])
        lab.nginx(WEB)
        booted = bench.boots("--boot-from", how, "--nic", lab.nic(), "--target", "ram", "--linger",
                             "0", "--expect", expect, *arguments)
        by_http = [request["method"] for request in lab.requests(LOADER)]
        by_tftp = lab.said("dnsmasq.log").count(f"sent {lab.www}/")
    return booted, by_http, by_tftp


def test_http_boot_ipv4(bench):
    same(starts(bench, "http", "http4")[1:], (["HEAD", "GET"], 0))


def test_http_boot_ipv6(bench):
    only_long()
    same(starts(bench, "http", "http6")[1:], (["HEAD", "GET"], 0))


def test_pxe_ipv4(bench):
    _, by_http, by_tftp = starts(bench, "pxe", "pxe4")
    same(by_http, [])
    check(by_tftp, "nothing came by TFTP")


def test_pxe_ipv6(bench):
    only_long()
    _, by_http, by_tftp = starts(bench, "pxe", "pxe6")
    same(by_http, [])
    check(by_tftp, "nothing came by TFTP")


def test_ipxe_with_load_options(bench):
    script = DOC["/srv/ovfboot/boot.ipxe"].replace("unattended=yes", "unattended=perhaps")
    for how in ("pxe4", "pxe6"):
        _, by_http, _ = starts(bench, "ipxe", how, files=(snponly(), ("boot.ipxe", script.encode())),
                                    expect="^ovfboot: FAILED: load options: word 4: unattended")
        same(by_http, ["GET"])


def test_ipxe_brings_a_settings_file(bench):
    script = DOC["/srv/ovfboot/files.ipxe"].replace("files.ipxe", "boot.ipxe")
    starts(bench, "ipxe", "pxe4", files=(snponly(), ("boot.ipxe", script.encode()),
                                         ("ovfboot.conf", b"\nno-such-setting = 1\n")),
           expect="^ovfboot: FAILED: ovfboot.conf: line 2: there is no setting no-such-setting")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
