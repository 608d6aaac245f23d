#!/usr/bin/env python3
"""The host tool over https: what it believes, and the sentence for each server that it does not."""

import os
import select
import ssl
import subprocess
import sys
import warnings

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import test_http  # noqa: E402
from checks import check, holds, run, run_tests, same, write  # noqa: E402
from fault_server import FaultServer, Proxy, cut, sent_by, status, times  # noqa: E402
from test_http import QUICK  # noqa: E402
from test_http_servers import nginx, www  # noqa: E402
from tls_bench import CA, GOOD, LEAF, Shop, context, s_server  # noqa: E402

warnings.simplefilter("ignore", DeprecationWarning)  # old versions of TLS are asked for by name
SHOP = Shop()
TLS = ssl.TLSVersion
ROOT = SHOP.certificate("root", "p256", CA)


def leaf(kind="p256", extensions=GOOD, **more):
    return SHOP.certificate("server", kind, extensions, more.pop("issuer", ROOT), **more)


class Bench(test_http.Bench):
    def serves(self, certificate, chain=(), **more):
        return FaultServer(self.files, context(certificate, chain, **more))

    def trusts(self, certificate, *options, root=ROOT[0], chain=(), host="localhost", **more):
        with self.serves(certificate, chain, **more) as server:
            holds(self.does("verify", server.url("/small.ova", host=host), "--https-trust", root,
                            *options), "whole and proved")

    def refuses_it(self, certificate, *words, root=ROOT[0], chain=(), host="localhost",
                   user="u:secret@", more_trust=(), **more):
        """Nothing that is secret reaches such a server."""
        with self.serves(certificate, chain, **more) as server:
            url = server.url("/small.ova", host=host, user=user)
            text = self.refuses("verify", url, "--https-trust", root, *more_trust, *QUICK)
            holds(text, server.url("/small.ova", host=host) + ": ", *words)
            check("secret" not in text, text)
            same(server.requests, [])
        return text


def test_versions_and_keys(bench):
    for kind in ("rsa2048", "p256", "p384"):
        certificate = leaf(kind)
        for version in (TLS.TLSv1_2, TLS.TLSv1_3):
            bench.trusts(certificate, low=version, high=version)


def test_rsa_pss_by_the_servers_own_choice(bench):
    with bench.serves(leaf("rsa2048"), high=TLS.TLSv1_2) as server:
        server.context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
        bench.gets_it(server.url("/small.ova", host="localhost"), "--https-trust", ROOT[0])


def test_the_same_bytes(bench):
    with bench.serves(leaf()) as server:
        url = server.url("/small.ova", host="localhost")
        bench.gets_it(url, "--https-trust", ROOT[0])
        bench.gets_it(server.url("/loose/small.ovf", host="localhost"), "--https-trust", ROOT[0])
        server.fault = times(3, cut(300_000))
        bench.gets_it(url, "--https-trust", ROOT[0])


def test_openssl_s_server(bench):
    """It serves a file that is a whole answer: all of the package, whatever range is asked for."""
    head = b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % len(bench.ova_bytes)
    write(bench.path("whole.ova"), head + bench.ova_bytes)
    for kind in ("rsa2048", "p256"):
        for version in ("-tls1_2", "-tls1_3"):
            with s_server(leaf(kind), "-HTTP", version, folder=bench.folder) as (port, _):
                holds(bench.does("verify", f"https://localhost:{port}/whole.ova", "--https-trust",
                                 ROOT[0]), "whole and proved")


def test_nginx_with_tls(bench):
    www(bench)
    for kind in ("rsa2048", "p384"):
        for version in ("TLSv1.2", "TLSv1.3"):
            certificate = leaf(kind)
            extra = (f"ssl_protocols {version}; ssl_certificate {certificate[0]}; "
                     f"ssl_certificate_key {certificate[1]};")
            with nginx(bench.folder, extra, tls=True) as port:
                bench.gets_it(f"https://127.0.0.1:{port}/small.ova", "--https-trust", ROOT[0])


