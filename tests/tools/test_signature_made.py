#!/usr/bin/env python3
"""What crypto/sign.h makes, and the packages of the corpus; see signature_bench.py."""

import os
import re
import subprocess
import sys
import tarfile

sys.dont_write_bytecode = True

from signature_bench import (  # noqa: E402
    Authority, Bench, SETTING, SHARED, Skip, TOOL, field, holds, openssl, read, run_tests,
    same, write)


def sign(bench, *words):
    done = subprocess.run([TOOL, "sign", bench.manifest, "a.mf", *words], capture_output=True,
                          check=False)
    return done.returncode, done.stdout, done.stderr.decode()


def openssl_verifies(bench, cert, file, digest, *options):
    hexed = re.match(rb"SHA\d+\(a\.mf\)= ([0-9a-f]+)\n", file)
    signature = write(bench.path("made.sig"), bytes.fromhex(hexed.group(1).decode()))
    public = bench.path("made.pub")
    openssl("x509", "-in", cert, "-noout", "-pubkey", "-out", public)
    openssl("dgst", f"-{digest}", "-verify", public, "-signature", signature, *options, bench.manifest)


def test_what_we_sign_openssl_verifies(bench):
    for kind in ("rsa2048", "rsa4096", "e3", "p256", "p384"):
        for digest in ("sha256", "sha384", "sha512"):
            leaf = bench.shop.leaf(kind)
            code, out, error = sign(bench, bench.shop.key(kind), leaf, bench.shop.root().cert, digest)
            same(code, 0, error)
            openssl_verifies(bench, leaf, out, digest)
            holds(out, read(leaf), read(bench.shop.root().cert))
            bench.trusted(bench.write(out), bench.shop.root().cert)


def test_signing_for_a_certificate_that_says_pss(bench):
    """The certificate binds the key to RSASSA-PSS, the key's file does not."""
    text = read(bench.shop.key("pss"))
    der = subprocess.run(["openssl", "pkey", "-outform", "DER"], input=text, capture_output=True,
                         check=True).stdout
    write(bench.path("inner.der"), der[der.index(b"\x30\x82", 8):])
    code, out, error = sign(bench, bench.path("inner.der"), bench.shop.leaf("pss"), "-", "sha256")
    same(code, 0, error)
    openssl_verifies(bench, bench.shop.leaf("pss"), out, "sha256", "-sigopt", "rsa_padding_mode:pss")
    bench.trusted(bench.write(out), bench.shop.root().cert)
    code, out, error = sign(bench, bench.shop.key("pss"), bench.shop.leaf("pss"), "-", "sha256")
    same(code, SETTING, "a PSS key in PKCS #8")
    holds(error, "the private key cannot be read")


def test_private_keys_in_every_form(bench):
    rsa, ec, cert = bench.shop.key("rsa2048"), bench.shop.key("p256"), bench.shop.leaf
    forms = {
        "pkcs1": ("rsa", rsa, ["-traditional"]), "pkcs1.der": ("rsa", rsa, ["-traditional", "-outform", "DER"]),
        "sec1": ("ec", ec, []), "sec1.der": ("ec", ec, ["-outform", "DER"]),
        "pkcs8.der": ("pkcs8", rsa, ["-topk8", "-nocrypt", "-outform", "DER"]),
        "ec8.der": ("pkcs8", ec, ["-topk8", "-nocrypt", "-outform", "DER"]),
        "old passphrase": ("rsa", rsa, ["-traditional", "-aes256", "-passout", "pass:secret"]),
        "ec passphrase": ("ec", ec, ["-aes128", "-passout", "pass:secret"]),
        "passphrase": ("pkcs8", rsa, ["-topk8", "-v2", "aes-256-cbc", "-passout", "pass:secret"]),
        "der passphrase": ("pkcs8", ec, ["-topk8", "-outform", "DER", "-passout", "pass:secret"]),
    }
    for name, (command, key, options) in forms.items():
        path = bench.path(name)
        openssl(command, "-in", key, "-out", path, *options)
        leaf = cert("rsa2048" if key == rsa else "p256")
        words = [path, leaf, "-", "sha256"]
        if "passphrase" in name:
            code, out, error = sign(bench, *words)
            same(code, SETTING, name)
            holds(error, "private key")
            code, out, error = sign(bench, *words, "wrong")
            same(code, SETTING, name)
            words += ["secret"]
        code, out, error = sign(bench, *words)
        same(code, 0, f"{name}: {error}")
        openssl_verifies(bench, leaf, out, "sha256")


def test_signing_refuses(bench):
    shop = bench.shop
    for words, why in (
            ((shop.key("p256"), shop.leaf("p384"), "-", "sha256"), "does not belong to the certificate of O=Test, CN=signer p384"),
            ((shop.key("rsa2048-b"), shop.leaf("rsa2048"), "-", "sha256"), "does not belong to"),
            ((shop.key("rsa1024"), shop.leaf("rsa1024"), "-", "sha256"), "the private key, RSA 1024, is too weak"),
            ((shop.key("p256"), shop.leaf("p256"), "-", "sha1"), "SHA-1 is too weak to sign with"),
            ((shop.leaf("p256"), shop.leaf("p256"), "-", "sha256"), "the private key cannot be read"),
            ((shop.key("p256"), shop.key("p256"), "-", "sha256"), "there is no certificate in the file")):
        code, out, error = sign(bench, *words)
        same(code, SETTING, error)
        same(out, b"")
        holds(error, why)


def test_like_the_corpus_of_2008(bench):
    """RSA with 512 bits and SHA-1, self-signed, expired: right by the numbers, refused by policy."""
    own = Authority(bench.shop, "2008", "rsa512", None, "", start="20080901000000Z",
                    end="20090901000000Z", md="sha1").cert
    cert = bench.write(bench.line(bench.shop.key("rsa512"), "sha1"), own)
    for trust in ([], [own]):
        out = bench.refused(cert, *trust, why="the manifest is signed with SHA-1, which is too weak")
        same((field(out, "state"), field(out, "algorithm")), ("holds", "RSA 512 with SHA-1"))



def corpus_triple(bench, name):
    """Manifest and certificate of a package of the corpus."""
    folder = os.path.join(SHARED, "corpus", "signed", name)
    if not os.path.isdir(folder):
        raise Skip(f"{name} is not in the corpus")
    for file in os.listdir(folder):
        if file.endswith(".ova"):
            with tarfile.open(os.path.join(folder, file)) as tar:
                tar.extractall(bench.folder)
            folder = bench.folder
            break
    found = {os.path.splitext(file)[1]: os.path.join(folder, file) for file in os.listdir(folder)
             if file != "a.mf"}
    return found[".mf"], found[".cert"]


def test_corpus_openovf_2008_04(bench):
    manifest, cert = corpus_triple(bench, "openovf-2008-04-ova")
    out = bench.refused(cert, manifest=manifest, why="the signature is not by the key of")
    same(field(out, "state"), "read")


def test_corpus_openovf_2008_08(bench):
    manifest, cert = corpus_triple(bench, "openovf-2008-08-badsig")
    bench.refused(cert, manifest=manifest, why="the signature is not by the key of")


def test_corpus_openovf_2008_09(bench):
    """Right by the numbers, and refused by policy; also when it is pinned."""
    manifest, cert = corpus_triple(bench, "openovf-2008-09-verified")
    for trust in ([], [cert]):
        out = bench.refused(cert, *trust, manifest=manifest, why="is too weak")
        same(field(out, "state"), "holds")
        same(field(out, "algorithm"), "RSA 512 with SHA-1")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
