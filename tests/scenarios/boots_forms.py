#!/usr/bin/env python3
"""The sample appliance with its disk in other forms boots from a FAT stick and from a web server.

Each form is booted one way; OVFBOOT_LONG=1 boots each both ways.
"""

import os
import sys

from lib import SAMPLE, run_tests, runs_from
import forms
from netlab import SERVER4
from network_lib import LAN, NetBench

GIB = 1 << 30
LONG = os.environ.get("OVFBOOT_LONG")


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
    for number, form in enumerate(forms.SAMPLE):
        if LONG or number % 2 == 0:
            yield f"test_{form}_from_a_stick", lambda bench, form=form: from_a_stick(bench, form)
        if LONG or number % 2:
            yield f"test_{form}_from_the_network", lambda bench, form=form: from_the_network(bench, form)


if __name__ == "__main__":
    sys.exit(run_tests(dict(every_test()), NetBench))
