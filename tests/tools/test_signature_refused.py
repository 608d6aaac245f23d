#!/usr/bin/env python3
"""Signatures and certificates that must be refused, each in its own words; see signature_bench.py."""

import subprocess
import sys

sys.dont_write_bytecode = True

from signature_bench import (  # noqa: E402
    Authority, BUILT, Bench, CA, DAMAGED, LEAF, MANIFEST, TOO_BIG, UNSUPPORTED, UNTRUSTED,
    as_pem, check, field, holds, openssl, pem_to_der, pin_of, read, run_tests, same, write)


def test_unknown_authority(bench):
    bench.refused(bench.signed("p256"), bench.shop.root("x").cert,
                  why="the issuer of the certificate of O=Test, CN=signer p256 is not among the anchors")
    bench.refused(bench.signed("p256", None, bench.shop.root().cert), bench.shop.root("x").cert,
                  why="O=Test, CN=root signed its own certificate and is not among the anchors")


def test_no_anchors(bench):
    out = bench.refused(bench.signed("p256"),
                        why="there are no anchors that could vouch for O=Test, CN=signer p256")
    same(field(out, "state"), "holds")


def test_authority_of_the_same_name_with_another_key(bench):
    shop = bench.shop
    other = Authority(shop, "root", "p384", None)
    bench.refused(bench.signed("p256"), other.cert, why="the certificate of O=Test, CN=signer p256: "
                  "the signature is not by the key of O=Test, CN=root")


def test_expired(bench):
    bench.leaf_refused("the certificate of O=Test, CN=odd expired on 2026-11-18 11:06:39 UTC",
                       end="20261118110639Z")
    root = bench.shop.root()
    cert = root.issue("just", "p256", end="20261118110640Z")
    bench.trusted(bench.signed("p256", cert), root.cert)


def test_not_yet_valid(bench):
    bench.leaf_refused("the certificate of O=Test, CN=odd is not valid before 2026-11-18 11:06:41 UTC",
                       start="20261118110641Z")
    root = bench.shop.root()
    cert = root.issue("just", "p256", start="20261118110640Z")
    bench.trusted(bench.signed("p256", cert), root.cert)


def test_expired_authorities(bench):
    shop = bench.shop
    root = shop.root("old root", end="20250101000000Z")
    cert = root.issue("fresh", "p256")
    bench.refused(bench.signed("p256", cert), root.cert, why="CN=old root expired on 2025-01-01")
    middle = Authority(shop, "old middle", "p384", shop.root(), end="20250101000000Z")
    cert = middle.issue("fresh", "p256")
    bench.refused(bench.signed("p256", cert, middle.cert), shop.root().cert,
                  why="CN=old middle expired on 2025-01-01")


def test_clock_that_is_wrong(bench):
    root = bench.shop.root()
    good = bench.signed("p256")
    for now in (0, BUILT - 1, "none"):
        note = field(bench.trusted(good, root.cert, now=now), "note")
        holds(note, "the clock is not set (" + ("it cannot be read" if now == "none" else "1970-01-01"
              if now == 0 else "2026-09-21 14:13:19 UTC"), "CN=signer p256, from 2020-01-01", "was not checked")
        bench.leaf_refused("CN=odd expired on 2026-09-21 14:13:19 UTC, before this loader was built",
                           end="20260921141319Z", now=now)
        later = root.issue("later", "p256", start="20380101000000Z")
        holds(bench.trusted(bench.signed("p256", later), root.cert, now=now), "was not checked")
    check("note:" not in bench.trusted(good, root.cert, now=BUILT), "a note with a right clock")


def test_pinned_whatever_its_dates(bench):
    root = bench.shop.root()
    old = root.issue("old", "p384", end="20210101000000Z")
    cert = bench.signed("p384", old)
    bench.refused(cert, root.cert, why="CN=old expired on 2021-01-01 00:00:00 UTC")
    out = bench.trusted(cert, old)
    same(field(out, "note"), "the certificate of O=Test, CN=old expired on 2021-01-01 00:00:00 UTC; "
         "it is trusted since it is pinned")
    pins = write(bench.path("pins"), f"sha256:{pin_of(bench, 'p384')}\n".encode())
    holds(bench.trusted(cert, pins), "it is trusted since it is pinned")
    new = root.issue("new", "p384")
    note = field(bench.trusted(bench.signed("p384", new), new, now="none"), "note")
    holds(note, "the clock is not set: whether the certificate of O=Test, CN=new is valid now was not")
    # Pinned is this certificate, not its name or issuer.
    bench.refused(bench.signed("p384", new), old, why="the issuer of the certificate of O=Test, CN=new")


