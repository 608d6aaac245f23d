#!/usr/bin/env python3
"""Tests of the images and devices that qemu/boot makes, with sgdisk, fsck.fat and mtools."""

import glob
import os
import subprocess
import sys

sys.dont_write_bytecode = True

from boot_bench import BOOT, READY, argument_lines, check, run, run_tests, same  # noqa: E402
from lib import variables  # noqa: E402


def checked_stick(bench, parts):
    """Check the kept stick with the tools of others; "image@@offset" for mtools."""
    image = bench.path("keep/stick.img")
    check(b"No problems found" in run("sgdisk", "-v", image), "sgdisk finds problems")
    rows = [line.split()[:1] for line in run("sgdisk", "-p", image).decode().splitlines()]
    same(sum([str(number)] in rows for number in range(1, 5)), parts)
    esp = run("sgdisk", "-i", "1", image).decode()
    check("C12A7328-F81F-11D2-BA4B-00A0C93EC93B" in esp, "partition 1 is no ESP")
    sectors = int(esp.split("Partition size: ")[1].split()[0])
    with open(image, "rb") as file:
        file.seek(1 << 20)
        bench.write("esp.img", file.read(sectors * 512))
    run("fsck.fat", "-n", bench.path("esp.img"))
    same(bench.read("esp.img")[82:90], b"FAT32   ")
    same(run("mtype", "-i", image + "@@1M", "::/EFI/BOOT/BOOTX64.EFI"), b"MZ loader")
    return image + "@@1M"


def test_usb_stick_is_sound_and_holds_the_package(bench):
    extra = bench.write("ca.pem", b"certificate")
    same(bench.boot(READY, "--keep", bench.path("keep"), "--set", "verify=strict",
                    "--put", rf"\EFI\ovfboot\trust.pem={extra}")[0], 0)
    drive = checked_stick(bench, 1)
    same(run("mtype", "-i", drive, "::/a.ova"), bench.read("a.ova"))
    same(run("mtype", "-i", drive, "::/EFI/ovfboot/trust.pem"), b"certificate")
    same(run("mtype", "-i", drive, "::/EFI/ovfboot/ovfboot.conf"),
         b"verify = strict\ntarget = nvme\non-failure = poweroff\nerase = yes\nunattended = yes\n")


def test_put_replaces_the_settings_byte_for_byte(bench):
    conf = bench.write("raw.conf", b"\xef\xbb\xbftarget = ram\r\n\xff")
    same(bench.boot(READY, "--keep", bench.path("keep"),
                    "--put", f"EFI/ovfboot/ovfboot.conf={conf}")[0], 0)
    drive = checked_stick(bench, 1)
    same(run("mtype", "-i", drive, "::/EFI/ovfboot/ovfboot.conf"), bench.read("raw.conf"))


def test_a_stick_that_is_ready_is_used_as_it_is(bench):
    def boot(*arguments):
        process = bench.start(READY, "--qemu", bench.path("qemu"), *arguments, plain=True)
        _, err = process.communicate(timeout=60)
        return process.returncode, err

    image = bench.write("usb.img", b"a stick")
    same(boot("--stick", image, "--keep", bench.path("keep")), (0, ""))
    check(any(line.startswith("if=none,id=stick,") and line.endswith("file=" + image) for line in argument_lines(bench)),
          "another stick")
    same(bench.read("usb.img"), b"a stick")
    check(not os.path.exists(bench.path("keep/stick.img")), "one was made besides")
    for words, said in (([bench.path("none")], "no such stick"), ([image, "--no-stick"], "--no-stick and --stick"),
                        ([image, "--set", "a=b"], "--stick and --set"), ([image, "--ova", image], "--stick and --ova")):
        code, err = boot("--stick", *words)
        same(code, 3, err)
        check(said in err, err)


def test_partition_holds_the_package_from_its_first_byte(bench):
    same(bench.boot(READY, "--media", "partition", "--keep", bench.path("keep"))[0], 0)
    checked_stick(bench, 2)
    image = bench.path("keep/stick.img")
    second = run("sgdisk", "-i", "2", image).decode()
    check("6F766662-6F6F-7431-8A0E-4F56417061CB" in second, second)
    start = int(second.split("First sector: ")[1].split()[0]) * 512
    ova = bench.read("a.ova")
    with open(image, "rb") as file:
        file.seek(start)
        same(file.read(len(ova)), ova)
    check(os.stat(image).st_blocks * 512 < 32 << 20, "the image is not sparse")