def test_chains(bench):
    middle = SHOP.certificate("middle", "p384", CA, ROOT)
    certificate = leaf("rsa2048", issuer=middle)
    bench.trusts(certificate, chain=[middle[0]])
    bench.refuses_it(certificate, "the issuer of the certificate of CN=server is not among the anchors")
    bench.trusts(certificate, root=middle[0])
    nobody = SHOP.certificate("nobody", "p256", LEAF, ROOT)
    bench.refuses_it(leaf(issuer=nobody), "is not a certification authority", chain=[nobody[0]])
    old = SHOP.certificate("old middle", "p256", CA, ROOT, end="20210101000000Z")
    bench.refuses_it(leaf(issuer=old), "old middle expired on 2021-01-01", chain=[old[0]])


def test_unknown_authorities(bench):
    other = SHOP.certificate("other", "p256", CA)
    bench.refuses_it(leaf(issuer=other), "is not among the anchors")
    impostor = SHOP.certificate("root", "p256-b", CA)
    bench.refuses_it(leaf(issuer=impostor), "the signature is not by the key of CN=root")
    own = SHOP.certificate("own", "p256", GOOD)
    bench.refuses_it(own, "CN=own signed its own certificate and is not among the anchors")
    with bench.serves(leaf()) as server:
        text = bench.refuses("verify", server.url("/small.ova", host="localhost"), *QUICK)
        holds(text, "anchors")
        same(server.requests, [])


def test_dates(bench):
    bench.refuses_it(leaf(end="20210101000000Z"), "the certificate of CN=server expired on 2021-01-01")
    bench.refuses_it(leaf(start="20390101000000Z"), "is not valid before 2039-01-01")


def test_names(bench):
    def named(names):
        return leaf(extensions=LEAF + (f"subjectAltName={names}\n" if names else ""))
    bench.refuses_it(named("DNS:a.example,DNS:b.example"),
                     "the server's certificate is not for localhost, but for a.example, b.example")
    bench.refuses_it(named(""), "it names no such host")
    bench.refuses_it(SHOP.certificate("localhost", "p256", LEAF, ROOT), "it names no such host")
    bench.trusts(leaf(), host="127.0.0.1")
    bench.refuses_it(named("IP:127.0.0.2"), "is not for 127.0.0.1", host="127.0.0.1")
    bench.refuses_it(named("DNS:127.0.0.1"), "is not for 127.0.0.1", host="127.0.0.1")
    bench.refuses_it(named("DNS:*"), "is not for localhost")


def test_wildcards(bench):
    certificate = leaf(extensions=LEAF + "subjectAltName=DNS:*.files.invalid\n")
    with bench.serves(certificate) as server, Proxy() as proxy:
        through = ("--proxy", f"http://127.0.0.1:{proxy.port}", "--https-trust", ROOT[0], *QUICK)
        holds(bench.does("verify", server.url("/small.ova", host="a.files.invalid"), *through),
              "whole and proved")
        for host in ("a.b.files.invalid", "files.invalid", "xfiles.invalid"):
            holds(bench.refuses("verify", server.url("/small.ova", host=host), *through),
                  f"is not for {host}")


def test_proxy_is_only_a_tunnel(bench):
    with bench.serves(leaf()) as server, Proxy("me:pw") as proxy:
        through = f"http://me:pw@127.0.0.1:{proxy.port}"
        bench.gets_it(server.url("/small.ova", host="localhost", user="u:secret@"), "--proxy",
                      through, "--https-trust", ROOT[0])
        check(all(r.method == "CONNECT" and "Authorization: Basic dTp" not in r.head
                  for r in proxy.requests), "the proxy saw more")
        check(all("Proxy-" not in r.head for r in server.requests), "the server saw the proxy's user")
        holds(bench.refuses("verify", server.url("/small.ova"), "--proxy",
                            f"http://me:bad@127.0.0.1:{proxy.port}", *QUICK),
              f"the proxy 127.0.0.1:{proxy.port}: the proxy does not let in")


def test_weak_servers(bench):
    bench.refuses_it(leaf("rsa1024"), "RSA 1024, which is too weak")
    bench.refuses_it(leaf(md="sha1"), "is signed with SHA-1, which is too weak")
    weak = SHOP.certificate("weak", "rsa1024", CA)
    bench.refuses_it(leaf(issuer=weak), "too weak", root=weak[0])