def test_key_usage(bench):
    bench.leaf_refused("the certificate of O=Test, CN=odd is not for signatures (key usage)",
                       extensions="keyUsage=critical,keyEncipherment\n")
    root = bench.shop.root()
    for usage in ("keyUsage=nonRepudiation\n", "keyUsage=digitalSignature,keyEncipherment\n", "x=y"):
        extensions = "basicConstraints=CA:FALSE\n" + (usage if usage != "x=y" else "")
        bench.trusted(bench.signed("p256", root.issue("odd", "p256", extensions)), root.cert)


def test_extended_key_usage(bench):
    for usage in ("serverAuth", "serverAuth,clientAuth", "emailProtection", "timeStamping"):
        bench.leaf_refused("the certificate of O=Test, CN=odd is not for code signing (extended key usage)",
                           extensions=f"extendedKeyUsage={usage}\n")
    root = bench.shop.root()
    for usage in ("codeSigning", "serverAuth,codeSigning", "anyExtendedKeyUsage"):
        cert = root.issue("odd", "p256", f"extendedKeyUsage={usage}\n")
        bench.trusted(bench.signed("p256", cert), root.cert)
    web = Authority(bench.shop, "web", "p384", root, CA + "extendedKeyUsage=serverAuth\n")
    bench.refused(bench.signed("p256", web.issue("x", "p256"), web.cert), root.cert,
                  why="the certificate of O=Test, CN=web is not for code signing")


def test_authority_as_signer(bench):
    bench.leaf_refused("O=Test, CN=odd is a certification authority, which does not sign packages",
                       extensions=CA)
    bench.leaf_refused("O=Test, CN=odd is a certification authority, which does not sign packages",
                       extensions="basicConstraints=CA:TRUE\n")


def test_leaf_as_authority(bench):
    shop = bench.shop
    root = shop.root()
    for number, extensions in enumerate((LEAF, "keyUsage=keyCertSign,digitalSignature\n",
                                         "basicConstraints=CA:FALSE\nkeyUsage=keyCertSign\n")):
        climber = Authority(shop, f"climber {number}", "p384", root, extensions)
        cert = bench.signed("p256", climber.issue("victim", "p256"), climber.cert)
        bench.refused(cert, root.cert, why=f"O=Test, CN=climber {number} issued the certificate of "
                      "O=Test, CN=victim, but is not a certification authority (basic constraints)")
        # Pinned, it vouches for itself only.
        bench.refused(cert, climber.cert,
                      why=f"the issuer of the certificate of O=Test, CN=climber {number} is not among")
    ca = Authority(shop, "no signer", "p384", root,
                   "basicConstraints=CA:TRUE\nkeyUsage=digitalSignature\n")
    bench.refused(bench.signed("p256", ca.issue("victim", "p256"), ca.cert), root.cert,
                  why="O=Test, CN=no signer issued the certificate of O=Test, CN=victim, but its key "
                  "is not for that (key usage)")


def test_path_length(bench):
    shop = bench.shop
    bound = "basicConstraints=critical,CA:TRUE,pathlen:{}\n"
    root = shop.root("short root", extensions=bound.format(1))
    one = Authority(shop, "one", "p384", root)
    two = Authority(shop, "two", "rsa2048", one)
    bench.trusted(bench.signed("p256", one.issue("x", "p256"), one.cert), root.cert)
    bench.refused(bench.signed("p256", two.issue("x", "p256"), one.cert, two.cert), root.cert,
                  why="O=Test, CN=short root allows 1 certification authorities below itself, but "
                  "there are 2 (path length)")
    zero = Authority(shop, "zero", "p384", shop.root(), bound.format(0))
    below = Authority(shop, "below", "rsa2048", zero)
    bench.trusted(bench.signed("p256", zero.issue("x", "p256"), zero.cert), shop.root().cert)
    bench.refused(bench.signed("p256", below.issue("x", "p256"), zero.cert, below.cert),
                  shop.root().cert, why="CN=zero allows 0 certification authorities")


