#!/usr/bin/env python3
"""Finishes the PE image that objcopy made: host/finish_pe.py IMAGE [ELF], changed in place.

objcopy of binutils 2.40 makes sections writable that need not be and knows no DllCharacteristics.
Firmware that protects memory goes by both: here only .data may be written and only .text may run,
and the image says that it can live with that (NX_COMPAT) and be moved (DYNAMIC_BASE).
With the ELF file that it was made of, its .bss, which objcopy leaves out, becomes a section without bytes in the file;
ovfboot.efi itself has none.

Spec: Microsoft, "PE Format"; Tool Interface Standard, ELF 1.2, "Section Header".
"""

import struct
import sys

CODE, INITIALIZED, UNINITIALIZED = 0x20, 0x40, 0x80
DISCARDABLE, EXECUTE, READ, WRITE = 0x02000000, 0x20000000, 0x40000000, 0x80000000
DYNAMIC_BASE, NX_COMPAT = 0x0040, 0x0100
RELOCATIONS_STRIPPED = 0x0001

SECTIONS = {
    b".text": CODE | EXECUTE | READ,
    b".rodata": INITIALIZED | READ,
    b".reloc": INITIALIZED | READ | DISCARDABLE,
    b".sbat": INITIALIZED | READ,
    b".data": INITIALIZED | READ | WRITE,
    b".dynamic": INITIALIZED | READ,
    b".rela": INITIALIZED | READ,
    b".bss": UNINITIALIZED | READ | WRITE,
}


def checksum(image, field):
    total = 0
    for at in range(0, len(image), 2):
        if at not in (field, field + 2):
            total += int.from_bytes(image[at:at + 2], "little")
            total = (total & 0xFFFF) + (total >> 16)
    return total + len(image)


def finish(image):
    coff = struct.unpack_from("<I", image, 60)[0] + 4
    count = struct.unpack_from("<H", image, coff + 2)[0]
    symbols = struct.unpack_from("<I", image, coff + 8)[0]
    optional_size = struct.unpack_from("<H", image, coff + 16)[0]
    optional = coff + 20
    if symbols:
        sys.exit("finish_pe.py: the image has symbols: it wants --strip-all")
    struct.pack_into("<H", image, coff + 18,
                     struct.unpack_from("<H", image, coff + 18)[0] & ~RELOCATIONS_STRIPPED)
    struct.pack_into("<H", image, optional + 70, DYNAMIC_BASE | NX_COMPAT)
    for index in range(count):
        entry = optional + optional_size + 40 * index
        name = bytes(image[entry:entry + 8]).rstrip(b"\0")
        if name not in SECTIONS:
            sys.exit(f"finish_pe.py: unknown section {name.decode(errors='replace')}")
        struct.pack_into("<I", image, entry + 36, SECTIONS[name])
    struct.pack_into("<I", image, optional + 64, checksum(image, optional + 64))


def bss_of(elf):
    """(address, bytes) of the section .bss of a 64-bit ELF file."""
    table, = struct.unpack_from("<Q", elf, 40)
    size, count, names = struct.unpack_from("<3H", elf, 58)
    headers = [struct.unpack_from("<IIQQQQ", elf, table + size * index) for index in range(count)]
    for name, _, _, address, _, length in headers:
        start = headers[names][4] + name
        if elf[start:start + 5] == b".bss\0":
            return address, length
    sys.exit("finish_pe.py: the ELF file has no .bss")


def add_bss(image, address, length):
    coff = struct.unpack_from("<I", image, 60)[0] + 4
    count, = struct.unpack_from("<H", image, coff + 2)
    optional = coff + 20
    entry = optional + struct.unpack_from("<H", image, coff + 16)[0] + 40 * count
    if any(image[entry:entry + 40]) or entry + 40 > struct.unpack_from("<I", image, optional + 60)[0]:
        sys.exit("finish_pe.py: no room for one more section")
    struct.pack_into("<8sII", image, entry, b".bss", length, address)
    struct.pack_into("<H", image, coff + 2, count + 1)
    struct.pack_into("<I", image, optional + 56, -(-(address + length) // 4096) * 4096)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    with open(sys.argv[1], "r+b") as file:
        image = bytearray(file.read())
        if len(sys.argv) == 3:
            with open(sys.argv[2], "rb") as elf:
                add_bss(image, *bss_of(elf.read()))
        finish(image)
        file.seek(0)
        file.write(image)


if __name__ == "__main__":
    main()
