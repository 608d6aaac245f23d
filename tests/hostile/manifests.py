"""Manifests, and the signatures over them."""

import base64
import hashlib
import os
import re

from checks import TOP
from hostile.case import Case
from packages import manifest
from tiny import archive, descriptor, members

# The first three say by what they were made.
NO_DIGESTS = (b"MD5(d.vmdk)= " + b"0" * 32, b"SHA3-256(d.vmdk)= " + b"0" * 64, b"CRC32(d.vmdk)= 00000000", b"hello",
              b"SHA256 d.vmdk " + b"0" * 64, b"SHA256(d.vmdk " + b"0" * 64, b"(d.vmdk)= " + b"0" * 64,
              b"0" * 64 + b"  d.vmdk", b"SHA256d.vmdk)= " + b"0" * 64)
KINDS = ("sha1", "sha256", "sha384", "sha512")


def line(name, data, kind="sha256"):
    return manifest([(name, data)], kind)


def digests(good, text, disk):
    spelled = {"sha1": "SHA-1", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}
    for kind in KINDS:
        yield Case(f"{kind}-of-descriptor-is-another's", good(line("a.ovf", b"x", kind) + line("d.vmdk", disk, kind)),
                   ("a.ovf", spelled[kind], "line 1 of the manifest"))
        yield Case(f"{kind}-of-disk-is-another's", good(line("a.ovf", text, kind) + line("d.vmdk", b"x", kind)),
                   ("d.vmdk", spelled[kind], "line 2 of the manifest"), streamed=True)
        right = line("a.ovf", text, kind)
        yield Case(f"{kind}-one-digit-short", good(right[:-2] + b"\n"), ("line 1", "a.ovf", "digits"))
        yield Case(f"{kind}-one-digit-more", good(right[:-1] + b"0\n"), ("line 1", "a.ovf", "digits"))
        yield Case(f"{kind}-not-hexadecimal", good(right[:-2] + b"g\n"), ("line 1", "a.ovf", "not hexadecimal"))
        yield Case(f"{kind}-empty", good(b"%s(a.ovf)= \n" % kind.upper().encode()), ("line 1",))


def lines(good, text, disk):
    ovf, vmdk = line("a.ovf", text), line("d.vmdk", disk)
    yield Case("manifest-empty", good(b""), ("a.mf", "no line for a.ovf"))
    yield Case("manifest-of-newlines", good(b"\n\r\n\n"), ("a.mf", "no line for a.ovf"))
    yield Case("no-line-for-descriptor", good(vmdk), ("a.mf", "no line for a.ovf"))
    yield Case("no-line-for-disk", good(ovf), ("a.mf", "no line for d.vmdk"))
    yield Case("disk-twice-with-others-digests", good(ovf + vmdk + line("d.vmdk", b"x")), ("d.vmdk", "twice", "2", "3"))
    yield Case("descriptor-twice", good(ovf + line("a.ovf", b"x") + vmdk), ("a.ovf", "twice"))
    yield Case("two-kinds-one-wrong", good(ovf + vmdk + line("d.vmdk", b"x", "sha512")),
               ("d.vmdk", "SHA-512", "line 3"),
               streamed=True)
    for name in ("../d.vmdk", "/d.vmdk", "D.VMDK", "d.vmdk ", "x/d.vmdk", "d.vmd"):
        yield Case(f"line-for-{name.replace('/', '-')}", good(ovf + line(name, disk)), ("a.mf", "no line for d.vmdk"))
    for number, what in enumerate(NO_DIGESTS):
        yield Case(f"manifest-line-no-digest-{number}", good(ovf + what + b"\n"),
                   ("a.mf", "line 2", "digest algorithm" if number < 3 else "not a digest"))
    for kind in (b"SHA224", b"SHA512-256", b"BLAKE2B", b"sha"):
        yield Case(f"manifest-by-{kind.decode()}", good(ovf + kind + b"(d.vmdk)= " + b"0" * 64 + b"\n"),
                   ("a.mf", "line 2", "digest algorithm"))
    for what, name in (("empty", b""), ("control", b"d\x01.vmdk"), ("escape", b"\x1b[2J"), ("not-utf-8", b"\xc3\x28")):
        yield Case(f"name-{what}-in-manifest", good(ovf + b"SHA256(" + name + b")= " + b"0" * 64 + b"\n"),
                   ("a.mf", "line 2", "name"))
    yield Case("manifest-of-nuls", good(bytes(300)), ("a.mf", "line 1"))
    yield Case("manifest-in-utf-16", good(ovf.decode().encode("utf-16")), ("a.mf", "line 1"))
    yield Case("manifest-too-many-lines", good(line("f", b"") * 4097), ("a.mf", "4097 lines", "4096"))
    yield Case("manifest-too-large", good(b" " * ((1 << 20) + 1)), ("a.mf", "1048577 bytes", "1048576"))


