"""Archives: each field of a header, records, order, ends."""

from hostile.case import Case
from tiny import archive, header, members, padded


def with_header(good, index, **fields):
    """The archive with other fields in the header of one member."""
    out = b""
    for number, (name, data) in enumerate(good):
        out += header(name, len(data), **(fields if number == index else {})) + padded(data)
    return out + bytes(1024)


def fields_of_headers(good):
    for index, (name, _) in enumerate(good):
        place = "header at byte"
        for what, fields, says in (
                ("checksum-no-number", {"chksum": b"zzzzzz\0 "}, (place, "checksum")),
                ("checksum-empty", {"chksum": bytes(8)}, (place, "checksum")),
                ("checksum-of-another", {"chksum": b"000123\0 "}, (place, "checksum")),
                ("size-no-number", {"size": b"12x"}, (place, "size", "not a number")),
                ("size-digit-8", {"size": b"00000000008"}, (place, "size", "not a number")),
                ("size-negative", {"size": b"\xff" * 12}, (place, "size", "negative")),
                ("size-over-63-bits", {"size": b"\x80\0\0\0" + b"\xff" * 8}, (place, "size", "2^63")),
                ("size-past-the-end", {"size": b"00777777777"}, (name, "cut short")),
                ("name-empty", {"name": b""}, (place, "without a name"))):
            yield Case(f"{name}-{what}", with_header(good, index, **fields), says)


def kinds_of_members(good):
    for index, missing in ((0, "no .ovf descriptor"), (1, "no manifest"), (2, "d.vmdk")):
        name = good[index][0]
        for kind, what, says in ((b"1", "hard-link", "link"), (b"2", "symbolic-link", "link"),
                                 (b"S", "sparse", "sparse")):
            yield Case(f"{name}-is-a-{what}", with_header(good, index, typeflag=kind), (name, says))
        rest = archive(good[:index] + good[index + 1:])
        for kind, what in ((b"3", "character-device"), (b"4", "block-device"), (b"5", "folder"), (b"6", "fifo")):
            yield Case(f"{name}-is-a-{what}", header(name, 0, kind) + rest, (missing,))
        yield Case(f"{name}-is-called-a-dot", with_header(good, index, name=b"./"), (missing,))


def names_of_members(good):
    whole = archive(good)
    ovf, mf, disk = good
    yield Case("same-member-twice", archive([ovf, mf, disk, disk]), ("second member named d.vmdk",))
    yield Case("same-descriptor-twice", archive([ovf, ovf, mf, disk]), ("second member named a.ovf",))
    yield Case("dot-slash-is-the-same", archive([ovf, mf, disk, ("./d.vmdk", b"x")]), ("second member named d.vmdk",))
    yield Case("two-descriptors", archive([ovf, ("b.ovf", ovf[1]), mf, disk]), ("two descriptors", "a.ovf", "b.ovf"))
    yield Case("no-descriptor", archive([mf, disk]), ("no .ovf descriptor",))
    yield Case("disk-of-another-name", archive([ovf, mf, ("D.VMDK", disk[1])]), ("d.vmdk", "not in the package"))
    yield Case("disk-in-a-folder", archive([ovf, mf, ("x/d.vmdk", disk[1])]), ("d.vmdk", "not in the package"))
    yield Case("disk-above-the-archive", archive([ovf, mf, ("../d.vmdk", disk[1])]), ("d.vmdk", "not in the package"))
    yield Case("disk-at-the-root", archive([ovf, mf, ("/d.vmdk", disk[1])]), ("d.vmdk", "not in the package"))
    many = b"".join(header(f"f{n}", 0) for n in range(4097))
    yield Case("too-many-members", many + whole, ("more than 4096 members",))


def records(good):
    """pax and GNU members that say what the next one is called, or how large it is."""
    whole = archive(good)

    def pax(text, kind=b"x"):
        return header("pax", len(text), kind) + padded(text) + whole

    yield Case("pax-no-length", pax(b"path=d\n"), ("pax record", "length"))
    yield Case("pax-longer-than-there-is", pax(b"99 path=d\n"), ("pax record", "99 bytes"))
    yield Case("pax-length-of-40-digits", pax(b"9" * 40 + b" path=d\n"), ("pax record", "length"))
    yield Case("pax-length-0", pax(b"0 path=d\n"), ("pax record",))
    yield Case("pax-no-newline", pax(b"9 path=dd"), ("pax record", "newline"))
    yield Case("pax-no-equals-sign", pax(b"9 path d\n"), ("pax record", "'='"))
    yield Case("pax-path-empty", pax(b"8 path=\n"), ("pax record", "path", "empty"))
    yield Case("pax-path-with-nul", pax(b"11 path=d\0\n"), ("pax record", "path", "NUL"))
    yield Case("pax-size-no-number", pax(b"12 size=abc\n"), ("pax record", "abc", "size"))
    yield Case("pax-size-negative", pax(b"11 size=-1\n"), ("pax record", "-1", "size"))
    yield Case("pax-size-of-40-digits", pax(b"49 size=" + b"9" * 40 + b"\n"), ("pax record", "size"))
    yield Case("pax-size-past-the-end", pax(b"19 size=9999999999\n"), ("9999999999", "cut short"))
    yield Case("pax-too-large", pax(b"x" * (1 << 20) + b"x"), ("extended header", "1048577", "limit"))
    yield Case("pax-sparse", pax(b"22 GNU.sparse.major=1\n"), ("a.ovf", "sparse"))
    yield Case("pax-global-bad", pax(b"path=d\n", b"g"), ("pax record", "length"))
    yield Case("long-name-empty", pax(b"", b"L"), ("long name", "empty"))
    yield Case("long-name-is-nul", pax(b"\0", b"L"), ("long name", "empty"))
    yield Case("long-name-with-nul", pax(b"a\0b\0", b"L"), ("long name", "NUL"))


def ends(good):
    whole = archive(good)
    offsets = {"in-the-first-header": 100, "in-the-descriptor": 600, "in-the-manifest": len(padded(good[0][1])) + 1100,
               "in-the-disk": len(whole) - 1024 - 700}
    for what, at in offsets.items():
        yield Case("cut-" + what, whole[:at], ("ends",))
    for what, data in (("empty", b""), ("zeros", bytes(10240)), ("one-block-of-zeros", bytes(512))):
        yield Case("archive-of-" + what, data, ("is empty, or no tar archive",))
    for what, data in (("text", b"hello, world\n" * 99), ("png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8),
                       ("zip", b"PK\x03\x04" + bytes(range(1, 256)) * 8), ("descriptor", good[0][1])):
        yield Case("archive-is-a-" + what, data, ("header at byte 0", "checksum"))


def cases(disk):
    good = members([("d.vmdk", disk)])
    for make in (fields_of_headers, kinds_of_members, names_of_members, records, ends):
        yield from make(good)
