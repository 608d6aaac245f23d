"""What the tests of signatures share: an authority made by openssl, files, the tool under test.

    OVFBOOT_BUILD=DIR test_signature*.py [word ...]

Runs DIR/cli/sig_tool, or SIG_TOOL.  Keys and authorities are made once by openssl.
"""

import functools
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from checks import (BUILD, SHARED, Skip, check, holds, need, read, run, run_tests,  # noqa: E402,F401
                    same, write)

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


def chain_of_three(shop, kind="rsa2048"):
    root = shop.root("deep root", "p384")
    upper = Authority(shop, "upper", "rsa3072", root)
    lower = Authority(shop, "lower", "p256", upper)
    return root, upper, lower, lower.issue("deep signer", kind)


def pem_to_der(bench, path, kind="x509"):
    out = bench.path(os.path.basename(path) + ".der")
    openssl(kind, "-in", path, "-outform", "DER", "-out", out)
    return out


def pin_of(bench, kind):
    write(bench.path("pub.der"), subprocess.run(
        ["openssl", "pkey", "-in", bench.shop.key(kind), "-pubout", "-outform", "DER"], check=True,
        capture_output=True).stdout)
    return openssl("dgst", "-sha256", "-r", bench.path("pub.der")).split()[0]


def base64_of(der):
    return subprocess.run(["openssl", "base64"], input=der, capture_output=True, check=True).stdout


def as_pem(der, label="CERTIFICATE"):
    return f"-----BEGIN {label}-----\n".encode() + base64_of(der) + f"-----END {label}-----\n".encode()
