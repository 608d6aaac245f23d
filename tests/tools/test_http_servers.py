#!/usr/bin/env python3
"""The host tool over http, against nginx and Python's own server."""

import contextlib
import functools
import http.server
import os
import shutil
import socket
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import packages  # noqa: E402
from checks import need, run_tests, write  # noqa: E402
from test_http import Bench  # noqa: E402


@contextlib.contextmanager
def nginx(folder, extra="", tls=False):
    need("nginx")
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    conf = write(os.path.join(folder, "nginx.conf"), f"""
daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{}}
http {{ access_log {folder}/access.log; client_body_temp_path {folder}; proxy_temp_path {folder};
  fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{port}{" ssl" if tls else ""}; root {folder}/www; {extra} }} }}
""".encode())
    process = subprocess.Popen(["nginx", "-c", conf], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


def www(bench):
    folder = os.path.join(bench.folder, "www")
    os.makedirs(os.path.join(folder, "loose"), exist_ok=True)
    os.chmod(bench.folder, 0o755)
    shutil.copy(bench.ova, folder)
    for name, data in packages.members_of([bench.vmdk]):
        write(os.path.join(folder, "loose", name), data)
    return folder


def test_nginx(bench):
    www(bench)
    with nginx(bench.folder) as port:
        bench.gets_it(f"http://127.0.0.1:{port}/small.ova")
        bench.gets_it(f"http://127.0.0.1:{port}/loose/small.ovf")
        bench.fails(f"http://127.0.0.1:{port}/none.ova", "404 Not Found")
    with nginx(bench.folder, "max_ranges 0;") as port:
        bench.gets_it(f"http://127.0.0.1:{port}/small.ova")
    with nginx(bench.folder, "keepalive_requests 1;") as port:
        bench.gets_it(f"http://127.0.0.1:{port}/small.ova")


def test_pythons_server(bench):
    """It knows no ranges."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=www(bench))
    handler.func.log_message = lambda *_: None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        bench.gets_it(f"http://127.0.0.1:{server.server_port}/small.ova")
        bench.gets_it(f"http://127.0.0.1:{server.server_port}/loose/small.ovf")
        server.shutdown()


if __name__ == "__main__":
    sys.exit(run_tests(globals(), Bench))
