#!/usr/bin/env python3
"""Files of EnvironmentFilesSection: what the guest finds below ovffiles/, as mtools and fsck.fat see
it, and what is refused before anything is written."""

import gzip
import json
import os
import random
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from appliances import PRODUCT, file, members, system  # noqa: E402
from checks import MIB, check, holds, need, read, run, run_tests, same, write  # noqa: E402
from cli import Bench  # noqa: E402
from packages import changed, flipped, tar  # noqa: E402

TOLD = ("--set", "environment=partition")
ANSWERS = ("--set", "property.hostname=a", "--set", "property.secret=abcd")
RANDOM = random.Random(7).randbytes(300000)
CONTENTS = {"app.conf": b"[app]\nport = 1\n", "empty": b"", "blob.bin": RANDOM,
            "init.sh": b"#!/bin/sh\n" * 5000}
# name in the package: (paths, how it is stored)
PLACES = {"app.conf": (["etc/app/App.conf", "APP.CNF"], ""), "empty": (["etc/app/empty file.txt"], ""),
          "blob.bin": (["data/\u00fcber/blob.bin"], ""),
          "init.sh": (["init.sh"], "gzip")}


def stored(name, data):
    return gzip.compress(data, mtime=0) if PLACES.get(name, ("", ""))[1] else data


def section(places):
    return ("<EnvironmentFilesSection><Info/>" +
            "".join(f'<File ovf:fileRef="{name}" ovf:path="{path}"/>' for name, path in places) +
            "</EnvironmentFilesSection>")


def package(bench, places=None, contents=None, sections="", more=""):
    """The members of a box whose guest gets them."""
    contents = contents or CONTENTS
    if places is None:
        places = [(name, path) for name, (paths, _) in PLACES.items() for path in paths]
    kept = [(name, stored(name, data)) for name, data in contents.items()]
    listed = "".join(file(name, name, len(data),
                          'ovf:compression="gzip"' if data[:2] == b"\x1f\x8b" else "") + more
                     for name, data in kept)
    return members({"boot": bench.vmdk}, system("box", [("boot", 0)], section(places) + sections),
                   listed_too=listed, more=kept)


def box(bench, *arguments, **named):
    bench.count = getattr(bench, "count", 0) + 1
    return tar(bench.path(f"box{bench.count}.ova"), package(bench, *arguments, **named))


def volume_of(bench, disk):
    """The partition of the configuration, which must be in order."""
    (part,) = [p for p in json.loads(run("sfdisk", "--json", disk))["partitiontable"]["partitions"]
               if p.get("name") == "cidata"]
    found = write(bench.path("volume"), read(disk, part["start"] * 512, part["size"] * 512))
    run("fsck.fat", "-n", found)
    return found


def all_files(bench, volume, folder="ovffiles"):
    """{path: bytes} of everything below the folder."""
    out = bench.path("out-of-it")
    run("rm", "-rf", out)
    run("mcopy", "-s", "-n", "-i", volume, f"::{folder}", out, env={**os.environ, "LC_ALL": "C.UTF-8"})
    return {os.path.relpath(os.path.join(at, name), out): read(os.path.join(at, name))
            for at, _, names in os.walk(out) for name in names}


def test_the_guest_gets_the_files_as_they_were(bench):
    need("mcopy", "fsck.fat", "sfdisk")
    ova, disk = box(bench), bench.path("disk.img")
    out = bench.does("deploy", ova, "--to", disk, *TOLD)
    check("Note" not in out, out)
    volume = volume_of(bench, disk)
    wanted = {path: CONTENTS[name] for name, (paths, _) in PLACES.items() for path in paths}
    same(all_files(bench, volume), wanted, "files")
    record = json.loads(run("mtype", "-i", volume, "::deployment.json"))
    same([f["name"] for f in record["files"]], [f"ovffiles/{path}" for path in wanted])
    for listed, data in zip(record["files"], wanted.values()):
        path = write(bench.path("one"), data)
        same((listed["size"], listed["SHA-256"]),
             (len(data), run("sha256sum", path).split()[0]), listed["name"])


def test_a_volume_grows_with_its_files(bench):
    names = {f"f{n}": random.Random(n).randbytes(2 * MIB - 4096) for n in range(4)}
    ova, disk = box(bench, [(name, name) for name in names], names), bench.path("disk.img")
    bench.does("deploy", ova, "--to", disk, *TOLD)
    same(all_files(bench, volume_of(bench, disk)), names, "files")


def test_without_a_partition_the_guest_goes_without_and_is_told(bench):
    ova, disk = box(bench, [("app.conf", "../x"), ("empty", "b")]), bench.path("disk.img")
    for more in ((), ("--set", "environment=none")):
        holds(bench.does("deploy", ova, "--to", disk, *more),
              "Note       the guest goes without files of the appliance (ovffiles/): ../x, b")
        os.remove(disk)


