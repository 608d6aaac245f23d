"""The options of qemu/boot, their help, and the checks that need no file."""

import argparse
import os
import re

from lib.errors import ToolError
from lib.settings import parse_pair

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEFAULT_EFI = os.path.join(TOP, "build", "ovfboot.efi")
READY = "ovfboot-guest: ready"
TIMEOUT = 300.0  # seconds; a Debian guest with cloud-init needs 95 under emulation

DESCRIPTION = """\
Boot an appliance through ovfboot in QEMU, with OVMF as firmware, and judge the outcome.

A stick is made with the loader, its settings and the package; QEMU boots it with an empty
disk; the serial output is read as it comes.  Nothing needs root, and all that was made is
removed at the end."""

EPILOG = """\
judging:
  Every line of the serial output is looked at, without escape sequences and carriage
  returns.  A prompt without a line end counts too, for --expect.  The first of these decides:
    every --expect has matched a line                              -> 0
    a line "ovfboot: FAILED: ..." (and the advice below it)        -> 1; with --refuse 0, if
        REGEX matches that line and neither "ovfboot: starting" nor the guest was seen
    a line with "Kernel panic - not syncing"                       -> 1
    a line with "!!!! X64 Exception Type", the firmware's last     -> 1
    QEMU ended                                                     -> 1, or 3 if it failed
    --timeout seconds are over                                     -> 2
  After a decision QEMU may end by itself for --linger seconds, then it is told to quit.

exit codes:
  0  as expected: --expect was printed, or --refuse was the reason and nothing was started
  1  ovfboot refused or failed, or the guest ended too early; the message is on stdout
  2  time ran out
  3  wrong usage, something is missing here, or QEMU failed; the message is on stderr
  128+N  ended by signal N; QEMU and all files are gone then too

settings:
  A --stick has settings of its own, with "target" in them; --target says then only which disks there are.
  The stick's \\EFI\\ovfboot\\ovfboot.conf has the lines of --conf, then those of --set (which
  replace the same key in --conf), then "target = ..." by --target, unless it is there already,
  and where no person sits at the terminal "on-failure = poweroff", "erase = yes" and, without
  --send, "unattended = yes".
    --target nvme    -> target = nvme       (serial numbers ovfboot-disk0, -disk1, ...)
    --target sata    -> target = serial:OVFBOOT-SATA0
    --target virtio  -> target = path:PciRoot(0x0)/Pci(0x5,0x0)
    --target ram     -> target = ram        (no disk, but those named with --disk, on NVMe)
    --target KEY=X   -> target = KEY:X      (disks on NVMe)
    --target none    -> no line: ovfboot asks   (disks on NVMe)

deterministic:
  With --deterministic the machine begins on 1 January 2026 with the same UUID, network addresses and
  random numbers; it has one processor (one thread runs all that --smp asks for), and its clock counts
  instructions, however busy this host is.  --nic may be "user", without a way out (restrict=on).
  The serial output is then the same at every boot, but for times and rates that depend on how long
  the host's disk takes.

for other programs:
  --junit and --tap tell the exit codes 0 to 3: passed, failed, failed (time ran out), error (JUnit
  knows the difference).  A failure has the last lines of the serial output, and the message and
  advice of ovfboot.  Wrong usage and signals write nothing.  docs/ci.md has a whole example.

environment:
  QEMU    the QEMU program, like --qemu       TMPDIR  where the images are made (sparse)

examples:
  qemu/boot --ova build/sample.ova
  qemu/boot --ova big.ova --media partition --disk disk.img --disk-size 40G
  qemu/boot --ova x.ova --deterministic --expect 'login:' --name smoke --junit smoke.xml
  qemu/boot --ova bad.ova --refuse 'digest' --timeout 60
  qemu/boot --no-stick --disk disk.img                       # what was installed before
  qemu/boot --stick usb.img                                  # what ovfboot media made
  qemu/boot --ova x.ova --target serial=ovfboot-disk1 --disk a.img --disk b.img
  qemu/boot --ova x.ova --target none --expect 'Which disk' --linger 0 --screenshot menu.png
  qemu/boot --media none --set source=http://10.0.2.2:8000/x.ova --nic user,model=virtio
  qemu/boot --boot-from http4 --nic tap,ifname=tap0,script=no,model=virtio --expect 'ovfboot 0'
  qemu/boot --ova x.ova --interactive                        # Ctrl-] or Ctrl-A X ends it
"""


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise ToolError(f"{message} (see {self.prog} --help)")


