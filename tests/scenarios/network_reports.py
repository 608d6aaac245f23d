#!/usr/bin/env python3
"""What a machine reports of its run, to a server of the test's own."""

import contextlib
import json
import os
import sys

from lib import TOP, Skip, check, read, run_tests, same
from fault_server import FaultServer
from netlab import SERVER4
from network_lib import LAN, URL4, NetBench


@contextlib.contextmanager
def receiver(answer="204 No Content"):
    """A server that takes whatever is sent; with another answer it refuses."""
    def fault(_, reply):
        reply.status, reply.body = answer, b""
        return False
    with FaultServer({}, host=SERVER4) as server:
        server.fault = fault
        yield server


def reports(server):
    """The documents, each as the schema says."""
    try:
        import jsonschema
    except ImportError:
        raise Skip("python3-jsonschema is missing") from None
    schema = json.loads(read(os.path.join(TOP, "docs", "report.schema.json")))
    documents = []
    for request in server.requests:
        same((request.method, request.target), ("POST", "/52-54-00-12-34-56"))
        documents.append(json.loads(request.body))
        jsonschema.validate(documents[-1], schema)
    return documents


def to(server):
    return f"report=http://{SERVER4}:{server.port}/${{mac}}"


def test_a_deployment(bench):
    with bench.network(LAN) as lab, receiver() as server:
        bench.fetches(lab, URL4, to(server))
        report = reports(server)[-1]
        text = json.dumps(report)
        for part in ("52:54:00:12:34:56", URL4, "small.vmdk"):
            check(part in text, f"{part} is not in {text}")
        same(report["outcome"], "done")


def test_a_failure(bench):
    with bench.network(LAN) as lab, receiver() as server:
        url = f"http://{SERVER4}/none.ova"
        booted = bench.fails(lab, url, "404", to(server))
        report = reports(server)[-1]
        same(report["outcome"], "failed")
        check(booted.failure() in json.dumps(report), report)


def test_a_report_that_is_required_and_not_taken(bench):
    with bench.network(LAN) as lab, receiver("403 Forbidden") as server:
        bench.fails(lab, URL4, "403 Forbidden", to(server), "report-policy=required", "retries=0")
        check(server.requests, "nothing was sent")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), NetBench))
