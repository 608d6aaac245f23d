#!/usr/bin/env python3
"""What the guest is told (loader/environment.h, loader/seed.h), judged by those who read it: the schema of
the DMTF, its examples, the sed of open-ovf, and cloud-init's own code out of Debian's package.

cloud-init is not installed: its package is unpacked below the build folder.
"""

import base64
import glob
import os
import random
import re
import subprocess
import sys
import tempfile
import types
from unittest import mock
from xml.dom import minidom
from xml.sax.saxutils import quoteattr

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from checks import BUILD, SHARED, Skip, check, need, read, run, run_tests, same, write  # noqa: E402

TOOL = os.path.join(BUILD, "cli", "guest_tool")
SCHEMAS = os.path.join(SHARED, "schemas")
EXAMPLES = os.path.join(SCHEMAS, "examples", "DSP2021_1.0.0", "examples")
DESCRIPTORS = os.path.join(SHARED, "corpus", "descriptors")
NAMESPACE = "http://schemas.dmtf.org/ovf/environment/1"
OVF = "http://schemas.dmtf.org/ovf/envelope/1"
SET = ["adminEmail=ovf-admin@vmware.com", "appIp=10.20.132.101", "dbIp=10.20.132.102",
       "db2Ip=10.20.132.103", "logLevel=warning"]


