#!/usr/bin/env python3
"""ovfboot sign against openssl and GNU tar: others can check what it signs, with no help of ours,
and what it refuses leaves no file behind.

    OVFBOOT_BUILD=DIR test_sign.py [word ...]

Runs DIR/ovfboot, or SIGN_TOOL.
"""

import hashlib
import os
import random
import re
import resource
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from checks import MIB, Skip, check, holds, need, read, run, run_tests, same, sha256, write  # noqa: E402
from cli import OVFBOOT  # noqa: E402
from packages import manifest, tar  # noqa: E402

TOOL = os.environ.get("SIGN_TOOL", OVFBOOT)
ORDER = ["a.ovf", "a.mf", "a.cert", "z.vmdk", "b.vmdk", "empty.txt"]
KEYS = {
    "rsa2048": ["RSA", "rsa_keygen_bits:2048"],
    "rsa1024": ["RSA", "rsa_keygen_bits:1024"],
    "e3": ["RSA", "rsa_keygen_bits:3072", "rsa_keygen_pubexp:3"],
    "p256": ["EC", "ec_paramgen_curve:P-256"],
}
END = b"-----END CERTIFICATE-----"


class Bench:
    """A scratch folder with the files of a package; they need not be a real appliance."""

    def __init__(self, folder):
        need("openssl", "tar")
        self.folder = folder
        rng = random.Random(7)
        self.files = [("a.ovf", b"<Envelope/>\n" * 90), ("z.vmdk", rng.randbytes(3 * MIB + 77)),
                      ("b.vmdk", rng.randbytes(512)), ("empty.txt", b"")]
        self.ova = tar(self.path("in.ova"), self.files)
        self.out = self.path("out.ova")

    def path(self, name):
        return os.path.join(self.folder, name)

    def key(self, kind, name=None):
        algorithm, *options = KEYS[kind]
        path = self.path(f"{name or kind}.key")
        run("openssl", "genpkey", "-algorithm", algorithm, "-out", path,
            *[word for option in options for word in ("-pkeyopt", option)])
        return path

    def cert(self, key, name="Signer", *more):
        path = os.path.splitext(key)[0] + ".pem"
        run("openssl", "req", "-x509", "-new", "-key", key, "-subj", f"/CN={name}", "-days", "9",
            "-out", path, *more)
        return path

    def pair(self, kind, name=None):
        key = self.key(kind, name)
        return key, self.cert(key)

    def call(self, ova, key, cert, *more, out=None, before=None, **env):
        return subprocess.run([*(before or []), TOOL, "sign", ova, "--key", key, "--cert", cert,
                               "--out", out or self.out, *more], text=True, capture_output=True,
                              check=False, env={**os.environ, **env})

    def sign(self, ova, key, cert, *more, **named):
        done = self.call(ova, key, cert, *more, **named)
        same((done.returncode, done.stderr), (0, ""), "sign")
        return named.get("out") or self.out

    def refuses(self, ova, key, cert, *more, **named):
        """The sentence; no new file is there."""
        before = sorted(os.listdir(self.folder))
        done = self.call(ova, key, cert, *more, **named)
        same(done.returncode, 1, done.stderr or "it was not refused")
        lines = done.stderr.splitlines()
        same(len(lines), 2, done.stderr)
        check(re.match(r"ovfboot: FAILED: .*([^.]|\.\.\.)$", lines[0]), lines[0])
        same(sorted(os.listdir(self.folder)), before, "files")
        return lines[0]

    def packed(self, *members):
        """Another archive; members are added to the files, or replace those of the same name."""
        new = dict(self.files)
        new.update(members)
        return tar(self.path("other.ova"), list(new.items()))

    def proved(self, out, cert, certificates=1, order=None):
        """By GNU tar, openssl, and Python's SHA-256 alone."""
        listing = run("tar", "--numeric-owner", "--utc", "-tvf", out).splitlines()
        same([line.split()[-1] for line in listing], order or ORDER, "order")
        for line in listing:
            same(line.split()[:2], ["-rw-r--r--", "0/0"], line)
        folder = self.path("extracted")
        subprocess.run(["rm", "-rf", folder], check=True)
        os.mkdir(folder)
        run("tar", "-C", folder, "-xf", out)
        text = read(os.path.join(folder, "a.mf")).decode()
        found = re.findall(r"SHA256\((.*)\)= ([0-9a-f]{64})\n", text)
        same(len(found), text.count("\n"), "lines of the manifest")
        same([name for name, _ in found],
             [name for name in order or ORDER if not name.endswith((".mf", ".cert"))], "manifest")
        for name, digest in found:
            same(sha256(os.path.join(folder, name)), digest, name)
        for name, data in self.files:
            same(read(os.path.join(folder, name)), data, name)
        first, rest = read(os.path.join(folder, "a.cert")).split(b"\n", 1)
        hexes = re.fullmatch(rb"SHA256\(a\.mf\)= ([0-9a-f]+)", first)
        check(hexes, first)
        same(rest.count(END), certificates, "certificates")
        fingerprint = ["-noout", "-fingerprint", "-sha256"]
        leaf = write(self.path("leaf"), rest[:rest.index(END) + len(END)] + b"\n")
        same(run("openssl", "x509", "-in", leaf, *fingerprint),
             run("openssl", "x509", "-in", cert, *fingerprint), "first certificate")
        public = write(self.path("public"),
                       run("openssl", "x509", "-in", leaf, "-pubkey", "-noout").encode())
        signature = write(self.path("signature"), bytes.fromhex(hexes[1].decode()))
        holds(run("openssl", "dgst", "-sha256", "-verify", public, "-signature", signature,
                  os.path.join(folder, "a.mf")), "Verified OK")
        return rest


