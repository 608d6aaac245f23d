#!/usr/bin/env python3
"""Tests of the host tool with the corpus' packages, which nobody here made, against qemu-img."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import packages  # noqa: E402
from checks import MIB, SHARED, Skip, check, holds, run, run_tests, same  # noqa: E402
from cli import Bench  # noqa: E402

LARGE = 2048 * MIB  # bytes; larger disks are verified only, to save minutes

# Package, options, part of the sentence that refuses it; None: it is deployed, and its disk is
# what qemu-img makes of it.  The reasons are those of the corpus' README.
CORPUS = (
    ("signed/govmomi-ttylinux-ova/ttylinux-pc_i486-16.1.ova", [],
     "footer"),  # section 7: truncated, and qemu-img says "Invalid footer"
    ("signed/libovfglib-Fedora_23/Fedora_23.ova", [], "no manifest"),  # section 6
    ("signed/libovfglib-Fedora_23/Fedora_23.ova", ["--policy", "none"],
     "Fedora 23-disk2.vmdk"),  # section 6: a disk of zero bytes
    ("signed/openovf-2008-04-ova/ourOVF.ova", [],
     "ourOVF.ovf: its SHA-1"),  # section 4: its digest of the descriptor is wrong
    ("signed/openovf-2008-04-ova/ourOVF.ova", ["--policy", "none"], "ourOVF.ovf: its SHA-1"),
    ("signed/vcd-template_without_vmdk_size/template_without_vmdk_size.ova", [], "no manifest"),
    ("signed/vcd-template_without_vmdk_size/template_without_vmdk_size.ova", ["--policy", "none"],
     None),
    ("signed/vcd-test_vapp_template/test_vapp_template.ova", [], "no manifest"),
    ("signed/vcd-test_vapp_template/test_vapp_template.ova", ["--policy", "none"], None),
    ("signed/cot-input-3704dc5/input.ovf", [], "the image input.iso is in its CD-ROM 1"),
    ("signed/cot-input-3704dc5/input.ovf", ["--set", "cd-images=omit"], None),
    ("signed/cot-input-e9366f3/input.ovf", [], "the image input.iso is in its CD-ROM 1"),
    ("signed/cot-input-e9366f3/input.ovf", ["--set", "cd-images=omit"], None),
    ("signed/cot-ubuntu.2.0-2e17305/ubuntu.2.0.ovf", [], None),
    # hostile: section 6
    ("hostile/ova/glance__testserver-bad-ovf.ova", ["--policy", "none"], "illegal-xml.ovf: line"),
    ("hostile/ova/glance__testserver-no-disk.ova", ["--policy", "none"], "testserver-disk1.vmdk"),
    ("hostile/ova/glance__testserver.ova", ["--policy", "none"], "testserver.ovf"),
)


def vmdk_of(bench, path):
    """The one VMDK of a package."""
    folder = os.path.dirname(path)
    if path.endswith(".ova"):
        folder = bench.path("unpacked")
        os.makedirs(folder, exist_ok=True)
        run("tar", "-xf", path, "-C", folder)
    names = [name for name in os.listdir(folder) if name.endswith(".vmdk")]
    same(len(names), 1, f"VMDKs of {path}")
    return os.path.join(folder, names[0])


def test_corpus_packages_are_deployed_or_refused_for_their_reason(bench):
    corpus = os.path.join(SHARED, "corpus")
    if not os.path.isdir(corpus):
        raise Skip("no corpus: set OVFBOOT_SHARED")
    for name, options, reason in CORPUS:
        path, out = os.path.join(corpus, name), bench.path("out")
        if reason:
            holds(bench.refuses("deploy", path, "--to", out, *options), reason)
            check(not os.path.exists(out), f"{name}: a file is left")
            continue
        bench.does("verify", path, *options)
        vmdk = vmdk_of(bench, path)
        if packages.capacity_of(vmdk) <= LARGE:
            bench.does("deploy", path, "--to", out, *options)
            run("cmp", out, packages.raw_of(vmdk, bench.path("theirs")))
            os.remove(out)
        run("rm", "-rf", bench.path("unpacked"))


def test_corpus_table_knows_every_ova(_):
    for folder in ("signed", "hostile/ova"):
        top = os.path.join(SHARED, "corpus", folder)
        if not os.path.isdir(top):
            raise Skip("no corpus: set OVFBOOT_SHARED")
        for where, _, names in os.walk(top):
            for name in names:
                path = os.path.relpath(os.path.join(where, name), os.path.join(SHARED, "corpus"))
                check(not name.endswith(".ova") or any(path == row[0] for row in CORPUS),
                      f"{path} is not in the table")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