def test_revoked(bench):
    shop = bench.shop
    root = Authority(shop, "revoking", "rsa2048", None)
    good, bad = root.issue("good", "p256"), root.issue("bad", "p256")
    before = root.crl()
    root.revoke(bad)
    after = root.crl()
    der = pem_to_der(bench, after, "crl")
    bench.trusted(bench.signed("p256", bad), root.cert, before)
    for crl in (after, der):
        bench.trusted(bench.signed("p256", good), root.cert, crl)
        bench.refused(bench.signed("p256", bad), root.cert, crl,
                      why=f"{crl}: the certificate of O=Test, CN=bad was revoked by O=Test, CN=revoking")
    # Pinned as well, once its issuer is there.
    bench.refused(bench.signed("p256", bad), bad, root.cert, after, why="CN=bad was revoked")
    # An authority in the middle.
    middle = Authority(shop, "gone", "p384", root)
    cert = bench.signed("p256", middle.issue("x", "p256"), middle.cert)
    bench.trusted(cert, root.cert, after)
    root.revoke(middle.cert)
    bench.refused(cert, root.cert, root.crl(), why="the certificate of O=Test, CN=gone was revoked")


def test_revocation_lists_out_of_date(bench):
    root = Authority(bench.shop, "sloppy", "p384", None)
    good, bad = root.issue("good", "p256"), root.issue("bad", "p256")
    root.revoke(bad)
    old = root.crl("-crl_nextupdate", "20260201000000Z")
    out = bench.trusted(bench.signed("p256", good), root.cert, old)
    same(field(out, "note"), "the revocation list of O=Test, CN=sloppy is out of date: a newer one was "
         "due on 2026-02-01 00:00:00 UTC")
    bench.refused(bench.signed("p256", bad), root.cert, old, why="was revoked")
    early = root.crl("-crl_lastupdate", "20270101000000Z")
    holds(bench.trusted(bench.signed("p256", good), root.cert, early),
          "the revocation list of O=Test, CN=sloppy is from the future: 2027-01-01")
    holds(bench.trusted(bench.signed("p256", good), root.cert, old, now="none"),
          "whether the revocation list of O=Test, CN=sloppy is up to date was not checked")


def test_revocation_lists_that_do_not_hold(bench):
    shop = bench.shop
    root = Authority(shop, "listed", "p384", None)
    cert = bench.signed("p256", root.issue("x", "p256"))
    impostor = Authority(shop, "listed", "rsa2048", None)
    bench.refused(cert, root.cert, impostor.crl(), why="the revocation list: the signature is not by "
                  "the key of O=Test, CN=listed")
    bench.refused(cert, root.cert, root.crl("-md", "sha1"),
                  why="the revocation list is signed with SHA-1, which is too weak")
    mute = Authority(shop, "mute", "p384", None,
                     "basicConstraints=CA:TRUE\nkeyUsage=keyCertSign\n")
    bench.refused(bench.signed("p256", mute.issue("x", "p256")), mute.cert, mute.crl(),
                  why="O=Test, CN=mute may not sign revocation lists (key usage)")
    bench.trusted(cert, root.cert, Authority(shop, "stranger", "p256", None).crl())


def test_altered_manifest(bench):
    cert, root = bench.signed("p256"), bench.shop.root().cert
    for manifest in (MANIFEST[:-1], MANIFEST + b"\n", MANIFEST.replace(b"\n", b"\r\n"),
                     MANIFEST.replace(b"a.ovf", b"b.ovf"), b""):
        altered = write(bench.path("b.mf"), manifest)
        bench.refused(cert, root, manifest=altered, why="line 1: the signature is not by the key of "
                      "O=Test, CN=signer p256, or over another manifest")
        for options, why in (([], "the CMS signature is over another manifest"),
                             (["-noattr"], "the CMS signature is not by the key of O=Test")):
            cms = bench.write(bench.cms(bench.shop.leaf("p256"), bench.shop.key("p256"), *options))
            bench.refused(cms, root, manifest=altered, why=why)


def test_signature_of_another_manifest(bench):
    other = write(bench.path("other.mf"), MANIFEST.replace(b"a.ovf", b"b.ovf"))
    bench.refused(bench.signed("rsa2048", manifest=other), bench.shop.root().cert,
                  why="line 1: the signature is not by the key of O=Test, CN=signer rsa2048, or over "
                  "another manifest")


def test_signature_by_another_key(bench):
    line = bench.line(bench.shop.key("rsa2048-b"))
    bench.refused(bench.write(line, bench.shop.leaf("rsa2048")), bench.shop.root().cert,
                  why="line 1: the signature is not by the key of O=Test, CN=signer rsa2048")


