#!/usr/bin/env python3
"""The screens at the machine, driven over the serial line: arrow keys, wrong input, Escape; what each of
them looks like to a terminal."""

import sys

from lib import (Bench, check, has_guest, holds, is_unchanged, packages, read, run_tests, same,
                 sha256)
from appliances import EULA, OPTIONS, PRODUCT, appliance, system
from terminal import Terminal

DOWN, UP, ESCAPE, ENTER = r"\e[B", r"\e[A", r"\e", r"\r"
TEXT = "  ".join(f"{n}. You may use this software for test number {n} and for no other."
                 for n in range(1, 61))


def asking(bench):
    """(raw disk, arguments, disks): an appliance that leaves everything open, and two disks."""
    raw = packages.guest_disk(bench.path("asking.raw"))
    box = system("box", [("boot", 0)], PRODUCT + EULA.format(text=TEXT))
    ova = appliance(bench.path("asking.ova"), {"boot": packages.convert(raw)}, box, OPTIONS)
    disks = [bench.used("first.img"), bench.filled("second.img")]
    return raw, ["--ova", ova, "--target", "none", "--disk", disks[0], "--disk", disks[1]], disks


def sends(*pairs):
    return [word for pattern, keys in pairs for word in ("--send", pattern, keys)]


def screens(bench):
    """What was on the terminal at the end of each question, and of all."""
    terminal = Terminal().feed(read(bench.path("serial.log")).decode(errors="replace"))
    return [*terminal.screens, terminal.text()]


def on_terminal(bench, rows, columns, first, last="FAILED"):
    """A terminal of that size after the screens from one with that title on, which fit on it."""
    text = read(bench.path("serial.log")).decode(errors="replace")
    begin = text.index(first)
    terminal = Terminal(rows, columns).feed(text[begin:text.index(last, begin)])
    same(terminal.overflow, [], "rows that do not fit")
    return terminal


def screen_of(all_screens, title, number=0):
    found = [screen for screen in all_screens if screen.lstrip().startswith(title)]
    check(len(found) > number, f"no screen {number} {title!r} in {all_screens}")
    return found[number]


FORTH = (("Which. Number", DOWN + ENTER), ("-- more", DOWN),
         ("Do you accept it", "yes" + ENTER),
         ("Value:", "much-too-long-a-name" + ENTER), ("Value:", "box1" + ENTER),
         ("Value .not shown", "s3cret!" + ENTER), ("Once more", "s3cret!" + ENTER))


def test_everything_is_chosen_with_arrow_keys_and_the_last_question_names_it(bench):
    raw, arguments, disks = asking(bench)
    before = sha256(disks[0])
    booted = bench.deploys(*arguments, *sends(
        *FORTH, ("Number to change one", DOWN + DOWN + ENTER), ("Value:", "70000" + ENTER),
        ("Value:", "81" + ENTER), ("Number to change one", ENTER),
        ("Which disk", DOWN + ENTER), ("Type yes", "y" + ENTER), ("is not yes", "yes" + ENTER)))
    booted.says("^Option     large", "^Target .*ovfboot-disk1", "^Done .* is ready on")
    booted.says_not("s3cret")
    is_unchanged(disks[0], before)
    has_guest(disks[1], raw)
    seen = screens(bench)
    holds(screen_of(seen, "Deployment options"), "> 2  large  Large", "Package ", "Signed by ")
    holds(screen_of(seen, "Licence agreement", 1), "Page 2 of 2")
    holds(screen_of(seen, "Host name", 1), "much-too-long-a-name is not 1 to 15 characters", "Value:")
    holds(screen_of(seen, "What can be set", 1), "2  Port = 81", "3  Password of root = (set, not shown)")
    holds(screen_of(seen, "Disks of this machine"), "> 2  NVMe disk QEMU NVMe Ctrl, serial ovfboot-disk1",
          "GPT with 2 partitions")
    last = screen_of(seen, "What will be done")
    holds(last, "Machine    ", "asking.ova", "nobody", "large", "serial ovfboot-disk1, 67.1 MB",
          "no partition table", "Erase what is on it? Type yes:")


