#!/usr/bin/env python3
"""The sample appliance with its disk in other forms boots from a FAT stick and from a web server.

Some forms are booted one way; OVFBOOT_LONG=1 boots each both ways.
"""

import os
import sys

from lib import SAMPLE, run_tests, runs_from
import forms
from netlab import SERVER4
from network_lib import LAN, NetBench

GIB = 1 << 30
LONG = os.environ.get("OVFBOOT_LONG")
SHORT = {"vhdx from a stick", "qcow2 from the network", "gzip from the network", "chunks from a stick"}


def is_up(booted):
    booted.says("^Descriptor .*matches the manifest", "^Proved .*matches the manifest", "^ovfboot-guest: ready")
    runs_from(booted, "nvme", "ovfboot-disk0", GIB)


def from_a_stick(bench, form):
    ova = forms.sample(SAMPLE, bench.folder, form)
    is_up(bench.boots("--ova", ova, "--disk-size", "1G"))


def from_the_network(bench, form):
    ova = forms.sample(SAMPLE, bench.folder, form)
    with bench.network(LAN, six=False) as lab:
        lab.serve("form.ova", ova)
        is_up(bench.boots("--media", "none", "--nic", lab.nic(), "--disk-size", "1G",
                          "--set", f"source=http://{SERVER4}/form.ova"))


def every_test():
    for form in forms.SAMPLE:
        for way, boot in (("from a stick", from_a_stick), ("from the network", from_the_network)):
            name = f"{form} {way}"
            if LONG or name in SHORT:
                yield f"test_{name.replace(' ', '_')}", lambda bench, boot=boot, form=form: boot(bench, form)


if __name__ == "__main__":
    sys.exit(run_tests(dict(every_test()), NetBench))
