#!/usr/bin/env python3
"""Package signatures against openssl: what it signs is believed for the right reasons only, what
crypto/sign.h signs it verifies, and each thing that can be wrong has a sentence of its own.

    OVFBOOT_BUILD=DIR test_signature.py [word ...]

Runs DIR/cli/sig_tool, or SIG_TOOL.  Keys and authorities are made once by openssl.
"""

import functools
import os
import re
import subprocess
import sys
import tarfile
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from checks import BUILD, SHARED, Skip, check, holds, need, read, run, run_tests, same, write  # noqa: E402

TOOL = os.environ.get("SIG_TOOL", os.path.join(BUILD, "cli", "sig_tool"))
NOW = 1795000000    # 2026-11-18 11:06:40 UTC: what the verifier is told
BUILT = 1790000000  # 2026-09-21 14:13:20 UTC
UNTRUSTED, UNSUPPORTED, DAMAGED, TOO_BIG, SETTING = 3, 4, 2, 5, 10  # enum err
MANIFEST = (b"SHA256(a.ovf)= ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n"
            b"SHA256(a.vmdk)= e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n")

KEYS = {
    "rsa512": ["RSA", "rsa_keygen_bits:512"],
    "rsa1024": ["RSA", "rsa_keygen_bits:1024"],
    "rsa2048": ["RSA", "rsa_keygen_bits:2048"],
    "rsa3072": ["RSA", "rsa_keygen_bits:3072"],
    "rsa4096": ["RSA", "rsa_keygen_bits:4096"],
    "e3": ["RSA", "rsa_keygen_bits:2048", "rsa_keygen_pubexp:3"],
    "pss": ["RSA-PSS", "rsa_keygen_bits:2048"],
    "pss_bound": ["RSA-PSS", "rsa_keygen_bits:2048", "rsa_pss_keygen_md:sha384",
                  "rsa_pss_keygen_mgf1_md:sha384", "rsa_pss_keygen_saltlen:48"],
    "p256": ["EC", "ec_paramgen_curve:P-256"],
    "p384": ["EC", "ec_paramgen_curve:P-384"],
    "p521": ["EC", "ec_paramgen_curve:P-521"],
}
CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
LEAF = ("basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\n"
        "extendedKeyUsage=codeSigning\nsubjectKeyIdentifier=hash\n")
PSS = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]


def openssl(*words, **more):
    return run("openssl", *words, **more)


class Shop:
    """Keys and authorities, in one folder for all tests."""

    def __init__(self):
        need("openssl")
        if not os.path.exists(TOOL):
            raise Skip(f"{TOOL} is missing")
        self.home = tempfile.TemporaryDirectory(prefix="ovfboot-shop-")
        self.folder = self.home.name
        self.made = 0

    def path(self, name):
        return os.path.join(self.folder, name)

    def key(self, kind):
        """A key; "rsa2048-b" is another one of the kind."""
        path = self.path(f"{kind}.key")
        if not os.path.exists(path):
            algorithm, *options = KEYS[kind.split("-")[0]]
            openssl("genpkey", "-algorithm", algorithm, "-out", path,
                    *[word for option in options for word in ("-pkeyopt", option)])
        return path

    @functools.cache
    def root(self, name="root", kind="p256", **more):
        return Authority(self, name, kind, None, **more)

    @functools.cache
    def leaf(self, kind):
        """A good certificate of the usual root."""
        return self.root().issue(f"signer {kind}", kind)


class Authority:
    """openssl ca.  cert and key are files."""

    def __init__(self, shop, name, kind, issuer, extensions=CA, **more):
        self.shop, self.name = shop, name
        shop.made += 1
        self.folder = shop.path(f"ca{shop.made}")
        os.mkdir(self.folder)
        for file, text in (("index", ""), ("serial", f"10{shop.made:02x}a0\n"),
                           ("crlnumber", "01\n")):
            write(self.path(file), text.encode())
        write(self.path("conf"), f"""
[ca]
default_ca = d
[d]
new_certs_dir = {self.folder}
database = {self.path("index")}
serial = {self.path("serial")}
crlnumber = {self.path("crlnumber")}
default_md = sha256
default_days = 30
default_crl_days = 30
policy = p
unique_subject = no
[p]
organizationName = optional
commonName = supplied
""".encode())
        self.key = shop.key(kind)
        self.cert = self.path("ca.pem")
        if issuer:
            self.cert = issuer.issue(name, kind, extensions, **more)
        else:
            self.issue(name, kind, extensions, out=self.cert, own=True, **more)

    def path(self, name):
        return os.path.join(self.folder, name)

    def issue(self, name, kind, extensions=LEAF, start="20200101000000Z", end="20400101000000Z",
              md="sha256", options=(), out=None, own=False):
        shop = self.shop
        shop.made += 1
        out = out or shop.path(f"cert{shop.made}.pem")
        write(self.path("ext"), b"[x]\n" + extensions.encode())
        openssl("req", "-new", "-key", shop.key(kind), "-subj", f"/O=Test/CN={name}",
                "-out", self.path("csr"))
        signer = ["-selfsign"] if own else ["-cert", self.cert]
        openssl("ca", "-batch", "-notext", "-config", self.path("conf"), "-keyfile", self.key,
                *signer, "-in", self.path("csr"), "-out", out, "-extfile", self.path("ext"),
                "-extensions", "x", "-startdate", start, "-enddate", end, "-md", md, *options)
        return out

    def revoke(self, cert):
        openssl("ca", "-config", self.path("conf"), "-keyfile", self.key, "-cert", self.cert,
                "-revoke", cert)

    def crl(self, *options):
        self.shop.made += 1
        out = self.shop.path(f"list{self.shop.made}.crl")
        openssl("ca", "-config", self.path("conf"), "-keyfile", self.key, "-cert", self.cert,
                "-gencrl", "-crl_lastupdate", "20260101000000Z", "-crl_nextupdate",
                "20300101000000Z", *options, "-out", out)
        return out