def test_escape_goes_back_from_everywhere_and_leaves_at_last(bench):
    _, arguments, disks = asking(bench)
    before = [sha256(disk) for disk in disks]
    bench.refuses("chose to stop", *arguments, *sends(
        *FORTH, ("Number to change one", ENTER), ("Which disk", "2" + ENTER), ("Type yes", ESCAPE),
        ("Which disk", ESCAPE), ("Number to change one", "1" + ENTER), ("Value:", ESCAPE),
        ("Number to change one", ESCAPE), ("-- more", ESCAPE), ("Which. Number", ESCAPE),
        ("Leave ovfboot", ENTER), ("Which. Number", ESCAPE), ("Leave ovfboot", DOWN + ENTER)))
    same([sha256(disk) for disk in disks], before)
    seen = screens(bench)
    holds(screen_of(seen, "Disks of this machine", 1), "> 2  NVMe disk QEMU")
    holds(screen_of(seen, "What can be set", 1), "1  Host name = box1")
    holds(screen_of(seen, "Deployment options", 1), "> 2  large")
    holds(screen_of(seen, "Leave ovfboot", 1), "> 2  Yes, leave")


def test_no_row_of_a_screen_reaches_the_last_column(bench):
    _, arguments, _ = asking(bench)
    bench.refuses("chose to stop", *arguments, "--set", "accept-eula=yes", *sends(
        ("Which. Number", "9" + ENTER), ("Type a number", UP + UP + UP + DOWN + ESCAPE),
        ("Leave ovfboot", "2" + ENTER)))
    on_terminal(bench, 31, 100, "Deployment options")


def test_a_terminal_of_40_columns_and_12_lines(bench):
    raw, arguments, disks = asking(bench)
    bench.deploys(*arguments, *bench.hostile("screen 40 12"), *sends(
        *FORTH[:1], ("-- more", DOWN * 15), *FORTH[2:], ("to change one", "2" + ENTER),
        ("Value:", "70000" + ENTER), ("Value:", "81" + ENTER), ("to change one", ENTER), ("Which disk", DOWN + ENTER),
        ("-- more", DOWN * 2), ("Type yes", "yes" + ENTER)))
    has_guest(disks[1], raw)
    seen = on_terminal(bench, 12, 40, "Deployment options", "Proved ").screens
    for title in ("Deployment options", "Licence", "What can be set", "Disks", "What will be done"):
        screen_of(seen, title)
    holds(screen_of(seen, "Host name", 1), "property hostname: much-too-long-a-name\nis not 1 to 15 characters\n")


def test_a_screen_is_drawn_anew_when_its_size_changes(bench):
    raw, arguments, disks = asking(bench)
    other = "\x14"  # hostile.c takes it for another monitor, of 40 columns, and then for the first one again
    bench.deploys(*arguments, *bench.hostile("screen 100 31", "screen 40 12"), "--set", "accept-eula=yes", *sends(
        ("Which. Number", DOWN + other), ("Which. Number", ENTER),
        ("Value:", "bo" + other), ("Value:", "x1" + ENTER),
        ("Value .not shown", "s3c" + other), ("Value .not shown", "ret!" + ENTER), ("Once more", "s3cret!" + ENTER),
        ("to change one", ENTER), ("Which disk", other), ("Which disk", "2" + ENTER),
        ("Type yes", other), ("-- more", DOWN * 2), ("Type yes", "yes" + ENTER)))
    has_guest(disks[1], raw)
    seen = screens(bench)
    for title, number, narrow in (("Deployment options", 0, False), ("Deployment options", 1, True),
                                  ("Host name", 0, True), ("Host name", 1, False), ("Password", 0, False),
                                  ("Password", 1, True), ("What can be set", 0, True), ("Disks", 0, True),
                                  ("Disks", 1, False), ("What will be done", 0, False),
                                  ("What will be done", 1, True)):
        screen = screen_of(seen, title, number)
        same(max(map(len, screen.splitlines())) < 40, narrow, f"40 columns are enough for\n{screen}\n")
    holds(screen_of(seen, "Deployment options", 1), "> 2  large")
    holds(screen_of(seen, "Host name", 1), "Value: bo")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
