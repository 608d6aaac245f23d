#!/usr/bin/env python3
"""Tests of qemu/boot as a program: exit codes, ends, signals, the terminal."""

import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time

sys.dont_write_bytecode = True

from boot_bench import BOOT, FAILURE, READY, Skip, check, run, run_tests, same  # noqa: E402
from checks import make_command, need  # noqa: E402


def test_exit_0_when_the_guest_is_ready(bench):
    code, out, err = bench.boot(READY, "--log", bench.path("log"))
    same((code, err), (0, ""))
    check(out.startswith("qemu/boot: passed: seen: ovfboot-guest: ready ("), out)
    same(bench.read("log"), READY.replace("\n", "\r\n").encode() + b"\r\n")


def test_exit_0_when_refused(bench):
    same(bench.boot(FAILURE, "--refuse", "digest")[0], 0)


def test_exit_1_with_message_when_ovfboot_fails(bench):
    code, out, _ = bench.boot(FAILURE)
    same(code, 1)
    check(out.startswith(FAILURE + "\nqemu/boot: failed: "), out)


def test_exit_1_when_the_guest_ends_too_early(bench):
    code, out, _ = bench.boot("ovfboot: starting disk\nthe last words")
    same(code, 1)
    check("the last words" in out and "QEMU ended before" in out, out)


def test_exit_2_when_time_runs_out(bench):
    begin = time.monotonic()
    code, out, _ = bench.boot("waiting\nH!", "--timeout", "1", FAKE_STUBBORN="1")
    same(code, 2)
    check(1 <= time.monotonic() - begin < 20, "the time limit is not one second")
    check("waiting" in out and "timed out" in out, out)
    check(not bench.qemu_lives(), "QEMU lives on")


def test_failure_without_advice_and_end_is_1_not_2(bench):
    same(bench.boot(FAILURE.split("\n")[0] + "\nH!", "--timeout", "1")[0], 1)


def test_exit_3_when_qemu_fails(bench):
    code, out, err = bench.boot("E!no such machine\nX!1")
    same((code, out), (3, ""))
    check("no such machine" in err and "code 1" in err, err)


def test_lingering_is_bounded_and_ends_with_quit(bench):
    begin = time.monotonic()
    same(bench.boot(READY + "\nH!", "--linger", "1")[0], 0)
    check(1 <= time.monotonic() - begin < 20, "did not linger one second")
    check(os.path.exists(bench.path("quit")), "was not asked to quit")


def test_lingering_lets_the_guest_end_by_itself(bench):
    begin = time.monotonic()
    same(bench.boot(READY + "\nS!0.5", "--linger", "50")[0], 0)
    check(time.monotonic() - begin < 20, "waited after QEMU's end")
    check(not os.path.exists(bench.path("quit")), "was asked to quit")


def test_signals_end_qemu_and_remove_files(bench):
    for number in (signal.SIGTERM, signal.SIGINT):
        process = bench.start("here\nH!", "--ova", bench.path("a.ova"), "--verbose")
        same(process.stdout.readline(), "here\n")
        process.send_signal(number)
        process.communicate(timeout=30)
        same(process.returncode, 128 + number)
        check(not bench.qemu_lives(), "QEMU lives on")
        same(os.listdir(bench.temporary), [])


def test_killed_tool_takes_qemu_with_it(bench):
    process = bench.start("here\nH!", "--ova", bench.path("a.ova"), "--verbose")
    same(process.stdout.readline(), "here\n")
    process.kill()
    process.communicate(timeout=30)
    deadline = time.monotonic() + 10
    while bench.qemu_lives() and time.monotonic() < deadline:
        time.sleep(0.05)
    check(not bench.qemu_lives(), "QEMU lives on")


def test_interactive_without_terminal_types_poweroff(bench):
    code, _, _ = bench.boot(READY + "\nW!", "--interactive", "--linger", "50")
    same((code, bench.read("typed")), (0, b"poweroff\r"))
    check(b"ovfboot-guest=poweroff" not in bench.read("argv"), "the guest is in test mode")


def test_send_types_when_its_line_comes(bench):
    code, _, _ = bench.boot("Which disk?\nW!\n" + READY, "--send", "Which", r"2\r")
    same((code, bench.read("typed")), (0, b"2\r"))


