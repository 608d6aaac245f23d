#!/usr/bin/env python3
"""Where settings come from: a file for one machine, SMBIOS, fw_cfg, load options, in rising rank;
and facts of the machine in values."""

import json
import sys

from lib import Bench, check, holds, packages, run_tests, same, told, volume_of, write
from appliances import appliance, system

UUID = "4c4c4544-0036-3510-8052-b4c04f4a3132"
NAMES = ("hostname", "by-machine", "by-smbios", "by-fwcfg", "by-options")
PRODUCT = ("<ProductSection><Info/><Product>Places</Product>"
           + "".join(f'<Property ovf:key="{name}" ovf:type="string" ovf:value="default" '
                     'ovf:userConfigurable="true"/>' for name in NAMES) + "</ProductSection>")

# What each place says; each says something of all that stand behind it.
PLACES = {
    "conf": {name: f"conf-{name}" for name in NAMES} | {"hostname": "${product}-${serial}"},
    "machine": {"by-machine": "${mac} ${uuid}", "by-smbios": "wrong", "by-fwcfg": "wrong",
                "by-options": "wrong"},
    "smbios": {"by-smbios": "$${asset} ${asset}", "by-fwcfg": "wrong", "by-options": "wrong"},
    "fwcfg": {"by-fwcfg": "from fw_cfg", "by-options": "wrong"},
    "options": {"by-options": "last"}}
MAC = "52:54:00:12:34:56"
WANTED = {"hostname": "Rack 9000-SN-42", "by-machine": f"{MAC} {UUID}",
          "by-smbios": "${asset} IT-7", "by-fwcfg": "from fw_cfg", "by-options": "last"}
ORIGINS = {"hostname": "ovfboot.conf line 2", "by-machine": f"machines/{UUID}.conf line 1",
           "by-smbios": "SMBIOS string 1", "by-fwcfg": "fw_cfg line 2",
           "by-options": "load options word 2"}


def lines(place, front=""):
    return "".join(f"{front}property.{key}={value}\n" for key, value in PLACES[place].items())


def test_each_place_wins_over_those_before_it(bench):
    raw = packages.guest_disk(bench.path("places.raw"))
    ova = appliance(bench.path("places.ova"), {"boot": packages.convert(raw)},
                    system("box", [("boot", 0)], PRODUCT))
    conf = write(bench.path("one.conf"), ("# ours\n" + lines("conf")).encode())
    own = write(bench.path("own.conf"), lines("machine").encode())
    fw_cfg = write(bench.path("fw_cfg"), ("\n" + lines("fwcfg")).encode())
    smbios = [f"--smbios=ovfboot:{line}" for line in lines("smbios").splitlines()]
    disk = bench.filled("disk.img")
    booted = bench.deploys(
        "--ova", ova, "--disk", disk, "--conf", conf, "--nic", f"user,model=virtio,mac={MAC}",
        "--put", f"EFI/ovfboot/machines/{UUID}.conf={own}",
        "--put", f"EFI/ovfboot/machines/{MAC.replace(':', '-')}.conf={conf}", *smbios,
        "--qemu-arg=-smbios",
        f"--qemu-arg=type=1,product=Rack 9000,manufacturer=Acme,serial=SN-42,uuid={UUID}",
        "--qemu-arg=-smbios", "--qemu-arg=type=3,asset=IT-7",
        "--qemu-arg=-fw_cfg", f"--qemu-arg=name=opt/ovfboot/conf,file={fw_cfg}",
        "--load-options", "ovfboot.efi property.by-options=last",
        "--set", "environment=partition")
    booted.says("^Settings   ovfboot.conf$", rf"^ +machines/{UUID}.conf$", "^ +SMBIOS$",
                "^ +fw_cfg$", "^ +load options$")
    volume = volume_of(bench, disk)
    environment = told(volume, "ovf-env.xml")
    for name in NAMES:
        holds(environment, f'oe:key="{name}" oe:value="{WANTED[name]}"')
    record = json.loads(told(volume, "deployment.json"))
    same({p["name"]: p["origin"] for p in record["properties"]}, ORIGINS)


def test_a_fact_that_the_machine_does_not_tell_is_named(bench):
    bench.refuses("ovfboot.conf line [0-9]+: property.x: \\$\\{asset\\}: this machine does not",
                  "--media", "none", "--target", "ram", "--set", "property.x=${asset}")


def test_a_wrong_line_of_the_machines_file_is_told_with_its_name(bench):
    own = write(bench.path("own.conf"), b"\n\ntarget\n")
    booted = bench.refuses(f"machines/{MAC.replace(':', '-')}.conf: line 3", "--media", "none",
                           "--target", "ram", "--nic", f"user,model=virtio,mac={MAC}",
                           "--put", f"EFI/ovfboot/machines/{MAC.replace(':', '-')}.conf={own}")
    check("Correct" in booted.text, "advice")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