def test_what_must_not_be_is_refused_before_anything_is_written(bench):
    good = package(bench)
    listed = dict(good)["box.mf"].splitlines(keepends=True)
    cases = [
        (package(bench, [("app.conf", "../meta-data")]), "path ../meta-data"),
        (package(bench, [("app.conf", "/etc/passwd")]), "path /etc/passwd"),
        (package(bench, [("app.conf", "a\\b")]), "a relative path with slashes"),
        (package(bench, [("app.conf", "A"), ("empty", "a")]), "ovffiles/a: there twice"),
        (package(bench, [("app.conf", "a?b")]), "no name for a file"),
        (package(bench, [("app.conf", "x" * 300)]), "is too long"),
        (package(bench, [("nobody", "x")]), "ovffiles/x is not among References"),
        (package(bench, [("big", "x")], {"big": bytes(8 * MIB + 1)}), "more than 8 MiB"),
        (package(bench, [("bomb", "x")], {"bomb": gzip.compress(bytes(64 * MIB))}), "than 8 MiB"),
        (changed(good, "app.conf", lambda data: flipped(data, 3)), "app.conf: its SHA-256 is"),
        (changed(good, "init.sh", lambda data: flipped(data, 30)), "init.sh: its SHA-256 is"),
        (changed(good, "init.sh", lambda data: flipped(data, 30), signed=True), "init.sh: bad"),
        (changed(good, "init.sh", lambda data: data + b"x", signed=True), "init.sh: bad"),
        ([(n, d) for n, d in good if n != "app.conf"], "app.conf, which is not in the package"),
        (changed(good, "box.mf", lambda _: b"".join(line for line in listed if b"(empty)" not in line)),
         "has no line for empty"),
    ]
    for number, (case, why) in enumerate(cases):
        ova, disk = tar(bench.path(f"bad{number}.ova"), case), bench.path("disk.img")
        for command in (("deploy", ova, "--to", disk, *TOLD), ("verify", ova),
                        ("inspect", ova, "--plan", *TOLD)):
            holds(bench.refuses(*command), why)
        check(not os.path.exists(disk), f"{why}: something was written")


def test_verify_proves_every_file_that_is_listed(bench):
    told = json.loads(bench.does("verify", box(bench), "--json"))
    same([(f["file"], f["state"]) for f in told["files"]], [(n, "proved") for n in CONTENTS])
    path = write(bench.path("one"), stored("init.sh", CONTENTS["init.sh"]))
    same(told["files"][3]["digest"], run("sha256sum", path).split()[0])
    unused = package(bench, [])
    bad = changed(unused, "blob.bin", lambda data: flipped(data, 299999))
    holds(bench.refuses("verify", tar(bench.path("bad.ova"), bad)), "blob.bin: its SHA-256 is")
    gone = tar(bench.path("gone.ova"), [(n, d) for n, d in unused if n != "blob.bin"])
    holds(bench.does("verify", gone), "Note       blob.bin is listed and was not read: ")


def test_a_package_without_a_manifest_gives_them_too(bench):
    plain = [(name, data) for name, data in package(bench) if name != "box.mf"]
    ova, disk = tar(bench.path("plain.ova"), plain), bench.path("disk.img")
    bench.refuses("deploy", ova, "--to", disk, *TOLD)
    packages = []
    for data in (b"[app]\nport = 1\n", b"[app]\nport = 2\n"):
        ova = tar(bench.path(f"plain{len(packages)}.ova"),
                  [(n, data if n == "app.conf" else d) for n, d in plain])
        bench.does("deploy", ova, "--to", disk, "--policy", "none", *TOLD)
        volume = volume_of(bench, disk)
        same(all_files(bench, volume)["etc/app/App.conf"], data)
        packages.append(json.loads(run("mtype", "-i", volume, "::deployment.json"))["package"])
        os.remove(disk)
    check(packages[0] != packages[1], "another file is the same package")


def test_inspect_tells_them(bench):
    ova = box(bench, sections=PRODUCT)
    (one,) = json.loads(bench.does("inspect", "--json", ova))["systems"]
    same(one["environment_files"][0], {"path": "etc/app/App.conf", "file": "app.conf"})
    same(len(one["environment_files"]), 5)
    holds(bench.does("inspect", ova), "Gets       ovffiles/etc/app/App.conf, from app.conf")
    holds(bench.does("inspect", ova, "--plan", "--set", "environment=none", *ANSWERS),
          "Note       the guest goes without files of the appliance (ovffiles/): etc/app/App.conf")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