def test_altered_certificate(bench):
    """One bit of the signed part, everywhere: refused, and mostly by the seal."""
    root = bench.shop.root().cert
    der = read(pem_to_der(bench, bench.shop.leaf("p256")))
    line = bench.line(bench.shop.key("p256"))
    name = der.index(b"signer p256")
    altered = der[:name] + b"S" + der[name + 1:]
    bench.refused(bench.write(line, as_pem(altered)), root, why="the certificate of O=Test, CN=Signer "
                  "p256: the signature is not by the key of O=Test, CN=root")
    seals = 0
    for at in range(4, len(der), 7):
        wrong = bytearray(der)
        wrong[at] ^= 1
        done = bench.verify(bench.write(line, as_pem(bytes(wrong))), root)
        check(done.returncode in (DAMAGED, UNTRUSTED, UNSUPPORTED), f"byte {at}: {done.returncode} {done.stdout}")
        seals += "the signature is not by the key of O=Test, CN=root" in done.stderr
    check(seals > 20, f"the seal stopped only {seals}")


def test_altered_cms(bench):
    """Bytes all over a CMS block with attributes, and without."""
    root = bench.shop.root().cert
    leaf, key = bench.shop.leaf("p256"), bench.shop.key("p256")
    for options in ([], ["-noattr"]):
        pem = bench.cms(leaf, key, "-nocerts", *options)
        der = subprocess.run(["openssl", "base64", "-d"], check=True, capture_output=True,
                             input=b"".join(pem.splitlines(True)[1:-1])).stdout
        let = [at for at in range(0, len(der), 5) if bench.verify(bench.write(as_pem(
            der[:at] + bytes([der[at] ^ 1]) + der[at + 1:], "CMS"), leaf), root).returncode == 0]
        # Versions, and the list of digests in front: a hint that RFC 5652 lets a reader ignore.
        content = der.index(bytes.fromhex("300b06092a864886f70d010701"))
        check(all(der[at - 2:at] == b"\x02\x01" or at < content for at in let), f"{options}: {let}")


def test_cms_that_is_not_a_signature_of_this(bench):
    shop = bench.shop
    root = shop.root().cert
    leaf, key = shop.leaf("p256"), shop.key("p256")
    line = bench.line(key)
    bench.refused(bench.write(bench.cms(leaf, key, "-nodetach")), root, code=UNSUPPORTED,
                  why="the CMS signature has contents of its own")
    bench.refused(bench.write(line, leaf, bench.cms(shop.leaf("p384"), shop.key("p384"))), root,
                  why="the CMS signature is by somebody else than O=Test, CN=signer p256")
    bench.refused(bench.write(bench.cms(leaf, key, "-nocerts")), root,
                  why="the certificate of the CMS signature's signer is not there")
    two = bench.path("two.pem")
    openssl("cms", "-sign", "-binary", "-in", bench.manifest, "-signer", leaf, "-inkey", key,
            "-signer", shop.leaf("p384"), "-inkey", shop.key("p384"), "-outform", "PEM", "-out", two)
    bench.refused(bench.write(two), root, code=UNSUPPORTED, why="more than one signer")
    none = bench.path("none.pem")
    openssl("crl2pkcs7", "-nocrl", "-certfile", leaf, "-out", none)
    bench.refused(bench.write(none), root, why="the CMS block has certificates, but no signature")
    bench.refused(bench.write(line, leaf, b"-----BEGIN CMS-----\nAAAA\n-----END CMS-----\n"), root,
                  code=DAMAGED, why="the CMS signature is damaged, or not in DER")
    sealed = bench.path("sealed.pem")
    openssl("cms", "-encrypt", "-in", bench.manifest, "-outform", "PEM", "-out", sealed, leaf)
    bench.refused(bench.write(line, leaf, sealed), root, code=UNSUPPORTED,
                  why="the CMS block is not a signature")
    weak = bench.cms(leaf, key, "-md", "sha1")
    bench.refused(bench.write(weak), root, why="the manifest is signed with SHA-1, which is too weak")


