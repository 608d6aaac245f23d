#!/usr/bin/env python3
"""Compares what parsers/ovf.h makes of every descriptor of the corpus with two readings of other
people's: xmllint counts by XPath, and Python's expat reads the values.

A descriptor that ovf_dump refuses, or that neither of the two can read, is not compared; the
numbers of those that were are checked at the end.
"""

import glob
import gzip
import os
import re
import subprocess
import sys
from xml.etree import ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from checks import BUILD, SHARED, Skip, check, need, run_tests, same  # noqa: E402

DUMP = os.path.join(BUILD, "cli", "ovf_dump")
DESCRIPTORS = os.path.join(SHARED, "corpus", "descriptors")
HOSTILE = os.path.join(SHARED, "corpus", "hostile", "ovf")
TIME_LIMIT = 2  # seconds for one hostile descriptor

SPACES = {"", "http://schemas.dmtf.org/ovf/envelope/1", "http://schemas.dmtf.org/ovf/envelope/1/",
          "http://schemas.dmtf.org/ovf/envelope/2", "http://schemas.dmtf.org/ovf/envelope",
          "http://www.vmware.com/schema/ovf/1/envelope"}
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"

# What a section is called, in both spellings of it.
SECTION = "*[local-name()='{0}' or substring-after(@*[local-name()='type'],':')='{0}_Type']"
COUNTS = {
    "file": "/*/*[local-name()='References']/*[local-name()='File']",
    "disk": "/*/" + SECTION.format("DiskSection") + "/*[local-name()='Disk'] | /*/"
            + SECTION.format("SharedDiskSection") + "/*[local-name()='SharedDisk']",
    "network": "/*/" + SECTION.format("NetworkSection") + "/*[local-name()='Network']",
    "option": "/*/" + SECTION.format("DeploymentOptionSection")
              + "/*[local-name()='Configuration']",
    "system": "//" + SECTION.format("VirtualSystem") + " | //"
              + SECTION.format("VirtualSystemCollection"),
    "product": "//" + SECTION.format("ProductSection"),
    "property": "//" + SECTION.format("ProductSection") + "/*[local-name()='Property']",
    "hardware": "//" + SECTION.format("VirtualHardwareSection"),
    "item": "//" + SECTION.format("VirtualHardwareSection") + "/*[local-name()='Item' or "
            "local-name()='StorageItem' or local-name()='EthernetPortItem']",
}


def descriptors():
    names = sorted(path for path in glob.glob(os.path.join(DESCRIPTORS, "*"))
                   if not path.endswith(".tsv"))
    if not names:
        raise Skip("the corpus is not there: set OVFBOOT_SHARED")
    if not os.path.exists(DUMP):
        raise Skip("ovf_dump is not built")
    return names


def dumped():
    """{path: [[what, field, ...]]} of the descriptors that are not refused."""
    done = subprocess.run([DUMP, *descriptors()], stdout=subprocess.PIPE, check=True)
    result = {}
    for line in done.stdout.decode().split("\n")[:-1]:
        what, *fields = line.split("\t")
        if what == "descriptor":
            path = fields[0]
            result[path] = []
        else:
            result[path].append([what, *fields])
    same(len(result), len(descriptors()), "descriptors in the output of ovf_dump")
    return {path: lines for path, lines in result.items()
            if not any(line[0] == "refused" for line in lines)}


def ours(lines, what):
    return [line[1:] for line in lines if line[0] == what]


