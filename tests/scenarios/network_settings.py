#!/usr/bin/env python3
"""Machines without a stick of their own find their settings on a server: beside the loader that their
firmware fetched, or by a URL; with the files of docs/netboot.md."""

import os
import sys

from lib import BUILD, check, holds, only_long, run_tests, same, told, volume_of
from appliances import appliance, system
from netlab import MAC, SERVER4, SERVER6, Lab
from network_lib import DOC, LAN, URL4, WEB, NetBench, snponly, stick

PRODUCT = ('<ProductSection><Info/><Property ovf:key="hostname" ovf:type="string" ovf:value="none" '
           'ovf:userConfigurable="true"/></ProductSection>')
OWN = f"machines/{MAC.replace(':', '-')}.conf"
MORE = "on-success = poweroff\n"
DONE = "^Done .* is ready on"


class Fleet(NetBench):
    """The appliance asks for a host name."""

    def __init__(self, folder):
        super().__init__(folder)
        self.my = appliance(self.path("my.ova"), {"boot": self.vmdk}, system("box", [("boot", 0)], PRODUCT))

    def serve(self, lab, way):
        lab.serve("ovfboot.efi", os.path.join(BUILD, "ovfboot.efi"))
        lab.serve("my.ova", self.my)
        lab.dnsmasq(LAN, DOC[f"/etc/dnsmasq.d/ovfboot-{way}.conf"])
        lab.nginx(WEB)

    def provisions(self, lab, how, *arguments):
        """Fetched by the firmware in that way, ovfboot does the rest; the disk."""
        disk = self.filled("target.img")
        booted = self.boots("--boot-from", how, "--nic", lab.nic(), "--disk", disk, "--expect", DONE,
                            *arguments)
        booted.says_not("ovfboot: starting", "FAILED")
        return booted, disk

    def is_called(self, disk, name):
        holds(told(volume_of(self, disk), "ovf-env.xml"), f'oe:key="hostname" oe:value="{name}"')


def own(text=""):
    return (DOC["/srv/ovfboot/" + OWN] + text).encode()


def beside_the_loader(bench, way, how, source=""):
    with Lab(bench.folder, four=how.endswith("4"), six=how.endswith("6")) as lab:
        bench.serve(lab, way)
        lab.serve("ovfboot.conf", (DOC["/srv/ovfboot/ovfboot.conf"] + MORE).encode())
        lab.serve(OWN, own(source))
        booted, disk = bench.provisions(lab, how)
        booted.says("^Settings   .*ovfboot.conf", f"^ +.*{OWN}")
        bench.is_called(disk, "box1")
        return lab.requests()


def test_http_boot_ipv4(bench):
    only_long()
    requests = beside_the_loader(bench, "http", "http4")
    same([r["status"] for r in requests if r["path"] == "/" + OWN], ["200"])


def test_http_boot_ipv6_and_a_package_beside_it(bench):
    requests = beside_the_loader(bench, "http", "http6", "source = my.ova\n")
    check([r for r in requests if r["path"] == "/my.ova"], "where did it come from?")


def test_pxe_ipv4(bench):
    only_long()
    requests = beside_the_loader(bench, "pxe", "pxe4")
    same([r["path"] for r in requests if r["path"] != "/my.ova"], [])


def test_pxe_ipv6(bench):
    beside_the_loader(bench, "pxe", "pxe6", f"source = http://[{SERVER6}]/my.ova\n")


def by_ipxe(bench, lab, program, *changes):
    """The script's load options are all the settings; changes are (old, new) in it."""
    script = DOC["/srv/ovfboot/boot.ipxe"]
    for change in changes:
        script = script.replace(*change)
    bench.serve(lab, "ipxe")
    lab.serve("snponly.efi", program)
    lab.serve("boot.ipxe", script.encode())


def test_ipxe(bench):
    """The card is iPXE's when ovfboot comes to it."""
    with Lab(bench.folder) as lab:
        by_ipxe(bench, lab, snponly()[1],
                ("on-failure=poweroff", "on-success=poweroff property.hostname=box2"))
        booted, disk = bench.provisions(lab, "pxe4")
        booted.says("^Network +the card is taken from the program that started", "^Settings   load options")
        bench.is_called(disk, "box2")


def test_ipxe_with_a_driver_of_its_own(bench):
    """The card goes back to the driver in its ROM, and nobody goes back to iPXE without its card."""
    with Lab(bench.folder) as lab:
        by_ipxe(bench, lab, "/boot/ipxe.efi", ("my.ova", "none.ova"), ("poweroff", "exit"))
        nic = lab.nic().replace("virtio", "e1000").replace(",romfile=", "")
        booted = bench.boot("--boot-from", "pxe4", "--nic", nic, "--target", "ram", "--linger", "60",
                            "--refuse", "none.ova: the server does not have it")
        same(booted.code, 0, booted.said)
        booted.says("net0: .* using 82540em", "^Network +the card is taken",
                    "cannot go on without its network card: restart")


def test_no_settings_on_the_server(bench):
    with Lab(bench.folder) as lab:
        bench.serve(lab, "http")
        booted = bench.boot("--boot-from", "http4", "--nic", lab.nic(), "--refuse", "no package",
                            "--linger", "0")
        same(booted.code, 0, booted.said)
        same({r["status"] for r in lab.requests() if r["path"].endswith(".conf")}, {"404"})


def test_settings_by_url(bench):
    with bench.network(LAN) as lab:
        lab.serve("my.ova", bench.my)
        lab.serve(f"conf/{MAC.replace(':', '-')}.conf", f"source = http://{SERVER4}/my.ova\n".encode() + own())
        disk = bench.filled("target.img")
        arguments = stick(lab, URL4, (f"conf=http://{SERVER4}/conf/${{mac}}.conf",))
        at = arguments.index(f"source={URL4}")
        booted = bench.deploys(*arguments[:at - 1], *arguments[at + 1:], "--set", "environment=partition",
                               "--disk", disk)
        booted.says(rf"^ +http://{SERVER4}/conf/{MAC.replace(':', '-')}.conf")
        bench.is_called(disk, "box1")


def test_settings_that_are_not_there(bench):
    with bench.network(LAN) as lab:
        url = f"http://{SERVER4}/none.conf"
        holds(bench.fails(lab, URL4, "none.conf", f"conf={url}").failure(), url, "404")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Fleet))
