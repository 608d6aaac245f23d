"""Makes small appliances for tests, by other people's tools: sfdisk, mkfs.fat, mtools, qemu-img,
GNU tar.  Only descriptor and manifest are written here."""

import hashlib
import os
import random
import struct
import subprocess

from checks import BUILD, MIB, read, run, write

ESP_TYPE = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
ESP_MIB = 4
DISK_MIB = 24

DESCRIPTOR = """<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1"
    xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
    xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"
    xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData">
  <References>{files}</References>
  <DiskSection><Info>Disks</Info>{disks}</DiskSection>
  <VirtualSystem ovf:id="small">
    <Info>A small appliance</Info>
    <Name>small</Name>
    <VirtualHardwareSection>
      <Info>What it needs</Info>
      <Item>
        <rasd:Address>0</rasd:Address>
        <rasd:ElementName>SCSI controller 0</rasd:ElementName>
        <rasd:InstanceID>1</rasd:InstanceID>
        <rasd:ResourceSubType>lsilogic</rasd:ResourceSubType>
        <rasd:ResourceType>6</rasd:ResourceType>
      </Item>{items}
    </VirtualHardwareSection>
  </VirtualSystem>
</Envelope>
"""
FILE = '<File ovf:id="file{n}" ovf:href="{href}" ovf:size="{size}"/>'
DISK = ('<Disk ovf:diskId="vmdisk{n}" ovf:fileRef="file{n}" ovf:capacity="{capacity}" ovf:format='
        '"http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>')
ITEM = """
      <Item>
        <rasd:AddressOnParent>{n}</rasd:AddressOnParent>
        <rasd:ElementName>Hard disk {n}</rasd:ElementName>
        <rasd:HostResource>ovf:/disk/vmdisk{n}</rasd:HostResource>
        <rasd:InstanceID>{id}</rasd:InstanceID>
        <rasd:Parent>1</rasd:Parent>
        <rasd:ResourceType>17</rasd:ResourceType>
      </Item>"""


def partition(path, *lines):
    """A GPT by sfdisk; sgdisk would sync every disk of the machine."""
    run("sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", path,
        input="\n".join(("label: gpt", "first-lba: 34") + lines))


def guest_disk(path, loader=True, seed=1, size=DISK_MIB * MIB):
    """A raw disk: an ESP with a loader or without, a partition with data of all kinds, holes.

    The loader is a program that firmware can load: ovfboot itself, or the one of that path.
    """
    esp = path + ".esp"
    write(esp, bytes(ESP_MIB * MIB))
    run("mkfs.fat", "-F", "12", "-n", "GUEST", esp)
    run("mmd", "-i", esp, "::EFI", "::EFI/BOOT")
    if loader:
        program = os.path.join(BUILD, "ovfboot.efi") if loader is True else loader
        run("mcopy", "-i", esp, program, "::EFI/BOOT/BOOTX64.EFI")
    rng = random.Random(seed)
    with open(path, "wb") as disk:
        disk.truncate(size)
        disk.seek(MIB)
        disk.write(read(esp))
        for at, data in ((6 * MIB, rng.randbytes(3 * MIB)), (10 * MIB + 512, b"text, " * 100000),
                         (size - 2 * MIB - 1024, rng.randbytes(MIB + 512))):
            disk.seek(at)
            disk.write(data)
    os.remove(esp)
    partition(path, f"start=2048, size={ESP_MIB}MiB, type={ESP_TYPE}, name=ESP",
              f"start={(1 + ESP_MIB) * 2048}, name=data")
    return path


def convert(raw):
    """A streamOptimized VMDK beside the raw disk."""
    vmdk = os.path.splitext(raw)[0] + ".vmdk"
    run("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized", raw,
        vmdk)
    return vmdk


def raw_of(vmdk, out):
    """What qemu-img makes of a VMDK."""
    run("qemu-img", "convert", "-f", "vmdk", "-O", "raw", vmdk, out)
    return out


def capacity_of(image):
    """Bytes, by the VMDK's header (Virtual Disk Format 5.0, "SparseExtentHeader")."""
    return struct.unpack_from("<Q", read(image, 0, 512), 12)[0] * 512


def descriptor(vmdks, names=None):
    names = names or [os.path.basename(vmdk) for vmdk in vmdks]
    numbers = range(len(vmdks))
    return DESCRIPTOR.format(
        files="".join(FILE.format(n=n, href=names[n], size=os.path.getsize(vmdks[n]))
                      for n in numbers),
        disks="".join(DISK.format(n=n, capacity=capacity_of(vmdks[n])) for n in numbers),
        items="".join(ITEM.format(n=n, id=2 + n) for n in numbers)).encode()


def manifest(files, kind="sha256", line="{KIND}({name})= {hex}\n"):
    """Lines for [(name, bytes)]."""
    return "".join(line.format(KIND=kind.upper(), name=name,
                               hex=hashlib.new(kind, data).hexdigest())
                   for name, data in files).encode()


def tar(path, members):
    """An archive of [(name, bytes)] in that order, by GNU tar."""
    folder = path + ".members"
    os.makedirs(folder)
    for name, data in members:
        write(os.path.join(folder, name), data)
    run("tar", "--format=ustar", "-C", folder, "-cf", path, *[name for name, _ in members])
    subprocess.run(["rm", "-r", folder], check=True)
    return path


def members_of(vmdks, kind="sha256", line="{KIND}({name})= {hex}\n", stem="small"):
    """The files of a package, in the order of the standard: descriptor, manifest, disks."""
    files = [(stem + ".ovf", descriptor(vmdks))]
    files += [(os.path.basename(vmdk), read(vmdk)) for vmdk in vmdks]
    return [files[0], (stem + ".mf", manifest(files, kind, line)), *files[1:]]


def package(path, vmdks, **more):
    return tar(path, members_of(vmdks, **more))


def changed(members, name, change, signed=False):
    """Members with one replaced by change(bytes); the manifest follows only when signed."""
    files = [(n, change(data) if n == name else data) for n, data in members]
    if signed:
        proved = [(n, data) for n, data in files if not n.endswith(".mf")]
        files = [(n, manifest(proved) if n.endswith(".mf") else data) for n, data in files]
    return files


def flipped(data, at):
    """One bit of one byte turned over."""
    return data[:at] + bytes([data[at] ^ 0x04]) + data[at + 1:]


def grain_at(vmdk, wanted=12 * 2048):
    """(byte offset, length) of the compressed data of the first grain at or behind a sector
    (Virtual Disk Format 5.0, "Markers")."""
    data = read(vmdk)
    at = struct.unpack_from("<Q", data, 64)[0] * 512  # overHead: where grains begin
    while at < len(data):
        sector, size, kind = struct.unpack_from("<QII", data, at)
        if size and sector >= wanted:
            return at + 12, size
        at += (12 + size + 511) // 512 * 512 if size else 512 + (sector * 512 if kind else 0)
    raise AssertionError(f"{vmdk} holds no grain behind sector {wanted}")
