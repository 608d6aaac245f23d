"""Reads what a machine says on its serial line and decides what it means.

Nothing here touches a process or a file, so tests/tools/test_boot.py can try every order
of lines.  Feed it bytes as they come, in pieces of any size.
"""

import codecs
import re

FAILED = "ovfboot: FAILED:"
STARTING = "ovfboot: starting"

# Only a guest that runs prints these: the sample guest, or a Linux kernel.
GUEST_SPEAKS = re.compile(r"ovfboot-guest:|\[ *\d+\.\d{6}\] |Linux version \d")

# Linux says this last; most guests then stand still for ever.
PANIC = "Kernel panic - not syncing"

# EDK2 says this, and then stands still for ever.
CRASH = re.compile(r"!!!! \S+ Exception Type - ")

# ECMA-48 control sequences, and the two-byte escapes that terminals know.
ESCAPE = re.compile(r"\x1b(?:\[([0-?]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)"
                    r"|[()#%][0-9A-Za-z@]|[0-9<=>A-Z\\^_a-z~])")
UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]{0,200}\x1b?|[()#%])?$")
LINE_MAX = 8192  # characters; a longer line is judged in pieces


class Text:
    """Turns terminal output into lines.

    A carriage return, a cleared screen and a cursor sent to the first column begin a new
    line too: firmware draws its screen on the serial line with them.
    """

    def __init__(self):
        self.decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self.pending = ""  # an escape sequence whose end has not come
        self.line = ""     # the line that is being written

    def feed(self, data):
        """Take bytes; return the lines they completed."""
        text = self.pending + self.decoder.decode(data)
        unfinished = UNFINISHED.search(text)
        self.pending = unfinished.group() if unfinished else ""
        text = text[:len(text) - len(self.pending)]
        text = ESCAPE.sub(self.replace, text).replace("\r", "\n").replace("\0", "")
        *lines, self.line = (self.line + text).split("\n")
        if len(self.line) > LINE_MAX:
            lines.append(self.line)
            self.line = ""
        return [line for line in lines if line.strip()]

    @staticmethod
    def replace(found):
        parameters, final = found.groups()
        if final == "J":
            return "\n"
        if final in ("H", "f"):
            column = parameters.partition(";")[2].lstrip("0")
            return "\n" if column in ("", "1") else ""
        return ""


class Judge:
    """Knows what was asked for and what was seen so far.

    verdict is None until it is clear, then (exit code, sentence).
    """

    def __init__(self, expect, refuse=None):
        self.text = Text()
        self.wanted = [re.compile(pattern) for pattern in expect]
        self.refuse = re.compile(refuse) if refuse else None
        self.verdict = None
        self.matched = []    # the lines that answered expect
        self.failed = None   # the FAILED line
        self.advice = None   # the line after it
        self.started = False
        self.guest_spoke = False
        self.recent = []     # the last lines, for the report of a failure

    def feed(self, data):
        """Take bytes; return the completed lines, for showing."""
        lines = self.text.feed(data)
        for line in lines:
            self.recent = (self.recent + [line])[-12:]
            self.look(line, complete=True)
        if self.text.line:
            self.look(self.text.line, complete=False)
        return lines

    def look(self, line, complete):
        """Judge a line; one that is not complete (a prompt) can only answer expect."""
        if line.startswith(STARTING):
            self.started = True
        if GUEST_SPEAKS.match(line):
            self.guest_spoke = True
        self.look_for_wanted(line)
        if complete and not (self.verdict and self.verdict[0] == 0 and not self.refuse):
            self.look_for_failure(line)
            if PANIC in line and not self.verdict:
                self.verdict = 1, "the guest's kernel panicked"
            if CRASH.search(line) and (self.refuse or not self.verdict):
                self.verdict = 1, "the firmware crashed: " + line.strip(" !")

    def look_for_wanted(self, line):
        if self.refuse or self.verdict:
            return
        left = [pattern for pattern in self.wanted if not pattern.search(line)]
        if len(left) == len(self.wanted):
            return
        self.wanted = left
        self.matched.append(line.strip())
        if not left:
            self.verdict = 0, "seen: " + self.matched[-1]

    def look_for_failure(self, line):
        if self.failed is None:
            if line.startswith(FAILED):
                self.failed = line.strip()
        elif self.advice is None:
            self.advice = line.strip()
            self.settle()
        elif self.refuse and self.verdict[0] == 0 and (self.started or self.guest_spoke):
            self.verdict = 1, "ovfboot refused, but something was started all the same"

    def settle(self):
        """A failure block is complete, or will never be."""
        if self.verdict or self.failed is None:
            return
        if not self.refuse:
            self.verdict = 1, "ovfboot failed"
        elif self.started or self.guest_spoke:
            self.verdict = 1, "ovfboot failed, but only after it had started something"
        elif self.refuse.search(self.failed):
            self.verdict = 0, "refused as asked: " + self.failed
        else:
            self.verdict = 1, f"ovfboot refused, but not with {self.refuse.pattern!r}"

    def end(self, how):
        """No more output will come: the machine ended, and how says the way."""
        if self.text.line.strip():
            self.recent.append(self.text.line)
            self.look(self.text.line, complete=True)
            self.text.line = ""
        self.settle()
        if not self.verdict:
            self.verdict = 1, f"{how} before {self.asked()}"

    def asked(self):
        if self.refuse:
            return f"ovfboot refused with {self.refuse.pattern!r}"
        return "the output had " + " and ".join(repr(p.pattern) for p in self.wanted)

    def failure_text(self):
        """The loader's message and advice, or "" when it printed none."""
        return "\n".join(line for line in (self.failed, self.advice) if line)
