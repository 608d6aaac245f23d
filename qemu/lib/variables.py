"""Puts a boot entry with load options into a file of OVMF's variables, before QEMU starts.

A loader found as \\EFI\\BOOT\\BOOTX64.EFI gets no load options; one started by a boot entry
does.  BootNext makes the firmware take the entry once, whatever QEMU's boot order says.

Layout: EDK2, MdeModulePkg/Include/Guid/VariableFormat.h; UEFI 2.10, "Load Options" and
"Hard Drive Media Device Path".
"""

import struct
import uuid

from lib.errors import ToolError

GLOBAL = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c").bytes_le
STORE = uuid.UUID("aaf32c78-947b-439a-a180-2e144ec37792").bytes_le
FV_HEADER_LENGTH_AT = 0x30  # offset of the 16-bit header length in the firmware volume
STORE_HEADER = 28           # bytes
HEADER = struct.Struct("<HBBIQ16sIII16s")
START, ADDED, DELETED = 0x55AA, 0x3F, 0xFD
ATTRIBUTES = 7              # non-volatile, boot services, run time
ENTRY = 0x0F00              # a number that firmware does not give out itself


def utf16(text):
    return text.encode("utf-16-le")


def boot_entry(partition_guid, start_lba, sectors, path, options):
    """EFI_LOAD_OPTION for a file on partition 1; options without a NUL, as efibootmgr writes."""
    disk = struct.pack("<BBHIQQ16sBB", 4, 1, 42, 1, start_lba, sectors,
                       uuid.UUID(partition_guid).bytes_le, 2, 2)
    name = utf16(path + "\0")
    file = struct.pack("<BBH", 4, 4, 4 + len(name)) + name
    nodes = disk + file + struct.pack("<BBH", 0x7F, 0xFF, 4)
    return struct.pack("<IH", 1, len(nodes)) + utf16("ovfboot\0") + nodes + utf16(options)


def node(kind, subkind, body=b""):
    return struct.pack("<BBH", kind, subkind, 4 + len(body)) + body


def network_entry(slot, mac, how, options):
    """EFI_LOAD_OPTION for pxe4, pxe6, http4 or http6 on the network card in that slot; the device path
    as OVMF makes it ("IPv4 Device Path" and those behind it)."""
    nodes = (node(2, 1, struct.pack("<II", 0x0A0341D0, 0)) + node(1, 1, bytes([0, slot]))
             + node(3, 11, bytes.fromhex(mac.replace(":", "")) + bytes(26) + b"\1"))
    nodes += node(3, 12, bytes(23)) if how[-1] == "4" else node(3, 13, bytes(39) + b"\x40" + bytes(16))
    nodes += node(3, 24) if how.startswith("http") else b""
    nodes += node(0x7F, 0xFF)
    return struct.pack("<IH", 1, len(nodes)) + utf16("network\0") + nodes + utf16(options)


def records(data):
    """(place, state, vendor, name, value) of each record of the whole file; at the end, the place
    for another one and the end of the store, with None for the rest."""
    store = struct.unpack_from("<H", data, FV_HEADER_LENGTH_AT)[0]
    if data[store:store + 16] != STORE:
        raise ToolError("the variable file is not one of OVMF's")
    end = store + struct.unpack_from("<I", data, store + 16)[0]
    at = store + STORE_HEADER
    while at + HEADER.size <= end:
        start, state, _, _, _, _, _, name_size, data_size, guid = HEADER.unpack_from(data, at)
        if start != START:
            break
        body = at + HEADER.size
        value = body + name_size
        yield (at, state, guid, data[body:value].decode("utf-16-le").rstrip("\0"),
               bytes(data[value:value + data_size]))
        at = (value + data_size + 3) & ~3
    yield at, None, None, None, end


def read_variables(path):
    """{name: value} of the global variables."""
    with open(path, "rb") as file:
        return {name: value for _, state, guid, name, value in records(file.read())
                if state == ADDED and guid == GLOBAL}


def set_variable(data, name, value):
    """Add a global variable to data, a bytearray of the whole file; an old one is deleted."""
    for at, state, guid, old, end in records(data):
        if state == ADDED and guid == GLOBAL and old == name:
            data[at + 2] = state & DELETED
    wanted = utf16(name + "\0")
    record = HEADER.pack(START, ADDED, 0, ATTRIBUTES, 0, bytes(16), 0, len(wanted), len(value),
                         GLOBAL) + wanted + value
    if at + len(record) > end or data[at:at + len(record)].strip(b"\xff"):
        raise ToolError("no room in the variable file")
    data[at:at + len(record)] = record


def start_next(path, entry):
    """Make the next boot start that EFI_LOAD_OPTION."""
    with open(path, "r+b") as file:
        data = bytearray(file.read())
        set_variable(data, f"Boot{ENTRY:04X}", entry)
        set_variable(data, "BootNext", struct.pack("<H", ENTRY))
        file.seek(0)
        file.write(data)
