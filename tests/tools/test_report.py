#!/usr/bin/env python3
"""Reports of ovfboot deploy: what a server gets, against its schema, and what is in it."""

import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import cli  # noqa: E402
from checks import TOP, check, holds, read, run_tests, same, sha256  # noqa: E402
from fault_server import FaultServer, status  # noqa: E402
from schema import validate  # noqa: E402

SCHEMA = os.path.join(TOP, "docs", "report.schema.json")
QUICK = ("--retries", "0", "--stall", "2")


class Bench(cli.Bench):
    def deployed(self, server, *settings, file=None):
        """(exit code, stdout, stderr) with reports to /report there."""
        out = self.path("out.raw")
        if os.path.exists(out):
            os.remove(out)
        url = server.url("/report?key=secret", user="me:secret@")
        more = [word for setting in (f"report={url}",) + settings for word in ("--set", setting)]
        return self.ovfboot("deploy", file or self.ova, "--to", out, *QUICK, *more)


def reports(server):
    """Every report that came, by the schema."""
    posts = [r for r in server.requests if r.head.startswith("POST ")]
    for post in posts:
        same(post.one("Content-Type"), "application/json")
    texts = [post.body.decode() for post in posts]
    validate(SCHEMA, [(f"report {i}", text) for i, text in enumerate(texts)])
    check(not any("secret@" in text or "key=secret" in text for text in texts), texts)
    return [json.loads(text) for text in texts]


def test_success(bench):
    with FaultServer({"/report": b""}) as server:
        same(bench.deployed(server)[0], 0)
        report, = reports(server)
    same(report["outcome"], "done")
    same([stage["name"] for stage in report["stages"]], ["package", "choices", "deployment"])
    disk, = report["disks"]
    same(disk["target"], bench.path("out.raw"))
    same(disk["SHA-256"], sha256(bench.vmdk))
    same(report["package"]["size"], os.path.getsize(bench.ova))
    check("report" in [setting["key"] for setting in report["settings"]], report)


def test_failure(bench):
    with FaultServer({"/report": b""}) as server:
        code, _, err = bench.deployed(server, "option=none")
        same(code, 1)
        report, = reports(server)
    same((report["outcome"], report["error"]["code"]), ("failed", "setting"))
    holds(err, "ovfboot: FAILED: " + report["error"]["message"])


def test_stages(bench):
    with FaultServer({"/report": b"", "/small.ova": read(bench.ova)}) as server:
        url = server.url("/small.ova?key=secret", user="me:secret@")
        same(bench.deployed(server, "report-stages=yes", file=url)[0], 0)
        told = reports(server)
    same([(r["outcome"], r["stage"]) for r in told],
         [("running", "package"), ("running", "choices"), ("running", "deployment"), ("done", "deployment")])
    holds(told[-1]["package"]["place"], server.url("/small.ova?..."))


def test_a_report_that_is_refused_stops_nothing_unless_it_must(bench):
    with FaultServer({"/report": b""}) as server:
        server.fault = status("403 No")
        code, out, _ = bench.deployed(server)
        same(code, 0)
        holds(out, "Warning    report: http://", "deployed and proved")
        code, _, err = bench.deployed(server, "report-policy=required")
        same(code, 1)
        holds(err, "ovfboot: FAILED: report: http://")
        check(not os.path.exists(bench.path("out.raw")), "it was written")


if __name__ == "__main__":
    sys.exit(run_tests(globals(), Bench))
