"""Several runs of ovfboot in one boot, each on a firmware that is hostile in its own way, by
tests/firmware/hostile.c.

A test says by @case in which boot it runs, what is wrong, and with which settings; the first test of a
boot boots it.  Every run has a disk of its own, and a package of the stick.
"""

import contextlib
import functools
import re
import sys
import tempfile
from collections import namedtuple

from lib import MIB, Bench, Booted, check, has_guest, has_no_table, is_unchanged, packages, run_tests, same, sha256

DISK = 40 * MIB
LARGE = 200 * MIB  # more than a free piece and the rest beside it have in with_memory_in_pieces
PATIENCE = 1800  # seconds for a boot with all its runs
SETTINGS = ("unattended=yes", "environment=none", "log=no", "on-success=exit", "on-failure=exit", "erase=yes")

Case = namedtuple("Case", "name boot lines options")
CASES = []


def case(boot, *lines, options=""):
    """options: settings besides target and source, unless they are among them; {disk} is this run's disk."""
    def register(test):
        made = Case(test.__name__.removeprefix("test_").replace("_", "-"), boot, lines, options)
        CASES.append(made)

        @functools.wraps(test)
        def judge(firmware):
            test(firmware.outcome(made))
        return judge
    return register


class Outcome:
    """What one run left: its lines, and its disk."""

    def __init__(self, made, lines, disk, before, raw):
        self.name, self.disk, self.before, self.raw = made.name, disk, before, raw
        self.log = Booted(0, "", "\n".join(lines).encode())

    def broken(self, fault, least=1):
        """The fault was met so many times at least; in how many of how many calls."""
        found = re.search(rf"^hostile: {self.name}: {fault}: (\d+) of (\d+)$", self.log.text, re.MULTILINE)
        check(found, f"{fault} is not counted")
        broken, seen = map(int, found.groups())
        check(broken >= least, f"{fault}: only {broken} of {seen}")
        return broken, seen

    def deployed(self):
        self.log.says("^Done .* is ready on")
        self.log.says_not("FAILED")
        has_guest(self.disk, self.raw)

    def fails(self, sentence):
        failure = self.log.failure()
        check(re.search(sentence, failure), f"{failure!r} is not {sentence!r}")
        self.log.says_not("^Done")

    def untouched(self):
        is_unchanged(self.disk, self.before)

    def unbootable(self):
        check(sha256(self.disk) != self.before, "nothing was written, so this proves little")
        has_no_table(self.disk)


class Firmware(Bench):
    """Boots what the tests need, once."""

    def __init__(self, folder):
        super().__init__(folder)
        self.booted, self.outcomes = set(), {}
        self.raw, _, self.package = self.small()  # once: each has a GUID of its own

    def outcome(self, made):
        if made.boot not in self.booted:
            self.booted.add(made.boot)
            self.boot_cases([one for one in CASES if one.boot == made.boot])
        check(made.name in self.outcomes, f"its boot, {made.boot}, did not come so far")
        return self.outcomes[made.name]

    def script(self, cases):
        for number, one in enumerate(cases):
            words = dict(source="source=small.ova", target=f"target=serial:case{number}",
                         entry="boot-entry=none")
            for word in one.options.split():
                words[word.partition("=")[0].replace("boot-entry", "entry")] = word
            yield " ".join(["case", one.name, *words.values()])
            yield from one.lines

    def boot_cases(self, cases):
        large = packages.guest_disk(self.path("large.raw"), size=LARGE)
        large = packages.package(self.path("large.ova"), [packages.convert(large)])
        disks = [self.filled(f"{one.name}.img", DISK) for one in cases]
        before = sha256(disks[0])
        settings = [word for setting in SETTINGS for word in ("--set", setting)]
        booted = self.boot("--ova", self.package, "--ova", large, "--target", "none", *settings,
                           *[f"--qemu-arg={word}" for number, disk in enumerate(disks)
                             for word in nvme(number, disk)],
                           "--expect", "^hostile: the end", "--linger", PATIENCE, "--timeout", PATIENCE,
                           *self.hostile(*self.script(cases)))
        for one, disk in zip(cases, disks):
            self.outcomes[one.name] = Outcome(one, lines_of(booted, one.name), disk, before, self.raw)


def nvme(number, disk):
    """QEMU's words for one disk more; qemu/boot makes at most four."""
    return ("-drive", f"if=none,id=case{number},format=raw,cache=unsafe,file={disk}",
            "-device", f"nvme,drive=case{number},serial=case{number}")


def lines_of(booted, name):
    begin, end = (f"hostile: case {name} {word}" for word in ("begins", "ends"))
    same((booted.lines.count(begin), booted.lines.count(end)), (1, 1), f"runs of {name}")
    return booted.lines[booted.lines.index(begin):booted.lines.index(end)]


def run_cases(tests):
    with contextlib.ExitStack() as stack:
        made = []

        def make(_folder):
            if not made:
                made.append(Firmware(stack.enter_context(tempfile.TemporaryDirectory(prefix="ovfboot-hostile-"))))
            return made[0]
        sys.exit(run_tests(tests, make))
