#!/usr/bin/env python3
"""Tests of the parts of qemu/boot that only think: judge, settings, variables, picture."""

import struct
import sys
import zlib

sys.dont_write_bytecode = True

from boot_bench import FAILURE, READY, check, run_tests, same  # noqa: E402
from lib import picture, settings, variables  # noqa: E402
from lib.judge import Judge, Text  # noqa: E402


def judged(lines, expect=("ovfboot-guest: ready",), refuse=None):
    judge = Judge(list(expect) if not refuse else [], refuse)
    judge.feed(lines.replace("\n", "\r\n").encode() + b"\r\n")
    judge.end("QEMU ended")
    return judge


# The judge.

def test_ready_guest_passes(_):
    same(judged(READY).verdict[0], 0)


def test_silence_fails(_):
    same(judged("BdsDxe: starting").verdict[0], 1)


def test_failure_block_fails_with_message_and_advice(_):
    judge = judged(FAILURE)
    same(judge.verdict[0], 1)
    same(judge.failure_text(), FAILURE)


def test_failure_without_advice_still_fails(_):
    same(judged(FAILURE.split("\n")[0]).verdict, (1, "ovfboot failed"))


def test_failure_in_the_middle_of_a_line_is_none(_):
    same(judged("log: " + FAILURE + "\n" + READY).verdict[0], 0)


def test_refusal_as_asked_passes(_):
    same(judged(FAILURE, refuse="disk1.vmdk.*digest").verdict[0], 0)


def test_refusal_for_another_reason_fails(_):
    same(judged(FAILURE, refuse="too small").verdict[0], 1)


def test_refuse_looks_only_at_the_failure_line(_):
    same(judged("note: too small\n" + FAILURE, refuse="too small").verdict[0], 1)


def test_refusal_after_a_start_fails(_):
    same(judged("ovfboot: starting x\n" + FAILURE, refuse="digest").verdict[0], 1)


def test_refusal_followed_by_a_start_fails(_):
    same(judged(FAILURE + "\novfboot: starting x", refuse="digest").verdict[0], 1)


def test_refusal_with_a_speaking_guest_fails(_):
    same(judged("[    0.000000] Linux version 6.1\n" + FAILURE, refuse="digest").verdict[0], 1)
    same(judged(FAILURE + "\novfboot-guest: cpus 2", refuse="digest").verdict[0], 1)


def test_guest_that_runs_is_no_refusal(_):
    same(judged(READY, refuse="digest").verdict[0], 1)


def test_firmware_that_crashes_fails(_):
    """Even when ovfboot had refused as asked before; not when all that was expected had been seen."""
    crash = "!!!! X64 Exception Type - 06(#UD - Invalid Opcode)  CPU Apic ID - 00000000 !!!!"
    said = "the firmware crashed: X64 Exception Type - 06(#UD - Invalid Opcode)  CPU Apic ID - 00000000"
    same(judged(crash + "\n" + READY).verdict, (1, said))
    same(judged(f"ovfboot: FAILED: too bad\nAdvice.\n{crash}\n", expect=(), refuse="bad").verdict, (1, said))
    same(judged(READY + "\n" + crash).verdict[0], 0)


def test_kernel_panic_fails_unless_expected(_):
    panic = "[    1.000000] Kernel panic - not syncing: no root"
    same(judged(panic + "\n" + READY).verdict[0], 1)
    same(judged(panic, expect=("panic",)).verdict[0], 0)


def test_all_expectations_are_needed(_):
    same(judged("one\ntwo", expect=("two", "one")).verdict[0], 0)
    same(judged("one\none", expect=("two", "one")).verdict[0], 1)


def test_prompt_without_line_end_answers_expect(_):
    judge = Judge(["login: $"])
    judge.feed(b"host login: ")
    same(judge.verdict[0], 0)


def test_every_split_gives_the_same_lines(_):
    data = ("\x1b[2J\x1b[01;01H\x1b[=3hovfboot: \x1b[1;31mFAILED\x1b[0m: caf\u00e9\r\n"
            "\x1b]0;title\x07Use another.\r\nprogress 1%\rprogress 2%\r\n").encode()
    wanted = ["ovfboot: FAILED: caf\u00e9", "Use another.", "progress 1%", "progress 2%"]
    for size in range(1, len(data) + 1):
        text = Text()
        got = [line for at in range(0, len(data), size) for line in text.feed(data[at:at + size])]
        check(got == wanted, f"pieces of {size}: {got!r}")


def test_first_column_begins_a_line_and_others_do_not(_):
    text = Text()
    same(text.feed(b"a\x1b[05;01Hb\x1b[05;09Hc\x1b[06;10H\r\n"), ["a", "bc"])


# Settings, variables, picture.

def test_set_replaces_conf_and_both_win_over_defaults(_):
    text = settings.compose("# target = no\ntarget = sata\nmenu = yes\n",
                            [("menu", "no"), ("key", "a=b")], [("target", "nvme"), ("x", "1")])
    same(text, "# target = no\ntarget = sata\nmenu = no\nkey = a=b\nx = 1\n")


def test_variables_are_appended_and_old_ones_deleted(bench):
    size = 4096
    store = struct.pack("<16sIBBHI", variables.STORE, size, 0x5A, 0xFE, 0, 0)
    header = bytearray(0x48)
    struct.pack_into("<H", header, variables.FV_HEADER_LENGTH_AT, 0x48)
    path = bench.write("vars", bytes(header) + store + b"\xff" * (size - len(store)))
    for _ in range(2):
        variables.start_next(path, variables.boot_entry("00112233-4455-6677-8899-aabbccddeeff", 2048, 99,
                                                        "\\x.efi", "quiet"))
    data = bench.read("vars")
    same(len(data), 0x48 + size)
    same(data.count("BootNext\0".encode("utf-16-le")), 2)
    first = 0x48 + 28
    same(data[first:first + 3], b"\xaa\x55\x3d")
    found = variables.read_variables(path)
    same(sorted(found), ["Boot0F00", "BootNext"])
    same(found["BootNext"], b"\x00\x0f")
    check("quiet".encode("utf-16-le") in found["Boot0F00"], "no load options in the entry")


def test_picture_keeps_its_pixels(_):
    pixels = bytes([10, 32, 9, 13, 11, 12])  # all blanks: the header's end is not to be guessed
    png = picture.png_from_ppm(b"P6\n2 1\n255\n" + pixels)
    same(png[:8], b"\x89PNG\r\n\x1a\n")
    at = png.index(b"IDAT")
    length = struct.unpack(">I", png[at - 4:at])[0]
    same(zlib.decompress(png[at + 4:at + 4 + length]), b"\0" + pixels)


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals())))
