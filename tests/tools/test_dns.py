#!/usr/bin/env python3
"""Our questions to a real DNS server, dnsmasq, and what is read out of its answers."""

import contextlib
import os
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from checks import BUILD, check, holds, need, run_tests, same  # noqa: E402

TOOL = os.path.join(BUILD, "cli", "dns_tool")
A, AAAA = 1, 28
MANY = [f"192.0.2.{i}" for i in range(1, 60)]   # more than a datagram of 512 bytes holds
SERVER = ["--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--bind-interfaces",
          "--listen-address=127.0.0.1", "--pid-file=",
          "--address=/one.test/192.0.2.7", "--address=/six.test/2001:db8::7",
          "--host-record=both.example,192.0.2.9,2001:db8::9",
          "--cname=alias.example,second.example", "--cname=second.example,both.example",
          "--local=/example/", "--local=/six.test/",
          *(f"--host-record=many.example,{address}" for address in MANY)]


def free_port():
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def tool(*words):
    done = subprocess.run([TOOL, *map(str, words)], stdout=subprocess.PIPE, text=True, check=False)
    check(done.returncode in (0, 1), f"{words}: {done.stdout}")
    return done.stdout.split() if done.returncode == 0 else done.stdout.strip()


class Server:
    """dnsmasq, and our questions to it."""

    def __init__(self, *more):
        need("dnsmasq")
        self.port = free_port()
        self.process = subprocess.Popen(["dnsmasq", f"--port={self.port}", *SERVER, *more],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def __enter__(self):
        for _ in range(100):
            with contextlib.suppress(OSError):
                self.ask("one.test", A)
                return self
            check(self.process.poll() is None, f"dnsmasq ended: {self.process.stderr.read()}")
            time.sleep(0.05)
        raise AssertionError("dnsmasq does not listen")

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()

    def by_datagram(self, query):
        with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as s:
            s.settimeout(5)
            s.connect(("127.0.0.1", self.port))
            s.send(query)
            return s.recv(65535)

    def by_stream(self, query):
        with socket.create_connection(("127.0.0.1", self.port), 5) as s:
            s.sendall(len(query).to_bytes(2, "big") + query)
            data = b""
            while len(data) < 2 or len(data) < 2 + int.from_bytes(data[:2], "big"):
                piece = s.recv(65535)
                check(piece, "the answer ends early")
                data += piece
            return data[2:]

    def ask(self, host, kind, how=None):
        """What dns_tool says of the answer: its lines, or the text of the failure."""
        (query,) = tool("query", host, kind, 4711)
        return tool("parse", query, (how or self.by_datagram)(bytes.fromhex(query)).hex())


def packed(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.inet_pton(family, address).hex()


def test_addresses_of_both_families(_folder):
    with Server() as server:
        same(server.ask("one.test", A), [packed("192.0.2.7")])
        same(server.ask("WWW.One.Test", A), [packed("192.0.2.7")])
        same(server.ask("six.test", AAAA), [packed("2001:db8::7")])
        same(server.ask("both.example", A), [packed("192.0.2.9")])
        same(server.ask("both.example.", AAAA), [packed("2001:db8::9")])
        same(server.ask("six.test", A), [], "no address of that family")


def test_aliases(_folder):
    with Server() as server:
        same(server.ask("alias.example", A), [packed("192.0.2.9")])
        same(server.ask("alias.example", AAAA), [packed("2001:db8::9")])


def test_no_such_name(_folder):
    with Server() as server:
        holds(server.ask("nobody.example", A), "NXDOMAIN")


def test_refused(_folder):
    with Server() as server:
        holds(server.ask("www.elsewhere", A), "REFUSED")


def test_cut_in_a_datagram_and_whole_in_a_stream(_folder):
    with Server() as server:
        lines = server.ask("many.example", A)
        same(lines[0], "cut")
        check(set(lines[1:]) <= set(map(packed, MANY)), lines)
        lines = server.ask("many.example", A, server.by_stream)
        same(len(lines), 8, "as many as are kept")
        check(set(lines) <= set(map(packed, MANY)), lines)


if __name__ == "__main__":
    sys.exit(run_tests(globals()))
