#!/usr/bin/env python3
"""What ovfboot verify makes of whole packages, signed by ovfboot sign or by openssl, under each policy."""

import json
import os
import subprocess
import sys
import tarfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import packages  # noqa: E402
from checks import check, holds, need, read, run, run_tests, same, sha256, write  # noqa: E402
from cli import OVFBOOT  # noqa: E402


class Bench:
    """A small appliance, signed under a CA of its own."""

    def __init__(self, folder):
        need("openssl", "qemu-img", "sfdisk", "mkfs.fat")
        self.folder = folder
        vmdk = packages.convert(packages.guest_disk(self.path("small.raw")))
        self.plain = packages.package(self.path("plain.ova"), [vmdk])
        self.ca = self.make("ca", "-addext", "basicConstraints=critical,CA:TRUE")
        self.leaf = self.make("leaf", "-addext", "basicConstraints=CA:FALSE", "-addext",
                              "keyUsage=digitalSignature", "-CA", self.ca, "-CAkey",
                              self.path("ca.key"))
        self.signed = self.path("signed.ova")
        same(self.call("sign", self.plain, "--key", self.path("leaf.key"), "--cert", self.leaf,
                       "--out", self.signed)[0], 0)

    def path(self, name):
        return os.path.join(self.folder, name)

    def make(self, name, *more):
        run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out",
            self.path(name + ".key"))
        if "-CA" in more:
            run("openssl", "req", "-new", "-key", self.path(name + ".key"), "-subj", f"/CN={name}",
                "-out", self.path(name + ".csr"))
            write(self.path("ext"), b"basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n")
            run("openssl", "x509", "-req", "-in", self.path(name + ".csr"), "-CA", self.ca, "-CAkey",
                self.path("ca.key"), "-extfile", self.path("ext"), "-days", "9", "-out",
                self.path(name + ".pem"))
        else:
            run("openssl", "req", "-x509", "-new", "-key", self.path(name + ".key"), "-subj",
                f"/CN={name}", "-days", "9", "-out", self.path(name + ".pem"), *more)
        return self.path(name + ".pem")

    def call(self, *words):
        done = subprocess.run([OVFBOOT, *words], text=True, capture_output=True, check=False)
        return done.returncode, done.stdout, done.stderr

    def refuses(self, ova, *parts):
        """verify under the CA refuses, and so does deploy, which leaves no file."""
        code, _, said = self.call("verify", ova, "--trust", self.ca)
        same(code, 1, said)
        holds(said, *parts)
        code, _, said = self.call("deploy", ova, "--trust", self.ca, "--to", self.path("out.raw"))
        same(code, 1, said)
        check(not os.path.exists(self.path("out.raw")), "a file was left")

    def members(self):
        """The signed package's members, in order."""
        names = run("tar", "-tf", self.signed).split()
        run("tar", "-xf", self.signed, "-C", self.folder)
        return [(name, read(self.path(name))) for name in map(os.fsdecode, names)]

    def packed(self, members):
        return packages.tar(self.path("changed.ova"), members)


def test_signed_package_is_trusted(bench):
    code, out, _ = bench.call("verify", bench.signed, "--trust", bench.ca)
    same(code, 0, out)
    holds(out, "Signed by  CN=leaf", "under    CN=ca", "whole and proved")


def test_pinned_certificate_is_enough(bench):
    same(bench.call("verify", bench.signed, "--trust", bench.leaf)[0], 0)


def test_json_report_is_json_and_complete(bench):
    code, out, _ = bench.call("verify", bench.signed, "--trust", bench.ca, "--json")
    report = json.loads(out)
    same((code, report["result"], report["policy"]), (0, "proved", "signature"))
    same(report["signature"]["state"], "trusted")
    same([entry["subject"] for entry in report["signature"]["chain"]], ["CN=leaf", "CN=ca"])
    disk = report["disks"][0]
    run("tar", "-xf", bench.signed, "-C", bench.folder, disk["file"])
    same(disk["digest"], sha256(bench.path(disk["file"])))
    code, out, _ = bench.call("verify", bench.plain, "--trust", bench.ca, "--json")
    report = json.loads(out)
    same((code, report["result"]), (1, "refused"))
    holds(report["message"], "is not signed")


def test_unsigned_package_is_refused_where_somebody_is_believed(bench):
    bench.refuses(bench.plain, "is not signed: it has no certificate file")


def test_policy_manifest_takes_it_and_says_so(bench):
    code, out, _ = bench.call("verify", bench.plain, "--trust", bench.ca, "--policy", "manifest")
    same(code, 0, out)
    holds(out, "nobody: the package is not signed")


def test_signature_that_is_there_must_hold_under_every_policy(bench):
    members = [(name, data.replace(b"= ", b"= 00", 1) if name.endswith(".cert") else data)
               for name, data in bench.members()]
    for policy in ("signature", "manifest", "none"):
        code, _, said = bench.call("verify", bench.packed(members), "--trust", bench.ca, "--policy",
                                   policy)
        same(code, 1, f"{policy}: {said}")


def test_altered_manifest_is_refused(bench):
    bench.refuses(bench.packed([(name, data + b"\n" if name.endswith(".mf") else data)
                                for name, data in bench.members()]), ".cert", "signature")


def test_extra_member_is_refused(bench):
    bench.refuses(bench.packed([*bench.members(), ("extra.txt", b"hello")]),
                  "has no line for extra.txt")


def test_renamed_member_is_refused(bench):
    bench.refuses(bench.packed([("other.vmdk" if name.endswith(".vmdk") else name, data)
                                for name, data in bench.members()]), "other.vmdk")


def test_duplicate_member_is_refused(bench):
    name = bench.members()[-1][0]
    with tarfile.open(bench.signed, "a", format=tarfile.USTAR_FORMAT) as archive:
        archive.add(bench.path(name), arcname=name)
    bench.refuses(bench.signed, f"second member named {name}")


def test_unknown_authority_is_refused(bench):
    stranger = bench.make("stranger", "-addext", "basicConstraints=critical,CA:TRUE")
    code, _, said = bench.call("verify", bench.signed, "--trust", stranger)
    same(code, 1)
    holds(said, "small.cert")


def test_manifest_and_certificate_may_stand_last(bench):
    members = bench.members()
    late = [member for member in members if member[0].endswith((".mf", ".cert"))]
    first = [member for member in members if member not in late]
    same(bench.call("verify", bench.packed(first + late), "--trust", bench.ca)[0], 0)


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
