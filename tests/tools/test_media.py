#!/usr/bin/env python3
"""ovfboot media against sgdisk, sfdisk, fsck.fat, mtools and cmp: others find on the medium what was put there, and what is
refused changes nothing."""

import contextlib
import os
import resource
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import json  # noqa: E402

import packages  # noqa: E402
from checks import BUILD, MIB, TOP, Skip, check, holds, need, read, run, run_tests, same, sha256, write  # noqa: E402
from cli import OVFBOOT, QUICK  # noqa: E402
from cli import Bench as CliBench  # noqa: E402

ESP = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
OVA = "6F766662-6F6F-7431-8A0E-4F56417061CB"
LOADER = os.path.join(BUILD, "ovfboot.efi")
CONF = b"target = nvme\nunattended = yes\n"


class Bench(CliBench):
    def __init__(self, folder):
        super().__init__(folder)
        need("sgdisk", "sfdisk", "fsck.fat", "mcopy", "mdir", "openssl")
        self.out = self.path("usb.img")
        self.conf = write(self.path("my.conf"), CONF)

    def certificate(self, name):
        path = self.path(name)
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
            path + ".key", "-out", path, "-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE")
        return path

    def media(self, *arguments, ova=None, out=None):
        return ("media", "--ova", ova or self.ova, "--efi", LOADER, "--out", out or self.out, *arguments)

    def refuses_media(self, *arguments, **more):
        """The sentence; no file is new, gone or another."""
        before = {name: os.stat(self.path(name)).st_mtime_ns for name in os.listdir(self.folder)}
        said = self.refuses(*self.media(*arguments, **more))
        same({name: os.stat(self.path(name)).st_mtime_ns for name in os.listdir(self.folder)}, before, said)
        return said

    def table(self, image=None):
        """[(type, name, offset in bytes, size in bytes)]; sgdisk and sfdisk find nothing wrong with it."""
        image = image or self.out
        holds(run("sgdisk", "-v", image), "No problems found.")
        holds(run("sfdisk", "--verify", image), "No errors detected.")
        table = json.loads(run("sfdisk", "--json", image))["partitiontable"]
        sector = table["sectorsize"]
        for part in table["partitions"]:
            same(part["start"] * sector % MIB, 0, f"alignment of {part}")
        return [(part["type"], part["name"], part["start"] * sector, part["size"] * sector)
                for part in table["partitions"]]

    def esp(self, image=None, offset=MIB, size=None):
        """The file system, taken out and found clean."""
        image = image or self.out
        path = write(self.path("esp.img"), read(image, offset, size or self.table(image)[0][3]))
        done = subprocess.run(["fsck.fat", "-n", "-v", path], capture_output=True, text=True, check=False)
        same(done.returncode, 0, done.stdout)
        check("ifferences" not in done.stdout and "dirty" not in done.stdout, done.stdout)
        holds(done.stdout, "32 bit entries", "Checking free cluster summary")
        return path

    def names(self, esp):
        return sorted(line for line in run("mdir", "-/", "-b", "-a", "-i", esp, "::").splitlines() if line)

    def is_medium(self, files, ovas, image=None):
        """files is {path: bytes} beside the loader; every OVA is in its partition, byte for byte."""
        table = self.table(image)
        same([part[0] for part in table], [ESP] + [OVA] * len(ovas))
        same([part[1] for part in table], ["OVFBOOT"] + [os.path.basename(ova)[:36] for ova in ovas])
        esp = self.esp(image, size=table[0][3])
        same(self.names(esp), sorted(["::/EFI/", "::/EFI/BOOT/", "::/EFI/ovfboot/", "::/EFI/ovfboot/logs/",
                                      *self.folders(files), *("::/" + name for name in files)]))
        for name, wanted in files.items():
            run("mcopy", "-n", "-i", esp, "::/" + name, self.path("back"))
            check(read(self.path("back")) == wanted, f"{name} is another")
            os.remove(self.path("back"))
        for ova, (_, name, offset, size) in zip(ovas, table[1:]):
            length = os.path.getsize(ova)
            same(size, (length + 511) // 512 * 512, f"size of {name}")
            got = read(image or self.out, offset, size)
            check(got[:length] == read(ova) and not any(got[length:]), f"{name} is another")
        return esp

    @staticmethod
    def folders(files):
        return {"::/" + os.path.dirname(name) + "/" for name in files} - {"::/EFI/BOOT/", "::/EFI/ovfboot/"}


def files_of(**more):
    return {"EFI/BOOT/BOOTX64.EFI": read(LOADER), **more}


def test_one_package(bench):
    said = bench.does(*bench.media("--conf", bench.conf))
    holds(said, "Proved     small.vmdk", "small.ova: whole and proved",
          "usb.img: made, read again and compared: 1 package, ")
    esp = bench.is_medium({**files_of(), "EFI/ovfboot/ovfboot.conf": CONF}, [bench.ova])
    same(os.path.getsize(bench.out) % MIB, 0)
    free = int(run("mdir", "-i", esp, "::").replace("\u202f", " ").split(" bytes free")[0].split("\n")[-1].replace(" ", ""))
    check(free >= 32 * MIB, f"{free} bytes free")
    check(os.stat(bench.out).st_blocks * 512 < os.path.getsize(bench.out) - 32 * MIB, "it is not sparse")


def test_everything_at_once(bench):
    ca, web = bench.certificate("signer.pem"), bench.certificate("Web Server CA.pem")
    key = write(bench.path("keys"), b"sha256:" + b"ab" * 32 + b"\n")
    signed = bench.path("signed.ova")
    bench.does("sign", bench.ova, "--key", ca + ".key", "--cert", ca, "--out", signed)
    uuid, mac = "4c4c4544-0036-3510-8052-b4c04f4a3132", "52-54-00-12-34-56"
    one = write(bench.path("one.conf"), b"property.hostname = a\n")
    two = write(bench.path("two.conf"), b"# nothing\n")
    bench.does(*bench.media("--conf", bench.conf, "--trust", ca, key, "--https-trust", web, "--machine", f"{uuid}={one}",
                            "--machine", f"{mac}={two}", ova=signed))
    bench.is_medium({**files_of(), "EFI/ovfboot/ovfboot.conf": CONF, "EFI/ovfboot/trust/signer.pem": read(ca),
                     "EFI/ovfboot/trust/keys": read(key), "EFI/ovfboot/https/Web Server CA.pem": read(web),
                     f"EFI/ovfboot/machines/{uuid}.conf": read(one), f"EFI/ovfboot/machines/{mac}.conf": read(two)},
                    [signed])
    holds(bench.refuses_media("--trust", ca), "small.ova", "not signed")  # what would be refused in firmware


def test_several_packages(bench):
    ovas = []
    for name in ("b.ova", "a rather long name, as products have it, 1.2.3.ova", "c.ova"):
        ovas.append(shutil.copy(bench.ova, bench.path(name)))
        with open(ovas[-1], "ab") as file:
            file.write(bytes(512 * len(ovas)))  # tar archives may end so; each is as long as no other
    source = write(bench.path("my.conf"), b"source = a rather long name, as products have it, 1.2.3.ova\n")
    bench.does("media", "--ova", *ovas, "--efi", LOADER, "--conf", source, "--out", bench.out)
    bench.is_medium({**files_of(), "EFI/ovfboot/ovfboot.conf": read(source)}, ovas)


def test_the_same_gives_the_same_bytes(bench):
    bench.does(*bench.media("--conf", bench.conf))
    first = sha256(bench.out)
    bench.does(*bench.media("--conf", bench.conf))  # over the one that is there
    same(sha256(bench.out), first)
    write(bench.conf, CONF + b"\n")
    bench.does(*bench.media("--conf", bench.conf))
    check(read(bench.out, 512 + 56, 16) != read(bench.path("usb.img"), 0, 16), "no GUID")
    check(sha256(bench.out) != first, "other settings, the same bytes")


def test_room_for_logs(bench):
    for text, least, most in (("1MiB", 1, 64), ("300 MiB", 300, 320), ("1GiB", 1024, 1040)):
        bench.does(*bench.media("--logs", text))
        size = bench.table()[0][3]
        check(least * MIB <= size <= most * MIB, f"{text}: {size} bytes")
        bench.is_medium(files_of(), [bench.ova])
    for text in ("much", "0 MiB", "5", "2GiB"):
        same(bench.ovfboot(*bench.media("--logs", text))[0], 2, text)


def test_two_kinds_of_processors(bench):
    other = bytearray(read(LOADER))
    at = int.from_bytes(other[60:64], "little") + 4
    same(other[at:at + 2], b"\x64\x86")
    other[at:at + 2] = b"\x64\xaa"
    aa64 = write(bench.path("aa64.efi"), other)
    bench.does(*bench.media("--efi", aa64))
    bench.is_medium({**files_of(), "EFI/BOOT/BOOTAA64.EFI": bytes(other)}, [bench.ova])
    holds(bench.refuses_media("--efi", LOADER), "BOOTX64.EFI: two files would have that name")
    other[at:at + 2] = b"\x4c\x01"
    holds(bench.refuses_media("--efi", write(aa64, other)), "aa64.efi: is no EFI application for x86-64 or AArch64")
    holds(bench.refuses_media("--efi", bench.conf), "my.conf: ")


def test_a_bad_setting_is_refused_by_file_and_line(bench):
    write(bench.conf, b"target = nvme\n\ntarget = flying\n")
    holds(bench.refuses_media("--conf", bench.conf), "my.conf: line 3: target is set a second time")
    write(bench.conf, b"\nhardware = perhaps\n")
    holds(bench.refuses_media("--conf", bench.conf), "my.conf: line 2: hardware = perhaps")
    write(bench.conf, b"target\n")
    holds(bench.refuses_media("--conf", bench.conf), "my.conf: line 1")
    write(bench.conf, b"source = other.ova\n")
    holds(bench.refuses_media("--conf", bench.conf), "my.conf: source = other.ova: is none of the packages of --ova")
    holds(bench.refuses_media("--conf", bench.path("none")), "none: cannot open")
    write(bench.conf, CONF)
    own = write(bench.path("own.conf"), b"measure = perhaps\n")
    holds(bench.refuses_media("--conf", bench.conf, "--machine", f"SN42={own}"), "own.conf: line 1: measure = perhaps")
    write(own, b"\n")
    holds(bench.refuses_media("--machine", f"52:54:00:12:34:56={own}"), "write - between the bytes of an address")
    holds(bench.refuses_media("--machine", own), "it must be ID=FILE")
    holds(bench.refuses_media("--machine", f"a={own}", "--machine", f"A={own}"), "two files would have that name")
    write(bench.conf, b"verify = signature\n")
    holds(bench.refuses_media("--conf", bench.conf), "verify = signature")


def test_what_is_sealed_into_the_loader_counts(bench):
    ca, policy = bench.certificate("ca.pem"), write(bench.path("policy"), b"verify = signature\nmeasure = none\n")
    sealed = bench.path("sealed.efi")
    bench.does("seal", "--trust", ca, "--policy", policy, "--loader", LOADER, "--out", sealed)
    write(bench.conf, b"measure = none\n")
    arguments = ("media", "--efi", sealed, "--out", bench.out)
    holds(bench.refuses(*arguments, "--ova", bench.ova, "--conf", bench.conf), "my.conf: line 1: measure is sealed into this loader")
    holds(bench.refuses(*arguments, "--ova", bench.ova), "small.ova", "not signed")
    check(not os.path.exists(bench.out), "it was made")
    signed = bench.path("signed.ova")
    bench.does("sign", bench.ova, "--key", ca + ".key", "--cert", ca, "--out", signed)
    bench.does(*arguments, "--ova", signed)
    bench.is_medium({"EFI/BOOT/BOOTX64.EFI": read(sealed)}, [signed])


def test_a_bad_file_with_trust_is_refused(bench):
    bad = write(bench.path("bad.pem"), b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    for option in ("--trust", "--https-trust"):
        holds(bench.refuses_media(option, bad), "bad.pem: ")
        holds(bench.refuses_media(option, bench.path("none.pem")), "none.pem: cannot open")
    hidden = shutil.copy(bench.certificate("ca.pem"), bench.path(".ca.pem"))
    holds(bench.refuses_media("--https-trust", hidden), ".ca.pem: a file whose name begins with . is not looked at")
    os.mkdir(bench.path("d"))
    again = shutil.copy(bench.path("ca.pem"), bench.path("d/CA.PEM"))
    holds(bench.refuses_media("--https-trust", bench.path("ca.pem"), again), "two files would have that name")


def test_a_bad_package_is_refused(bench):
    holds(bench.refuses_media(ova=bench.path("none.ova")), "none.ova: cannot open")
    bad = bench.bad("small.vmdk", lambda data: data[:-600] + b"\1" + data[-599:])
    check("bad1.ova" in bench.refuses_media(ova=bad), "its name")
    cut = write(bench.path("cut.ova"), read(bench.ova)[:100000])
    holds(bench.refuses_media(ova=cut), "cut.ova")
    holds(bench.refuses_media(ova=bench.vmdk), "small.vmdk: is no OVA, which is a tar archive")
    run("gzip", "-k", bench.ova)
    holds(bench.refuses_media(ova=bench.ova + ".gz"), "small.ova.gz: is no OVA, which is a tar archive")
    os.mkdir(bench.path("d"))
    twin = shutil.copy(bench.ova, bench.path("d/SMALL.OVA"))
    holds(bench.refuses_media("--ova", twin), "both partitions would be called SMALL.OVA")


def test_wrong_usage(bench):
    for arguments, said in ((("--ova", "x"), "media wants --out FILE"), (("--out", "x"), "media wants --ova FILE"),
                            (("--ova", "x", "--out", "y", "--conf", "a", "--conf", "b"), "--conf is there twice"),
                            (("--ova", "x", "--out", "y", "z"), "z is one FILE too many"),
                            (("--ova", "x", "--out", "y", "--set", "a=b"), "media has no option --set")):
        code, _, err = bench.ovfboot("media", *arguments)
        same(code, 2, err)
        holds(err, said)


def test_what_is_there_is_not_lost(bench):
    write(bench.out, b"old")
    holds(bench.refuses_media(ova=bench.path("none.ova")), "none.ova")
    same(read(bench.out), b"old")
    write(bench.out + ".tmp", b"another's")
    holds(bench.refuses_media(), "usb.img.tmp: is there already")
    os.remove(bench.out + ".tmp")
    holds(bench.refuses_media(out=bench.ova), "is the same file as")
    anchor = bench.certificate("ca.pem")
    tool = shutil.copy(OVFBOOT, bench.path("tool"))
    own = shutil.copy(LOADER, bench.path("ovfboot.efi"))
    for option, path in (("--conf", bench.conf), ("--machine", f"sn-1={bench.conf}"), ("--trust", anchor),
                         ("--https-trust", anchor), ("--efi", bench.conf)):
        said = bench.refuses_media(option, path, out=path.partition("=")[2] or path)
        holds(said, "is the same file as")
    code, _, err = bench.ovfboot("media", "--ova", bench.ova, "--out", own, tool=tool)
    same((code, read(own)), (1, read(LOADER)))
    holds(err, "is the same file as")
    holds(bench.refuses_media(out=bench.folder), "is no ordinary file")
    holds(bench.refuses_media(out=bench.path("no/usb.img")), "no/usb.img")


def limited():
    import signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (66 * MIB, 66 * MIB))


def test_a_full_disk(bench):
    """Too little for the whole, and for what is not sparse."""
    done = subprocess.run([OVFBOOT, *bench.media()], capture_output=True, text=True, check=False, preexec_fn=limited)
    same(done.returncode, 1, done.stderr)
    holds(done.stderr, "usb.img")
    check(not os.path.exists(bench.out) and not os.path.exists(bench.out + ".tmp"), "something is left")
    if os.geteuid() != 0:
        raise Skip("a file system of its own needs root")
    os.mkdir(bench.path("full"))
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", bench.path("full")], check=False).returncode:
        raise Skip("nothing can be mounted here")
    try:
        said = bench.refuses(*bench.media(out=bench.path("full/usb.img")))
        holds(said, "full/usb.img: cannot write at byte")
        same(os.listdir(bench.path("full")), [])
    finally:
        run("umount", bench.path("full"))


def flipped(bench, name, at, *arguments):
    """What is said when that byte of what is written becomes another one."""
    need("gcc")
    shim = bench.path("flip.so")
    if not os.path.exists(shim):
        run("gcc", "-O2", "-shared", "-fPIC", "-o", shim, os.path.join(TOP, "tests/preload/flip.c"), "-ldl")
    done = subprocess.run([QUICK, *arguments], capture_output=True, text=True, check=False,
                          env={**os.environ, "LD_PRELOAD": shim, "FLIP_PATH": name, "FLIP_AT": str(at)})
    same(done.returncode, 1, f"byte {at}: {done.stderr}")
    return done.stderr


def test_what_does_not_come_back_is_found_with_its_byte(bench):
    """Wherever it is: in the file system, a package, both copies of the table, and the last sector written."""
    bench.does(*bench.media())
    table, size = bench.table(), os.path.getsize(bench.out)
    first = read(bench.out)
    os.remove(bench.out)
    for at in (MIB + 11, MIB + 3 * MIB // 2, table[1][2], table[1][2] + 2 * MIB + 77777, size - 512 + 20, 512 + 20, 1024, 510):
        holds(flipped(bench, "usb.img.tmp", at, *bench.media()), f"usb.img: what was written does not come back: byte {at} is 0x{first[at] ^ 0x40:02x} and "
              f"should be 0x{first[at]:02x}")
        check(not os.path.exists(bench.out) and not os.path.exists(bench.out + ".tmp"), "something is left")


@contextlib.contextmanager
def loop(path, size, sector=512):
    """A block device full of old bytes."""
    if os.geteuid() != 0 or not shutil.which("losetup"):
        raise Skip("a loop device needs root and losetup")
    with open(path, "wb") as file:
        file.write(os.urandom(MIB) * (size // MIB))
        file.write(os.urandom(size % MIB))
    done = subprocess.run(["losetup", "-b", str(sector), "-f", "--show", path], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Skip(f"losetup does not work here: {done.stderr.strip()}")
    try:
        yield done.stdout.strip()
    finally:
        run("losetup", "-d", done.stdout.strip())


def test_a_device(bench):
    """Larger than what goes onto it: the table reaches to its end, and its old bytes are no part of it."""
    for sector in (512, 4096):
        with loop(bench.path("disk"), 340 * MIB + 4096, sector) as device:
            bench.does(*bench.media("--conf", bench.conf, "--force", "--force", out=device))
            holds(run("sgdisk", "-v", device), "No problems found.")
            run("sfdisk", "--verify", device)
            (kind, name, offset, _) = bench.table(device)[1]
            same((kind, name), (OVA, "small.ova"))
            same(read(device, offset, os.path.getsize(bench.ova)), read(bench.ova))
            esp = bench.esp(device, size=bench.table(device)[0][3])
            holds("".join(bench.names(esp)), "::/EFI/BOOT/BOOTX64.EFI", "::/EFI/ovfboot/ovfboot.conf")


def test_a_device_that_does_not_keep_what_was_written_does_not_start(bench):
    with loop(bench.path("disk"), 100 * MIB) as device:
        said = flipped(bench, device, 66 * MIB, *bench.media("--force", "--force", out=device))
        holds(said, f"{device}: what was written does not come back: byte {66 * MIB} is ")
        same(read(device, 0, 512), bytes(512), "LBA 0")


def refuses_device(bench, device, *arguments):
    before = sha256(bench.path("disk"))
    said = bench.refuses(*bench.media(*arguments, out=device))
    same(sha256(bench.path("disk")), before, "the disk")
    return said


def test_a_device_that_is_not_removable_wants_force_twice(bench):
    with loop(bench.path("disk"), 100 * MIB) as device:
        for arguments in ((), ("--force",)):
            holds(refuses_device(bench, device, *arguments), "is neither removable nor on USB; --force --force takes it")
        holds(refuses_device(bench, device, "--force", "--force", "--ova", bench.path("none.ova")), "none.ova: cannot open")
        bad = bench.bad("small.vmdk", lambda data: data[:-600] + b"\1" + data[-599:])
        holds(refuses_device(bench, device, "--force", "--force", "--ova", bad), "bad1.ova")


def test_a_device_that_is_too_small(bench):
    with loop(bench.path("disk"), 40 * MIB) as device:
        said = refuses_device(bench, device, "--force", "--force")
        holds(said, "has 41.9 MB, and what is to go onto it needs ", " too little")


def test_a_device_that_is_in_use(bench):
    need("mkfs.ext4")
    with loop(bench.path("disk"), 100 * MIB) as device:
        run("mkfs.ext4", "-q", "-F", device)
        os.mkdir(bench.path("mnt"))
        run("mount", "-o", "ro,noload", device, bench.path("mnt"))
        try:
            holds(refuses_device(bench, device, "--force", "--force"), f"is mounted at {bench.path('mnt')}")
        finally:
            run("umount", bench.path("mnt"))
        fd = os.open(device, os.O_RDWR | os.O_EXCL)
        try:
            holds(refuses_device(bench, device, "--force", "--force"), "cannot open for writing")
        finally:
            os.close(fd)


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