def check_most(compared):
    """One in seven of the corpus is a template and refused; few are unreadable to the others."""
    total = len(descriptors())
    check(compared >= total * 4 // 5, f"only {compared} descriptors of {total} were compared")


def xpath_counts(path):
    """None when xmllint cannot read it."""
    expression = "concat(" + ",' ',".join(f"count({x})" for x in COUNTS.values()) + ")"
    done = subprocess.run(["xmllint", "--nonet", "--huge", "--xpath", expression, path],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                          check=False)
    words = done.stdout.split()
    return dict(zip(COUNTS, map(int, words))) if len(words) == len(COUNTS) else None


def test_counts_agree_with_xmllint(_):
    need("xmllint")
    compared = 0
    for path, lines in dumped().items():
        counts = xpath_counts(path)
        if not counts:
            continue
        if os.path.basename(path).startswith("ascetictoolbox"):
            counts["file"] = len(ours(lines, "file"))  # lists files twice, and each counts once
        for what, count in counts.items():
            same(len(ours(lines, what)), count, f"{os.path.basename(path)}: {what}")
        compared += 1
    check_most(compared)


def escaped(text):
    return re.sub(r"[\n\t\r\\]", lambda m: f"\\{ord(m[0]):02x}", text or "")


def text_of(element):
    return escaped((element.text or "").strip()) if element is not None else ""


def kind(element):
    """Name of an element of the OVF namespace; of a section, what its type says."""
    space, _, name = element.tag[1:].rpartition("}") if element.tag[0] == "{" \
        else ("", "", element.tag)
    if space not in SPACES:
        return None
    if name in ("Section", "Content") and XSI_TYPE in element.attrib:
        return element.attrib[XSI_TYPE].rpartition(":")[2].removesuffix("_Type")
    return name


def of_kind(parent, *names):
    return [child for child in parent if kind(child) in names]


def value(element, name, default=""):
    for key, text in element.attrib.items():
        space, _, local = key[1:].rpartition("}") if key[0] == "{" else ("", "", key)
        if local == name and space in SPACES:
            return text
    return default


def attribute(element, name):
    return escaped(value(element, name).strip())


def unit(text):
    """Bytes; None when this reading does not know it."""
    words = {"": 1, "byte": 1, "megabytes": 2**20, "gigabytes": 2**30, "gb": 2**30, "mb": 2**20}
    text = re.sub(r"\s", "", text or "").lower()
    power = re.fullmatch(r"bytes?\*(\d+)\^(\d+)", text)
    return int(power[1]) ** int(power[2]) if power else words.get(text)


def capacity(disk):
    text = value(disk, "capacity").strip()
    if not text or text.startswith("${"):
        return "-"
    return str(int(text) * unit(value(disk, "capacityAllocationUnits")))


def field(item, name):
    """Of an item, whatever its namespace and case."""
    for child in item:
        if child.tag.rpartition("}")[2].lower() == name.lower():
            return child
    return None


def text_in(item, name):
    return text_of(field(item, name))


def units_of(item):
    return text_in(item, "VirtualQuantityUnits") or text_in(item, "AllocationUnits")


def identity(item):
    return text_in(item, "InstanceID"), text_in(item, "ResourceType") or "0"


def bound(item):
    return value(item, "bound", "normal")


def quantity(item, items):
    """Of memory in bytes; a marker may be partial, and then bounds what its item has."""
    number = text_in(item, "VirtualQuantity")
    if identity(item)[1] != "4":
        return None  # a count, or a disk's: compared by the unit tests
    units = units_of(item)
    if bound(item) != "normal":
        number = number or text_in(item, "Reservation")
        units = units or next((units_of(other) for other in items
                               if identity(other) == identity(item) and units_of(other)), "")
    if not number:
        return "-"
    if not units and int(number) < 4 * 2**20:
        units = "MegaBytes"
    return str(int(number) * unit(units))


def sections(root, name):
    return [s for s in root.iter() if kind(s) == name]


def compare(path, root, lines):
    name = os.path.basename(path)
    files = {}
    for file in of_kind(of_kind(root, "References")[0], "File"):
        files.setdefault(attribute(file, "id"), [attribute(file, "href"),
                                                 attribute(file, "size") or "-"])
    same([line[:3] for line in ours(lines, "file")], [[k, *v] for k, v in files.items()],
         f"{name}: files")

    disks = [disk for section in of_kind(root, "DiskSection", "SharedDiskSection")
             for disk in of_kind(section, "Disk", "SharedDisk")]
    same([[line[0], line[2]] for line in ours(lines, "disk")],
         [[attribute(disk, "diskId"), capacity(disk)] for disk in disks], f"{name}: disks")
    hrefs = {href: id for id, (href, _) in files.items()}
    same([line[1] for line in ours(lines, "disk")],
         [ref if ref in files else hrefs.get(ref, "-")
          for ref in (attribute(disk, "fileRef") for disk in disks)], f"{name}: disks' files")

    options = [option for s in of_kind(root, "DeploymentOptionSection")[:1]
               for option in of_kind(s, "Configuration")]
    marked = [option for option in options if truth(option, "default")]
    default = (marked or options or [None])[0]
    same(ours(lines, "option"), [[attribute(option, "id"), "default" if option is default else ""]
                                 for option in options], f"{name}: options")
    same([line[0] for line in ours(lines, "network")],
         [attribute(n, "name") for s in of_kind(root, "NetworkSection")[:1]
          for n in of_kind(s, "Network")], f"{name}: networks")
    systems = [s for s in root.iter() if kind(s) in ("VirtualSystem", "VirtualSystemCollection")]
    same([line[1] for line in ours(lines, "system")], [attribute(s, "id") for s in systems],
         f"{name}: systems")
    same(sorted(ours(lines, "property")),
         sorted([attribute(p, "key"), attribute(p, "type"), escaped(value(p, "value")),
                 "user" if truth(p, "userConfigurable") else ""]
                for s in sections(root, "ProductSection") for p in of_kind(s, "Property")),
         f"{name}: properties")
    same(sum(int(line[0]) for line in ours(lines, "texts")), len(sections(root, "EulaSection")),
         f"{name}: EULAs")
    compare_items(name, root, lines)
    ids = [attribute(option, "id") for option in options] or [""]
    same(ours(lines, "needs"), [[option, number, *needs(items_of(section), option, number)]
                                for section in sections(root, "VirtualHardwareSection")
                                for option in ids for number in ("3", "4")],
         f"{name}: processors and memory by option")


def truth(element, name):
    return value(element, name).strip().lower() in ("true", "1")


def items_of(section):
    return of_kind(section, "Item", "StorageItem", "EthernetPortItem")


def named(item):
    """The options that an item names."""
    return value(item, "configuration").replace(",", " ").split()


def amount(item, items):
    text = quantity(item, items) or text_in(item, "VirtualQuantity") or "-"
    return None if text == "-" else int(text)


def pick(rows, option):
    """Of rows of one identity: those that name the option, else those that name none."""
    return [row for row in rows if option in named(row)] or [row for row in rows if not named(row)]


def needs(items, option, kind_of_item):
    """[least, normal, most] of a kind under an option: identities first, then options."""
    rows = {}
    for item in items:
        if identity(item)[1] == kind_of_item and amount(item, items) is not None:
            # Without an InstanceID nothing can be replaced.
            key = identity(item)[0] or id(item)
            rows.setdefault(key, {}).setdefault(bound(item), []).append(item)
    least, normal, most = [], [], []
    for row in rows.values():
        for item in pick(row.get("normal", []), option):
            number = amount(item, items)
            low = [n for m in pick(row.get("min", []), option)[:1]
                   if (n := amount(m, items)) <= number]
            high = [n for m in pick(row.get("max", []), option)[:1]
                    if (n := amount(m, items)) >= number]
            least.append(low[0] if low else None if high else number)
            normal.append(number)
            most.append(high[0] if high else None if low else number)
    return [total(least), str(sum(normal)), total(most)]


def total(ends):
    return "-" if None in ends or not ends else str(sum(ends))


def compare_items(name, root, lines):
    items = [item for section in sections(root, "VirtualHardwareSection")
             for item in items_of(section)]
    found = ours(lines, "item")
    same(len(found), len(items), f"{name}: items")
    for mine, item in zip(found, items):
        same([mine[0], mine[1], mine[3]],
             [text_of(field(item, "InstanceID")), text_of(field(item, "ResourceType")) or "0",
              text_of(field(item, "Parent"))], f"{name}: item")
        same(mine[4], text_of(field(item, "HostResource")), f"{name}: host resource")
        if quantity(item, items) is not None:
            same(mine[2], quantity(item, items), f"{name}: memory")


def test_values_agree_with_expat(_):
    compared = differing = 0
    for path, lines in dumped().items():
        try:
            root = ElementTree.parse(path).getroot()
        except (ElementTree.ParseError, LookupError, ValueError):
            continue
        compare(path, root, lines)
        compared += 1
        needed = {tuple(line[2:]) for line in ours(lines, "needs") if line[1] == "4"}
        differing += len(needed) > 1
    check_most(compared)
    check(differing >= 10, f"memory depends on the option in {differing} descriptors only")


def test_hostile_descriptors_neither_crash_nor_take_long(bench):
    paths = sorted(glob.glob(os.path.join(HOSTILE, "*")))
    if not paths:
        raise Skip("the corpus is not there: set OVFBOOT_SHARED")
    for path in paths:
        if path.endswith(".gz"):
            with gzip.open(path) as packed:
                path = os.path.join(bench, os.path.basename(path)[:-3])
                with open(path, "wb") as file:
                    file.write(packed.read())
        try:
            done = subprocess.run([DUMP, path], stdout=subprocess.PIPE, timeout=TIME_LIMIT,
                                  check=False)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{path}: more than {TIME_LIMIT} s") from None
        same(done.returncode, 0, path)
        if path.startswith(bench):
            check(b"text of more than" in done.stdout, f"{path}: {done.stdout[:300]!r}")


if __name__ == "__main__":
    sys.exit(run_tests(globals()))
