#!/usr/bin/env python3
"""Images in the CD, DVD and floppy drives of an appliance: refused by name, or left out when somebody
says so."""

import glob
import json
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from appliances import appliance, file, system  # noqa: E402
from checks import SHARED, Skip, check, holds, run_tests, same  # noqa: E402
from cli import QUICK, Bench  # noqa: E402

OMIT = ("--set", "cd-images=omit")
# An ISO 9660 image as far as anybody looks at it, and one of the hybrid kind: with a boot sector.
ISO = bytes(32768) + b"\x01CD001\x01" + bytes(2041)
HYBRID = ISO[:510] + b"\x55\xaa" + ISO[512:]


def drive(medium, kind=15, name="CD/DVD drive 1", attributes=""):
    resource = f"<rasd:HostResource>{medium}</rasd:HostResource>" if medium else ""
    return (f"<Item{attributes}><rasd:ElementName>{name}</rasd:ElementName>{resource}"
            f"<rasd:InstanceID>50</rasd:InstanceID><rasd:ResourceType>{kind}</rasd:ResourceType>"
            f"</Item>")


def box(bench, items, iso=ISO):
    bench.count = getattr(bench, "count", 0) + 1
    return appliance(bench.path(f"box{bench.count}.ova"), {"boot": bench.vmdk},
                     system("box", [("boot", 0)], items=items), "",
                     f'<Disk ovf:diskId="cd" ovf:fileRef="seed" ovf:capacity="{len(iso)}"/>',
                     listed_too=file("seed", "seed.iso", len(iso)), more=[("seed.iso", iso)])


def test_an_image_is_refused_by_name_and_nothing_is_written(bench):
    for number, items in enumerate((
            drive("ovf:/file/seed"), drive("/file/seed", 16), drive("ovf:/disk/cd"),
            drive("ovf:/file/seed", 14), drive("ovf:/file/seed", attributes=' ovf:required="false"'))):
        ova, out = box(bench, items, (ISO, HYBRID)[number % 2]), bench.path("out.img")
        holds(bench.refuses("deploy", ova, "--to", out),
              "the image seed.iso is in its CD/DVD drive 1", "cd-images = omit")
        check(not os.path.exists(out), "something was written")
        holds(bench.refuses("inspect", ova, "--plan"), "the image seed.iso is in its")
        bench.does("inspect", ova, "--plan", *OMIT)
        holds(bench.does("deploy", ova, "--to", out, *OMIT), "deployed and proved")
        same(os.path.getsize(out), os.path.getsize(bench.raw), "the disk alone is written")
        os.remove(out)


def test_inspect_tells_what_is_in_the_drives(bench):
    ova = box(bench, drive("ovf:/file/seed") + drive("", 16) + drive("/dev/cdrom", 16))
    (one,) = json.loads(bench.does("inspect", ova, "--json"))["systems"]
    same(one["images"], [{"name": "seed.iso", "file": "seed", "drive": "CD/DVD drive 1"}])
    same([disk["name"] for disk in one["disks"]], ["small.vmdk"], "an image is no disk")
    holds(bench.does("inspect", ova), "Image      seed.iso, in CD/DVD drive 1, which no machine has")


def test_empty_drives_and_those_of_the_host_are_nothing(bench):
    ova = box(bench, drive("") + drive("CD-ROM 1"))
    check("Image" not in bench.does("inspect", ova), "an image is told")
    bench.does("deploy", ova, "--to", bench.path("out.img"))


def test_the_images_of_real_descriptors_are_found(bench):
    """Those of the corpus that name one, by a search for text, are those that inspect names."""
    item = re.compile(r"<(?:\w+:)?Item\b.*?</(?:\w+:)?Item>", re.DOTALL)
    paths = sorted(glob.glob(os.path.join(SHARED, "corpus", "descriptors", "*")))
    if not paths:
        raise Skip("the corpus is not there: set OVFBOOT_SHARED")
    counted = 0
    for path in (p for p in paths if p.endswith((".ovf", ".xml"))):
        with open(path, encoding="utf-8", errors="replace") as stream:
            items = item.findall(stream.read())
        wanted = [i for i in items if re.search(r"ResourceType>\s*1[456]\s*<", i)
                  and re.search(r"HostResource>\s*(ovf:)?/(file|disk)/", i)]
        code, out, _ = bench.ovfboot("inspect", "--json", path, tool=QUICK)
        if code == 0:
            told = [image for s in json.loads(out)["systems"] for image in s["images"]]
            same(len(told), len(wanted), path)
            check(all(image["name"].endswith(".iso") for image in told), told)
            counted += len(told)
    check(counted >= 10, f"only {counted} images")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
