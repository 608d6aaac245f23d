"""Descriptors: elements, attributes, numbers, references, and XML itself."""

from hostile.case import Case
from packages import DISK, FILE, ITEM
from tiny import SECTORS, archive, descriptor, members

EULA = "<EulaSection><Info/><License>No</License></EulaSection>"
PROPERTY = '<ProductSection><Info/><Product>P</Product>{}</ProductSection>'
OPTIONS = "<DeploymentOptionSection><Info/>{}</DeploymentOptionSection>"
OPTION = '<Configuration ovf:id="{}"{}><Label>L</Label><Description>D</Description></Configuration>'
MEMORY = """<Item><rasd:AllocationUnits>{}</rasd:AllocationUnits><rasd:ElementName>M</rasd:ElementName>
<rasd:InstanceID>7</rasd:InstanceID><rasd:ResourceType>4</rasd:ResourceType>
<rasd:VirtualQuantity>{}</rasd:VirtualQuantity></Item>"""


def edits(disk):
    """(name, old, new, says): of the descriptor, once each."""
    size, capacity = f'ovf:size="{len(disk)}"', f'ovf:capacity="{SECTORS * 512}"'
    file, item = FILE.format(n=0, href="d.vmdk", size=len(disk)), ITEM.format(n=0, id=2)
    disk1 = DISK.format(n=0, capacity=SECTORS * 512)
    namespace = 'xmlns="http://schemas.dmtf.org/ovf/envelope/1"'
    yield "root-of-another-name", "Envelope", "Package", ("Package is no OVF descriptor",)
    yield "namespace-of-nobody", namespace, 'xmlns="http://example.com/"', ("http://example.com/", "no known version")
    yield "version-3", "envelope/1", "envelope/3", ("envelope/3", "no known version")
    yield "references-missing", f"<References>{file}</References>", "", ("without References",)
    yield "references-empty", file, "", ("disk vmdisk0", "file0", "not in References")
    yield "file-without-id", 'ovf:id="file0" ', "", ("File without", "id")
    yield "file-id-empty", 'ovf:id="file0"', 'ovf:id=""', ("File without", "id")
    yield "file-without-href", 'ovf:href="d.vmdk" ', "", ("File without", "href")
    yield "file-href-empty", 'ovf:href="d.vmdk"', 'ovf:href=""', ("File without", "href")
    yield "file-twice", file, file + file.replace("d.vmdk", "e.vmdk"), ("File file0", "the id of the file on line")
    yield "disk-without-id", 'ovf:diskId="vmdisk0" ', "", ("Disk without a diskId",)
    yield "disk-twice", disk1, disk1 * 2, ("disk vmdisk0", "the id of the disk on line")
    yield "disk-of-an-unknown-file", 'fileRef="file0"', 'fileRef="file9"', ("disk vmdisk0", "file9",
                                                                            "not in References")
    yield "disk-of-nothing", f'ovf:fileRef="file0" {capacity}', "", ("disk vmdisk0", "neither a file nor a capacity")
    yield "disk-of-a-parent-that-is-not-there", capacity, capacity + ' ovf:parentRef="x"', ("vmdisk0", "parent x")
    yield "disk-its-own-parent", capacity, capacity + ' ovf:parentRef="vmdisk0"', ("vmdisk0", "parent vmdisk0")
    for bad in ("-1", "0x10", "1e9", "99999999999999999999", "18446744073709551616", "12 34", "1.5", "\u0663", "abc",
                "+5"):
        yield f"capacity-{bad}", capacity, f'ovf:capacity="{bad}"', ("Disk", "capacity", bad)
    for unit in ("parsec", "byte * 2^", "byte * 2^64", "byte ^ 2", "2^10", "byte * 2^-1", "hertz * 10^6", "byte * 0"):
        yield f"capacity-in-{unit}", capacity, capacity + f' ovf:capacityAllocationUnits="{unit}"', ("vmdisk0", unit)
    yield "capacity-over-63-bits", capacity, 'ovf:capacity="9" ovf:capacityAllocationUnits="byte * 2^60"', (
        "vmdisk0", "over 2^63 bytes")
    for bad in ("-1", "abc", "99999999999999999999"):
        yield f"file-size-{bad}", size, f'ovf:size="{bad}"', ("File", "size", bad)
    for href, says in (("../d.vmdk", "../d.vmdk"), ("/etc/passwd", "/etc/passwd"), ("http://x/d", "http://x/d"),
                       ("file:///etc/passwd", "file:///etc/passwd"), ("a/../../d.vmdk", "a/../../d.vmdk"),
                       ("%2e%2e/d.vmdk", "%2e%2e/d.vmdk"), ("C:\\d.vmdk", "C:\\d.vmdk"),
                       ("\\\\host\\share\\d", "\\\\host\\share\\d"), ("e.vmdk", "e.vmdk"), ("a.ovf/", "a.ovf/")):
        yield f"href-{href.replace('/', '|')}", 'href="d.vmdk"', f'href="{href}"', (says,)
    yield "href-of-2000-bytes", 'href="d.vmdk"', f'href="{"d" * 2000}"', ("2000", "limit")
    for kind in ("zip", "bzip2", "war", "GZIP9"):
        yield f"compressed-by-{kind}", size, size + f' ovf:compression="{kind}"', ("d.vmdk", kind, "not read")
    for bad in ("-1", "abc"):
        yield f"chunks-of-{bad}", size, size + f' ovf:chunkSize="{bad}"', ("File", "chunkSize", bad)
    yield "item-of-an-unknown-disk", "/disk/vmdisk0", "/disk/other", ("the package has no", "other")
    yield "item-of-an-unknown-file", "/disk/vmdisk0", "/file/other", ("the package has no", "other")
    yield "no-disk-in-the-system", item, "", ("small", "has no disk")
    for bad in ("abc", "-1", "99999999999999999999", "1.5"):
        yield f"resource-type-{bad}", "<rasd:ResourceType>17<", f"<rasd:ResourceType>{bad}<", ("ResourceType", bad)
    yield "item-without-a-type", "<rasd:ResourceType>17</rasd:ResourceType>", "", ("no ResourceType",)
    for unit in ("parsec", "byte * 2^", "hertz"):
        yield f"memory-in-{unit}", item, item + MEMORY.format(unit, 5), ("memory in", unit)
    for bad in ("abc", "-5", "99999999999999999999"):
        yield f"memory-of-{bad}", item, item + MEMORY.format("byte", bad), ("VirtualQuantity", bad)
    yield "memory-over-64-bits", item, item + MEMORY.format("byte * 2^60", 99), ("VirtualQuantity", "2^64")
    yield "bound-of-nothing", item, item + MEMORY.format("byte", 5).replace("<Item>", '<Item ovf:bound="most">'), (
        "bound most",)
    yield "no-virtual-system", "VirtualSystem", "Something", ("without a VirtualSystem",)
    head = "<VirtualSystem "
    for what, section, says in (
            ("unknown-section", '<x:Odd xmlns:x="urn:x" ovf:required="true"><Info/></x:Odd>',
             ("Odd", "must be understood")),
            ("encryption-section", '<x:EncryptionSection xmlns:x="http://schemas.dmtf.org/ovf/envelope/2"/>',
             ("EncryptionSection",)),
            ("option-without-id", OPTIONS.format(OPTION.format("", "")), ("Configuration without an id",)),
            ("option-twice", OPTIONS.format(OPTION.format("a", "") * 2), ("Configuration a", "id of that on line")),
            ("two-defaults", OPTIONS.format(OPTION.format("a", ' ovf:default="true"') +
                                            OPTION.format("b", ' ovf:default="true"')),
                                            ("Configuration b", "default"))):
        yield what, head, section + head, says
    inside = "<VirtualHardwareSection>"
    yield "property-without-key", inside, PROPERTY.format('<Property ovf:type="string"/>') + inside, (
        "Property without a key",)


