"""The command line of QEMU: firmware, processor, stick, target disks."""

import os
import re
import shutil
from dataclasses import dataclass, field

from lib.errors import ToolError

OVMF = "/usr/share/OVMF"

# Fixed PCI places, so that a device path in the settings stays true.
VGA_SLOT, XHCI_SLOT, VIRTIO_SLOT, NVME_SLOT, DISKS_MAX = 0x1, 0x2, 0x5, 0x10, 4
NIC_SLOT, NICS_MAX = 0x14, 4

# What is the same at every --deterministic boot.
UUID = "0f5b0074-0000-4000-8000-00000000da7e"
BEGIN = "2026-01-01T00:00:00"
SEED = "1"

DISK_CACHE = "cache=unsafe,discard=unmap,detect-zeroes=unmap"


@dataclass
class Firmware:
    code: str       # read only
    variables: str  # a template; every boot gets a copy
    machine: str    # options of -machine
    arguments: list = field(default_factory=list)


@dataclass
class Disk:
    path: str
    kind: str       # nvme, sata or virtio
    is_qcow2: bool = False


def choose_firmware(secure_boot):
    """Debian's OVMF.  Secure Boot needs the build with SMM and the snakeoil keys."""
    if secure_boot:
        firmware = Firmware(f"{OVMF}/OVMF_CODE_4M.secboot.fd", f"{OVMF}/OVMF_VARS_4M.snakeoil.fd",
                            "q35,smm=on",
                            ["-global", "driver=cfi.pflash01,property=secure,value=on"])
    else:
        firmware = Firmware(f"{OVMF}/OVMF_CODE_4M.fd", f"{OVMF}/OVMF_VARS_4M.fd", "q35")
    for path in (firmware.code, firmware.variables):
        if not os.path.isfile(path):
            raise ToolError(f"{path} is missing: apt-get install ovmf (or make deps)")
    return firmware


def parse_size(text):
    """Bytes of a size such as 16G, 512M or 1048576."""
    found = re.fullmatch(r"(\d+)([KMGT]?)(?:i?B)?", text, re.IGNORECASE)
    if not found or int(found.group(1)) == 0:
        raise ToolError(f"{text}: not a size; write it like 16G or 512M")
    shift = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}[found.group(2).upper()]
    return int(found.group(1)) << shift


def parse_target(text):
    """(kind of disk to attach or None, value of the target setting or None)."""
    if text == "nvme":
        return "nvme", "nvme"
    if text == "ram":
        return None, "ram"
    if text == "sata":
        return "sata", "serial:OVFBOOT-SATA0"
    if text == "virtio":
        return "virtio", f"path:PciRoot(0x0)/Pci({VIRTIO_SLOT:#x},0x0)"
    if text == "none":
        return "nvme", None
    key, equals, value = text.partition("=")
    if not equals or not key or not value:
        raise ToolError(f"--target {text}: nvme, ram, sata, virtio, none or KEY=VALUE")
    return "nvme", f"{key}:{value}"


def prepare_disk(path, kind, size):
    """Create a sparse raw disk when there is none; look what an old one is."""
    if not os.path.exists(path):
        with open(path, "wb") as file:
            file.truncate(size)
    with open(path, "rb") as file:
        return Disk(path, kind, file.read(4) == b"QFI\xfb")


def quoted(text):
    """A value inside one of QEMU's option lists: a comma is written twice."""
    return text.replace(",", ",,")


def disk_arguments(disks, sector_size):
    arguments = []
    for number, disk in enumerate(disks):
        form = "qcow2" if disk.is_qcow2 else "raw"
        arguments += ["-drive", f"if=none,id=disk{number},format={form},{DISK_CACHE},"
                                f"file={quoted(disk.path)}"]
        blocks = f"logical_block_size={sector_size},physical_block_size={sector_size}"
        if disk.kind == "nvme":
            device = f"nvme,serial=ovfboot-disk{number},addr={NVME_SLOT + number:#x},{blocks}"
        elif disk.kind == "virtio":
            device = (f"virtio-blk-pci,serial=ovfboot-virtio{number},"
                      f"addr={VIRTIO_SLOT + number:#x},{blocks}")
        else:
            device = f"ide-hd,bus=ide.{number},serial=OVFBOOT-SATA{number}"
        arguments += ["-device", f"{device},drive=disk{number}"]
    return arguments


