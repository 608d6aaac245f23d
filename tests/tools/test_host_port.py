#!/usr/bin/env python3
"""Tests of what the host's port asks at a terminal and tells of a machine, by tests/tools/port_tool.c."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from checks import BUILD, TOP, check, holds, read, run_tests, same, write  # noqa: E402

TOOL = os.path.join(BUILD, "cli", "port_tool")
SETTING, CANCELLED = 10, 11  # of enum err, base/error.h
MEMINFO = "/proc/meminfo"


def tool(*arguments, **more):
    """(exit code, output) without a terminal."""
    done = subprocess.run([TOOL, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, **{"stdin": subprocess.DEVNULL, **more})
    return done.returncode, done.stdout.decode()


class Terminal:
    """A program on a terminal of its own, 30 lines of 100 columns."""

    def __init__(self, *arguments):
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.before = termios.tcgetattr(self.ours)
        self.process = subprocess.Popen([TOOL, *arguments], stdin=theirs, stdout=theirs,
                                        stderr=theirs, start_new_session=True)
        self.theirs = theirs
        self.text = ""

    def wait_for(self, text):
        end = time.monotonic() + 20
        while text not in self.text and time.monotonic() < end:
            if select.select([self.ours], [], [], 0.2)[0]:
                self.text += os.read(self.ours, 4096).decode(errors="replace")
            elif self.process.poll() is not None:
                break
        holds(self.text, text)

    def type(self, data):
        os.write(self.ours, data)

    def end(self):
        """The exit code; the terminal must be as it was."""
        code = self.process.wait(20)
        self.wait_for("\n")
        while select.select([self.ours], [], [], 0.2)[0]:
            self.text += os.read(self.ours, 4096).decode(errors="replace")
        same(termios.tcgetattr(self.ours), self.before, "the terminal's settings")
        os.close(self.ours)
        os.close(self.theirs)
        return code


def asked(typed, *arguments):
    """(exit code, all that the terminal showed)."""
    terminal = Terminal("ask", *arguments)
    terminal.wait_for(arguments[-1])
    for piece in typed:
        terminal.type(piece)
    return terminal.end(), terminal.text


def test_answers_are_taken_from_a_terminal(_):
    code, text = asked([b"Gr\xc3\xbc\xc3\x9fe\x7f\n"], "shown", "80", "Your name?")
    same(code, 0)
    holds(text, "Your name? Gr\u00fc\u00df", "answer <Gr\u00fc\u00df>")


def test_hidden_answers_are_not_shown(_):
    code, text = asked([b"geheim\n"], "hidden", "80", "Password?")
    same((code, text.count("geheim")), (0, 1), text)
    holds(text, "Password? \r\nanswer <geheim>")


def test_control_c_and_control_d_cancel(_):
    for typed in (b"\x03", b"abc\x03", b"\x04"):
        for echo in ("shown", "hidden"):
            code, text = asked([typed], echo, "80", "Your name?")
            same(code, 1, text)
            holds(text, f"code {CANCELLED}: the person at the terminal chose to stop")


def test_answers_that_cannot_be_taken_are_asked_for_again(_):
    terminal = Terminal("ask", "shown", "5", "Four?")
    terminal.wait_for("Four? ")
    for typed, wanted in ((b"12345\n", "too long"), (b"a\x01b\n", "Only text"),
                          (b"a\xff\n", "Only text"), (b"x" * 4094 + b"\n", "too long")):
        terminal.text = ""
        terminal.type(typed)
        terminal.wait_for(wanted)
        terminal.wait_for("Four? ")
    terminal.type(b"1234\n")
    same(terminal.end(), 0)
    holds(terminal.text, "answer <1234>")


def test_nobody_can_answer_without_a_terminal(_):
    same(tool("ask", "shown", "80", "Your name?"),
         (1, f"code {SETTING}: nobody can answer here: Your name?\n"))


def test_page_is_the_terminals_size(_):
    same(tool("page"), (0, "25 x 80\n"))
    terminal = Terminal("page")
    terminal.wait_for("\n")
    same(terminal.end(), 0)
    holds(terminal.text, "29 x 100")


def test_language_is_the_locales(_):
    for variables, wanted in (({}, ""), ({"LANG": "de_DE.UTF-8"}, "de-DE"), ({"LANG": "C"}, ""),
                              ({"LC_MESSAGES": "fr", "LANG": "de_DE"}, "fr"),
                              ({"LC_ALL": "POSIX", "LANG": "de_DE"}, ""),
                              ({"LC_ALL": "", "LANG": "de_DE"}, "de-DE")):
        same(tool("language", env=variables), (0, wanted + "\n"), str(variables))


def test_this_machine_is_described(_):
    code, text = tool("machine", "")
    same(code, 0)
    check(re.search(r"^processors [1-9]", text, re.M), text)
    memory = int(re.search(r"^memory (\d+)$", text, re.M).group(1))
    total = int(re.search(rb"MemTotal: *(\d+)", read(MEMINFO)).group(1)) * 1024
    check(total <= memory < total * 1.3, f"{memory} of {total}")


def make(folder, path, data=b""):
    os.makedirs(os.path.join(folder, os.path.dirname(path)), exist_ok=True)
    return write(os.path.join(folder, path), data)


def test_machines_are_read_from_sysfs(folder):
    smbios = read(os.path.join(TOP, "tests/corpus/smbios/qemu_ids_and_oem_strings.bin"))
    tables = "sys/firmware/dmi/tables/"
    make(folder, "proc/meminfo", b"MemTotal:        8049672 kB\nMemFree: 1 kB\n")
    for name in ("eth0/device/vendor", "eth1/device/vendor", "lo/mtu", "br0/mtu"):
        make(folder, "sys/class/net/" + name)
    holds(tool("machine", folder)[1], "name <>", f"memory {8 << 30}\n", "ports 2\n")
    make(folder, tables + "smbios_entry_point", smbios[:31])
    make(folder, tables + "DMI", smbios[32:])
    holds(tool("machine", folder)[1], "name <Acme Ltd. Rack  9000>", f"memory {2560 << 20}\n")
    make(folder, tables + "smbios_entry_point", b"\0" * 31)
    holds(tool("machine", folder)[1], "name <>", f"memory {8 << 30}\n")


def test_machines_without_sysfs_are_unknown(folder):
    holds(tool("machine", folder)[1], "name <>", "memory 0\n", "ports 4294967295\n")


def test_machine_files_become_machines(folder):
    path = write(os.path.join(folder, "a"), b"name = A\narch = aarch64\nprocessors = 4\n"
                 b"memory = 8 GiB\nports = 2\ndisk.1 = nvme 512 GB 4096 S4\ndisk.2 = sata 1 TB\n")
    with open(path, "rb") as file:
        same(tool("describe", stdin=file),
             (0, f"name <A>\nprocessors 4\nmemory {8 << 30}\nports 2\narch 1\n"
                 "disk nvme 512000000000 4096 <S4>\ndisk sata 1000000000000 512 <>\n"))
    write(path, b"ports = -1\n")
    with open(path, "rb") as file:
        holds(tool("describe", stdin=file)[1], f"code {SETTING}: line 1: ports = -1")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals())))
