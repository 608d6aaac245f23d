"""A web server that errs on demand, and a proxy: threads over raw sockets.

    with FaultServer({"/x.ova": data}) as server:
        server.fault = cut(100000, times=2)
        ... server.url("/x.ova"), server.requests ...

A fault is called with (request, answer) for every request, and may change the answer, send something
of its own, or sleep.  It returns True when it has answered.
"""

import base64
import contextlib
import re
import socket
import ssl
import threading
import time

ETAG = '"first"'


class Request:
    def __init__(self, head, body, number):
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, _ = lines[0].split(" ", 2)
        self.lines = lines[1:]
        self.head = head.decode("latin-1")
        self.body = body
        self.number = number  # of this server, from 1

    def all(self, name):
        return [line.split(":", 1)[1].strip() for line in self.lines
                if line.lower().startswith(name.lower() + ":")]

    def one(self, name):
        values = self.all(name)
        return values[0] if values else None

    @property
    def first(self):
        """The first byte of the range, 0 without one."""
        match = re.match(r"bytes=(\d+)-", self.one("Range") or "")
        return int(match.group(1)) if match else 0


class Answer:
    """What a proper server would say; send() says it."""

    def __init__(self, server, request, connection):
        self.connection = connection
        self.headers = []
        self.status, self.body = "404 Not Found", b"no such file"
        self.data = data = server.files.get(request.target.split("?")[0])
        self.keeps = True
        self.sent = 0
        if data is None:
            return
        self.status, self.body = "200 OK", data
        self.headers = [("ETag", server.etag), ("Accept-Ranges", "bytes")]
        match = re.fullmatch(r"bytes=(\d+)-(\d+)", request.one("Range") or "")
        unchanged = request.one("If-Range") in (None, server.etag)
        if match and unchanged:
            first, last = int(match.group(1)), min(int(match.group(2)), len(data) - 1)
            if first >= len(data):
                self.status, self.body = "416 Range Not Satisfiable", b""
                self.headers.append(("Content-Range", f"bytes */{len(data)}"))
                return
            self.status, self.body = "206 Partial Content", data[first:last + 1]
            self.headers.append(("Content-Range", f"bytes {first}-{last}/{len(data)}"))

    def set(self, name, value):
        self.headers = [(n, v) for n, v in self.headers if n.lower() != name.lower()]
        if value is not None:
            self.headers.append((name, value))

    def head(self, length=True):
        lines = [f"HTTP/1.1 {self.status}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if length:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n"

    def send(self, length=True):
        self.raw(self.head(length) + self.body)

    def raw(self, data):
        self.connection.sendall(data)


class Hangup(Exception):
    """The connection is closed."""


class FaultServer:
    def __init__(self, files=None, context=None, host="127.0.0.1"):
        self.files = dict(files or {})
        self.context = context
        self.etag = ETAG
        self.fault = None
        self.requests = []
        self.handshakes = []  # errors of TLS, as text
        self.lock = threading.Lock()
        self.socket = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host
                                           else socket.AF_INET)
        self.host = f"[{host}]" if ":" in host else host
        self.port = self.socket.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.socket.close()

    def url(self, target, user="", host=None):
        scheme = "https" if self.context else "http"
        return f"{scheme}://{user}{host or self.host}:{self.port}{target}"

    def accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with contextlib.suppress(OSError, Hangup, ValueError), connection:
            connection.settimeout(30)
            if self.context:
                try:
                    connection = self.context.wrap_socket(connection, server_side=True)
                except (ssl.SSLError, OSError) as error:
                    self.handshakes.append(str(error))
                    return
            self.talk(connection)
            if self.context:
                connection.unwrap()

    def talk(self, connection):
        while True:
            request = self.receive(connection)
            if not request:
                return
            answer = Answer(self, request, connection)
            if not (self.fault and self.fault(request, answer)):
                answer.send()
            if not answer.keeps:
                return

    def receive(self, connection):
        head = b""
        while b"\r\n\r\n" not in head:
            piece = connection.recv(65536)
            if not piece:
                return None
            head += piece
        head, body = head.split(b"\r\n\r\n", 1)
        with self.lock:
            request = Request(head, body, len(self.requests) + 1)
            self.requests.append(request)
        length = int(request.one("Content-Length") or 0)
        while len(request.body) < length:
            request.body += connection.recv(65536)
        return request


# ---- Faults ------------------------------------------------------------------------------------