def signs(b, kind):
    key, cert = b.pair(kind)
    b.proved(b.sign(b.ova, key, cert), cert)


def test_openssl_verifies_rsa_2048(b):
    signs(b, "rsa2048")


def test_openssl_verifies_rsa_3072_with_exponent_3(b):
    signs(b, "e3")


def test_openssl_verifies_p256(b):
    signs(b, "p256")


def test_a_chain_follows_the_signer(b):
    root_key = b.key("p256", "root")
    root = b.cert(root_key, "Root")
    key = b.key("rsa2048")
    run("openssl", "req", "-new", "-key", key, "-subj", "/CN=Leaf", "-out", b.path("csr"))
    cert = b.path("leaf.pem")
    run("openssl", "x509", "-req", "-in", b.path("csr"), "-CA", root, "-CAkey", root_key,
        "-CAcreateserial", "-days", "9", "-out", cert)
    pem = b.proved(b.sign(b.ova, key, cert, "--chain", root), cert, certificates=2)
    check(pem.endswith(read(root)), "the root is not behind the signer")
    holds(run("openssl", "verify", "-CAfile", root, b.path("leaf")), "OK")


def test_signs_anew_what_another_signed(b):
    key, cert = b.pair("p256")
    b.sign(b.ova, key, cert)
    other_key, other_cert = b.pair("rsa2048")
    again = b.sign(b.out, other_key, other_cert, out=b.path("again.ova"))
    b.proved(again, other_cert)


def test_an_old_file_is_replaced(b):
    key, cert = b.pair("p256")
    write(b.out, b"old")
    b.proved(b.sign(b.ova, key, cert), cert)


def test_the_same_bytes_each_time_and_the_time_asked_for(b):
    key, cert = b.pair("rsa2048")
    first = b.sign(b.ova, key, cert)
    second = b.sign(b.ova, key, cert, out=b.path("second.ova"))
    same(sha256(first), sha256(second))
    holds(run("tar", "--utc", "-tvf", first), " 1970-01-01 00:00 a.mf")
    dated = b.sign(b.ova, key, cert, out=b.path("dated.ova"), SOURCE_DATE_EPOCH="1700000000")
    holds(run("tar", "--utc", "-tvf", dated), " 2023-11-14 22:13 a.mf")
    same(read(dated, os.path.getsize(dated) - 1024), bytes(1024), "end of the archive")
    holds(b.refuses(b.ova, key, cert, out=b.path("x"), SOURCE_DATE_EPOCH="soon"),
          "SOURCE_DATE_EPOCH is soon")


def test_long_names(b):
    key, cert = b.pair("p256")
    folder = "d" * 90
    os.mkdir(b.path(folder))
    name = os.path.join(folder, "n" * 100)
    write(b.path(name), b"long")
    run("tar", "-C", b.folder, "-rf", b.ova, name)
    b.proved(b.sign(b.ova, key, cert), cert, order=[*ORDER, name])
    name = "n" * 101
    write(b.path(name), b"longer")
    write(b.path("a.ovf"), b"<Envelope/>")
    other = b.path("other.ova")
    run("tar", "--format=gnu", "-C", b.folder, "-cf", other, "a.ovf", name)
    holds(b.refuses(other, key, cert, out=b.path("x")), f"other.ova: {name}: its name has 101 bytes")


def test_a_name_that_a_manifest_cannot_hold(b):
    key, cert = b.pair("p256")
    for name in ("two\nlines", "bell\a"):
        holds(b.refuses(b.packed((name, b"x")), key, cert),
              "a manifest cannot hold a file of that name")


def test_the_old_manifest_must_hold(b):
    key, cert = b.pair("p256")
    all_kinds = b"".join(manifest(b.files, kind) for kind in ("sha1", "sha256", "sha512"))
    b.proved(b.sign(b.packed(("a.mf", all_kinds)), key, cert), cert)
    os.remove(b.out)
    for kind in ("sha1", "sha256", "sha512"):
        digest = hashlib.new(kind, b.files[1][1]).hexdigest().encode()
        wrong = all_kinds.replace(digest, digest[:-1] + (b"0" if digest[-1:] != b"0" else b"1"))
        holds(b.refuses(b.packed(("a.mf", wrong)), key, cert), "other.ova: z.vmdk: its SHA-")
    holds(b.refuses(b.packed(("a.mf", manifest(b.files[:2]))), key, cert), "no line for b.vmdk")
    more = manifest([*b.files, ("gone.vmdk", b"")])
    holds(b.refuses(b.packed(("a.mf", more)), key, cert),
          "line 5 is for gone.vmdk, which is not in the archive")
    holds(b.refuses(b.packed(("a.mf", b"nonsense\n")), key, cert), "a.mf: line 1")
    holds(b.refuses(b.packed(("a.mf", all_kinds), ("a.MF", b"")), key, cert), "a second .mf")


