#!/usr/bin/env python3
"""The host tool over http, against a server that errs on demand, and a proxy; other people's servers: test_http_servers.py."""

import contextlib
import os
import socket
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import cli  # noqa: E402
import packages  # noqa: E402
from checks import BUILD, check, holds, need, read, run, run_tests, same, sha256, write  # noqa: E402
from fault_server import (FaultServer, Proxy, cut, drip, header, in_chunks, says,  # noqa: E402
                          sent_by, stall, status, times, wants_user, without_ranges)

QUICK = ("--retries", "1", "--stall", "2")


class Bench(cli.Bench):
    """The appliance, its files, and what must come out of it."""

    def __init__(self, folder):
        super().__init__(folder)
        self.ova_bytes = read(self.ova)
        self.files = {"/small.ova": self.ova_bytes}
        for name, data in packages.members_of([self.vmdk]):
            self.files["/loose/" + name] = data
        self.wanted = sha256(packages.raw_of(self.vmdk, self.path("wanted.raw")))

    def gets_it(self, url, *arguments):
        """Deployed from there, the disk is right to the last byte."""
        out = self.path("out.raw")
        with contextlib.suppress(FileNotFoundError):
            os.remove(out)
        holds(self.does("deploy", url, "--to", out, "--retries", "6", "--stall", "2", *arguments),
              "deployed and proved")
        same(sha256(out), self.wanted, url)

    def fails(self, url, *parts):
        text = self.refuses("verify", url, *QUICK)
        holds(text, *parts)
        check("secret" not in text and "key=" not in text, f"a secret is in {text!r}")
        return text

    def served(self, fault=None, target="/small.ova"):
        server = FaultServer(self.files)
        server.fault = fault
        return server


# What works.

def test_archive_is_read_as_from_a_file(bench):
    with bench.served() as server:
        url = server.url("/small.ova")
        bench.gets_it(url)
        same(bench.does("inspect", url).split("\n", 1)[1],
             bench.does("inspect", bench.ova).split("\n", 1)[1])
        holds(bench.does("verify", url), "whole and proved")
        holds(bench.does("verify", url, "--json"), f'"package":"{url}"')
    for request in server.requests:
        same(len(request.all("Range")), 1, request.head)
        same(len(request.all("Host")), 1, request.head)


def test_long_reads_are_few_requests(bench):
    with bench.served() as server:
        bench.does("verify", server.url("/small.ova"))
    check(len(server.requests) < 40, f"{len(server.requests)} requests")


def test_loose_files_beside_a_descriptor(bench):
    with bench.served() as server:
        bench.gets_it(server.url("/loose/small.ovf"))
        del server.files["/loose/small.mf"]
        holds(bench.refuses("verify", server.url("/loose/small.ovf")), "manifest")
        holds(bench.does("verify", server.url("/loose/small.ovf"), "--policy", "none"), "whole")
        del server.files["/loose/small.vmdk"]
        bench.fails(server.url("/loose/small.ovf") + "?key=secret", "small.ovf")
        holds(bench.refuses("verify", server.url("/loose/small.ovf"), "--policy", "none"),
              "names small.vmdk, which is not in the package")


def test_names_that_urls_cannot_have(bench):
    name = "my disk 50% #1?.vmdk"
    ovf = packages.descriptor([bench.vmdk], [name])
    files = [("my app.ovf", ovf), (name, read(bench.vmdk))]
    served = {"/a%20b/my%20app.ovf": ovf,
              "/a%20b/my%20app.mf": packages.manifest(files),
              "/a%20b/my%20disk%2050%25%20%231%3F.vmdk": read(bench.vmdk)}
    with FaultServer(served) as server:
        bench.gets_it(server.url("/a%20b/my%20app.ovf"))


def test_files_on_other_hosts_must_be_allowed(bench):
    with bench.served() as server, FaultServer(bench.files, host="127.0.0.2") as other:
        for there in (server, other):
            href = there.url("/loose/small.vmdk")
            ovf = packages.descriptor([bench.vmdk], [href])
            files = [("x.ovf", ovf), (href, read(bench.vmdk))]
            server.files.update({"/x.ovf": ovf, "/x.mf": packages.manifest(files)})
            if there is server:
                bench.gets_it(server.url("/x.ovf"))
        before = len(other.requests)
        holds(bench.refuses("verify", server.url("/x.ovf")), "127.0.0.2, which is not allowed")
        same(len(other.requests), before)
        bench.gets_it(server.url("/x.ovf"), "--allow-host", "127.0.0.2")