def build_parser():
    parser = Parser(prog="qemu/boot", description=DESCRIPTION, epilog=EPILOG, allow_abbrev=False,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    group = parser.add_argument_group("what to boot")
    add = group.add_argument
    add("--ova", metavar="FILE", action="append", default=[],
        help="the package; several lie together on a usb stick")
    add("--loose", metavar="DIR",
        help="an .ovf with its files: DIR is put on the stick as a folder")
    add("--media", choices=("usb", "partition", "none"), default="usb",
        help="usb: the package is a file in the root of the stick (default); partition: it fills a "
             "partition of its own; none: only the loader and its settings are on the stick")
    add("--stick", metavar="IMAGE",
        help="the image of a stick that is ready, as ovfboot media makes them, in place of one that is made "
             "here; what the machine writes to it stays on it")
    add("--no-stick", action="store_true", help="no stick at all: the disk of an earlier boot")
    add("--boot-from", choices=("pxe4", "pxe6", "http4", "http6"),
        help="no stick: the firmware fetches the loader over the first --nic, by PXE or HTTP Boot, "
             "IPv4 or IPv6")
    add("--efi", metavar="FILE", help="the loader (default: build/ovfboot.efi)")
    add("--set", metavar="KEY=VALUE", action="append", default=[], help="a setting; repeatable")
    add("--conf", metavar="FILE", help="a file of settings")
    add("--put", metavar="PATH=FILE", action="append", default=[],
        help="one more file for the stick, such as EFI/ovfboot/trust.pem=ca.pem, or one in place "
             "of the tool's own; repeatable")
    add("--load-options", metavar="TEXT",
        help="start the loader by a boot entry with these load options, this once")

    group = parser.add_argument_group("the machine")
    add = group.add_argument
    add("--target", metavar="TARGET", default="nvme",
        help="nvme (default), sata, virtio, ram, none or KEY=VALUE; see settings below")
    add("--disk", metavar="FILE", action="append", default=[],
        help="a disk to keep, raw or qcow2, made when missing; repeatable (default: an empty "
             "disk that is removed at the end)")
    add("--disk-size", metavar="SIZE", default="16G",
        help="of disks that are made, sparse (default: %(default)s)")
    add("--sector-size", type=int, choices=(512, 4096), default=512,
        help="of the disks, in bytes; sata knows 512 only (default: %(default)s)")
    add("--smp", type=int, metavar="N", help="processors (default: 2; with --deterministic 1)")
    add("--memory", type=int, metavar="MIB", default=2048, help="(default: %(default)s)")
    add("--cpu", metavar="MODEL", default="max", help="QEMU's name (default: %(default)s)")
    add("--tpm", action="store_true", help="a TPM 2.0 (swtpm), new at every boot")
    add("--secure-boot", action="store_true",
        help="enforced, with Debian's snakeoil keys: the loader must be signed with them")
    add("--boot-order", choices=("stick", "firmware"), default="stick",
        help="stick: QEMU has the firmware start the stick first (default), and OVMF then deletes "
             "boot entries of disks; firmware: its own variables say what starts")
    add("--vars", metavar="FILE", help="firmware variables to keep, made when missing")
    add("--nic", metavar="SPEC", action="append", default=[],
        help="a network card, as for QEMU's -nic: user,model=virtio; repeatable (default: none)")
    add("--smbios", metavar="TEXT", action="append", default=[],
        help="an SMBIOS OEM string (type 11); repeatable.  ovfboot-guest=poweroff is there unless "
             "interactive or another ovfboot-guest= is given")
    add("--qemu", metavar="FILE", help="the QEMU program (default: qemu-system-x86_64)")
    add("--qemu-arg", metavar="ARG", action="append", default=[],
        help="one more word for QEMU; write --qemu-arg=-word; repeatable")
    add("--display", action="store_true", help="open QEMU's window")
    add("--deterministic", action="store_true",
        help="a machine that is the same at every boot, its clock included; see below")

    group = parser.add_argument_group("judging and showing")
    add = group.add_argument
    add("--expect", metavar="REGEX", action="append", default=[],
        help=f"searched in every line; repeatable, all must be seen (default: {READY})")
    add("--refuse", metavar="REGEX", help="ovfboot must fail with this and start nothing")
    add("--timeout", type=float, metavar="SECONDS",
        help=f"the only time limit of a boot (default: {TIMEOUT:.0f}; 0 or a person at the "
             "terminal: none)")
    add("--linger", type=float, metavar="SECONDS", default=30.0,
        help="for QEMU to end by itself after the decision (default: %(default).0f)")
    add("--send", metavar=("REGEX", "TEXT"), nargs=2, action="append", default=[],
        help=r"when a line matches, type TEXT (\r is Enter, \e Escape, \b Backspace); repeatable, in order")
    add("--name", metavar="TEXT",
        help="of this boot, in --junit and --tap (default: the file name of the package)")
    add("--junit", metavar="FILE", help="write the outcome as JUnit's XML, one test case")
    add("--tap", action="store_true", help="print the outcome as TAP, one test, and nothing else")
    add("--log", metavar="FILE", help="the serial output as it came")
    add("--screenshot", metavar="FILE", help="the screen at the end, as PNG")
    add("--keep", metavar="DIR", help="keep all files in DIR: stick, variables, disk, command")
    add("--verbose", action="store_true",
        help="show the serial lines also when stdout is not a terminal")
    add("--interactive", action="store_true",
        help="the terminal is the serial console; Ctrl-] or Ctrl-A X ends it.  When stdin is not "
             "a terminal: wait for --expect, type poweroff, end")
    return parser


def pattern(text, option):
    try:
        return re.compile(text)
    except re.error as error:
        raise ToolError(f"{option} {text}: not a regular expression: {error}") from None


def keys(text):
    """What --send types: text with a few escapes."""
    names = {"r": "\r", "n": "\n", "t": "\t", "e": "\x1b", "b": "\b", "\\": "\\"}
    return re.sub(r"\\([rnteb\\])", lambda found: names[found.group(1)], text).encode()


def check_media(options):
    has_package = bool(options.ova or options.loose)
    on_stick = [name for name, value in (
        ("--ova", options.ova), ("--loose", options.loose), ("--set", options.set),
        ("--conf", options.conf), ("--put", options.put), ("--efi", options.efi),
        ("--load-options", options.load_options), ("--media", options.media != "usb")) if value]
    if options.boot_from:
        options.no_stick = True
        on_stick = [name for name in on_stick if name != "--load-options"]
        if options.stick:
            on_stick.append("--stick")
        if on_stick or not options.nic:
            raise ToolError("--boot-from " + (f"and {on_stick[0]} exclude each other" if on_stick
                                              else "wants a --nic"))
    elif options.no_stick:
        if on_stick:
            raise ToolError(f"--no-stick and {on_stick[0]} exclude each other")
        if options.stick:
            raise ToolError("--no-stick and --stick exclude each other")
        if not options.disk:
            raise ToolError("--no-stick boots a --disk of an earlier boot")
    elif options.stick:
        if on_stick:
            raise ToolError(f"--stick and {on_stick[0]} exclude each other")
    elif options.media == "none":
        if has_package:
            raise ToolError("--media none has no package: leave out --ova and --loose")
    elif not has_package:
        raise ToolError("which package? --ova FILE, --loose DIR, or --media none")
    if options.media == "partition" and (options.loose or len(options.ova) != 1):
        raise ToolError("--media partition takes one --ova")


def name_of(options):
    """What a boot is called where it has no --name."""
    return os.path.basename(next(iter(options.ova + [options.loose or ""] + options.disk), "")) or "boot"


def parse(arguments):
    """Checked options; --set, --send and --timeout in their final form."""
    options = build_parser().parse_args(arguments)
    check_media(options)
    if options.expect and options.refuse is not None:
        raise ToolError("--expect and --refuse exclude each other")
    if options.interactive and options.refuse is not None:
        raise ToolError("--interactive and --refuse exclude each other")
    if options.target == "sata" and options.sector_size != 512:
        raise ToolError("QEMU's SATA disks have sectors of 512 bytes only")
    if options.smp is None:
        options.smp = 1 if options.deterministic else 2
    if options.smp < 1 or options.memory < 128:
        raise ToolError("at least 1 processor and 128 MiB of memory")
    if options.linger < 0 or (options.timeout or 0) < 0:
        raise ToolError("seconds cannot be negative")
    if options.interactive and options.tap:
        raise ToolError("--interactive and --tap exclude each other")
    if options.tap and options.verbose:
        raise ToolError("--verbose and --tap exclude each other")
    options.name = options.name or name_of(options)
    for text in options.expect:
        pattern(text, "--expect")
    if options.refuse is not None:
        pattern(options.refuse, "--refuse")
    options.send = [(pattern(text, "--send"), keys(typed)) for text, typed in options.send]
    options.set = [parse_pair(text) for text in options.set]
    options.expect = options.expect or [READY]
    return options