def test_a_damaged_archive(b):
    key, cert = b.pair("p256")
    members = dict([*b.files, ("a.mf", manifest(b.files))])
    damaged = read(tar(b.path("other.ova"), list(members.items())))
    at = damaged.index(b.files[1][1]) + 2 * MIB
    write(b.path("other.ova"), damaged[:at] + bytes([damaged[at] ^ 1]) + damaged[at + 1:])
    holds(b.refuses(b.path("other.ova"), key, cert), "z.vmdk: its SHA-256 is")
    write(b.path("other.ova"), damaged[:MIB])
    holds(b.refuses(b.path("other.ova"), key, cert), "it was cut short")
    write(b.path("other.ova"), b"")
    holds(b.refuses(b.path("other.ova"), key, cert), "is empty, or no tar archive")
    holds(b.refuses(b.path("none.ova"), key, cert), "none.ova: cannot open")


def test_wrong_keys_and_certificates(b):
    key, cert = b.pair("p256")
    other_key, other_cert = b.pair("rsa2048")
    weak_key, weak_cert = b.pair("rsa1024")
    locked = b.path("locked.key")
    run("openssl", "pkey", "-in", key, "-aes256", "-passout", "pass:x", "-out", locked)
    for words, why in (((other_key, cert), "does not belong to the certificate of"),
                       ((key, other_cert), "does not belong to the certificate of"),
                       ((weak_key, weak_cert), "too weak"),
                       ((cert, cert), "the private key cannot be read"),
                       ((key, key), "there is no certificate in the file"),
                       ((locked, cert), "under a passphrase"),
                       ((key, cert, "--chain", key), "there is no certificate in the file"),
                       ((b.path("none"), cert), "none: cannot open"),
                       ((key, b.path("none")), "none: cannot open"),
                       ((key, cert, "--chain", b.path("none")), "none: cannot open"),
                       ((b.ova, cert), "in.ova: has ")):
        holds(b.refuses(b.ova, *words), why)


def test_out_is_none_of_the_inputs(b):
    key, cert = b.pair("p256")
    os.link(b.ova, b.path("hard.ova"))
    os.symlink(b.ova, b.path("soft.ova"))
    for out in (b.ova, b.path("hard.ova"), b.path("soft.ova"), key, cert,
                os.path.join(b.folder, ".", "in.ova")):
        before = read(out)
        holds(b.refuses(b.ova, key, cert, out=out), "is the same file as")
        same(read(out), before)
    holds(b.refuses(b.ova, key, cert, out=b.folder), "is no ordinary file")
    holds(b.refuses(b.ova, key, cert, out="/dev/null"), "is no ordinary file")
    # The temporary name is an input's: it must survive.
    os.rename(b.ova, b.path("x.tmp"))
    before = sha256(b.path("x.tmp"))
    holds(b.refuses(b.path("x.tmp"), key, cert, out=b.path("x")), "x.tmp: cannot be made")
    same(sha256(b.path("x.tmp")), before)


def test_a_failed_write_leaves_what_was_there(b):
    key, cert = b.pair("p256")
    write(b.out, b"old")

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 * MIB, 2 * MIB))

    done = subprocess.run([TOOL, "sign", b.ova, "--key", key, "--cert", cert, "--out", b.out],
                          text=True, capture_output=True, check=False, preexec_fn=limit)
    same(done.returncode, 1, done.stderr)
    holds(done.stderr, "out.ova: cannot write at byte 2097152 (File too large)")
    same(read(b.out), b"old")
    check(not os.path.exists(b.out + ".tmp"), "out.ova.tmp is left")
    holds(b.refuses(b.ova, key, cert, out=b.path("no/out.ova")), "out.ova.tmp: cannot be made")


def test_a_full_target_directory(b):
    need("unshare", "mount")
    key, cert = b.pair("p256")
    full = b.path("full")
    os.mkdir(full)
    inside = ["unshare", "--mount", *([] if os.getuid() == 0 else ["--map-root-user"]), "sh", "-c",
              'mount -t tmpfs -o size=1m tmpfs "$0" || exit 77; "$@"; code=$?; ls -A "$0"; exit $code',
              full]
    if subprocess.run([*inside, "true"], capture_output=True, check=False).returncode != 0:
        raise Skip("a small file system cannot be mounted here")
    out = os.path.join(full, "out.ova")
    done = b.call(b.ova, key, cert, out=out, before=inside)
    same((done.returncode, done.stdout), (1, ""), done.stderr)
    holds(done.stderr, "out.ova: cannot write at byte", "(No space left on device)")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