def test_ipv6(bench):
    if not socket.has_ipv6:
        return
    with FaultServer(bench.files, host="::1") as server:
        bench.gets_it(server.url("/small.ova"))
    same(server.requests[0].one("Host"), f"[::1]:{server.port}")


def test_answers_in_chunks(bench):
    with bench.served(in_chunks()) as server:
        bench.gets_it(server.url("/small.ova"))


# What breaks, and is overcome.

def test_connections_that_break_anywhere(bench):
    for length in (0, 1, 511, 512, 100_000, 262_143, 262_144, 1_000_000):
        with bench.served(times(3, cut(length))) as server:
            bench.gets_it(server.url("/small.ova"))
        cuts = [r for r in server.requests if r.one("If-Range")]
        check(cuts, f"cut at {length}: nothing was resumed")
        for request in server.requests:
            same(len(request.all("Range")), 1, request.head)


def test_resuming_fetches_nothing_twice(bench):
    broken = []

    def range_of(request):
        return tuple(map(int, request.one("Range")[6:].split("-")))

    def remember(request, answer):
        broken.append(len(server.requests))
        return cut(1_000_000)(request, answer)
    with bench.served(sent_by(times(1, remember), lambda r: range_of(r)[1] - range_of(r)[0] > 2_000_000)) as server:
        bench.gets_it(server.url("/small.ova"))
    ranges = [range_of(r) for r in server.requests]
    first, last = ranges[broken[0] - 1]
    same(ranges[broken[0]], (first + 1_000_000, last))


def test_a_server_that_stalls_once(bench):
    with bench.served(times(2, stall(300_000, 5))) as server:
        bench.gets_it(server.url("/small.ova"))


def test_statuses_that_pass(bench):
    for line in ("500 Oops", "502 Bad Gateway", "503 Busy", "408 Late", "429 Slow down"):
        with bench.served(times(1, status(line))) as server:
            bench.gets_it(server.url("/small.ova"))


def test_retry_after_is_obeyed(bench):
    begin = time.monotonic()
    with bench.served(times(1, status("503 Busy", ("Retry-After", "3")))) as server:
        bench.gets_it(server.url("/small.ova"))
    check(time.monotonic() - begin >= 3, "it came back too early")


def test_a_server_without_ranges(bench):
    for chunked in (False, True):
        with bench.served(without_ranges(chunked)) as server:
            bench.gets_it(server.url("/small.ova"))
            bench.gets_it(server.url("/loose/small.ovf"))
        with bench.served(without_ranges(chunked)) as server:
            server.fault = lambda r, a, s=server, w=without_ranges(chunked): (
                cut(5000)(r, without(a)) if r.number == 1 and not chunked else w(r, a))
            bench.gets_it(server.url("/small.ova"))


def test_a_server_without_ranges_and_more_than_memory_holds(bench):
    """A package of some 60 MB where half of that is free: kept in part, and read in order behind it."""
    need("prlimit")
    raw = packages.guest_disk(bench.path("big.raw"), size=100 * packages.MIB)
    with open(raw, "r+b") as disk:
        for at in range(12, 72):
            disk.seek(at * packages.MIB)
            disk.write(os.urandom(packages.MIB - 4096))
    ova = packages.package(bench.path("big.ova"), [packages.convert(raw)])
    with FaultServer({"/big.ova": read(ova)}) as server:
        server.fault = without_ranges()
        run("prlimit", f"--as={110 * packages.MIB}", os.path.join(BUILD, "ovfboot"), "deploy",
            server.url("/big.ova"), "--to", bench.path("big.out"))
        check(2 <= len(server.requests) <= 6, f"{len(server.requests)} requests")
    same(sha256(bench.path("big.out")), sha256(raw))


def without(answer):
    without_ranges()(None, answer)
    return answer


# What cannot be overcome, each with its own sentence.