def test_one_line_gets_one_answer(bench):
    script = "P!Which disk? \nW!\nP!the echo of it\nS!0.5\nN!\n\nP!Which disk? \nW!\n\n" + READY
    code, _, _ = bench.boot(script, "--send", "Which", "1", "--send", "Which", "2")
    same((code, bench.read("typed")), (0, b"2"))


def at_terminal(bench, script, typed, command=None, wait_for=b"here"):
    """(exit code, output) of an interactive run on a terminal; checks that it is restored."""
    command = command or [BOOT, "--qemu", bench.path("qemu"), "--efi", bench.path("loader.efi"), "--ova",
                          bench.path("a.ova"), "--interactive", "--keep", bench.path("keep")]
    try:
        master, slave = pty.openpty()
    except OSError as error:
        raise Skip(f"no pseudo-terminal is to be had: {error}") from error
    before = termios.tcgetattr(slave)
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave,
        env=dict(os.environ, FAKE_SCRIPT=script, FAKE_FOLDER=bench.folder, QEMU=bench.path("qemu"), MAKEFLAGS=""))
    out = b""
    while wait_for not in out:
        check(select.select([master], [], [], 30)[0], f"silent after {out!r}")
        out += os.read(master, 65536)
    os.write(master, typed)
    code = process.wait(30)
    same(termios.tcgetattr(slave), before)
    os.set_blocking(master, False)
    out += os.read(master, 65536)
    os.close(slave)
    os.close(master)
    return code, out


def test_terminal_keys_reach_the_guest(bench):
    code, out = at_terminal(bench, "here\nW!\nafter", b"\x03")
    same((code, bench.read("typed")), (0, b"\x03"))
    check(b"after" in out, f"{out!r}")


def test_terminal_keys_end_it(bench):
    for typed in (b"\x1d", b"\x01x"):
        same(at_terminal(bench, READY + "\nhere\nH!", typed)[0], 0)
        check(not bench.qemu_lives(), "QEMU lives on")


def test_make_run_shows_it_as_it_comes(bench):
    need("make")
    command = make_command("run", f"OVA={bench.path('a.ova')}")
    code, out = at_terminal(bench, READY + "\nhere\nW!\nafter", b"x", command)
    same((code, bench.read("typed")), (0, b"x"))
    check(b"after" in out, f"{out!r}")


def test_failure_at_the_terminal_waits_for_the_person(bench):
    code, _ = at_terminal(bench, FAILURE + "\nS!1\nhere\nW!", b"q")
    same((code, bench.read("typed")), (1, b"q"))
    same(run("mtype", "-i", bench.path("keep/stick.img") + "@@1M", "::/EFI/ovfboot/ovfboot.conf"),
         b"target = nvme\n")


def test_wrong_usage_is_3_and_says_why(bench):
    ova = bench.path("a.ova")
    for arguments, why in (
            (["--frobnicate"], "--frobnicate"), ([], "which package"),
            (["--ova", ova, "--media", "none"], "--media none"),
            (["--boot-from", "pxe4", "--ova", ova], "--boot-from and --ova exclude"),
            (["--ova", ova, "--expect", "("], "regular expression"),
            (["--ova", ova, "--expect", "a", "--refuse", "b"], "exclude"),
            (["--ova", ova, "--target", "floppy"], "--target floppy"),
            (["--ova", ova, "--target", "sata", "--sector-size", "4096"], "512"),
            (["--ova", ova, "--set", "word"], "key=value"),
            (["--ova", bench.path("none.ova")], "none.ova: no such package"),
            (["--ova", ova, "--qemu", bench.path("none")], "apt-get install qemu-system-x86"),
            (["--ova", ova, "--disk-size", "huge"], "huge: not a size")):
        process = bench.start("", *arguments)
        out, err = process.communicate(timeout=30)
        same((process.returncode, out), (3, ""))
        check(why in err and err.count("\n") == 1, f"{arguments}: {err!r}")
        same(os.listdir(bench.temporary), [])


def test_help_names_every_option_and_code(bench):
    process = bench.start("", "--help", plain=True)
    out, _ = process.communicate(timeout=30)
    same(process.returncode, 0)
    for word in ("--ova", "--media", "--target", "--disk-size", "--refuse", "--timeout",
                 "(default: 300;", "exit codes:", "examples:", "--screenshot", "--interactive"):
        check(word in out, f"{word} is not in --help")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals())))