def test_wrong_purposes(bench):
    mail = LEAF.replace("serverAuth", "emailProtection") + "subjectAltName=DNS:localhost\n"
    bench.refuses_it(leaf(extensions=mail), "is not for servers (extended key usage)")
    code = LEAF.replace("serverAuth", "codeSigning") + "subjectAltName=DNS:localhost\n"
    bench.refuses_it(leaf(extensions=code), "is not for servers")
    keys = GOOD.replace("digitalSignature", "keyEncipherment")
    bench.refuses_it(leaf("rsa2048", keys), "is not for signatures (key usage)")


def test_keys_that_are_not_done(bench):
    for kind in ("p521", "ed25519"):
        bench.refuses_it(leaf(kind), "")


def test_old_versions(bench):
    for version in (TLS.TLSv1, TLS.TLSv1_1):
        bench.refuses_it(leaf(), "the server speaks neither TLS 1.2 nor TLS 1.3", low=version,
                         high=version)


def test_weak_ciphers(bench):
    for cipher in ("ECDHE-RSA-AES128-SHA256", "AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256",
                   "ECDHE-RSA-AES128-SHA"):
        bench.refuses_it(leaf("rsa2048"), "the server has no TLS in common", high=TLS.TLSv1_2,
                         ciphers=cipher + ":@SECLEVEL=0")


def test_pins(bench):
    own = SHOP.certificate("own", "p256", "subjectAltName=DNS:localhost\n", end="20210101000000Z")
    bench.trusts(own, root=own[0])
    public = run("openssl", "x509", "-in", own[0], "-noout", "-pubkey")
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=public.encode(),
                         capture_output=True, check=True).stdout
    digest = subprocess.run(["openssl", "dgst", "-sha256", "-r"], input=der, capture_output=True,
                            check=True).stdout.split()[0].decode()
    pin = write(bench.path("pin"), f"sha256:{digest}\n".encode())
    bench.trusts(own, root=pin)
    bench.refuses_it(own, "is not for 127.0.0.1", root=pin, host="127.0.0.1")
    bench.refuses_it(leaf("p256-c"), "is not among the anchors", root=pin)


def test_what_is_no_tls(bench):
    class Plain(FaultServer):
        def talk(self, connection):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with Plain() as server:
        url = server.url("/small.ova", host="localhost").replace("http:", "https:")
        holds(bench.refuses("verify", url, "--https-trust", ROOT[0], *QUICK), "not TLS")


def test_never_from_https_to_http(bench):
    with bench.serves(leaf()) as server, FaultServer(bench.files) as plain:
        server.fault = sent_by(status("302 Found", ("Location", plain.url("/small.ova"))),
                               lambda r: r.target == "/here")
        holds(bench.refuses("verify", server.url("/here", host="localhost"), "--https-trust",
                            ROOT[0], *QUICK), "a redirect leads from https to http: http://127.0.0.1")
        same(plain.requests, [])
        server.fault = sent_by(status("302 Found", ("Location", "/small.ova")),
                               lambda r: r.target == "/here")
        bench.gets_it(server.url("/here", host="localhost"), "--https-trust", ROOT[0])


def test_renegotiation(bench):
    """The server wants it in the middle of an answer, and does not get it."""
    with s_server(leaf("rsa2048"), "-tls1_2", folder=bench.folder, stdin=subprocess.PIPE) as (
            port, server):
        client = subprocess.Popen(
            [test_http.cli.OVFBOOT, "verify", f"https://localhost:{port}/x.ova", "--https-trust",
             ROOT[0], "--retries", "0", "--stall", "3"], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        seen = b""
        while b"\r\n\r\n" not in seen and select.select([server.stdout], [], [], 5)[0]:
            seen += os.read(server.stdout.fileno(), 65536)
        holds(seen.decode(), "GET /x.ova HTTP/1.1")
        server.stdin.write(b"R\n")
        server.stdin.flush()
        _, err = client.communicate(timeout=60)
    same(client.returncode, 1, err)
    check("Sanitizer" not in err, err)
    holds(err, f"https://localhost:{port}/x.ova: ")


def test_settings_of_trust_that_are_wrong(bench):
    holds(bench.refuses("verify", "https://localhost:1/x.ova", "--https-trust", bench.path("none")),
          "No such file")
    bad = write(bench.path("bad.pem"), b"nothing\n")
    holds(bench.refuses("verify", "https://localhost:1/x.ova", "--https-trust", bad), "bad.pem")


if __name__ == "__main__":
    TESTS = {name: test for name, test in globals().items() if name != "test_http"}
    sys.exit(run_tests(TESTS, Bench))
