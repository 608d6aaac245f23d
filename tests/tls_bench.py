"""Authorities, certificates and servers for tests of https: by openssl and Python's ssl."""

import contextlib
import os
import socket
import ssl
import subprocess
import tempfile
import time

from checks import need, run, write

KEYS = {"rsa1024": ["RSA", "rsa_keygen_bits:1024"], "rsa2048": ["RSA", "rsa_keygen_bits:2048"],
        "p256": ["EC", "ec_paramgen_curve:P-256"], "p384": ["EC", "ec_paramgen_curve:P-384"],
        "p521": ["EC", "ec_paramgen_curve:P-521"], "ed25519": ["ED25519"]}
CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
LEAF = "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n"
GOOD = LEAF + "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\n"


class Shop:
    """Keys and certificates, in a folder of their own."""

    def __init__(self):
        need("openssl")
        self.home = tempfile.TemporaryDirectory(prefix="ovfboot-tls-")
        self.folder = self.home.name
        self.made = 0

    def path(self, name):
        return os.path.join(self.folder, name)

    def key(self, kind):
        path = self.path(kind + ".key")
        if not os.path.exists(path):
            algorithm, *options = KEYS[kind.split("-")[0]]
            run("openssl", "genpkey", "-algorithm", algorithm, "-out", path,
                *[word for option in options for word in ("-pkeyopt", option)])
        return path

    def certificate(self, name, kind, extensions, issuer=None, start="20200101000000Z",
                    end="20400101000000Z", md="sha256"):
        """(certificate's file, key's file); without an issuer its own."""
        self.made += 1
        stem = self.path(f"c{self.made}")
        write(stem + ".ext", extensions.encode())
        key = self.key(kind)
        run("openssl", "req", "-new", "-key", key, "-subj", f"/CN={name}", "-out", stem + ".csr")
        write(stem + ".conf", f"""
[ca]
default_ca = d
[d]
new_certs_dir = {self.folder}
database = {stem}.index
serial = {stem}.serial
default_md = {md}
policy = p
unique_subject = no
copy_extensions = none
[p]
commonName = supplied
""".encode())
        write(stem + ".index", b"")
        write(stem + ".serial", b"10%02x\n" % self.made)
        signer = ["-cert", issuer[0], "-keyfile", issuer[1]] if issuer else \
            ["-selfsign", "-keyfile", key]
        run("openssl", "ca", "-batch", "-notext", "-config", stem + ".conf", *signer,
            "-in", stem + ".csr", "-out", stem + ".pem", "-extfile", stem + ".ext",
            "-startdate", start, "-enddate", end)
        return stem + ".pem", key


def context(certificate, chain=(), low=ssl.TLSVersion.TLSv1_2, high=ssl.TLSVersion.TLSv1_3,
            ciphers=None):
    """For FaultServer; whatever strength."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.set_ciphers(ciphers or "DEFAULT:@SECLEVEL=0")
    made.minimum_version, made.maximum_version = low, high
    if chain:
        bundle = certificate[0] + ".bundle"
        with open(bundle, "wb") as file:
            for part in (certificate[0], *chain):
                with open(part, "rb") as source:
                    file.write(source.read())
        made.load_cert_chain(bundle, certificate[1])
    else:
        made.load_cert_chain(*certificate)
    return made


@contextlib.contextmanager
def s_server(certificate, *options, folder, stdin=subprocess.DEVNULL):
    """openssl s_server; yields (port, process)."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    process = subprocess.Popen(
        ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", certificate[0], "-key",
         certificate[1], "-quiet", *options], cwd=folder, stdin=stdin, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    time.sleep(0.5)
    try:
        yield port, process
    finally:
        process.terminate()
        process.wait()