def tell(folder, descriptor, *words):
    """{id of a system: folder with what it is told}; None for a descriptor that is refused."""
    if not os.path.exists(TOOL):
        raise Skip("guest_tool is not built")
    done = subprocess.run([TOOL, folder, descriptor, *words], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    if done.returncode == 3:
        return None
    same(done.returncode, 0, f"{descriptor}: {done.stderr.decode(errors='replace')}")
    rows = [line.split("\t") for line in done.stdout.decode().splitlines()]
    return {row[1]: os.path.join(folder, row[0]) for row in rows if row[0] != "note"}


def told(folder, properties, *words):
    """The folder of a system with these properties, which the descriptor gives."""
    rows = "".join(f'<Property ovf:key="{key}" ovf:type="string" ovf:value={quoteattr(value)}/>'
                   for key, value in properties.items())
    path = write(os.path.join(folder, "a.ovf"), (
        f'<Envelope xmlns="{OVF}" xmlns:ovf="{OVF}"><References/><VirtualSystem ovf:id="vm">'
        f"<Info/><ProductSection><Info/>{rows}</ProductSection></VirtualSystem></Envelope>"
    ).encode())
    return tell(folder, path, *words)["vm"]


def validate(paths):
    need("xmllint")
    schema = os.path.join(SCHEMAS, "ovf1", "dsp8027_1.0.0.xsd")
    if not os.path.exists(schema):
        raise Skip("the schemas are not there: set OVFBOOT_SHARED")
    catalog = os.path.join(os.path.abspath(SCHEMAS), "ovf1", "catalog.xml")
    done = subprocess.run(["xmllint", "--nonet", "--noout", "--schema", schema, *paths],
                          env=dict(os.environ, XML_CATALOG_FILES=catalog), check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    wrong = [line for line in done.stdout.splitlines() if "Skipping import" not in line
             and not line.endswith(" validates")]
    check(done.returncode == 0, "\n".join(wrong[:10]))


def test_environments_of_the_corpus_are_valid(folder):
    paths = []
    names = [path for path in sorted(glob.glob(os.path.join(DESCRIPTORS, "*")))
             if not path.endswith(".tsv") and b"Property" in read(path)]
    if not names:
        raise Skip("the corpus is not there: set OVFBOOT_SHARED")
    for i, path in enumerate(names):
        out = os.path.join(folder, str(i))
        os.mkdir(out)
        systems = tell(out, path, "facts=ovfboot", "mac=00:50:56:a8:00:01,VM & Network")
        paths += [os.path.join(place, "ovf-env.xml") for place in (systems or {}).values()]
    check(len(paths) > 50, f"only {len(paths)} environments of {len(names)} descriptors")
    for at in range(0, len(paths), 100):
        validate(paths[at:at + 100])


def test_environments_with_and_without_facts_are_valid(folder):
    properties = {"a": "<&\"'>\n\t\r é", "b": "x" * 65000}
    for words in [], ["facts=K"], ["facts=", "mac=00:50:56:a8:00:01", "mac=00:50:56:a8:00:02,x"]:
        validate([os.path.join(told(folder, properties, *words), "ovf-env.xml")])


def as_set(path):
    """(id, {(whose, key, value)}): whose is "" for the system's own."""
    root = minidom.parse(path).documentElement
    same((root.localName, root.namespaceURI), ("Environment", NAMESPACE))
    found = set()
    for element in root.getElementsByTagNameNS(NAMESPACE, "Property"):
        owner = element.parentNode.parentNode
        whose = owner.getAttributeNS(NAMESPACE, "id") if owner is not root else ""
        found.add((whose, element.getAttributeNS(NAMESPACE, "key"),
                   element.getAttributeNS(NAMESPACE, "value").strip()))
    return root.getAttributeNS(NAMESPACE, "id"), found


def test_the_examples_of_the_standard_are_made(folder):
    descriptor = os.path.join(EXAMPLES, "myservice.ovf")
    if not os.path.exists(descriptor):
        raise Skip("the examples are not there: set OVFBOOT_SHARED")
    systems = tell(folder, descriptor, *SET)
    for name, system in [("myservice-dbvm1-env.xml", "DB1"), ("myservice-webvm-env.xml", "WebTier")]:
        same(as_set(os.path.join(systems[system], "ovf-env.xml")),
             as_set(os.path.join(EXAMPLES, name)), name)


def test_guests_that_use_sed_and_prefixes_get_the_values(folder):
    need("sed")
    values = {"hostname": "box1", "ip0": "10.0.0.5", "note": "it's é: $x \\ /"}
    descriptor = os.path.join(EXAMPLES, "myservice.ovf")
    path = os.path.join(told(folder, values), "ovf-env.xml")
    for key, value in values.items():
        # open-ovf, mini-ae
        same(run("sed", "-n", "-e", f'/{key}/s/.*value="\\([^"]*\\)".*$/\\1/p', path), value + "\n")
        # VMware's guests, by line
        line = f'         <Property oe:key="{key}" oe:value="{value}"/>\n'
        check(line.encode() in read(path), f"{line!r} is not in the document")
    # cloudbase-init: names with their prefix, as they are written
    elements = minidom.parse(path).getElementsByTagName("Property")
    same({e.getAttribute("oe:key"): e.getAttribute("oe:value") for e in elements}, values)
    if os.path.exists(descriptor):
        # A guest that takes the first line with a key gets its own value, not a neighbour's.
        text = read(os.path.join(tell(folder, descriptor, *SET)["DB2"], "ovf-env.xml")).decode()
        same(re.findall(r'key="com.mydb.db.primaryAtBoot" oe:value="(\w+)"', text)[0], "no")


def test_hostile_values_come_out_of_the_document(folder):
    values = {"a": "<&\"'>", "b": "1\n2\r\n3\t4", "c": " blanks  ", "d": "é€😀\u0085\u2028",
              "e": "]]>&#10;&amp;", "f": "", "g": "\\n\\", "h": "y" * 65000}
    root = minidom.parse(os.path.join(told(folder, values), "ovf-env.xml")).documentElement
    for element in root.getElementsByTagName("Property"):
        key = element.getAttributeNS(NAMESPACE, "key")
        same(element.getAttributeNS(NAMESPACE, "value"), values.pop(key), key)
    same(values, {})


# ---- cloud-init -------------------------------------------------------------------------------------

PACKAGES = "usr/lib/python3/dist-packages"

# What cloud-init imports besides, and does not use for this.
UNUSED = ("configobj", "jinja2", "jsonpatch", "jsonschema", "netifaces", "oauthlib", "requests",
          "serial")


class Unused(types.ModuleType):
    """A module in which everything is there, and is a class."""

    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (Exception,), {})


def unpacked():
    """The folder with cloud-init's modules."""
    place = os.path.join(BUILD, "cloud-init")
    if os.path.exists(os.path.join("/", PACKAGES, "cloudinit")):
        return os.path.join("/", PACKAGES)
    if not os.path.exists(place):
        need("apt-get", "dpkg")
        os.makedirs(BUILD, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=BUILD) as folder:
            subprocess.run(["apt-get", "--quiet", "--quiet", "download", "cloud-init"], cwd=folder,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            found = glob.glob(os.path.join(folder, "cloud-init_*.deb"))
            if not found:
                raise Skip("apt-get cannot download cloud-init")
            run("dpkg", "-x", found[0], os.path.join(folder, "x"))
            os.rename(os.path.join(folder, "x"), place)
    return os.path.join(place, PACKAGES)


class CloudInit:
    """Its two data sources, in a machine without a name, devices or a kernel command line."""

    def __init__(self, folder):
        place = unpacked()
        if place not in sys.path:
            sys.path.append(place)
        try:
            import yaml
        except ImportError:
            raise Skip("python3-yaml is missing") from None
        for name in UNUSED:
            for part in name, name + ".exceptions", name + ".util":
                sys.modules.setdefault(part, Unused(part))
        from cloudinit import dmi, helpers, util
        from cloudinit.sources import DataSourceNoCloud, DataSourceOVF
        self.yaml, self.dmi, self.util = yaml, dmi, util
        self.ovf_module, self.nocloud_module = DataSourceOVF, DataSourceNoCloud
        self.paths = helpers.Paths({"cloud_dir": folder, "run_dir": folder})
        self.folder = folder

    def read(self, source, document=None):
        """None when the data source does not know the machine."""
        with mock.patch.object(self.dmi, "read_dmi_data", return_value=None), \
                mock.patch.object(self.util, "get_cmdline", return_value=""), \
                mock.patch.object(self.util, "find_devs_with", return_value=[]), \
                mock.patch.object(self.ovf_module, "transport_vmware_guestinfo",
                                  return_value=document):
            made = source({}, mock.MagicMock(), self.paths)
            return made if made._get_data() else None

    @staticmethod
    def common(source, password):
        network = source.network_config
        return {
            "hostname": source.metadata.get("local-hostname") or None,
            "instance": source.metadata.get("instance-id"),
            "keys": [key for key in source.get_public_ssh_keys() if key],
            "seedfrom": source.metadata.get("seedfrom") or None,
            "user-data": source.userdata_raw or b"",
            "password": password or None,
            "network": (network or {}).get("network", network) or None,
        }

    def by_environment(self, place):
        found = self.read(self.ovf_module.DataSourceOVF, read(os.path.join(place, "ovf-env.xml")))
        if not found:
            return None
        facts = self.common(found, found.get_config_obj().get("password"))
        if facts["instance"] in ("iid-dsovf", ""):
            facts["instance"] = "ovfboot-1"
        return facts

    def by_seed(self, place):
        seed = os.path.join(self.folder, "seed")
        os.makedirs(seed, exist_ok=True)
        link = os.path.join(seed, "nocloud")
        if os.path.islink(link):
            os.unlink(link)
        os.symlink(place, link)
        found = self.read(self.nocloud_module.DataSourceNoCloud)
        if not found:
            return None
        vendor = found.vendordata_raw or b""
        if vendor:
            check(vendor.startswith(b"#cloud-config\n"), f"vendor data: {vendor!r}")
        return self.common(found, (self.yaml.safe_load(vendor) or {}).get("password"))


def both(cloud, properties):
    """What cloud-init makes of the environment, which it must also make of the seed."""
    with tempfile.TemporaryDirectory(dir=cloud.folder) as folder:
        place = told(folder, properties)
        wanted = cloud.by_environment(place)
        got = cloud.by_seed(place)
        same(got, wanted, repr(properties)[:300])
        return got


def b64(text):
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def test_cloud_init_reads_the_seven_keys(folder):
    network = "network:\n  version: 2\n  ethernets:\n    eth0: {dhcp4: true}\n"
    got = both(CloudInit(folder), {
        "instance-id": "i-1", "hostname": "box1", "public-keys": "ssh-rsa AAAA me@x",
        "user-data": b64("#cloud-config\nusers: []\n"), "password": "secret",
        "network-config": b64(network), "other": "x"})
    same(got, {"hostname": "box1", "instance": "i-1", "keys": ["ssh-rsa AAAA me@x"],
               "seedfrom": None, "user-data": b"#cloud-config\nusers: []\n", "password": "secret",
               "network": {"version": 2, "ethernets": {"eth0": {"dhcp4": True}}}})


def test_cloud_init_reads_nothing_from_nothing(folder):
    cloud = CloudInit(folder)
    same(both(cloud, {})["instance"], "ovfboot-1")
    both(cloud, {key: "" for key in ("instance-id", "hostname", "public-keys", "user-data",
                                     "password", "seedfrom", "network-config")})


HOSTILE = ["a\"b'c", "line\nline", "tab\there", "cr\r\nlf", "é€😀", "\u0085\u2028\u2029\u00a0", "yes",
           "null", "~", "123", "1.5", "0x1f", "a: b", "- a", "# a", "{a: b}", "[a]", "&a", "*a", "!a",
           "|", ">", "%a", "@a", "`a", "\\n", "a\\", " a ", "a #b", "---", "...", "${a}", "\x7f",
           "2001-01-01", "<a>&amp;", "=", "a" * 5000]


def test_cloud_init_reads_hostile_values(folder):
    cloud = CloudInit(folder)
    for value in HOSTILE:
        got = both(cloud, {"instance-id": value, "hostname": value, "public-keys": value,
                           "user-data": value, "password": value, "network-config": value})
        same((got["instance"], got["hostname"], got["password"], got["keys"]),
             (value, value, value, [value]))


def test_cloud_init_reads_user_data_in_base64_and_not(folder):
    cloud = CloudInit(folder)
    clean = b64("#!/bin/sh\necho é\n")
    for value, wanted in [
            (clean, None), (clean[:20] + "\n" + clean[20:], None), (clean.rstrip("="), None),
            (b64(b"\x1f\x8b\x08\x00\xff\x00"), b"\x1f\x8b\x08\x00\xff\x00"), (b64(b"\0"), b"\0"),
            ("#!/bin/sh\necho 1\n", None), ("#cloud-config\na: 1\n", None), ("====", b""),
            ("Zg==Zg==", b"f"), ("Zg=x=", None), ("#cloud-configs", None), ("a\nb\r\nc", None)]:
        got = both(cloud, {"user-data": value})["user-data"]
        check(wanted is None or got == wanted, f"{value!r}: {got!r}")


def test_cloud_init_reads_any_base64(folder):
    cloud = CloudInit(folder)
    chance = random.Random(5)
    for _ in range(150):
        text = "".join(chance.choices("AZaz09+/=\n -é{", weights=[9] * 8 + [4] + [1] * 5,
                                      k=chance.randrange(14)))
        both(cloud, {"user-data": text, "network-config": text})


def test_cloud_init_reads_network_config(folder):
    cloud = CloudInit(folder)
    inner = "version: 2\nethernets:\n  eth0:\n    addresses: [10.0.0.5/24]\n"
    lines = "network:\n" + "".join(f"  {line}\n" for line in inner.splitlines())
    known = cloud.yaml.safe_load(inner)
    for text in [lines, "# c\n---\n" + lines, "a: 1\n" + lines + "b: {network: 1}\n", "\ufeff" + lines,
                 lines.replace("\n", "\r\n"), "  " + lines.replace("\n", "\n  ").rstrip() + "\n",
                 lines.replace("network:", '"network":'), lines.replace("network:", "'network' :"),
                 cloud.util.json_dumps({"network": known}), "{a: 'it''s }', network: " +
                 cloud.util.json_dumps(known) + ", b: 1}", lines + "# end", "network: 1\n" + lines]:
        same(both(cloud, {"network-config": b64(text)})["network"], known, text)
    for text in [inner, "", "network:", "network: {}", "network", "- network", "a: [", "\xff" * 3,
                 "networks:\n  version: 2\n", "x:\n  network:\n    version: 2\n", "{}", "network: ["]:
        same(both(cloud, {"network-config": b64(text)})["network"], None, text)
    both(cloud, {"network-config": b64(b"network:\n  a: \xff\n")})
    both(cloud, {"network-config": lines})


def test_cloud_init_follows_seedfrom(folder):
    cloud = CloudInit(folder)
    there = os.path.join(folder, "there")
    os.mkdir(there)
    write(os.path.join(there, "meta-data"), b"local-hostname: there\nx: 1\n")
    write(os.path.join(there, "user-data"), b"#!there\n")
    got = both(cloud, {"seedfrom": there + "/", "user-data": "#!here", "instance-id": "i"})
    same((got["user-data"], got["hostname"], got["instance"]), (b"#!there\n", "there", "i"))
    same(both(cloud, {"seedfrom": "ftp://x/", "hostname": "a"}), None)


def test_cloud_init_takes_the_later_of_two_host_names(folder):
    cloud = CloudInit(folder)
    same(both(cloud, {"hostname": "a", "local-hostname": "b"})["hostname"], "b")
    same(both(cloud, {"local-hostname": "b", "hostname": "a"})["hostname"], "a")


def test_cloud_init_reads_guestinfo_out_of_the_seed(folder):
    cloud = CloudInit(folder)
    metadata = "local-hostname: there\nnetwork:\n  version: 2\n"
    packed = b64(__import__("gzip").compress(metadata.encode()))
    for value, encoding in [(metadata, ""), (b64(metadata), "base64"), (packed, "gzip+base64"),
                            ('{"local-hostname": "there", "network": {"version": 2}}', "")]:
        place = told(folder, {"guestinfo.metadata": value, "guestinfo.metadata.encoding": encoding,
                              "guestinfo.userdata": b64("#!x"),
                              "guestinfo.userdata.encoding": "b64"})
        got = cloud.by_seed(place)
        same((got["hostname"], got["instance"], got["user-data"], got["network"]),
             ("there", "ovfboot-1", b"#!x", {"version": 2}), value)


if __name__ == "__main__":
    sys.exit(run_tests(globals()))
