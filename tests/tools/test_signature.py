#!/usr/bin/env python3
"""Signatures that hold, and whom one may trust; see signature_bench.py."""

import re
import subprocess
import sys

sys.dont_write_bytecode = True

from signature_bench import (  # noqa: E402
    Authority, Bench, CA, DAMAGED, NOW, PSS, SETTING, chain_of_three, check, field, holds,
    openssl, pem_to_der, pin_of, read, run_tests, same, write)


def lines_of_kind(bench, kind, key_text, digests=("sha256", "sha384", "sha512"), options=()):
    for digest in digests:
        out = bench.trusted(bench.signed(kind, digest=digest, options=options),
                            bench.shop.root().cert)
        same(field(out, "algorithm"), f"{key_text} with SHA-{digest[3:]}")
        same(field(out, "forms"), "line")
        holds(out, "anchor: ca " + bench.shop.root().cert)


def test_line_rsa_2048(bench):
    lines_of_kind(bench, "rsa2048", "RSA 2048")


def test_line_rsa_3072(bench):
    lines_of_kind(bench, "rsa3072", "RSA 3072")


def test_line_rsa_4096(bench):
    lines_of_kind(bench, "rsa4096", "RSA 4096")


def test_line_rsa_with_exponent_3(bench):
    lines_of_kind(bench, "e3", "RSA 2048")


def test_line_ecdsa_p256(bench):
    lines_of_kind(bench, "p256", "ECDSA P-256")


def test_line_ecdsa_p384(bench):
    lines_of_kind(bench, "p384", "ECDSA P-384")


def test_line_with_a_pss_key(bench):
    lines_of_kind(bench, "pss", "RSA-PSS 2048")
    lines_of_kind(bench, "pss", "RSA-PSS 2048", options=["-sigopt", "rsa_pss_saltlen:20"])


def test_line_with_a_pss_key_bound_to_its_digest(bench):
    key, cert, root = bench.shop.key("pss_bound"), bench.shop.leaf("pss_bound"), bench.shop.root()
    out = bench.trusted(bench.write(bench.line(key, "sha384"), cert), root.cert)
    same(field(out, "algorithm"), "RSA-PSS 2048 with SHA-384")


def test_pss_key_does_not_sign_as_plain_rsa(bench):
    plain = bench.path("plain.key")  # the same numbers, as a plain RSA key
    text = read(bench.shop.key("pss"))
    der = subprocess.run(["openssl", "pkey", "-outform", "DER"], input=text, capture_output=True,
                         check=True).stdout
    inner = der[der.index(b"\x30\x82", 8):]
    check(inner[4:7] == b"\x02\x01\x00", "the RSAPrivateKey was not found")
    write(bench.path("plain.der"), inner)
    openssl("rsa", "-inform", "DER", "-in", bench.path("plain.der"), "-out", plain)
    cert = bench.write(bench.line(plain), bench.shop.leaf("pss"))
    bench.refused(cert, bench.shop.root().cert, why="the signature is not by the key of O=Test, CN=signer pss")


def test_plain_rsa_key_signs_with_pss_where_its_certificate_is_sealed_so(bench):
    root = bench.shop.root("rsa root", "rsa2048")
    cert = root.issue("pss sealed", "rsa3072", options=PSS)
    out = bench.trusted(bench.signed("rsa3072", cert, options=PSS), root.cert)
    same(field(out, "algorithm"), "RSA-PSS 3072 with SHA-256")
    out = bench.trusted(bench.signed("rsa3072", cert), root.cert)
    same(field(out, "algorithm"), "RSA 3072 with SHA-256")
    bench.refused(bench.signed("rsa3072", options=PSS), bench.shop.root().cert,
                  why="the signature is not by the key of O=Test, CN=signer rsa3072")


def test_facts_are_those_of_openssl(bench):
    leaf, root = bench.shop.leaf("rsa2048"), bench.shop.root().cert
    out = bench.trusted(bench.signed("rsa2048"), root)
    for which, cert in enumerate((leaf, root)):
        der = openssl("x509", "-in", cert, "-noout", "-fingerprint", "-sha256")
        same(re.findall("^fingerprint: (.*)$", out, re.M)[which],
             der.split("=")[1].strip().replace(":", "").lower())
        public = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], check=True,
                                input=subprocess.run(["openssl", "x509", "-in", cert, "-noout",
                                                      "-pubkey"], check=True,
                                                     capture_output=True).stdout,
                                capture_output=True).stdout
        write(bench.path("spki"), public)
        same(re.findall("^spki: (.*)$", out, re.M)[which],
             openssl("dgst", "-sha256", "-r", bench.path("spki")).split()[0])
        serial = openssl("x509", "-in", cert, "-noout", "-serial").split("=")[1].strip().lower()
        same(re.findall("^serial: (.*)$", out, re.M)[which].replace(":", ""), serial)
    same(re.findall("^subject: (.*)$", out, re.M), ["O=Test, CN=signer rsa2048", "O=Test, CN=root"])
    same(re.findall("^issuer: (.*)$", out, re.M), ["O=Test, CN=root"] * 2)
    same(field(out, "from"), "2020-01-01 00:00:00 UTC")
    same(field(out, "to"), "2040-01-01 00:00:00 UTC")