XML = {
    "document-type": ("<!DOCTYPE Envelope>", ("document type",)),
    "billion-laughs": ('<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>', ("document type",)),
    "external-entity": ('<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>', ("document type",)),
    "comment-without-end": ("<!-- ", ("line 2", "without an end")),
    "instruction-without-end": ("<? ", ("line 2", "without an end")),
    "cdata-outside": ("<![CDATA[x]]>", ("line 2", "outside of the outermost element")),
    "text-outside": ("hello", ("line 2", "outside of the outermost element")),
    "end-tag-first": ("</Envelope>", ("line 2", "Envelope, which is not open")),
    "another-element-before": ("<a/>", ("Envelope", "second outermost element")),
}
INSIDE = {
    "unknown-entity": ("&foo;", ("& starts neither",)), "bare-ampersand": ("a & b", ("& starts neither",)),
    "reference-to-nul": ("&#0;", ("&",)), "reference-to-a-surrogate": ("&#xD800;", ("&",)),
    "reference-over-unicode": ("&#x110000;", ("&",)), "reference-without-end": ("&#x41", ("&",)),
    "attribute-without-quotes": ("<a b=c/>", ("attribute b", "quotes")),
    "attribute-without-value": ("<a b/>", ("attribute b",)),
    "attribute-not-closed": ('<a b="c', ("attribute b",)), "tag-not-closed": ("<a ", ("attribute Disks",)),
    "tag-without-a-name": ("< >", ("name",)), "wrong-end-tag": ("<a></b>", ("end of b", "a, open since line")),
    "element-not-closed": ("<a>", ("a, open since line",)), "cdata-not-closed": ("<![CDATA[",
                                                                                 ("CDATA", "without an end")),
    "elements-65-deep": ("<a>" * 65 + "</a>" * 65, ("more than 64 elements inside each other",)),
    "too-many-elements": ("<a/>" * 65536, ("more than 65536 elements",)),
    "too-many-attributes-of-one": ("<a " + " ".join(f'b{n}="1"' for n in range(129)) + "/>",
                                   ("more than 128 attributes",)),
    "too-many-attributes": ("".join("<a " + " ".join(f'b{n}="1"' for n in range(100)) + "/>" for _ in range(328)),
                            ("more than 32768 attributes",)),
    "name-too-long": (f"<{'a' * 257}/>", ("a name of 257 bytes", "256")),
    "attribute-too-long": (f'<a b="{"c" * 65537}"/>', ("attribute b", "65536")),
    "text-too-long": ("x" * ((512 << 10) + 1), ("text of more than 524288 bytes",)),
    "control-character": ("\x01", ("control character 0x01",)), "escape": ("\x1b[31m", ("control character 0x1b",)),
    "nul": ("\0", ("control character 0x00",)),
}
BYTES = {"overlong": b"\xc0\xaf", "surrogate": b"\xed\xa0\x80", "cut-sequence": b"\xc3(", "latin-1": b"caf\xe9 ",
         "over-unicode": b"\xf5\x80\x80\x80"}