def sent_by(fault, when):
    """The fault, only for requests of which when(request) is true."""
    return lambda request, answer: when(request) and fault(request, answer)


def times(count, fault):
    left = [count]

    def some(request, answer):
        if left[0] <= 0:
            return False
        left[0] -= 1
        return fault(request, answer)
    return some


def cut(length):
    """The connection breaks after so many bytes of a body."""
    def fault(_, answer):
        if len(answer.body) <= length:
            return False
        answer.raw(answer.head() + answer.body[:length])
        raise Hangup
    return fault


def stall(length, seconds):
    def fault(_, answer):
        if len(answer.body) <= length:
            return False
        answer.raw(answer.head() + answer.body[:length])
        time.sleep(seconds)
        raise Hangup
    return fault


def drip(seconds):
    """A byte at a time."""
    def fault(_, answer):
        for byte in answer.head() + answer.body:
            answer.raw(bytes([byte]))
            time.sleep(seconds)
        return True
    return fault


def says(text):
    """Whatever was asked."""
    def fault(_, answer):
        answer.raw(text.encode("latin-1") if isinstance(text, str) else text)
        raise Hangup
    return fault


def status(line, *headers):
    def fault(_, answer):
        answer.status, answer.body, answer.headers = line, b"sorry", list(headers)
        return False
    return fault


def without_ranges(chunked=False):
    def fault(_, answer):
        if answer.data is None:
            return False
        answer.status, answer.body = "200 OK", answer.data
        answer.set("Content-Range", None)
        answer.set("Accept-Ranges", None)
        return in_chunks()(_, answer) if chunked else False
    return fault


def in_chunks(size=5000, end=b"0\r\nX-Trailer: y\r\n\r\n"):
    def fault(_, answer):
        answer.set("Transfer-Encoding", "chunked")
        answer.raw(answer.head(length=False))
        for at in range(0, len(answer.body), size):
            piece = answer.body[at:at + size]
            answer.raw(b"%x;a=b\r\n%s\r\n" % (len(piece), piece))
        answer.raw(end)
        return True
    return fault


def header(name, value):
    def fault(_, answer):
        answer.set(name, value)
        return False
    return fault


def wants_user(user):
    wanted = "Basic " + base64.b64encode(user.encode()).decode()

    def fault(request, answer):
        if request.one("Authorization") != wanted:
            status("401 Unauthorized", ("WWW-Authenticate", 'Basic realm="x"'))(request, answer)
        return False
    return fault


# ---- A proxy -----------------------------------------------------------------------------------

class Proxy(FaultServer):
    """Plain requests are fetched, CONNECT is let through; every host is on this machine."""

    def __init__(self, user=None):
        super().__init__()
        self.wanted = user and "Basic " + base64.b64encode(user.encode()).decode()

    def talk(self, connection):
        while True:
            request = self.receive(connection)
            if not request:
                return
            if self.wanted and request.one("Proxy-Authorization") != self.wanted:
                connection.sendall(b"HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm=\"p\"\r\n"
                                   b"Content-Length: 0\r\n\r\n")
                continue
            if request.method == "CONNECT":
                port = int(request.target.rsplit(":", 1)[1])
                with socket.create_connection(("127.0.0.1", port)) as far:
                    connection.sendall(b"HTTP/1.1 200 Go on\r\n\r\n")
                    self.join(connection, far)
                return
            self.forward(connection, request)

    @staticmethod
    def forward(connection, request):
        match = re.fullmatch(r"http://[^/]+:(\d+)(/.*)", request.target)
        lines = [line for line in request.lines if not line.lower().startswith("proxy-")]
        head = "\r\n".join([f"{request.method} {match.group(2)} HTTP/1.1", *lines,
                            "Connection: close"]) + "\r\n\r\n"
        with socket.create_connection(("127.0.0.1", int(match.group(1)))) as far:
            far.sendall(head.encode())
            far.shutdown(socket.SHUT_WR)
            while piece := far.recv(65536):
                connection.sendall(piece)

    @staticmethod
    def join(one, other):
        def pump(source, target):
            with contextlib.suppress(OSError):
                while piece := source.recv(65536):
                    target.sendall(piece)
            with contextlib.suppress(OSError):
                target.shutdown(socket.SHUT_WR)
        thread = threading.Thread(target=pump, args=(other, one), daemon=True)
        thread.start()
        pump(one, other)
        thread.join()
