"""A network of a test's own: a bridge with QEMU's card on it, dnsmasq, nginx.

    with Lab(folder) as lab:
        lab.dnsmasq("dhcp-range=192.0.2.100,192.0.2.200\\n")
        lab.nginx("server { listen 80; root /srv/ovfboot; }")

It lies in a network namespace that this process, and what it starts, are in as long as the block
lasts.  So any port and address is free, labs of other tests are out of reach, nothing of the machine's
own network changes, and the kernel takes all of it away with the last process.  Needs root.

Texts for the servers are those of the documents: /srv/ovfboot in them becomes lab.www, /srv/tls the
folder of the lab.
"""

import contextlib
import ctypes
import os
import re
import shutil
import subprocess
import time

from checks import TOP, Skip, check, need, read, run, write

CLONE_NEWNET = 0x40000000  # unshare(2)
SERVER4, SERVER6 = "192.0.2.1", "2001:db8::1"
MAC = "52:54:00:12:34:56"
READY_SECONDS = 20  # for a server to listen; only one that never will needs it

REQUEST = re.compile(r'(?P<client>\S+) (?P<server>\S+) (?P<scheme>\S+) "(?P<method>\S+) (?P<path>\S+)[^"]*" '
                     r'(?P<status>\d+) (?P<bytes>\d+) "(?P<range>[^"]*)" "(?P<agent>[^"]*)"')
LOG_FORMAT = ('log_format lab \'$remote_addr $server_addr $scheme "$request" $status $body_bytes_sent '
              '"$http_range" "$http_user_agent"\';')


def document(name):
    """{path: text} of a document's fenced blocks that name their file in a comment on the first or
    second line."""
    text = read(os.path.join(TOP, "docs", name)).decode()
    blocks = re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    named = [(re.match(r"(?:#!.*\n)?# (/\S+)\n", block), block) for block in blocks]
    return {found.group(1): block for found, block in named if found}


def library():
    return ctypes.CDLL(None, use_errno=True)


class Lab:
    """four, six: whether the server and its network have such addresses."""

    def __init__(self, folder, four=True, six=True):
        need("ip", "dnsmasq", "nginx", "setpriv")
        self.folder = folder
        self.four, self.six = four, six
        self.www = os.path.join(folder, "www")
        self.stack = contextlib.ExitStack()
        os.makedirs(self.www, exist_ok=True)
        for name in ("access.log", "dnsmasq.log", "leases", "nginx.pid"):  # of a lab before, in the same folder
            with contextlib.suppress(FileNotFoundError):
                os.remove(self.path(name))

    def path(self, name):
        return os.path.join(self.folder, name)

    def __enter__(self):
        if not os.access("/dev/net/tun", os.W_OK):
            raise Skip("no network cards for QEMU: /dev/net/tun is missing or needs root")
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        if library().unshare(CLONE_NEWNET) != 0:
            os.close(before)
            raise Skip(f"no network of its own: {os.strerror(ctypes.get_errno())}; root can")
        self.stack.callback(os.close, before)
        self.stack.callback(lambda: library().setns(before, CLONE_NEWNET))
        try:
            self.make_links()
        except BaseException:
            self.stack.close()
            raise
        return self

    def __exit__(self, *_):
        self.stack.close()

    def make_links(self):
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", "lan0", "type", "bridge")
        self.add_card("tap0")
        if self.four:
            run("ip", "address", "add", SERVER4 + "/24", "dev", "lan0")
        if self.six:
            run("ip", "address", "add", SERVER6 + "/64", "dev", "lan0", "nodad")
        run("ip", "link", "set", "lan0", "up")

    @staticmethod
    def add_card(name):
        run("ip", "tuntap", "add", name, "mode", "tap")
        run("ip", "link", "set", name, "master", "lan0", "up")

    @staticmethod
    def nic(tap="tap0", mac=MAC):
        """For qemu/boot --nic.  No option ROM: the firmware's own driver."""
        return (f"tap,ifname={tap},script=no,downscript=no,model=virtio,mac={mac},romfile=")

    def start(self, *command):
        """A program that ends with the lab, and when this process is killed."""
        process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.stack.callback(end, process)
        return process

    def serve(self, name, data):
        """A file on the web server; its parts of the path are made."""
        path = os.path.join(self.www, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if isinstance(data, bytes):
            return write(path, data)
        return shutil.copyfile(data, path)

    def configured(self, name, text):
        text = text.replace("/srv/ovfboot", self.www).replace("/srv/tls", self.folder)
        return write(self.path(name), text.encode())

    def dnsmasq(self, *texts):
        conf = self.configured("dnsmasq.conf", "\n".join(texts))
        log = self.path("dnsmasq.log")
        process = self.start("dnsmasq", "--keep-in-foreground", "--conf-file=" + conf, "--user=root",
                             "--no-resolv", "--no-hosts", "--no-ping", "--pid-file=", "--log-dhcp",
                             "--log-queries", "--dhcp-leasefile=" + self.path("leases"),
                             "--log-facility=" + log)
        await_ready(process, lambda: b"cleared cache" in read(log), "dnsmasq")

    def nginx(self, servers, options=""):
        conf = self.configured("nginx.conf", f"""
daemon off; master_process off; user root; pid {self.folder}/nginx.pid;
error_log {self.folder}/nginx.log; events {{}}
http {{ {LOG_FORMAT} access_log {self.folder}/access.log lab; {options}
  client_body_temp_path {self.folder}; proxy_temp_path {self.folder};
  fastcgi_temp_path {self.folder}; uwsgi_temp_path {self.folder}; scgi_temp_path {self.folder};
{servers} }}
""")
        process = self.start("nginx", "-c", conf)
        await_ready(process, lambda: os.path.getsize(self.path("nginx.pid")), "nginx")
        return process

    def requests(self, path=None):
        """What the web server was asked for, as dictionaries."""
        lines = read(self.path("access.log")).decode().splitlines()
        found = [REQUEST.fullmatch(line).groupdict() for line in lines]
        return [request for request in found if path in (None, request["path"])]

    def said(self, name):
        """The log of a server."""
        return read(self.path(name)).decode(errors="replace")


def await_ready(process, is_ready, name):
    for _ in range(READY_SECONDS * 20):
        check(process.poll() is None, f"{name} ended by itself")
        with contextlib.suppress(OSError):
            if is_ready():
                return
        time.sleep(0.05)
    raise AssertionError(f"{name} does not get ready")


def end(process):
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