def xml(good):
    for name, (piece, says) in XML.items():
        yield name, good.replace("\n", "\n" + piece, 1).encode(), says
    for name, (piece, says) in INSIDE.items():
        yield name, good.replace("<Info>Disks", "<Info>" + piece + "Disks").encode(), says
    for name, piece in BYTES.items():
        yield name, good.encode().replace(b"<Info>Disks", b"<Info>" + piece + b"Disks"), ("not UTF-8",)
    for eighth in range(1, 8):
        yield f"cut-after-{eighth}-eighths", good[:len(good) * eighth // 8].encode(), ("line",)
    yield "empty", b"", ("no XML element",)
    yield "blanks", b" \n\t\n", ("no XML element",)
    yield "html", b"<!DOCTYPE html><html><body>404</body></html>", ("document type",)
    yield "html-of-old", b"<html><body>404 Not Found</body></html>", ("html is no OVF descriptor",)
    yield "json", b'{"ovf": true}', ("outside of the outermost element",)
    yield "too-large", good.encode() + b" " * (8 << 20), ("8388608",)
    yield "utf-16-cut", good.encode("utf-16")[:-1], ("UTF-16", "cut")
    yield "utf-16-half-a-pair", good.replace("<Info>Disks", "<Info>\ud800").encode("utf-16", "surrogatepass"), (
        "UTF-16", "surrogate")


def cases(disk):
    good = descriptor([("d.vmdk", disk)])
    for name, old, new, says in edits(disk):
        assert old in good, name
        yield Case(name, archive(members([("d.vmdk", disk)], good.replace(old, new))), says)
    for name, text, says in xml(good):
        yield Case("xml-" + name, archive(members([("d.vmdk", disk)], text)), ("a.ovf", *says))
    text = good.replace("<VirtualHardwareSection>", EULA + "<VirtualHardwareSection>")
    yield Case("licence-that-nobody-accepts", archive(members([("d.vmdk", disk)], text)), ("licence", "accept-eula"),
               verifies=False)
    files = [(f"d{n}.vmdk", disk) for n in range(17)]
    yield Case("seventeen-disks", archive(members(files)), ("more than 16 disks",))
    text = good.replace("<File ", '<File ovf:chunkSize="512" ')
    yield Case("chunks-missing", archive(members([("d.vmdk", disk)], text)[:2]),
               ("d.vmdk.000000000", "not in the package"))
    for kind, bad in (("uint8", "256"), ("uint8", "-1"), ("sint8", "128"), ("uint16", "x"), ("boolean", "maybe"),
                      ("real32", "1,5"), ("uint64", "18446744073709551616"), ("sint64", "9223372036854775808")):
        text = good.replace("<VirtualHardwareSection>", PROPERTY.format(
            f'<Property ovf:key="k" ovf:type="{kind}" ovf:userConfigurable="true"/>') + "<VirtualHardwareSection>")
        yield Case(f"property-{kind}-is-{bad}", archive(members([("d.vmdk", disk)], text)), ("property k", bad),
                   ["--set", f"property.k={bad}"], verifies=False)