def test_truncation_is_told(bench):
    with bench.served(cut(100)) as server:
        bench.fails(server.url("/small.ova?key=1"), "/small.ova?...: at byte 200: ",
                    "too early, after 2 attempts")
    with bench.served(without_ranges()) as server:
        server.fault = lambda r, a: cut(5000)(r, without(a))
        bench.fails(server.url("/small.ova"), "at byte 5000: the connection ended")


def test_wrong_lengths(bench):
    def longer(_, answer):
        answer.raw(answer.head().replace(b"Content-Length: ", b"Content-Length: 1") + answer.body)
        answer.keeps = False
        return True
    with bench.served(longer) as server:
        bench.fails(server.url("/small.ova"), "has a length of")
    with bench.served(lambda r, a: longer(r, without(a))) as server:
        bench.fails(server.url("/small.ova"), "bytes too early")

    def two(_, answer):
        answer.set("content-length", "5")
        return False
    with bench.served(two) as server:
        bench.fails(server.url("/small.ova"), "two lengths")

    def none(_, answer):
        without(answer).send(length=False)
        answer.keeps = False
        return True
    with bench.served(none) as server:
        bench.fails(server.url("/small.ova"), "does not say how long its answer is")


def test_a_file_that_changes(bench):
    def later(fault):
        return sent_by(fault, lambda r: r.first > 0)
    with bench.served(later(header("ETag", '"other"'))) as server:
        bench.fails(server.url("/small.ova"), "at byte ", 'its ETag was "first" and is "other"')
    with bench.served(later(header("ETag", 'W/"first"'))) as server:
        bench.fails(server.url("/small.ova"), "its ETag was")
    with bench.served() as server:
        def swap(_, answer):
            server.etag = '"new"'  # so If-Range does not match, and all of it comes
            return False
        server.fault = sent_by(swap, lambda r: r.number == 1)
        bench.fails(server.url("/small.ova"), 'its ETag was "first" and is "new"')
    with bench.served(later(header("Content-Range", None))) as server:
        bench.fails(server.url("/small.ova"), "does not say which part")

    def shorter(_, answer):
        value = dict(answer.headers)["Content-Range"]
        answer.set("Content-Range", value.split("/")[0] + "/99999999")
        return False
    with bench.served(later(shorter)) as server:
        bench.fails(server.url("/small.ova"), "it changed while it was read: it had",
                    "and has 99999999")
    with bench.served(header("ETag", None)) as server:
        bench.gets_it(server.url("/small.ova"))


def test_another_part_than_was_asked_for(bench):
    def other(request, answer):
        first = int(dict(answer.headers)["Content-Range"].split(" ")[1].split("-")[0])
        last = first + len(answer.body) - 1
        total = len(answer.data)
        answer.set("Content-Range", f"bytes {first - 1}-{last - 1}/{total}")
        return False
    with bench.served(sent_by(other, lambda r: r.first > 0)) as server:
        bench.fails(server.url("/small.ova"), "instead of")


def test_statuses_that_stay(bench):
    with bench.served() as server:
        holds(bench.fails(server.url("/none.ova"), "does not have it (404 Not Found)"),
              f"{server.url('/none.ova')}: ")
        same(len(server.requests), 1)
    for line, words in (("403 Forbidden", "refuses it (403 Forbidden)"),
                        ("410 Gone", "does not have it (410 Gone)"),
                        ("500 Oops", "answers 500 Oops, after 2 attempts"),
                        ("451 No", "refuses it (451 No)")):
        with bench.served(status(line)) as server:
            bench.fails(server.url("/small.ova"), words)
    with bench.served(status("503 Busy", ("Retry-After", "3600"))) as server:
        bench.fails(server.url("/small.ova"), "no other attempt for 3600 s")


def test_no_server(bench):
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    bench.fails(f"http://u:secret@127.0.0.1:{port}/x.ova", "cannot connect to 127.0.0.1",
                "Connection refused")
    bench.fails("http://nothere.invalid/x.ova", "cannot find the address of nothere.invalid")


