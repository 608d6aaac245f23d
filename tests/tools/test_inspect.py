#!/usr/bin/env python3
"""ovfboot inspect: what it says of the corpus is checked against its schema and against xmllint;
plans for described machines say yes and no for the right reason."""

import glob
import json
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import appliances  # noqa: E402
import packages  # noqa: E402
from appliances import EULA, OPTIONS, PRODUCT, appliance, collection, quantity, system  # noqa: E402
from checks import SHARED, TOP, Skip, check, holds, need, run, run_tests, same, write  # noqa: E402
from cli import QUICK, Bench  # noqa: E402
from schema import validate  # noqa: E402

SCHEMA = os.path.join(TOP, "docs", "inspect.schema.json")
MEMORY = quantity(2, 4, "Memory", 2048, "byte * 2^20")
LEAST = quantity(2, 4, "Memory", 1024, "byte * 2^20", ' ovf:bound="min"')
CPUS = quantity(3, 3, "CPUs", 4) + quantity(3, 3, "CPUs", 2, attributes=' ovf:bound="min"')


def box(bench, name="box", items=MEMORY + LEAST + CPUS):
    """An appliance with options, properties, a licence, a boot disk and a blank one whose size is a
    property."""
    blank = appliances.disk("data", capacity="${size}", units="byte * 2^20")
    size = ('<ProductSection ovf:class="store"><Info/><Property ovf:key="size" ovf:type="uint32" '
            'ovf:value="10" ovf:userConfigurable="true"/></ProductSection>')
    content = system(name, [("boot", 0), ("data", 1)],
                     PRODUCT + size + EULA.format(text="Be nice."), items)
    return appliance(bench.path(name + ".ova"), {"boot": bench.vmdk}, content, OPTIONS, blank)


def inspected(bench, *arguments):
    return json.loads(bench.does("inspect", "--json", *arguments))


def corpus(folder):
    paths = sorted(glob.glob(os.path.join(SHARED, "corpus", folder, "*.ovf")))
    if not paths:
        raise Skip("the corpus is not there: set OVFBOOT_SHARED")
    return paths


