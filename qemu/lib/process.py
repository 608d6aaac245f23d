"""QEMU and swtpm as processes: started with private channels, and always ended by id."""

import contextlib
import ctypes
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import time

from lib.errors import ToolError, find_program

PR_SET_PDEATHSIG = 1  # prctl(2)
END_SECONDS = 5       # a process that ignores SIGTERM gets SIGKILL after so long


def die_with_parent():
    """In the child: end when this tool is killed and cannot end it any more."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def start(arguments, fds, **streams):
    """Start a program in a session, and so a process group, of its own."""
    try:
        return subprocess.Popen(arguments, pass_fds=fds, start_new_session=True,
                                preexec_fn=die_with_parent, **streams)
    except OSError as error:
        raise ToolError(f"cannot start {arguments[0]}: {error.strerror}") from None


def end(process):
    """End a process of ours and what it started; no error when it is gone already."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            pass
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class Monitor:
    """QEMU's QMP: one JSON object a line.  Events are kept; none is waited for."""

    def __init__(self, channel):
        self.channel = channel
        self.buffer = b""
        self.answers = []
        self.end_reason = None  # of the SHUTDOWN event: guest-shutdown, guest-reset, ...
        self.send("qmp_capabilities")

    def fileno(self):
        return self.channel.fileno()

    def send(self, name, **arguments):
        """Send a command.  Silent when QEMU is gone: its end is noticed elsewhere."""
        text = json.dumps({"execute": name, "arguments": arguments}) + "\n"
        with contextlib.suppress(OSError):
            self.channel.sendall(text.encode())

    def receive(self):
        """Take what has come; False at the end of QEMU."""
        try:
            data = self.channel.recv(65536)
        except OSError:
            data = b""
        *lines, self.buffer = (self.buffer + data).split(b"\n")
        for line in lines:
            with contextlib.suppress(ValueError):
                self.take(json.loads(line))
        return bool(data)

    def take(self, message):
        if message.get("event") == "SHUTDOWN":
            self.end_reason = self.end_reason or message.get("data", {}).get("reason", "unknown")
        elif "return" in message or "error" in message:
            self.answers.append(message)

    def ask(self, name, seconds=END_SECONDS, **arguments):
        """Send a command and wait for its answer; None when none came."""
        self.drain()
        self.answers.clear()
        self.send(name, **arguments)
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self, selectors.EVENT_READ)
            while not self.answers:
                if not selector.select(max(0, deadline - time.monotonic())) or not self.receive():
                    return None
        return self.answers[0]

    def drain(self):
        """Take what lies ready, without waiting."""
        with selectors.DefaultSelector() as selector:
            selector.register(self, selectors.EVENT_READ)
            while selector.select(0) and self.receive():
                pass


class Machine:
    """A running QEMU: output is its serial line, monitor its QMP."""

    def __init__(self, arguments, folder, tpm):
        ours, theirs = socket.socketpair()
        fds = [theirs.fileno()]
        arguments = arguments + ["-chardev", f"socket,id=qmp,fd={theirs.fileno()}",
                                 "-mon", "chardev=qmp,mode=control"]
        if tpm:
            fds.append(tpm.fileno())
            arguments += ["-chardev", f"socket,id=tpm,fd={tpm.fileno()}",
                          "-tpmdev", "emulator,id=tpm0,chardev=tpm",
                          "-device", "tpm-tis,tpmdev=tpm0"]
        self.words = os.path.join(folder, "qemu.stderr")
        with open(self.words, "wb") as words:
            self.process = start(arguments, fds, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=words, bufsize=0)
        theirs.close()
        self.output = self.process.stdout
        self.monitor = Monitor(ours)

    def type(self, data):
        """Send bytes to the serial line."""
        with contextlib.suppress(OSError):
            self.process.stdin.write(data)

    def screenshot(self, path):
        """Write the screen as a PPM; False when QEMU cannot any more."""
        answer = self.monitor.ask("screendump", filename=path)
        return bool(answer and "return" in answer)

    def quit(self):
        """Ask QEMU to write everything and end, then make sure."""
        if self.process.poll() is None:
            self.monitor.send("quit")
            try:
                self.process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                pass
        end(self.process)

    def complaint(self):
        """What QEMU said on stderr when it failed by itself, or None when it ended well."""
        code = self.process.wait()
        if code == 0:
            return None
        with open(self.words, "rb") as file:
            words = file.read(65536).decode(errors="replace").strip()
        how = f"signal {-code}" if code < 0 else f"code {code}"
        return f"QEMU ended with {how}" + (f":\n{words}" if words else "")


def start_tpm(folder):
    """(process, channel for QEMU) of a software TPM 2.0 with its state in folder."""
    state = os.path.join(folder, "tpm")
    shutil.rmtree(state, ignore_errors=True)
    os.makedirs(state)
    swtpm = find_program("swtpm", "swtpm")
    ours, theirs = socket.socketpair()
    with open(os.path.join(folder, "swtpm.log"), "wb") as log:
        process = start([swtpm, "socket", "--tpm2", "--tpmstate", f"dir={state}",
                         "--ctrl", f"type=unixio,clientfd={theirs.fileno()}"],
                        [theirs.fileno()], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    theirs.close()
    return process, ours