def test_redirects(bench):
    def to(where):
        return status("302 Found", ("Location", where))
    with bench.served() as server, FaultServer(bench.files) as other:
        server.fault = sent_by(lambda r, a: to(other.url("/small.ova"))(r, a),
                               lambda r: r.target == "/here")
        bench.gets_it(server.url("/here", user="u:secret@"))
        check(not any("Authorization" in r.head for r in other.requests), "the user was forwarded")
        check(all(r.one("Authorization") for r in server.requests), "the user was not sent")
    with bench.served(to("/small.ova")) as server:
        bench.fails(server.url("/small.ova"), "more than 5 redirects")
        same(len(server.requests), 6)
    with bench.served(to("ftp://x/y")) as server:
        bench.fails(server.url("/small.ova"), "a redirect: a URL begins with neither")
    with bench.served(status("302 Found")) as server:
        bench.fails(server.url("/small.ova"), "leads nowhere")


def test_slow_servers(bench):
    with bench.served(drip(0.1)) as server:
        bench.fails(server.url("/small.ova"), "the server stalled: ", "bytes came in 2 s")
    with bench.served(stall(10, 30)) as server:
        bench.fails(server.url("/small.ova"), "the server stalled")


def test_answers_that_are_none(bench):
    head = "HTTP/1.1 200 OK\r\n"
    for text, words in ((head + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "chunks"),
                        (head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello", "ended"),
                        (head + "Transfer-Encoding: gzip, chunked\r\n\r\n", "gzip, chunked"),
                        (head + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", "chunk"),
                        (head + "X: " + "a" * 40000, "more than 32768 bytes"),
                        (head + "X: y\r\n" * 10000, "more than 32768 bytes"),
                        (head + "bad line\r\n\r\n", "no field"),
                        (head + "Content-Length: 1\r\nX\x00: y\r\n\r\n", "control characters"),
                        ("HTTP/1.1 100 Continue\r\n\r\n" * 100, "does not come to an answer"),
                        ("SSH-2.0-OpenSSH\r\n\r\n", "not HTTP/1"),
                        ("", "closed the connection without an answer")):
        with bench.served(says(text)) as server:
            bench.fails(server.url("/small.ova"), words)
    with bench.served(header("Content-Encoding", "gzip")) as server:
        bench.fails(server.url("/small.ova"), "the server packs it (Content-Encoding: gzip)")


def test_wrong_bytes_are_never_deployed(bench):
    """A server that changes a byte, in the middle and at the end of the disk."""
    at = bench.ova_bytes.index(read(bench.vmdk)[:4096])
    for place in (at + 70_000, at + os.path.getsize(bench.vmdk) - 600):
        data = bytearray(bench.ova_bytes)
        data[place] ^= 1
        with FaultServer({"/small.ova": bytes(data)}) as server:
            out = bench.path("bad.raw")
            bench.refuses("deploy", server.url("/small.ova"), "--to", out)
            check(not os.path.exists(out), "it is there")


# Users and proxies.

def test_users(bench):
    with bench.served(wants_user("me:se cret@")) as server:
        bench.gets_it(server.url("/small.ova", user="me:se%20cret%40@"))
        bench.fails(server.url("/small.ova", user="me:secret@"), "does not let in this user")
        bench.fails(server.url("/small.ova"), "does not let in")
    with bench.served(status("401 No", ("WWW-Authenticate", "Digest realm=x"))) as server:
        bench.fails(server.url("/small.ova", user="me:secret@"), "by Digest, which is not done")


def test_proxy(bench):
    with bench.served() as server, Proxy("me:pw") as proxy:
        through = f"http://me:pw@127.0.0.1:{proxy.port}"
        bench.gets_it(server.url("/small.ova", host="appliances.invalid"), "--proxy", through)
        check(all(r.target.startswith("http://appliances.invalid") for r in proxy.requests), "")
        check(all("Proxy-" not in r.head for r in server.requests), "the proxy's user was sent on")
        holds(bench.refuses("verify", server.url("/small.ova"), "--proxy",
                            f"http://me:secret@127.0.0.1:{proxy.port}", *QUICK),
              "the proxy does not let in")
        holds(bench.refuses("verify", "http://127.0.0.1:1/x.ova", "--proxy", "https://p", *QUICK),
              "the proxy: it is not http://")


if __name__ == "__main__":
    sys.exit(run_tests(globals(), Bench))