def counted(path):
    """What xmllint counts, or None when it cannot read the file."""
    queries = {"files": "/*/*[local-name()='References']/*[local-name()='File']",
               "disks": "//*[local-name()='DiskSection' or contains(@*[local-name()='type'],"
                        "'DiskSection_Type')]/*[local-name()='Disk' or local-name()='SharedDisk']"
                        " | //*[local-name()='SharedDiskSection']/*[local-name()='SharedDisk']",
               "options": "//*[local-name()='DeploymentOptionSection' or contains(@*[local-name()='type'],"
                          "'DeploymentOptionSection_Type')]/*[local-name()='Configuration']"}
    expression = "concat(" + ",' ',".join(f"count({q})" for q in queries.values()) + ")"
    done = subprocess.run(["xmllint", "--nonet", "--huge", "--xpath", expression, path],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    words = done.stdout.split()
    return dict(zip(queries, map(int, words))) if len(words) == len(queries) else None


def test_corpus_is_told_by_the_schema_and_as_xmllint_counts_it(bench):
    need("xmllint")
    documents, compared = [], 0
    for path in corpus("descriptors") + corpus("hostile/ovf"):
        code, out, err = bench.ovfboot("inspect", path, "--json", tool=QUICK)
        if code:
            check(code == 1 and "FAILED" in err, f"{path}: {err}")
            continue
        documents.append((os.path.basename(path), out))
        told, counts = json.loads(out), counted(path)
        if not counts:
            continue
        for what, count in counts.items():
            same(len(told[what]), count, f"{path}: {what}")
        compared += 1
    check(compared > 300, f"only {compared} were compared")
    validate(SCHEMA, documents)


def test_everything_is_told(bench):
    ova = box(bench)
    told = inspected(bench, ova)
    validate(SCHEMA, [("box", json.dumps(told))])
    same([option["id"] for option in told["options"]], ["small", "large"])
    (one,) = told["systems"]
    same((one["option"], one["licences"], one["title"]), ("small", 1, "Asking Box"))
    same(one["hardware"]["memory"], {"least": 1 << 30, "normal": 2 << 30}, "memory")
    same(one["hardware"]["processors"], {"least": 2, "normal": 4}, "processors")
    properties = {p["name"]: p for p in one["properties"]}
    same(list(properties), ["hostname", "port", "secret", "store.size"])
    same((properties["hostname"]["needs_value"], properties["hostname"]["rule"]),
         (True, "1 to 15 characters"))
    check("value" not in properties["secret"], "the password is told")
    boot, blank = one["disks"]
    same((boot["name"], boot["boot"], boot["loader"], boot["capacity"]),
         ("small.vmdk", True, "\\EFI\\BOOT\\BOOTX64.EFI", os.path.getsize(bench.raw)))
    same((blank["name"], blank["blank"], "capacity" in blank), ("data", True, False))
    text = bench.does("inspect", ova)
    holds(text, "Option     small (default): Small: For up to ten users", "Processors 4, at least 2",
          "Memory     2.1 GB, at least 1.0 GB", "Licence    1 agreement (EULA)",
          "Can set    hostname = (needs a value): Host name; 1 to 15 characters",
          "Can set    secret = (needs a value)",
          "Disk       data: blank, as large as the property size says")


def test_bare_descriptor_is_told_without_its_files(bench):
    path = write(bench.path("bare.ovf"), appliances.descriptor(
        {"boot": bench.vmdk}, system("box", [("boot", 0)], PRODUCT)))
    os.rename(bench.vmdk, bench.path("elsewhere"))
    (one,) = inspected(bench, path)["systems"]
    check("is not in the package" in one["disks"][0]["fault"] or
          "no such file" in one["disks"][0]["fault"].lower(), one["disks"][0])
    same(one["disks"][0]["capacity"], os.path.getsize(bench.raw), "capacity by the descriptor")
    holds(bench.does("inspect", path), "by the descriptor; not looked at: ")
    bench.refuses("inspect", path, "--plan")


def test_settings_are_shown_with_their_place(bench):
    conf = write(bench.path("o.conf"), b"option = large\nproperty.hostname = box1\n")
    told = inspected(bench, box(bench), "--conf", conf, "--set", "property.store.size=20")
    (one,) = told["systems"]
    origins = {p["name"]: (p["value"], p["origin"]) for p in one["properties"] if "value" in p}
    same(origins, {"hostname": ("box1", f"{conf} line 2"),
                   "port": ("8080", "the descriptor"), "store.size": ("20", "--set")})
    same(one["option"], "large")


def test_systems_of_a_collection_are_all_told_or_one(bench):
    vapp = appliance(bench.path("vapp.ova"), {"boot": bench.vmdk}, collection(
        "shop", system("web", [("boot", 0)]), collection("tier", system("db", [("boot", 0)]))))
    same([(s["id"], s["collection"]) for s in inspected(bench, vapp)["systems"]],
         [("web", "shop"), ("db", "tier")])
    same([s["id"] for s in inspected(bench, vapp, "--set", "system=shop/tier/db")["systems"]],
         ["db"])
    holds(bench.refuses("inspect", vapp, "--plan"), "describes 2 virtual systems (web, db)")
    holds(bench.refuses("inspect", vapp, "--set", "system=tier"), "is a collection")
    holds(bench.does("verify", vapp), "whole and proved")


def test_verify_reads_the_disks_of_every_system(bench):
    other = packages.convert(packages.guest_disk(bench.path("other.raw"), seed=5))
    content = collection("shop", system("web", [("boot", 0)]), system("db", [("other", 0)]))
    ova = appliance(bench.path("vapp.ova"), {"boot": bench.vmdk, "other": other}, content)
    told = json.loads(bench.does("verify", ova, "--json"))
    same([disk["file"] for disk in told["disks"]], ["small.vmdk", "other.vmdk"])
    told = json.loads(bench.does("verify", ova, "--json", "--set", "system=db"))
    same([disk["file"] for disk in told["disks"]], ["other.vmdk"])
    none = appliance(bench.path("none.ova"), {"boot": bench.vmdk}, collection("shop"))
    holds(bench.refuses("verify", none), "describes no virtual system")


MACHINE = b"""name = Test Machine
arch = x86_64
processors = 4
memory = 4 GiB
ports = 1
disk.1 = nvme 64 MB 512 FAST
disk.2 = sata 1 GB 4096 BIG
disk.3 = sata 10 MB 512 TINY
"""
ANSWERS = ("--set", "property.hostname=a", "--set", "property.secret=abcd")


def planned(bench, machine, *settings):
    """(plan, what the tool says when it fails)"""
    path = write(bench.path("machine"), machine)
    code, out, err = bench.ovfboot("inspect", box(bench, f"box{len(os.listdir(bench.folder))}"),
                                   "--json", "--plan", "--machine", path, *settings)
    validate(SCHEMA, [("plan", out)])
    plan = json.loads(out)["plan"]
    same(code, 0 if plan["does"] else 1, err)
    return plan, err


def test_machine_that_does(bench):
    plan, _ = planned(bench, MACHINE, *ANSWERS, "--set", "target=nvme",
                      "--set", "target.2=serial:TINY", "--set", "property.store.size=9")
    check(plan["does"] and all(n["met"] for n in plan["needs"]), plan)
    same(plan["machine"], {"name": "Test Machine", "arch": "x86_64", "processors": 4,
                           "memory": 4 << 30, "ports": 1})
    holds(plan["targets"][0], "NVMe", "FAST")
    holds(plan["targets"][1], "SATA", "TINY")


def test_plan_follows_the_rules_of_the_machine(bench):
    machine = (MACHINE.split(b"disk.1")[0] + b"disk.1 = nvme 1 TB 512 S1\ndisk.1.model = Acme SSD\n"
               b"disk.2 = nvme 2 TB 512 S2\ndisk.2.wwn = 0025385b71b0a1c3\ndisk.3 = sata 3 TB 512 S3\n")
    for rule, second, serials in (
            ("nvme, smallest", "size>=1TB, smallest", ("S1", "S2")),
            ("wwn:eui.0025385B71B0A1C3", "model:acme", ("S2", "S1")),
            ("largest", "largest", ("S3", "S2"))):
        plan, _ = planned(bench, machine, *ANSWERS, "--set", f"target={rule}", "--set",
                          f"target.2={second}")
        for target, serial in zip(plan["targets"], serials):
            holds(target, f"serial {serial},")
    plan, _ = planned(bench, machine, *ANSWERS, "--set", "target=smallest", "--set",
                      "target.2=smallest", "--set", "protect=serial:S1")
    holds(plan["targets"][0], "serial S2,")
    holds(planned(bench, machine, *ANSWERS, "--set", "target=serial:S1", "--set", "protect=nvme")[1],
          "is protected by protect = nvme (--set")
    holds(planned(bench, machine, *ANSWERS, "--set", "target=only")[1], "but 3: ")


def test_plan_shows_each_value_with_its_origin(bench):
    machine = write(bench.path("machine"), MACHINE + b"serial = SN 42\nmac = 52:54:00:12:34:56\n")
    both = [write(bench.path(name), text) for name, text in (
        ("ovfboot.conf", b"property.hostname = wrong\nproperty.secret = s3cret!\n"),
        ("SN_42.conf", b"\nproperty.hostname = ${serial}\nproperty.port = 99\n"))]
    code, out, err = bench.ovfboot("inspect", box(bench, "origins"), "--plan", "--machine", machine,
                                   "--conf", both[0], "--conf", both[1], "--set",
                                   "property.port=100")
    same(code, 0, err)
    check(re.search(rf"hostname = SN 42: .*; by {both[1]} line 2$", out, re.M), out)
    check(re.search(r"port = 100: .*; by --set$", out, re.M), out)
    check(re.search(rf"secret = \(not shown\): .*; by {both[0]} line 2$", out, re.M), out)
    check("s3cret" not in out, out)


def test_machines_that_do_not(bench):
    small = MACHINE.replace(b"memory = 4 GiB", b"memory = 512 MiB")
    plan, err = planned(bench, small, *ANSWERS)
    holds(err, "must have at least 1.0 GB of memory; there are 536 MB")
    plan, _ = planned(bench, small, *ANSWERS, "--set", "hardware=warn")
    check(plan["does"], plan)
    one = MACHINE.replace(b"processors = 4", b"processors = 1")
    holds(planned(bench, one, *ANSWERS)[1], "must have at least 2 processors; there is 1")
    two = MACHINE.replace(b"processors = 4", b"processors = 3")
    plan, _ = planned(bench, two, *ANSWERS)
    check(plan["does"] and [n for n in plan["needs"] if not n["met"]] ==
          [{"must": False, "met": False, "text": "4 processors; there are 3"}], plan)
    holds(planned(bench, MACHINE)[1], "property.hostname", "property.secret")
    holds(planned(bench, MACHINE, *ANSWERS, "--set", "target=serial:TINY")[1],
          "room for small.vmdk", "needs 25.1 MB")
    holds(planned(bench, MACHINE, *ANSWERS, "--set", "target=nvme", "--set", "target.2=nvme")[1],
          "room for data", "is where", "goes already")
    holds(planned(bench, MACHINE, *ANSWERS, "--set", "target=serial:BIG")[1],
          "made for sectors of 512 bytes", "partition 2 (data) holds something unknown")
    holds(planned(bench, MACHINE, *ANSWERS, "--set", "property.store.size=0")[1],
          "disk data: its capacity is the property store.size")


def test_blank_disk_gets_the_size_that_a_property_says(bench):
    ova, first, second = box(bench), bench.filled(32 << 20, "a.img"), bench.filled(16 << 20, "b.img")
    accepted = ("--set", "accept-eula=yes")
    holds(bench.refuses("deploy", ova, "--to", first, "--to", second, *ANSWERS), "accept-eula = yes")
    out = bench.does("deploy", ova, "--to", first, "--to", second, *ANSWERS, *accepted,
                     "--set", "property.store.size=11")
    holds(out, "Accepted   licence 1 of 1, SHA-256 ", "by --set")
    check("abcd" not in out, "the password is printed")
    with open(second, "rb") as disk:
        data = disk.read()
    same(data[:11 << 20].count(0), 11 << 20, "zeros")
    same(set(data[11 << 20:15 << 20]), {0xa5}, "behind the blank disk")


def test_wrong_usage_is_told(bench):
    for arguments, part in (
            (("--set", "hostname"), "--set hostname: it must be KEY=VALUE"),
            (("--set", "colour=red"), "there is no setting colour"),
            (("--set", "hardware=maybe"), "hardware = maybe: it must be one of enforce, warn"),
            (("--machine",), "--machine wants a value")):
        code, _, err = bench.ovfboot("inspect", bench.ova, *arguments)
        same(code, 2, err)
        holds(err, part)
    holds(bench.refuses("inspect", box(bench), "--set", "property.nosuch=1"),
          "the appliance has no such property; those to set: hostname, port, secret, store.size")
    bad = write(bench.path("bad.machine"), b"memory = lots\n")
    holds(bench.refuses("inspect", bench.ova, "--plan", "--machine", bad), "bad.machine", "line 1")


def test_plain_package_has_nothing_to_set(bench):
    (one,) = inspected(bench, packages.package(bench.path("plain.ova"), [bench.vmdk]))["systems"]
    same((one["properties"], one["licences"], one["notes"]), ([], 0, []))


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