def nic_arguments(specs):
    """Network cards.  QEMU's own -nic would put the first into the place of the VGA."""
    if len(specs) > NICS_MAX:
        raise ToolError(f"at most {NICS_MAX} network cards")
    arguments = ["-nic", "none"]
    for number, spec in enumerate(specs):
        card, net = {"model": "e1000e"}, []
        for word in spec.split(","):
            key, _, value = word.partition("=")
            if key in ("model", "mac", "romfile"):
                card[key] = value
            else:
                net.append(word)
        model = card.pop("model")
        model = "virtio-net-pci" if model == "virtio" else model
        options = "".join(f",{key}={value}" for key, value in card.items())
        arguments += ["-netdev", ",".join([*net, f"id=net{number}"]), "-device",
                      f"{model},netdev=net{number},addr={NIC_SLOT + number:#x}{options}"]
    return arguments


def deterministic_arguments():
    """One thread, a clock that counts instructions (8 ns each), numbers from a seed."""
    return ["-accel", "tcg,thread=single", "-icount", "shift=3,sleep=off", "-seed", SEED,
            "-rtc", f"base={BEGIN},clock=vm", "-uuid", UUID]


def deterministic_nic(number, spec):
    """A network card with an address of its own, and behind it nothing but QEMU itself."""
    kind = spec.split(",")[0]
    if kind != "user":
        raise ToolError(f"--deterministic has no network of the kind {kind}: --nic user")
    mac = "" if re.search(r"(?:^|,)mac=", spec) else f",mac=52:54:00:0f:b0:{number + 1:02x}"
    return f"{spec},restrict=on{mac}"


def mac_of(spec):
    """The address of the first network card: QEMU's own, where the spec has none."""
    found = re.search(r"(?:^|,)mac=([0-9A-Fa-f:]{17})(?:,|$)", spec)
    return found.group(1) if found else "52:54:00:12:34:56"


def stick_arguments(image, is_first):
    """QEMU tells the firmware to start it first, or tells nothing."""
    return ["-drive", f"if=none,id=stick,format=raw,{DISK_CACHE},file={quoted(image)}",
            "-device", f"qemu-xhci,id=xhci,addr={XHCI_SLOT:#x}",
            "-device", "usb-storage,bus=xhci.0,drive=stick,removable=on" + (",bootindex=0" if is_first else "")]


def command(qemu, options, firmware, variables, stick, disks, pause_at_end):
    """The whole command but the channels that lib/process.py adds.

    The serial line is QEMU's own standard input and output.
    """
    clock = deterministic_arguments() if options.deterministic else ["-accel", "tcg,thread=multi"]
    arguments = [
        qemu, "-name", "ovfboot", "-nodefaults", "-no-user-config",
        "-machine", firmware.machine, *clock, "-cpu", options.cpu,
        "-smp", str(options.smp), "-m", str(options.memory),
        "-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={quoted(firmware.code)}",
        "-drive", f"if=pflash,unit=1,format=raw,file={quoted(variables)}",
        "-device", f"VGA,addr={VGA_SLOT:#x}",
        "-chardev", "stdio,id=serial,signal=off", "-serial", "chardev:serial",
        "-no-reboot",
    ] + firmware.arguments + nic_arguments(options.nic)
    if not options.display:
        arguments += ["-display", "none"]
    if pause_at_end:
        arguments.append("-no-shutdown")
    if stick:
        arguments += stick_arguments(stick, options.boot_order == "stick")
    if options.boot_from == "http6":
        # OVMF gives up at once where its own address is not there yet; a menu that waits is time.
        arguments += ["-boot", "menu=on,splash-time=5000"]
    arguments += disk_arguments(disks, options.sector_size)
    for value in options.smbios:
        arguments += ["-smbios", f"type=11,value={quoted(value)}"]
    return arguments + options.qemu_arg


def copy_variables(firmware, kept, folder):
    """The file of variables of this boot: a kept one, made when missing, or a fresh copy."""
    path = os.path.abspath(kept) if kept else os.path.join(folder, "vars.fd")
    if not (kept and os.path.exists(path)):
        shutil.copyfile(firmware.variables, path)
    return path
