"""Packages whose one disk is stored in other ways than a streamOptimized VMDK: other formats by qemu-img, many files,
gzip, chunks."""

import gzip
import os
import re

import packages
from checks import read, run, same

FILE = '<File ovf:id="more{n}" ovf:href="{href}" ovf:size="{size}"/>'


def images(folder, raw, form, options=(), ending=None):
    """[(name, bytes)] of what qemu-img makes of it, the file to begin with in front."""
    name = "disk." + (ending or form)
    inner = os.path.join(folder, "form-" + name)
    os.makedirs(inner)
    run("qemu-img", "convert", "-f", "raw", "-O", form, *options, raw, os.path.join(inner, name))
    others = sorted(set(os.listdir(inner)) - {name})
    return [(n, read(os.path.join(inner, n))) for n in [name, *others]]


def vmdk(folder, raw, subformat):
    return images(folder, raw, "vmdk", ("-o", f"subformat={subformat}"), f"{subformat}.vmdk")


def zipped(files, members=1):
    """gzip, in that many members."""
    (name, data), = files
    step = -(-len(data) // members)
    return [(name + ".gz", b"".join(gzip.compress(data[at:at + step], 1) for at in range(0, len(data), step)))]


def cut(files, size):
    """Chunks of size bytes."""
    (name, data), = files
    return [(f"{name}.{at // size:09}", data[at:at + size]) for at in range(0, len(data), size)]


def members(capacity_of, files, attributes="", href=None, size=None):
    """Descriptor, manifest and files; capacity_of is a VMDK of the same disk."""
    href = href or files[0][0]
    size = len(files[0][1]) if size is None else size
    text = packages.descriptor([capacity_of], [href]).decode()
    text = text.replace(f'ovf:size="{os.path.getsize(capacity_of)}"/>',
                        f'ovf:size="{size}" {attributes}/>' +
                        "".join(FILE.format(n=n, href=name, size=len(data))
                                for n, (name, data) in enumerate(files[1:]) if href == files[0][0]))
    everything = [("small.ovf", text.encode()), *files]
    return [everything[0], ("small.mf", packages.manifest(everything)), *files]


def chunked(capacity_of, files, size, attributes=""):
    """The same for one file, cut in chunks of size bytes."""
    (name, data), = files
    return members(capacity_of, cut(files, size), f'ovf:chunkSize="{size}" {attributes}', name, len(data))


def every(folder, raw, capacity_of):
    """(name, members) for each way."""
    stream = [("disk.vmdk", read(capacity_of))]
    plain = [("disk.raw", read(raw))]
    qcow2 = images(folder, raw, "qcow2")
    packed = 'ovf:compression="gzip"'
    for kind in ("monolithicSparse", "monolithicFlat", "twoGbMaxExtentSparse", "twoGbMaxExtentFlat"):
        yield kind, members(capacity_of, vmdk(folder, raw, kind))
    yield "gzip of raw", members(capacity_of, zipped(plain), packed)
    yield "gzip of raw in three members", members(capacity_of, zipped(plain, 3), packed)
    yield "gzip of streamOptimized", members(capacity_of, zipped(stream), packed)
    yield "gzip of qcow2", members(capacity_of, zipped(qcow2), packed)
    yield "chunks", chunked(capacity_of, stream, 1000000)
    yield "chunks of qcow2", chunked(capacity_of, qcow2, 777777)
    yield "chunks of gzip", chunked(capacity_of, zipped(plain), 654321, packed)
    yield "one chunk", chunked(capacity_of, stream, 1 << 40)


SAMPLE = ("vhd", "vhdx", "qcow2", "monolithicSparse", "gzip", "chunks")


def sample(ova, folder, form):
    """The sample appliance with its disk in one of those forms, as an OVA."""
    inner = os.path.join(folder, "sample-" + form)
    os.makedirs(inner)
    run("tar", "-xf", ova, "-C", inner)
    name = next(n for n in os.listdir(inner) if n.endswith(".vmdk"))
    raw = packages.raw_of(os.path.join(inner, name), os.path.join(inner, "disk.raw"))
    href, attributes = None, ""
    if form == "chunks":
        stream = [("disk.vmdk", read(os.path.join(inner, name)))]
        files, href, attributes = cut(stream, 4000000), "disk.vmdk", 'ovf:chunkSize="4000000"'
    elif form == "gzip":
        files, attributes = zipped([("disk.raw", read(raw))]), 'ovf:compression="gzip"'
    elif form == "monolithicSparse":
        files = vmdk(inner, raw, form)
    else:
        options = {"vhd": ("-o", "force_size=on"), "vhdx": (), "qcow2": ("-c",)}[form]
        files = images(inner, raw, {"vhd": "vpc"}.get(form, form), options, form)
    text = read(os.path.join(inner, "ovfboot-sample.ovf")).decode()
    text, count = re.subn(rf'ovf:href="{name}"([^>]*)ovf:size="\d+"',
                          rf'ovf:href="{href or files[0][0]}"\1ovf:size="{sum(len(d) for _, d in files)}" {attributes}',
                          text)
    same(count, 1, "the sample's File")
    everything = [("ovfboot-sample.ovf", text.encode()), *files]
    return packages.tar(os.path.join(folder, form + ".ova"), [
        everything[0], ("ovfboot-sample.mf", packages.manifest(everything)), *files])
