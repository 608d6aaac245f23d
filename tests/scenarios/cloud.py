#!/usr/bin/env python3
"""A Debian with the stock cloud-init takes its hostname, users, keys and user data from what the OVF
properties gave: cloud-init itself says so, on NVMe and on a RAM disk.  And efibootmgr in it shows one
boot entry, however often it was deployed."""

import base64
import json
import os
import re
import sys

from lib import BUILD, MIB, Bench, check, run, run_tests, runs_from, same

CLOUD = os.path.join(BUILD, "cloud.ova")
DISK = 512 * MIB
MAC = "52:54:00:12:34:56"  # QEMU's for the first card
ADMIN = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAdminsKeyThatOpensNothing admin@example.org"
CAROL = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICarolsKeyThatOpensNothing carol@example.org"
PASSWORD = 'p: "w\\1 #'
USER_DATA = f"""#cloud-config
users:
- default
- name: carol
  shell: /bin/sh
  ssh_authorized_keys: [{CAROL}]
write_files:
- path: /var/lib/marks/written
  content: "{{word}} by write_files"
runcmd:
- [sh, -c, "echo {{word}} by runcmd > /var/lib/marks/ran"]
"""
NETWORK = f"""network:
  version: 2
  ethernets:
    any:
      match: {{macaddress: "{MAC}"}}
      addresses: [192.0.2.7/24]
"""


def base64_of(text):
    return base64.b64encode(text.encode()).decode()


def starts_with_cloud_init(bench, hostname, word, *arguments, **more):
    """The guest, deployed with these properties; cloud-init is done in it and has no errors."""
    properties = {"hostname": hostname, "public-keys": ADMIN, "password": PASSWORD,
                  "user-data": base64_of(USER_DATA.replace("{word}", word)), **more}
    booted = bench.boots("--ova", CLOUD, "--set", "unattended=yes", "--timeout", 1200, *arguments,
                         *(word for key, value in properties.items()
                           for word in ("--set", f"property.{key}={value}")))
    booted.says("^Tells      the guest its properties", "^ovfboot: starting", "^ovfboot-guest: ready")
    booted.says_not("ovfboot-guest: cloud error")
    same(cloud(booted, "status")[:1], ["status: done"], "cloud-init status")
    return booted


def cloud(booted, *kind):
    """The rest of the guest's lines about one kind of thing that cloud-init did."""
    return [" ".join(words[len(kind):]) for words in booted.facts("cloud")
            if words[:len(kind)] == list(kind)]


def is_set_up(booted, hostname, word, partition):
    """cloud-init read the partition, and made of it what the properties say."""
    same(cloud(booted, "id"), ["nocloud"], "datasource")
    same(cloud(booted, "platform"), [f"config-disk ({partition})"], "from where")
    same(cloud(booted, "local-hostname"), [hostname])
    same(cloud(booted, "hostname"), [hostname], "hostname of the kernel")
    same(cloud(booted, "user"), ["carol shell /bin/sh", "debian shell /bin/bash"])
    same(cloud(booted, "key", "carol"), [CAROL], "carol's key, of user-data")
    same(cloud(booted, "key", "debian"), [ADMIN], "the default user's, of public-keys")
    same(cloud(booted, "mark"), [f"ran: {word} by runcmd", f"written: {word} by write_files"])
    (known,) = cloud(booted, "password", "debian")
    same(run("perl", "-e", "print crypt($ARGV[0], $ARGV[1])", PASSWORD, known), known, "password")


def has_one_entry(booted, disk):
    """efibootmgr sees one entry of ours, in the boot order, for the first partition of that disk."""
    lines = [" ".join(words) for words in booted.facts("boot")]
    (entry,) = [line for line in lines if "(ovfboot)" in line]
    esp = json.loads(run("sfdisk", "--json", disk))["partitiontable"]["partitions"][0]
    found = re.fullmatch(r"Boot([0-9A-F]{4})\* ovfboot cloud appliance \(ovfboot\) HD\(1,GPT,"
                         rf"{esp['uuid'].lower()},{esp['start']:#x},{esp['size']:#x}\)"
                         r"/File\(\\EFI\\BOOT\\BOOTX64\.EFI\)", entry)
    check(found, entry)
    (order,) = [line for line in lines if line.startswith("BootOrder: ")]
    check(found.group(1) in order, order)


def test_cloud_init_does_what_the_properties_say_on_nvme(bench):
    disk = bench.filled("disk.img", DISK)
    again = ("--disk", disk, "--vars", bench.path("vars.fd"), "--boot-order", "firmware",
             "--load-options", "boot-entry=add redeploy=always")
    for _ in range(2):
        bench.deploys("--ova", CLOUD, *again, "--set", "unattended=yes")
    booted = starts_with_cloud_init(
        bench, "box7", "seven", *again, "--nic", "user,model=virtio",
        **{"instance-id": "i-0042", "network-config": base64_of(NETWORK)})
    is_set_up(booted, "box7", "seven", "/dev/nvme0n1p3")
    same(cloud(booted, "instance-id"), ["i-0042"])
    network = cloud(booted, "network")
    for line in ("Address=192.0.2.7/24", f"MACAddress={MAC}", "DHCP=no"):
        check(any(found.endswith(": " + line) for found in network), f"{line} not in {network}")
    runs_from(booted, "nvme", "ovfboot-disk0", DISK)
    has_one_entry(booted, disk)


def test_cloud_init_does_what_the_properties_say_on_a_ram_disk(bench):
    booted = starts_with_cloud_init(bench, "box8", "eight", "--target", "ram", **{"instance-id": ""})
    root = booted.facts("root")[0][0]
    same(root, "/dev/pmem0p2", "root")
    is_set_up(booted, "box8", "eight", "/dev/pmem0p3")
    (instance,) = cloud(booted, "instance-id")
    check(instance.startswith("ovfboot-"), instance)
    same(cloud(booted, "network"), [], "nothing was said of networks")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