def test_loose_files_lie_in_a_folder(bench):
    os.makedirs(bench.path("photon/sub"))
    bench.write("photon/p.ovf", b"<Envelope/>")
    bench.write("photon/sub/disk.vmdk", b"KDMV")
    process = bench.start(READY, "--loose", bench.path("photon"), "--keep", bench.path("keep"))
    process.communicate(timeout=60)
    same(process.returncode, 0)
    drive = checked_stick(bench, 1)
    same(run("mtype", "-i", drive, "::/photon/p.ovf"), b"<Envelope/>")
    same(run("mtype", "-i", drive, "::/photon/sub/disk.vmdk"), b"KDMV")


def test_too_big_for_fat_names_the_way_out(bench):
    with open(bench.path("big.ova"), "wb") as file:
        file.truncate(1 << 32)
    process = bench.start(READY, "--ova", bench.path("big.ova"))
    _, err = process.communicate(timeout=60)
    same(process.returncode, 3)
    check("--media partition" in err, err)


def test_targets_choose_disk_and_setting(bench):
    for target, device, setting in (
            ("nvme", "nvme,serial=ovfboot-disk0", "target = nvme\n"),
            ("sata", "ide-hd,bus=ide.0,serial=OVFBOOT-SATA0", "target = serial:OVFBOOT-SATA0\n"),
            ("virtio", "virtio-blk-pci,serial=ovfboot-virtio0,addr=0x5",
             "target = path:PciRoot(0x0)/Pci(0x5,0x0)\n"),
            ("ram", None, "target = ram\n"), ("serial=X9", "nvme,", "target = serial:X9\n"),
            ("none", "nvme,", "")):
        same(bench.boot(READY, "--target", target, "--keep", bench.path("keep"))[0], 0)
        disks = [line for line in argument_lines(bench) if line.endswith("drive=disk0")]
        same([line.startswith(device) for line in disks], [True] if device else [])
        drive = bench.path("keep/stick.img") + "@@1M"
        conf = run("mtype", "-i", drive, "::/EFI/ovfboot/ovfboot.conf")
        same(conf.decode(), setting + "on-failure = poweroff\nerase = yes\nunattended = yes\n")
        for path in glob.glob(bench.path("keep/disk*")):
            os.remove(path)


def test_kept_disks_are_made_once_and_not_touched_again(bench):
    first, second = bench.path("a.img"), bench.path("b,c.img")
    arguments = ["--disk", first, "--disk", second, "--disk-size", "3M", "--sector-size", "4096"]
    same(bench.boot(READY, *arguments)[0], 0)
    same([os.path.getsize(first), os.path.getsize(second)], [3 << 20, 3 << 20])
    bench.write("a.img", b"mine")
    same(bench.boot(READY, *arguments)[0], 0)
    same(bench.read("a.img"), b"mine")
    lines = argument_lines(bench)
    check(any(line.endswith("file=" + second.replace(",", ",,")) for line in lines), "comma")
    same(sum("logical_block_size=4096" in line for line in lines), 2)


def test_no_stick_boots_the_disk_alone(bench):
    bench.write("old.img", b"disk")
    process = subprocess.run([BOOT, "--qemu", bench.path("qemu"), "--no-stick", "--disk",
                              bench.path("old.img")], check=False, stdout=subprocess.DEVNULL,
                             env=dict(os.environ, FAKE_SCRIPT=READY, FAKE_FOLDER=bench.folder))
    same(process.returncode, 0)
    check(not any("usb-storage" in line for line in argument_lines(bench)), "there is a stick")


def test_boot_from_network_is_an_entry_for_the_first_card(bench):
    for how, last, menus in (("pxe4", b"\x0c", 0), ("http4", b"\x18", 0), ("http6", b"\x18", 1)):
        keep = bench.path(how)
        process = subprocess.run(
            [BOOT, "--qemu", bench.path("qemu"), "--boot-from", how, "--nic", "user,mac=52:54:00:0a:0b:0c",
             "--load-options", "a=b", "--keep", keep], check=False, stdout=subprocess.DEVNULL,
            env=dict(os.environ, FAKE_SCRIPT=READY, FAKE_FOLDER=bench.folder))
        same(process.returncode, 0)
        lines = argument_lines(bench)
        check(not any("usb-storage" in line for line in lines), "there is a stick")
        same(sum("splash-time" in line for line in lines), menus)
        entry = variables.read_variables(os.path.join(keep, "vars.fd"))["Boot0F00"]
        check(bytes.fromhex("5254000a0b0c") in entry and entry.endswith("a=b".encode("utf-16-le")), entry)
        check(b"\x03" + last in entry, f"{how}: no node of its kind")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals())))