def test_chain_of_four_in_any_order(bench):
    root, upper, lower, leaf = chain_of_three(bench.shop)
    for order in ((upper, lower), (lower, upper), (root, lower, upper, root)):
        out = bench.trusted(bench.signed("rsa2048", leaf, *(ca.cert for ca in order)), root.cert)
        same(re.findall("^subject: O=Test, CN=(.*)$", out, re.M),
             ["deep signer", "lower", "upper", "deep root"])
    openssl("verify", "-CAfile", root.cert, "-untrusted", upper.cert, "-untrusted", lower.cert,
            "-attime", str(NOW), leaf)
    # An authority in the middle is an anchor as good.
    out = bench.trusted(bench.signed("rsa2048", leaf), lower.cert)
    same(re.findall("^subject: O=Test, CN=(.*)$", out, re.M), ["deep signer", "lower"])


def test_another_path_is_found_when_the_first_fails(bench):
    """A CA with two certificates: one from an unknown root, one from ours."""
    shop = bench.shop
    ours, other = shop.root("ours"), shop.root("other", "p384")
    middle = Authority(shop, "crossed", "rsa2048", ours)
    by_other = other.issue("crossed", "rsa2048", CA)
    expired = ours.issue("crossed", "rsa2048", CA, end="20210101000000Z")
    leaf = middle.issue("crossed signer", "p256")
    for first, second in ((by_other, middle.cert), (middle.cert, by_other), (expired, middle.cert)):
        bench.trusted(bench.signed("p256", leaf, first, second), ours.cert)
    bench.refused(bench.signed("p256", leaf, expired), ours.cert, why="CN=crossed expired on 2021-01-01")


def test_chain_with_pss_seals(bench):
    shop = bench.shop
    root = shop.root("pss root", "pss")
    upper = Authority(shop, "pss upper", "rsa2048", root, options=PSS)
    leaf = upper.issue("pss leaf", "e3", options=PSS)
    bench.trusted(bench.signed("e3", leaf, upper.cert), root.cert)


def test_forms_of_the_line(bench):
    key, leaf, root = bench.shop.key("rsa2048"), bench.shop.leaf("rsa2048"), bench.shop.root().cert
    line = bench.line(key).decode()
    hexed = line.split("= ")[1].strip()
    wrapped = "\n".join(hexed[i:i + 64] for i in range(0, len(hexed), 64))
    text = openssl("x509", "-in", leaf, "-text")
    crlf = read(leaf).replace(b"\n", b"\r\n")
    for form in (f"SHA2-256(a.mf)= {hexed}\n", f"sha-256 (a.mf) = {hexed.upper()}\n\n",
                 f"SHA256(/tmp/some/where/b.mf)={hexed}\n", f"SHA256(a.mf)= {wrapped}\n",
                 f"SHA256(a.mf)=\n{wrapped}\n", line.replace("\n", "\r\n"), line.replace("\n", "\r"),
                 f"Bag Attributes\n    localKeyID: 01\n{line}subject=CN = x (y)\n"):
        for cert in (read(leaf), crlf, text.encode(), read(leaf).rstrip(b"\n")):
            bench.trusted(bench.write(form.encode(), cert), root)


def test_several_lines_must_all_hold(bench):
    shop = bench.shop
    key, leaf, root = shop.key("rsa2048"), shop.leaf("rsa2048"), shop.root().cert
    weak, strong = bench.line(key, "sha1"), bench.line(key, "sha512")
    out = bench.trusted(bench.write(weak, strong, leaf), root)
    same(field(out, "algorithm"), "RSA 2048 with SHA-512")
    other = bench.line(shop.key("rsa3072"), "sha1")
    bench.refused(bench.write(other, strong, leaf), root, why="line 1: the signature is not by the key")
    bench.refused(bench.write(strong, strong, leaf), root, code=DAMAGED,
                  why="line 2: there is a signature with SHA-512 already, in line 1")