def texts():
    """What tests/build/signed.h has: a signed manifest of the file "abc"."""
    with open(os.path.join(TOP, "tests", "build", "signed.h"), encoding="utf-8") as file:
        found = dict(re.findall(r"signed_(\w+)\[\] =((?:\s+\"[^\n]*\")+);", file.read()))
    return {name: "".join(re.findall(r'"(.*)"', text)).replace("\\n", "\n").encode() for name, text in found.items()}


def pem(label, data):
    return b"-----BEGIN %s-----\n%s-----END %s-----\n" % (label, base64.encodebytes(data), label)


def certificates():
    """Whatever comes in the place of the signature, nothing of the package is believed."""
    part = texts()
    signature, leaf, mf = part["line"], part["leaf"], part["manifest"]
    assert hashlib.sha256(b"abc").hexdigest().encode() in mf
    digits = signature.split()[-1]

    def signed(cert, lines_of=mf):
        return archive([("a.ovf", b"abc"), ("a.mf", lines_of), ("a.cert", cert)])

    def case(name, data, *says, trust=part["root"]):
        return Case("cert-" + name, data, says, ["--trust", "{folder}/trust.pem"], files={"trust.pem": trust})

    yield case("missing", archive([("a.ovf", b"abc"), ("a.mf", mf)]), "not signed", ".cert")
    yield case("empty", signed(b""), "a.cert", "empty")
    yield case("no-signature", signed(leaf), "a.cert", "no signature")
    yield case("no-certificate", signed(signature), "a.cert", "no certificate")
    yield case("odd-digits", signed(signature[:-2] + b"\n" + leaf), "a.cert", "odd number")
    yield case("not-hexadecimal", signed(signature.replace(digits, b"xy" * 70) + leaf), "a.cert", "line 1")
    yield case("no-digits", signed(b"SHA256(a.mf)= \n" + leaf), "a.cert", "line 1")
    yield case("signature-twice", signed(signature * 2 + leaf), "a.cert", "line 2", "already")
    yield case("bit-of-the-signature", signed(signature.replace(digits[-8:], b"00000000") + leaf), "a.cert",
               "signature is not by the key")
    yield case("signature-of-zeros", signed(signature.replace(digits, b"00" * 71) + leaf), "a.cert", "line 1")
    yield case("manifest-changed", signed(signature + leaf, mf + b"\n"), "a.cert", "signature is not by the key")
    yield case("algorithm-md5", signed(signature.replace(b"SHA256", b"MD5") + leaf), "a.cert", "line 1")
    yield case("algorithm-another", signed(signature.replace(b"SHA256", b"SHA512") + leaf), "a.cert",
               "signature is not by the key")
    yield case("certificate-cut", signed(signature + leaf[:200]), "a.cert", "line 2")
    yield case("certificate-no-base64", signed(signature + leaf.replace(b"MIIB", b"!!!!")), "a.cert", "line")
    yield case("certificate-is-noise", signed(signature + pem(b"CERTIFICATE", bytes(range(200)))), "a.cert",
               "certificate")
    yield case("certificate-empty", signed(signature + pem(b"CERTIFICATE", b"")), "a.cert")
    yield case("private-key", signed(signature + pem(b"PRIVATE KEY", b"x" * 60)), "a.cert", "PRIVATE KEY",
               "not a certificate")
    yield case("cms-is-noise", signed(pem(b"CMS", bytes(range(200)))), "a.cert", "CMS")
    yield case("cms-twice", signed(part["cms"] * 2), "a.cert", "more than one CMS signature")
    yield case("too-large", signed(signature + leaf + b"\n" * (1 << 20)), "a.cert", "1048576")
    yield case("by-nobody-we-know", signed(signature + part["root"]), "a.cert")
    yield case("unlisted-file", archive([("a.ovf", b"abc"), ("a.mf", mf), ("a.cert", signature + leaf),
                                         ("more", b"x")]),
               "no line for more")
    for name, trust in (("empty", b""), ("noise", bytes(range(256))), ("text", b"believe me\n"),
                        ("a-short-digest", b"sha256:1234\n"), ("a-private-key", pem(b"PRIVATE KEY", b"x" * 60))):
        yield case(f"trust-{name}", signed(signature + leaf), "trust.pem", trust=trust)


def cases(disk):
    text = descriptor([("d.vmdk", disk)]).encode()

    def good(mf):
        return archive(members([("d.vmdk", disk)], mf=mf))

    yield Case("no-manifest", archive([("a.ovf", text), ("d.vmdk", disk)]), ("no manifest",))
    yield from digests(good, text, disk)
    yield from lines(good, text, disk)
    yield from certificates()