@functools.cache
def the_shop():
    return Shop()


class Bench:
    """One package's files, and the verifier."""

    def __init__(self, folder):
        self.folder = folder
        self.shop = the_shop()
        self.written = 0
        self.manifest = write(self.path("a.mf"), MANIFEST)

    def path(self, name):
        return os.path.join(self.folder, name)

    def line(self, key, digest="sha256", options=(), name="a.mf", manifest=None):
        """The signature line as openssl makes it."""
        raw = self.path("raw.sig")
        openssl("dgst", f"-{digest}", "-sign", key, *options, "-out", raw, manifest or self.manifest)
        return f"{digest.upper()}({name})= {read(raw).hex()}\n".encode()

    def cms(self, cert, key, *options, command="cms"):
        pem = self.path("cms.pem")
        openssl(command, "-sign", "-binary", "-in", self.manifest, "-signer", cert, "-inkey", key,
                "-outform", "PEM", "-out", pem, *options)
        return read(pem)

    def write(self, *pieces):
        self.written += 1
        return write(self.path(f"{self.written}.cert"), b"".join(
            piece if isinstance(piece, bytes) else read(piece) for piece in pieces))

    def verify(self, cert, *trust, now=NOW, built=BUILT, manifest=None):
        return subprocess.run([TOOL, "verify", manifest or self.manifest, cert, str(now), str(built),
                               *trust], text=True, capture_output=True, check=False)

    def trusted(self, cert, *trust, **more):
        done = self.verify(cert, *trust, **more)
        check(done.returncode == 0, f"{done.returncode}: {done.stderr}{done.stdout}")
        holds(done.stdout, "state: trusted")
        return done.stdout

    def refused(self, cert, *trust, why, code=UNTRUSTED, **more):
        done = self.verify(cert, *trust, **more)
        same(done.returncode, code, f"{done.stderr}{done.stdout}")
        holds(done.stderr, why)
        check("state: trusted" not in done.stdout, done.stdout)
        return done.stdout

    def signed(self, kind, cert=None, *chain, **more):
        """The .cert file of a key that is right."""
        return self.write(self.line(self.shop.key(kind), **more), cert or self.shop.leaf(kind),
                          *chain)

    def leaf_refused(self, why, *trust, kind="p256", root=None, now=NOW, **issue):
        root = root or self.shop.root()
        cert = root.issue("odd", kind, **issue)
        return self.refused(self.signed(kind, cert), root.cert, *trust, why=why, now=now)


def field(text, name):
    return re.search(rf"^{name}: (.*)$", text, re.MULTILINE).group(1)


# ---- What is right -------------------------------------------------------------------------------

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


def chain_of_three(shop, kind="rsa2048"):
    root = shop.root("deep root", "p384")
    upper = Authority(shop, "upper", "rsa3072", root)
    lower = Authority(shop, "lower", "p256", upper)
    return root, upper, lower, lower.issue("deep signer", kind)


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


# ---- Trust ---------------------------------------------------------------------------------------

def pem_to_der(bench, path, kind="x509"):
    out = bench.path(os.path.basename(path) + ".der")
    openssl(kind, "-in", path, "-outform", "DER", "-out", out)
    return out


def pin_of(bench, kind):
    write(bench.path("pub.der"), subprocess.run(
        ["openssl", "pkey", "-in", bench.shop.key(kind), "-pubout", "-outform", "DER"], check=True,
        capture_output=True).stdout)
    return openssl("dgst", "-sha256", "-r", bench.path("pub.der")).split()[0]


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


# ---- What is wrong -------------------------------------------------------------------------------

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


def base64_of(der):
    return subprocess.run(["openssl", "base64"], input=der, capture_output=True, check=True).stdout


def as_pem(der, label="CERTIFICATE"):
    return f"-----BEGIN {label}-----\n".encode() + base64_of(der) + f"-----END {label}-----\n".encode()


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


# ---- PKCS #1 v1.5, by numbers --------------------------------------------------------------------

DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def numbers_of(key):
    """n, e, d of an RSA key."""
    der = subprocess.run(["openssl", "rsa", "-in", key, "-outform", "DER", "-traditional"],
                         capture_output=True, check=True).stdout
    numbers, at = [], 4
    while at < len(der) and len(numbers) < 4:
        check(der[at] == 2, "not an INTEGER")
        size, at = der[at + 1], at + 2
        if size & 0x80:
            count = size & 0x7f
            size, at = int.from_bytes(der[at:at + count], "big"), at + count
        numbers.append(int.from_bytes(der[at:at + size], "big"))
        at += size
    return numbers[1:]


def sha256_of_manifest(bench):
    return bytes.fromhex(openssl("dgst", "-sha256", "-r", bench.manifest).split()[0])


def cube_root_up(value):
    low, high = 0, 1 << (value.bit_length() // 3 + 2)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if middle ** 3 < value else (low, middle)
    return low


def test_forgeries_by_cube_root(bench):
    """Without the private key: what a verifier believes that does not look at the whole block."""
    n, e, _ = numbers_of(bench.shop.key("e3"))
    same(e, 3)
    info = DIGEST_INFO + sha256_of_manifest(bench)
    for pad in (8, 1, 0):
        front = b"\x00\x01" + b"\xff" * pad + b"\x00" + info
        root = cube_root_up(int.from_bytes(front + bytes(256 - len(front)), "big"))
        made = (root ** 3).to_bytes(256, "big")
        check(root ** 3 < n and made.startswith(front), "the forgery is not one")
        line = f"SHA256(a.mf)= {root.to_bytes(256, 'big').hex()}\n".encode()
        bench.refused(bench.write(line, bench.shop.leaf("e3")), bench.shop.root().cert,
                      why="the signature is not by the key of O=Test, CN=signer e3")


def test_padding_is_strict(bench):
    """With the private key: blocks that are nearly right."""
    n, _, d = numbers_of(bench.shop.key("e3"))
    digest = sha256_of_manifest(bench)
    info = DIGEST_INFO + digest
    no_null = bytes.fromhex("302f300b0609608648016503040201") + b"\x04\x20" + digest
    long_form = bytes.fromhex("308131300d060960864801650304020105000420") + digest
    junk_null = bytes.fromhex("3034301006096086480165030402010503616263") + b"\x04\x20" + digest

    def block(middle, first=b"\x00\x01", fill=b"\xff", behind=b"", zero=b"\x00"):
        size = 256 - len(first) - len(zero) - len(middle) - len(behind)
        return first + (fill * size)[:size] + zero + middle + behind

    wrong = {
        "garbage behind": b"\x00\x01" + b"\xff" * 8 + b"\x00" + info + bytes(256 - 11 - len(info)),
        "one byte behind": block(info, behind=b"\x00"),
        "short padding": bytes(256 - 11 - len(info)) + b"\x00\x01" + b"\xff" * 8 + b"\x00" + info,
        "no padding": bytes(256 - len(info)) + info,
        "type 2": block(info, first=b"\x00\x02"),
        "type 0": block(info, first=b"\x00\x00", fill=b"\x00"),
        "other fill": block(info, fill=b"\xfe"),
        "hole in fill": block(info).replace(b"\xff" * 9, b"\xff" * 8 + b"\x00", 1),
        "no zero": block(info, zero=b"\xff"),
        "no NULL": block(no_null),
        "long form": block(long_form),
        "junk in NULL": block(junk_null),
        "bare digest": block(digest),
        "SHA-1 said": block(bytes.fromhex("3021300906052b0e03021a05000414") + digest[:20]),
    }
    for name, data in [("right", block(info))] + list(wrong.items()):
        same(len(data), 256, name)
        signature = pow(int.from_bytes(data, "big"), d, n).to_bytes(256, "big")
        cert = bench.write(f"SHA256(a.mf)= {signature.hex()}\n".encode(), bench.shop.leaf("e3"))
        if name == "right":
            bench.trusted(cert, bench.shop.root().cert)
        else:
            done = bench.verify(cert, bench.shop.root().cert)
            check(done.returncode == UNTRUSTED and "the signature is not by" in done.stderr,
                  f"{name}: {done.returncode} {done.stderr}")


def test_length_of_the_signature(bench):
    for kind in ("rsa2048", "p256"):
        hexed = bench.line(bench.shop.key(kind)).decode().split("= ")[1].strip()
        for wrong in (hexed + "00", "00" + hexed, hexed[2:], hexed[:-2], "00", "00" * 256, "ff" * 256):
            cert = bench.write(f"SHA256(a.mf)= {wrong}\n".encode(), bench.shop.leaf(kind))
            bench.refused(cert, bench.shop.root().cert, why="the signature is not by the key")
        for wrong, code, why in ((hexed[:-1], DAMAGED, "an odd number"),
                                 (hexed + "zz", DAMAGED, "line 1: the signature is not hexadecimal"),
                                 ("00" * 1025, TOO_BIG, "the signature is longer than 1024 bytes"),
                                 ("", DAMAGED, "line 1: the signature is empty")):
            cert = bench.write(f"SHA256(a.mf)= {wrong}\n".encode(), bench.shop.leaf(kind))
            bench.refused(cert, bench.shop.root().cert, code=code, why=why)


# ---- Signing -------------------------------------------------------------------------------------

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


# ---- The corpus ----------------------------------------------------------------------------------

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
