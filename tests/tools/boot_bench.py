"""What the tests of qemu/boot share: a stand-in for QEMU, and a folder to work in."""

import os
import subprocess
import sys

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BOOT = os.path.join(TOP, "qemu", "boot")
sys.path[:0] = [os.path.join(TOP, "qemu"), os.path.join(TOP, "tests")]

import checks  # noqa: E402
from checks import Skip, check, same  # noqa: E402,F401

# Speaks FAKE_SCRIPT: S seconds of sleep, W waits for a typed line, N ends with 9 if there is
# one, E to stderr, X ends with that code, H hangs, P prints without a line end; every other
# line is printed with CR LF.
# Obeys QMP's quit and SIGTERM, but neither with FAKE_STUBBORN.
FAKE_QEMU = r'''#!/usr/bin/env python3
import json, os, re, select, signal, socket, sys, threading, time
folder = os.environ["FAKE_FOLDER"]
with open(folder + "/argv", "w") as f:
    f.write("\n".join(sys.argv[1:]))
with open(folder + "/pid", "w") as f:
    f.write(str(os.getpid()))
fd = next(int(m.group(1)) for m in (re.match(r"socket,id=qmp,fd=(\d+)", a) for a in sys.argv) if m)
def monitor():
    channel = socket.socket(fileno=fd)
    for line in channel.makefile():
        channel.sendall(b'{"return": {}}\n')
        if json.loads(line)["execute"] == "quit" and not os.environ.get("FAKE_STUBBORN"):
            open(folder + "/quit", "w").close()
            os._exit(0)
threading.Thread(target=monitor, daemon=True).start()
if os.environ.get("FAKE_STUBBORN"):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
for line in os.environ["FAKE_SCRIPT"].split("\n"):
    kind, _, rest = line.partition("!")
    if line.startswith("S!"): time.sleep(float(rest))
    elif line.startswith("W!"):
        typed = os.read(0, 100)
        open(folder + "/typed", "wb").write(typed)
    elif line.startswith("N!"):
        if select.select([0], [], [], 0)[0]: os._exit(9)
    elif line.startswith("E!"): print(rest, file=sys.stderr, flush=True)
    elif line.startswith("X!"): os._exit(int(rest))
    elif line.startswith("H!"): time.sleep(600)
    elif line.startswith("P!"): os.write(1, rest.encode())
    else: os.write(1, line.encode() + b"\r\n")
os._exit(0)
'''

READY = "ovfboot: starting disk\novfboot-guest: cpus 2\novfboot-guest: ready"
FAILURE = ("ovfboot: FAILED: a.ova: disk1.vmdk: its digest is not the one in the manifest\n"
           "Do not use it.")


class Bench:
    """A folder with a stand-in for QEMU, a loader and a package."""

    def __init__(self, folder):
        self.folder = folder
        self.temporary = self.path("tmp")
        os.mkdir(self.temporary)
        self.write("qemu", FAKE_QEMU.encode())
        os.chmod(self.path("qemu"), 0o755)
        self.write("loader.efi", b"MZ loader")
        self.write("a.ova", bytes(range(256)) * 4096 + b"end")

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def start(self, script, *arguments, plain=False, **more):
        command = [BOOT, "--qemu", self.path("qemu"), "--efi", self.path("loader.efi")]
        if plain:
            command = [BOOT]
        environment = dict(os.environ, FAKE_SCRIPT=script, FAKE_FOLDER=self.folder,
                           TMPDIR=self.temporary, **more)
        return subprocess.Popen(command + list(arguments), env=environment, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def boot(self, script, *arguments, **more):
        """(exit code, stdout, stderr); checks that nothing is left behind."""
        process = self.start(script, "--ova", self.path("a.ova"), *arguments, **more)
        out, err = process.communicate(timeout=60)
        same(os.listdir(self.temporary), [])
        return process.returncode, out, err

    def qemu_lives(self):
        try:
            os.kill(int(self.read("pid")), 0)
        except ProcessLookupError:
            return False
        return True


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    check(done.returncode == 0, f"{command}: {done.stdout!r}")
    return done.stdout


def argument_lines(bench):
    return bench.read("argv").decode().split("\n")


def run_tests(tests):
    return checks.run_tests(tests, Bench)
