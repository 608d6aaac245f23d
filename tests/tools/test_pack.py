#!/usr/bin/env python3
"""ovfboot pack against qemu-img, GNU tar, sha256sum and xmllint: others read what it makes as the disks were, and what it
refuses leaves no file behind."""

import os
import random
import re
import resource
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import forms  # noqa: E402
from checks import MIB, SHARED, Skip, check, holds, need, read, run, run_tests, same, sha256, write  # noqa: E402
from cli import OVFBOOT  # noqa: E402
from cli import Bench as CliBench  # noqa: E402
from maps import pattern  # noqa: E402

GRAIN = 65536
SCHEMA = os.path.join(SHARED, "schemas", "ovf1")


def sparse(path, size, seed):
    """Data of all kinds in a few places of a disk, and holes between, over several tables."""
    numbers = random.Random(seed)
    with open(path, "wb") as disk:
        disk.truncate(size)
        for _ in range(12):
            at = numbers.randrange(size)
            disk.seek(at)
            disk.write(pattern(numbers.randrange(1, 300000), numbers.random())[:size - at])
    return path


class Bench(CliBench):
    def __init__(self, folder):
        super().__init__(folder)
        need("qemu-img", "tar", "sha256sum")
        self.out = self.path("out.ova")

    def inner(self, name):
        """The files of a package, extracted."""
        folder = self.path(name)
        os.mkdir(folder)
        run("tar", "-C", folder, "-xf", self.out)
        return folder

    def refuses_to_pack(self, *arguments, files=None):
        """The sentence; no file is new, and none is gone."""
        before = sorted(os.listdir(files or self.folder))
        said = self.refuses("pack", *arguments)
        same(sorted(os.listdir(files or self.folder)), before, said)
        return said

    def is_disk(self, vmdk, raw):
        """For qemu-img it is whole, and is what the raw disk is, to the end of its last sector."""
        holds(run("qemu-img", "check", "-f", "vmdk", vmdk), "No errors were found")
        theirs = self.path("theirs.raw")
        run("qemu-img", "convert", "-f", "vmdk", "-O", "raw", vmdk, theirs)
        size = os.path.getsize(raw)
        same(os.path.getsize(theirs), (size + 511) // 512 * 512, f"size of {raw}")
        same(sha256(theirs, size), sha256(raw), raw)
        same(read(theirs, size).strip(b"\0"), b"", "behind the disk")
        os.remove(theirs)

    def is_package(self, name, disks):
        """Others find in it what was packed: disks is [(name in the package, raw disk)]."""
        listing = run("tar", "--numeric-owner", "--utc", "-tvf", self.out).splitlines()
        same([" ".join(line.split()[5:]) for line in listing], [name + ".ovf", name + ".mf", *[n for n, _ in disks]],
             "order")
        for line in listing:
            same(line.split()[:2], ["-rw-r--r--", "0/0"], line)
        folder = self.inner("inner")
        text = read(os.path.join(folder, name + ".mf")).decode()
        found = re.findall(r"SHA256\((.*)\)= ([0-9a-f]{64})\n", text)
        same("".join(f"SHA256({n})= {h}\n" for n, h in found), text, "manifest")
        same([n for n, _ in found], [name + ".ovf", *[n for n, _ in disks]], "manifest")
        sums = write(os.path.join(folder, "sums"), "".join(f"{h}  {n}\n" for n, h in found).encode())
        run("sha256sum", "--check", "--strict", sums, cwd=folder)
        for inside, raw in disks:
            self.is_disk(os.path.join(folder, inside), raw)
        subprocess.run(["rm", "-r", folder], check=True)
        holds(self.does("verify", self.out), "whole and proved")

    def is_deployed(self, disks):
        for number, raw in enumerate(disks):
            out = self.path(f"deployed{number}")
            self.does("deploy", self.out, "--to", out, "--disk", f"disk{number + 1}")
            size = os.path.getsize(raw)
            same(sha256(out, size), sha256(raw), raw)
            os.remove(out)


def test_any_disk_is_right_to_the_last_byte_for_all(bench):
    """And its bytes are the same whatever the number of threads."""
    sizes = (1, 511, GRAIN, GRAIN + 513, 3 * MIB + 77, 33 * MIB + 1000)
    for seed, size in enumerate(sizes):
        raw = write(bench.path(f"d{seed}.raw"), pattern(size, seed))
        digests = set()
        for workers in (1, 2, 3):
            bench.does("pack", raw, "--name", "small", "--out", bench.out, "--workers", workers)
            digests.add(sha256(bench.out))
        same(len(digests), 1, f"{size} bytes: bytes with 1, 2 and 3 workers")
        bench.is_package("small", [(f"d{seed}.vmdk", raw)])
        bench.is_deployed([raw])


def test_a_disk_with_holes_over_many_tables(bench):
    for seed in range(3):
        raw = sparse(bench.path("holes.raw"), 200 * MIB + seed * 4097, seed)
        bench.does("pack", raw, "--name", "holes", "--out", bench.out)
        check(os.path.getsize(bench.out) < 5 * MIB, "zeros were packed")
        bench.is_package("holes", [("holes.vmdk", raw)])
        bench.is_deployed([raw])


def test_zeros_alone(bench):
    raw = bench.path("zeros.raw")
    write(raw, b"")
    os.truncate(raw, 300 * MIB)
    bench.does("pack", raw, "--name", "zeros", "--out", bench.out)
    check(os.path.getsize(bench.out) < 80000, os.path.getsize(bench.out))
    bench.is_package("zeros", [("zeros.vmdk", raw)])


def test_several_disks(bench):
    raws = [bench.raw, sparse(bench.path("b.raw"), 70 * MIB, 5), write(bench.path("c"), pattern(MIB + 3, 6))]
    digests = set()
    for workers in (1, 2, 3):
        said = bench.does("pack", *raws, "--name", "three", "--out", bench.out, "--workers", workers)
        digests.add(sha256(bench.out))
    same(len(digests), 1, "bytes with 1, 2 and 3 workers")
    holds(said, "Packed     small.vmdk: 25.1 MB of disk in ", "out.ova: packed")
    bench.is_package("three", list(zip(("small.vmdk", "b.vmdk", "c.vmdk"), raws)))
    bench.is_deployed(raws)
    holds(bench.does("inspect", bench.out), "\\EFI\\BOOT\\BOOTX64.EFI")


def test_every_format_becomes_the_same_disk(bench):
    folder, raw = bench.folder, bench.raw
    stream, qcow2 = [("x.vmdk", read(bench.vmdk))], forms.images(folder, raw, "qcow2", ("-c",), "x.qcow2")
    ways = [[("x.raw", read(raw))], stream, qcow2, forms.zipped([("x.raw", read(raw))]), forms.zipped(qcow2),
            forms.images(folder, raw, "vpc", ("-o", "force_size=on"), "x.vhd")]
    ways += [forms.vmdk(folder, raw, kind) for kind in ("monolithicSparse", "monolithicFlat", "twoGbMaxExtentFlat")]
    digests = {}
    for number, files in enumerate(ways):
        inner = bench.path(f"way{number}")
        os.mkdir(inner)
        for name, data in files:
            write(os.path.join(inner, name), data)
        first, name = os.path.join(inner, files[0][0]), files[0][0].removesuffix(".gz")
        bench.does("pack", first, "--name", "one", "--out", bench.out)
        bench.is_package("one", [(os.path.splitext(name)[0] + ".vmdk", raw)])
        grains = bench.inner(f"grains{number}")
        vmdk = os.path.join(grains, os.path.splitext(name)[0] + ".vmdk")
        digests[name] = (sha256(vmdk, None), re.search(rb"\nCID=(.{8})", read(vmdk, 512, 1024))[1])
    same(len({cid for _, cid in digests.values()}), 1, f"CIDs: {digests}")


def test_other_content_has_another_cid(bench):
    cids = set()
    for data in (b"a" * MIB, b"b" * MIB, bytes(MIB), b"a" * MIB + bytes(MIB), bytes(GRAIN) + b"a" * (MIB - GRAIN)):
        bench.does("pack", write(bench.path("x"), data), "--name", "x", "--out", bench.out)
        cids.add(re.search(rb"\nCID=(.{8})", read(bench.out))[1])
    same(len(cids), 5, "CIDs")


def test_the_schema_accepts_the_descriptor(bench):
    need("xmllint")
    if not os.path.isdir(SCHEMA):
        raise Skip("no schemas: set OVFBOOT_SHARED")
    disks = [write(bench.path(f"a b&{n}.raw"), bytes([n]) * 512) for n in range(1, 17)]
    bench.does("pack", *disks, "--name", "<odd> & 'long'", "--out", bench.out)
    inner = bench.inner("inner")
    for version in ("1.1.0", "1.1.1"):
        run("xmllint", "--nonet", "--noout", "--schema", os.path.join(SCHEMA, f"dsp8023_{version}.xsd"),
            os.path.join(inner, "<odd> & 'long'.ovf"),
            env={**os.environ, "XML_CATALOG_FILES": os.path.join(SCHEMA, "catalog.xml")})
    holds(bench.does("verify", bench.out), "whole and proved")


def test_times_are_source_date_epoch(bench):
    arguments = [OVFBOOT, "pack", bench.raw, "--name", "x", "--out", bench.out]
    for value, seen in (("1000000000", "2001-09-09 01:46"), ("0", "1970-01-01 00:00")):
        subprocess.run(arguments, check=True, capture_output=True, env={**os.environ, "SOURCE_DATE_EPOCH": value})
        for line in run("tar", "--utc", "-tvf", bench.out).splitlines():
            holds(line, seen)
    done = subprocess.run(arguments, check=False, capture_output=True, text=True,
                          env={**os.environ, "SOURCE_DATE_EPOCH": "x"})
    same(done.returncode, 1)
    holds(done.stderr, "SOURCE_DATE_EPOCH is x")


# A descriptor of one's own.

def own(bench, *changes, name="mine.ovf", disks=("small", "b")):
    """A descriptor that pack itself made of disks of those names, without sizes, and with changes."""
    made = bench.path("made.ova")
    bench.does("pack", *[bench.path(d + ".raw") for d in disks], "--name", "made", "--out", made)
    text = re.sub(r' ovf:size="\d+"', "", run("tar", "-xOf", made, "made.ovf"))
    os.remove(made)
    for old, new in changes:
        check(old in text, f"{old} is not in the descriptor")
        text = text.replace(old, new, 1)
    return write(bench.path(name), text.encode())


def two(bench):
    sparse(bench.path("b.raw"), 5 * MIB, 3)
    qcow2 = bench.path("b.qcow2")
    run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", bench.path("b.raw"), qcow2)
    return bench.raw, qcow2


def test_a_descriptor_of_ones_own_goes_in_as_it_is(bench):
    raw, qcow2 = two(bench)
    ovf = own(bench, ("small.vmdk", "./small.vmdk"), ("<Info>A virtual machine</Info>", "<Info>Mine \u20ac</Info>"))
    for disks in ((raw, qcow2), (qcow2, raw)):
        bench.does("pack", *disks, "--ovf", ovf, "--out", bench.out)
        bench.is_package("mine", [("small.vmdk", raw), ("b.vmdk", bench.path("b.raw"))])
        same(run("tar", "-xOf", bench.out, "mine.ovf").encode(), read(ovf))
        bench.is_deployed([raw, bench.path("b.raw")])


def test_sizes_that_are_said_must_be_right(bench):
    raw, qcow2 = two(bench)
    size = re.compile(r'say ovf:size="(\d+)"')
    ovf = own(bench, ('href="b.vmdk"', 'href="b.vmdk" ovf:size="77"'))
    said = bench.refuses_to_pack(raw, qcow2, "--ovf", ovf, "--out", bench.out)
    holds(said, "mine.ovf: b.vmdk has 77 bytes there, and is packed into ")
    ovf = own(bench, ('href="b.vmdk"', f'href="b.vmdk" ovf:size="{size.search(said)[1]}"'))
    bench.does("pack", raw, qcow2, "--ovf", ovf, "--out", bench.out)
    check("Note" not in bench.does("inspect", bench.out), "a size is wrong")


def test_a_descriptor_that_does_not_fit_is_refused(bench):
    raw, qcow2 = two(bench)
    files = sorted(os.listdir(bench.folder))
    for change, words in ((('href="b.vmdk"', 'href="c.vmdk"'),
                           "its References are small.vmdk, c.vmdk, and the disks would be small.vmdk, b.vmdk"),
                          (('href="b.vmdk"', 'href="small.vmdk"'), "its References are small.vmdk, small.vmdk"),
                          (('href="b.vmdk"', 'href="b.vmdk" ovf:compression="gzip"'), "compressed by gzip"),
                          (('href="b.vmdk"', 'href="b.vmdk" ovf:chunkSize="1000"'), "is in chunks"),
                          ((f'capacity="{5 * MIB}"', f'capacity="{6 * MIB}"'), f"has {6 * MIB} bytes there, and {5 * MIB} in"),
                          (("vmdk.html#streamOptimized", "vmdk.html#sparse"), "the format of disk disk1 is"),
                          (('ovf:diskId="disk2"', 'ovf:diskId="disk2" ovf:parentRef="disk1"'), "is a difference to disk disk1"),
                          (("</Envelope>", ""), "mine.ovf")):
        ovf = own(bench, change)
        holds(bench.refuses_to_pack(raw, qcow2, "--ovf", ovf, "--out", bench.out), "mine.ovf: ", words)
        os.remove(ovf)
    same(sorted(os.listdir(bench.folder)), files)
    ovf = own(bench)
    holds(bench.refuses_to_pack(raw, "--ovf", ovf, "--out", bench.out), "the disks would be small.vmdk")
    holds(bench.refuses_to_pack(raw, qcow2, "--ovf", bench.path("none.ovf"), "--out", bench.out), "none.ovf: cannot open")
    holds(bench.refuses_to_pack(raw, qcow2, "--ovf", bench.ova, "--out", bench.out), "ends in .ovf")


# Refusals.

def test_wrong_usage(bench):
    for arguments, why in (((), "pack wants a DISK"), ((bench.raw,), "--name NAME or --ovf FILE"),
                           ((bench.raw, "--name", "x", "--ovf", "y", "--out", "z"), "--name NAME or --ovf FILE"),
                           ((bench.raw, "--name", "x"), "pack wants --out"),
                           ((bench.raw, "--name", "x", "--out", "z", "--workers", "0"), "--workers 0"),
                           ((bench.raw, "--name", "x", "--out", "z", "--workers", "65"), "from 1 to 16"),
                           ((bench.raw, "--name", "x", "--out", "z", "--policy", "none"), "pack has no option --policy")):
        code, out, err = bench.ovfboot("pack", *arguments)
        same((code, out), (2, ""), arguments)
        holds(err, why)


def test_names(bench):
    os.mkdir(bench.path("other"))
    os.link(bench.raw, bench.path("other/SMALL.img"))
    os.link(bench.raw, bench.path("n" * 120 + ".raw"))
    os.link(bench.raw, bench.path("a\nb.raw"))
    pack = bench.refuses_to_pack
    holds(pack(bench.raw, bench.path("other/SMALL.img"), "--name", "x", "--out", bench.out), "would both be SMALL.vmdk")
    holds(pack(bench.path("n" * 120 + ".raw"), "--name", "x", "--out", bench.out), "ustar")
    holds(pack(bench.path("a\nb.raw"), "--name", "x", "--out", bench.out), "cannot have that name")
    for name in ("a/b", "", ".", "..", "x\"y", "tab\t", "\x7f"):
        holds(pack(bench.raw, "--name", name, "--out", bench.out), "cannot have that name")
    for name in ("a)= b", "SHA256(x)= 0", "a b", "\u20ac"):
        bench.does("pack", bench.raw, "--name", name, "--out", bench.out)
        bench.is_package(name, [("small.vmdk", bench.raw)])


def test_inputs_that_are_missing_or_damaged(bench):
    (name, qcow2), = forms.images(bench.folder, bench.raw, "qcow2")
    packed = forms.zipped([("d", read(bench.raw))])[0][1]
    flat = forms.vmdk(bench.folder, bench.raw, "monolithicFlat")[0][1]
    stream = bytearray(read(bench.vmdk))
    stream[len(stream) // 2] ^= 1
    for file, data, words in ((name, qcow2[:len(qcow2) // 2], "ends at byte"), ("d.gz", packed[:-20], "ends at byte"),
                              ("flat.vmdk", flat, "which is not in the package"), ("empty", b"", "a disk of 0 bytes"),
                              ("d.vmdk", stream, "d.vmdk: "), ("d.xz", b"\xfd7zXZ\0" + bytes(600), "compressed with xz")):
        path = write(bench.path(file), data)
        holds(bench.refuses_to_pack(bench.raw, path, "--name", "x", "--out", bench.out), words)
    holds(bench.refuses_to_pack(bench.raw, bench.path("none"), "--name", "x", "--out", bench.out), "none: cannot open")
    holds(bench.refuses_to_pack(bench.folder, "--name", "x", "--out", bench.out), "is a directory")
    holds(bench.refuses_to_pack(bench.ova, "--name", "x", "--out", bench.out), "tar archive")
    holds(bench.refuses_to_pack(*[bench.raw] * 17, "--name", "x", "--out", bench.out), "17 disks; the limit is 16")
    holds(bench.refuses_to_pack(bench.raw, "--name", "x", "--out", bench.path("no/out.ova")), "cannot be made")


def test_out_is_none_of_the_inputs(bench):
    os.link(bench.raw, bench.path("hard"))
    os.symlink(bench.raw, bench.path("soft"))
    flat = forms.vmdk(bench.folder, bench.raw, "monolithicFlat")
    for name, data in flat:
        write(bench.path(name), data)
    ovf = own(bench, disks=("small",))
    for disk, out in ((bench.raw, bench.raw), (bench.raw, bench.path("hard")), (bench.raw, bench.path("soft")),
                      (bench.path(flat[0][0]), bench.path(flat[1][0])), (bench.raw, ovf)):
        before = sha256(out)
        more = ("--ovf", ovf) if out == ovf else ("--name", "x")
        holds(bench.refuses_to_pack(disk, *more, "--out", out), "is the same file as")
        same(sha256(out), before)
    holds(bench.refuses_to_pack(bench.raw, "--name", "x", "--out", bench.folder), "is no ordinary file")
    holds(bench.refuses_to_pack(bench.raw, "--name", "x", "--out", "/dev/null"), "is no ordinary file")
    os.rename(bench.raw, bench.path("x.ova.tmp"))
    holds(bench.refuses_to_pack(bench.path("x.ova.tmp"), "--name", "x", "--out", bench.path("x.ova")), "cannot be made")


def test_a_failed_write_leaves_what_was_there(bench):
    noise = write(bench.path("noise.raw"), random.Random(1).randbytes(8 * MIB))
    write(bench.out, b"old")
    for most in (MIB, 8 * MIB + 20000):  # while the disk is packed; while the archive is written

        def limit(most=most):
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        before = sorted(os.listdir(bench.folder))
        done = subprocess.run([OVFBOOT, "pack", noise, "--name", "x", "--out", bench.out], text=True,
                              capture_output=True, check=False, preexec_fn=limit)
        same((done.returncode, len(done.stderr.splitlines())), (1, 2), done.stderr)
        holds(done.stderr, "out.ova: cannot write at byte", "(File too large)")
        same((read(bench.out), sorted(os.listdir(bench.folder))), (b"old", before))


def test_a_full_target_directory(bench):
    need("unshare", "mount")
    noise = write(bench.path("noise.raw"), random.Random(1).randbytes(3 * MIB))
    full = bench.path("full")
    os.mkdir(full)
    for size, code, left in ((1, 1, ""), (5, 1, ""), (9, 0, "out.ova\n")):  # it takes the room of the package twice
        inside = ["unshare", "--mount", *([] if os.getuid() == 0 else ["--map-root-user"]), "sh", "-c",
                  f'mount -t tmpfs -o size={size}m tmpfs "$0" || exit 77; "$@" >/dev/null; code=$?; ls -A "$0"; exit $code',
                  full]
        if subprocess.run([*inside, "true"], capture_output=True, check=False).returncode != 0:
            raise Skip("a small file system cannot be mounted here")
        done = subprocess.run([*inside, OVFBOOT, "pack", noise, "--name", "x", "--out", os.path.join(full, "out.ova")],
                              text=True, capture_output=True, check=False)
        same((done.returncode, done.stdout), (code, left), done.stderr)
        if code:
            holds(done.stderr, "out.ova: cannot write at byte", "(No space left on device)", "Choose a larger disk.")


def test_what_is_there_is_replaced_and_signs(bench):
    write(bench.out, b"old")
    bench.does("pack", bench.raw, "--name", "x", "--out", bench.out)
    need("openssl")
    key, cert, signed = bench.path("k"), bench.path("c"), bench.path("signed.ova")
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
        "-out", cert, "-subj", "/CN=x")
    bench.does("sign", bench.out, "--key", key, "--cert", cert, "--out", signed)
    holds(bench.does("verify", signed, "--trust", cert), "whole and proved")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