def test_cms_in_its_forms(bench):
    shop = bench.shop
    root = shop.root().cert
    for kind, algorithm in (("rsa2048", "RSA 2048"), ("e3", "RSA 2048"), ("p256", "ECDSA P-256"),
                            ("p384", "ECDSA P-384")):
        key, leaf = shop.key(kind), shop.leaf(kind)
        for options in ([], ["-noattr"], ["-keyid"], ["-md", "sha512"], ["-nosmimecap", "-noattr",
                                                                         "-keyid", "-md", "sha384"]):
            out = bench.trusted(bench.write(bench.cms(leaf, key, *options)), root)
            digest = options[-1][3:] if "-md" in options else "256"
            same(field(out, "algorithm"), f"{algorithm} with SHA-{digest}")
            same(field(out, "forms"), "cms")
            apart = bench.cms(leaf, key, "-nocerts", *options)
            bench.trusted(bench.write(apart, leaf), root)
            bench.trusted(bench.write(root, apart, leaf), root)
            # VirtualBox: all of it.
            out = bench.trusted(bench.write(bench.line(key), leaf, apart), root)
            same(field(out, "forms"), "line cms")
    pkcs7 = bench.cms(shop.leaf("rsa2048"), shop.key("rsa2048"), command="smime")
    holds(pkcs7, b"BEGIN PKCS7")
    bench.trusted(bench.write(pkcs7), root)


def test_cms_with_pss(bench):
    shop = bench.shop
    pss = ["-keyopt", "rsa_padding_mode:pss"]
    for kind in ("rsa2048", "pss"):
        for options in ([], ["-noattr"], ["-md", "sha512"]):
            out = bench.trusted(bench.write(bench.cms(shop.leaf(kind), shop.key(kind), *pss,
                                                      *options)), shop.root().cert)
            holds(field(out, "algorithm"), "RSA-PSS 2048 with SHA-")


def test_cms_brings_the_chain(bench):
    root, upper, lower, leaf = chain_of_three(bench.shop, "p384")
    both = write(bench.path("both.pem"), read(upper.cert) + read(lower.cert))
    out = bench.trusted(bench.write(bench.cms(leaf, bench.shop.key("p384"), "-certfile", both)),
                        root.cert)
    check(out.count("subject: ") == 4, out)
    # The line's signer may be in the CMS block alone.
    bench.trusted(bench.write(bench.line(bench.shop.key("p384")),
                              bench.cms(leaf, bench.shop.key("p384"), "-certfile", both)), root.cert)



def test_anchors_in_every_form(bench):
    shop = bench.shop
    cert, root = bench.signed("p256"), shop.root().cert
    bench.trusted(cert, pem_to_der(bench, root))
    text = write(bench.path("bundle"), openssl("x509", "-in", shop.root("x").cert, "-text").encode()
                 + read(root))
    bench.trusted(cert, text)
    out = bench.trusted(cert, shop.leaf("p256"))
    holds(out, "anchor: certificate " + shop.leaf("p256"))
    pin = pin_of(bench, "p256")
    pins = write(bench.path("pins"), f"# ours\r\nsha256:{'0' * 64}\r\n\r\nsha256:{pin.upper()} # here\r\n".encode())
    holds(bench.trusted(cert, pins), "anchor: key " + pins)
    public = bench.path("public.pem")
    openssl("pkey", "-in", shop.key("p256"), "-pubout", "-out", public)
    holds(bench.trusted(cert, public), "anchor: key " + public)
    holds(bench.trusted(bench.signed("pss"), write(pins, f"sha256:{pin_of(bench, 'pss')}\n".encode())),
          "anchor: key")


def test_self_signed_signer_that_is_pinned(bench):
    """What people make with openssl req -x509: CA:TRUE, and no authority."""
    own = bench.path("own.pem")
    openssl("req", "-x509", "-new", "-key", bench.shop.key("rsa2048"), "-subj", "/CN=just me",
            "-days", "3000", "-out", own)
    cert = bench.signed("rsa2048", own)
    holds(bench.trusted(cert, own), "anchor: ca " + own)
    bench.refused(cert, bench.shop.root().cert,
                  why="CN=just me signed its own certificate and is not among the anchors")
    bench.refused(cert, why="there are no anchors that could vouch for CN=just me")


def test_trust_files_that_are_wrong(bench):
    cert = bench.signed("p256")
    key = bench.shop.key("p256")
    for name, data, why in (
            ("empty", b"", "there is nothing in it to trust"),
            ("blank", b"# nothing\n", "there is nothing in it to trust"),
            ("key", read(key), "line 1: PRIVATE KEY is none of certificate, public key"),
            ("words", b"hello\n", 'line 1: this is not "sha256:" and the digest of a key: hello'),
            ("short", b"sha256:12\n", "line 1: the digest has 2 hexadecimal digits, but SHA-256 has 64"),
            ("long", b"sha256:" + b"1" * 65, "line 1: the digest has more than 64 digits"),
            ("extra", b"sha256:" + b"1" * 64 + b" x", "line 1: there is something behind the digest: x"),
            ("cut", read(bench.shop.root().cert)[:-100], "has no end"),
            ("der", b"0\x03\x02\x01\x00", "this is not an X.509 certificate"),
            ("p521", read(bench.shop.root("p521 root", "p521").cert),
             "the key of a certificate is none of RSA, ECDSA P-256 and ECDSA P-384")):
        path = write(bench.path(name), data)
        bench.refused(cert, bench.shop.root().cert, path, code=SETTING, why=f"{path}: {why}"
                      if name not in ("cut", "p521") else why)


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
