#!/usr/bin/env python3
"""What the loader says of the machine: its name, processors, memory and network ports."""

import sys

from lib import Bench, run_tests

NAME = r"QEMU Standard PC \(Q35"
VIRTIO, RTL8139 = ["--nic", "user,model=virtio"], ["--nic", "user,model=rtl8139"]


def tells(bench, wanted, *arguments):
    """No package is needed: the machine is looked at first."""
    bench.refuses("no package", "--media", "none", "--target", "ram", *arguments).says(wanted)


def test_machine_with_two_processors_and_one_card(bench):
    tells(bench, rf"^Machine    {NAME}.*: 2 processors, 1\.0 GB of memory, 1 network port$",
          "--smp", "2", "--memory", "1024", *VIRTIO)


def test_machine_with_three_processors_and_two_cards(bench):
    # OVMF has no driver for the second card.
    tells(bench, rf"^Machine    {NAME}.*: 3 processors, 1\.6 GB of memory, 2 network ports$",
          "--smp", "3", "--memory", "1536", *VIRTIO, *RTL8139)


def test_machine_without_a_card_is_called_as_its_smbios_says(bench):
    tells(bench, r"^Machine    Acme Rack 9000: 1 processor, 805 MB of memory, no network port$",
          "--smp", "1", "--memory", "768",
          "--qemu-arg=-smbios", "--qemu-arg=type=1,manufacturer=Acme,product=Rack 9000")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