def test_weak_digest(bench):
    root = bench.shop.root().cert
    for kind in ("rsa2048", "p256"):
        out = bench.refused(bench.signed(kind, digest="sha1"), root,
                            why="the manifest is signed with SHA-1, which is too weak")
        same(field(out, "state"), "holds")
    bench.refused(bench.write(b"MD5(a.mf)= 1234\n", bench.shop.leaf("p256")), root, code=UNSUPPORTED,
                  why="line 1: digest algorithm MD5 is not one of SHA-1, SHA-256")
    rsa_root = bench.shop.root("rsa root", "rsa2048")
    for md, name in (("sha1", "SHA-1"), ("md5", "MD5"), ("sha224", "SHA-224")):
        bench.leaf_refused(f"the certificate of O=Test, CN=odd is signed with {name}, which is too weak",
                           root=rsa_root, md=md)
    middle = Authority(bench.shop, "weak middle", "p384", rsa_root, md="sha1")
    bench.refused(bench.signed("p256", middle.issue("x", "p256"), middle.cert), rsa_root.cert,
                  why="the certificate of O=Test, CN=weak middle is signed with SHA-1")
    # The seal of an anchor is nobody's business.
    old = bench.shop.root("sha1 root", "rsa2048", md="sha1")
    bench.trusted(bench.signed("p256", old.issue("x", "p256")), old.cert)


def test_weak_key(bench):
    shop = bench.shop
    out = bench.refused(bench.signed("rsa1024"), shop.root().cert,
                        why="the key of O=Test, CN=signer rsa1024 is RSA 1024, which is too weak: "
                        "below 2048 bits")
    same(field(out, "state"), "holds")
    bench.refused(bench.signed("rsa1024"), shop.leaf("rsa1024"), why="which is too weak")  # pinned
    weak = shop.root("weak root", "rsa1024")
    bench.refused(bench.signed("p256", weak.issue("x", "p256")), weak.cert,
                  why="the key of O=Test, CN=weak root is RSA 1024, which is too weak")


def test_keys_that_are_not_done(bench):
    bench.refused(bench.signed("p521"), bench.shop.root().cert, code=UNSUPPORTED,
                  why="the signer's certificate: the key of a certificate is none of RSA, ECDSA P-256")


def test_critical_extension_that_is_not_known(bench):
    root = bench.shop.root()
    cert = root.issue("odd", "p256", "1.2.3.4=critical,ASN1:NULL\n")
    bench.refused(bench.signed("p256", cert), root.cert, code=UNSUPPORTED,
                  why="an extension that is damaged, or critical and not known")
    cert = root.issue("odd", "p256", "1.2.3.4=ASN1:NULL\n")
    bench.trusted(bench.signed("p256", cert), root.cert)


def test_missing_parts(bench):
    root, leaf = bench.shop.root().cert, bench.shop.leaf("p256")
    line = bench.line(bench.shop.key("p256"))
    for pieces, why in (([b""], "the certificate file is empty"),
                        ([b"\r\n \n"], "the certificate file is empty"),
                        ([line], "the certificate file has no certificate"),
                        ([leaf], "the certificate file has no signature"),
                        ([b"hello\n"], "the certificate file has no signature")):
        bench.refused(bench.write(*pieces), root, why=why)


def test_too_many_certificates(bench):
    root, leaf = bench.shop.root().cert, bench.shop.leaf("p256")
    line = bench.line(bench.shop.key("p256"))
    bench.trusted(bench.write(line, leaf, *[root] * 15), root)
    bench.refused(bench.write(line, leaf, *[root] * 16), root, code=TOO_BIG,
                  why="there are more than 16 certificates")


def test_chain_too_long(bench):
    shop = bench.shop
    ca, chain = shop.root(), []
    for number in range(7):
        ca = Authority(shop, f"level {number}", "p384", ca)
        chain.append(ca.cert)
        cert = bench.signed("p256", ca.issue("x", "p256"), *chain)
        if number < 6:
            bench.trusted(cert, shop.root().cert)
        else:
            bench.refused(cert, shop.root().cert, code=TOO_BIG,
                          why="the chain has more than 8 certificates")


def test_certificates_that_lead_round_in_circles(bench):
    """Sixteen certificates of the same two names: the search ends at its bound."""
    shop = bench.shop
    a, b = Authority(shop, "a", "p256", None), Authority(shop, "b", "p384", None)
    pile = [a.issue("b", "p384", CA) for _ in range(7)] + [b.issue("a", "p256", CA) for _ in range(7)]
    bench.refused(bench.signed("p256-b", a.issue("x", "p256-b"), *pile), shop.root().cert,
                  code=TOO_BIG, why="the certificates take more than 64 signature checks")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
