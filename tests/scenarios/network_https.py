#!/usr/bin/env python3
"""A package by https: from the server that is believed, and from nobody else."""

import shutil
import sys

from lib import SAMPLE, holds, run_tests, runs_from
from netlab import SERVER4, SERVER6
from network_lib import DOC, LAN, WEB, NetBench, stick
from tls_bench import CA, LEAF, Shop

WEB_TLS = WEB + DOC["/etc/nginx/conf.d/ovfboot-https.conf"]
NAMES = f"subjectAltName=DNS:boot.example.net,IP:{SERVER4},IP:{SERVER6}\n"
SHOP = Shop()
ROOT = SHOP.certificate("root", "p256", CA)
URL = "https://boot.example.net/small.ova"


def beside(*anchors):
    """They lie in \\EFI\\ovfboot\\https."""
    words = []
    for number, anchor in enumerate(anchors):
        words += ["--put", f"EFI/ovfboot/https/{number}.pem={anchor}"]
    return words


def certified(bench, names=NAMES, kind="p256", **more):
    """The server has a certificate of ROOT for those names."""
    more.setdefault("issuer", ROOT)
    certificate, key = SHOP.certificate("server", kind, LEAF + names, **more)
    shutil.copyfile(certificate, bench.path("server.pem"))
    shutil.copyfile(key, bench.path("server.key"))


def test_by_name_and_by_address(bench):
    certified(bench)
    with bench.network(LAN, web=WEB_TLS) as lab:
        for url, version in ((URL, "TLSv1.3"), (f"https://{SERVER4}/small.ova", "")):
            booted = bench.fetches(lab, url, more=beside(ROOT[0]))
            booted.says(f"^Package    {url}, ", "^Proved ")


def test_rsa_and_tls_1_2(bench):
    certified(bench, kind="rsa2048")
    with bench.network(LAN, web=WEB_TLS.replace(" TLSv1.3", "")) as lab:
        bench.fetches(lab, URL, more=beside(ROOT[0]))


def test_guest_on_a_disk(bench):
    certified(bench)
    with bench.network(LAN, web=WEB_TLS) as lab:
        lab.serve("sample.ova", SAMPLE)
        url = "https://boot.example.net/sample.ova"
        booted = bench.boots(*stick(lab, url, ()), *beside(ROOT[0]), "--disk-size", "1G")
        runs_from(booted, "nvme", "ovfboot-disk0", 1 << 30)


def refused(bench, *words, anchors=(ROOT[0],), more=(), advice="^Check the address, the clock"):
    with bench.network(LAN, web=WEB_TLS) as lab:
        booted = bench.fails(lab, URL, "^ovfboot: FAILED: https://", "retries=0", more=(*beside(*anchors), *more))
        holds(booted.failure(), URL + ": ", *words)
        booted.says(advice)
        return booted


def test_an_authority_that_is_not_believed(bench):
    certified(bench, issuer=SHOP.certificate("other", "p256", CA))
    refused(bench, "is not among the anchors")


def test_without_anchors_nobody_is_believed(bench):
    certified(bench)
    refused(bench, "anchors", anchors=())


def test_a_certificate_for_another_host(bench):
    certified(bench, names="subjectAltName=DNS:other.example.net\n")
    refused(bench, "is not for boot.example.net, but for other.example.net")


def test_a_certificate_that_expired(bench):
    certified(bench, end="20210101000000Z")
    refused(bench, "expired on 2021-01-01")


NO_RDRAND = ("--cpu", "max,rdrand=off,rdseed=off")
VIRTIO_RNG = ("--qemu-arg=-device", "--qemu-arg=virtio-rng-pci")  # OVMF makes EFI_RNG_PROTOCOL of it


def test_random_numbers_of_the_firmware_alone(bench):
    certified(bench)
    with bench.network(LAN, web=WEB_TLS) as lab:
        bench.fetches(lab, URL, more=(*beside(ROOT[0]), *NO_RDRAND, *VIRTIO_RNG))


def test_without_random_numbers(bench):
    certified(bench)
    refused(bench, "there are no random numbers, so https is refused: ",
            "EFI_RNG_PROTOCOL is missing, RDRAND is missing; a signed package may come by http",
            more=NO_RDRAND, advice="^Check the network")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), NetBench))
