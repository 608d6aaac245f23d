"""Makes appliances that leave something open: virtual systems, options, properties, licences."""

import os

from checks import read, run
from packages import capacity_of, manifest, tar

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1"
    xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
    xmlns:vmw="http://www.vmware.com/schema/ovf"
    xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData">
"""
VMDK = "http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"

OPTIONS = """<DeploymentOptionSection><Info/>
 <Configuration ovf:id="small"><Label>Small</Label>
  <Description>For up to ten users</Description></Configuration>
 <Configuration ovf:id="large"><Label>Large</Label>
  <Description>For more than ten users</Description></Configuration>
</DeploymentOptionSection>"""

PRODUCT = """<ProductSection><Info/><Product>Asking Box</Product><Vendor>Tests</Vendor>
 <Version>1.2</Version>
 <Category>Network</Category>
 <Property ovf:key="hostname" ovf:type="string" ovf:qualifiers="MinLen(1) MaxLen(15)"
   ovf:userConfigurable="true"><Label>Host name</Label>
  <Description>What the machine is called on the network.</Description></Property>
 <Property ovf:key="port" ovf:type="uint16" ovf:value="8080" ovf:userConfigurable="true">
  <Label>Port</Label></Property>
 <Category>Access</Category>
 <Property ovf:key="secret" ovf:type="string" ovf:qualifiers="MinLen(4)" ovf:password="true"
   ovf:userConfigurable="true"><Label>Password of root</Label></Property>
</ProductSection>"""

EULA = """<EulaSection><Info/><License>{text}</License></EulaSection>"""


def quantity(instance, kind, name, number, units="", attributes=""):
    unit = f"<rasd:AllocationUnits>{units}</rasd:AllocationUnits>" if units else ""
    return (f"<Item{attributes}>{unit}<rasd:ElementName>{name}</rasd:ElementName>"
            f"<rasd:InstanceID>{instance}</rasd:InstanceID>"
            f"<rasd:ResourceType>{kind}</rasd:ResourceType>"
            f"<rasd:VirtualQuantity>{number}</rasd:VirtualQuantity></Item>\n")


def drive(instance, unit, disk):
    return (f"<Item><rasd:AddressOnParent>{unit}</rasd:AddressOnParent>"
            f"<rasd:ElementName>Disk {disk}</rasd:ElementName>"
            f"<rasd:HostResource>ovf:/disk/{disk}</rasd:HostResource>"
            f"<rasd:InstanceID>{instance}</rasd:InstanceID><rasd:Parent>1</rasd:Parent>"
            f"<rasd:ResourceType>17</rasd:ResourceType></Item>\n")


def system(name, drives, sections="", items=""):
    """drives: [(disk id, unit on the controller)], in document order."""
    return (f'<VirtualSystem ovf:id="{name}"><Info/><Name>{name.title()}</Name>{sections}'
            f"<VirtualHardwareSection><Info/>"
            f"<Item><rasd:Address>0</rasd:Address><rasd:ElementName>SATA</rasd:ElementName>"
            f"<rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>20</rasd:ResourceType></Item>"
            f"{items}{''.join(drive(10 + n, unit, disk) for n, (disk, unit) in enumerate(drives))}"
            f"</VirtualHardwareSection></VirtualSystem>\n")


def collection(name, *systems, sections=""):
    return (f'<VirtualSystemCollection ovf:id="{name}"><Info/>{sections}{"".join(systems)}'
            f"</VirtualSystemCollection>\n")


def disk(name, file=None, capacity=None, units=None):
    """A Disk; one without a file is blank."""
    return (f'<Disk ovf:diskId="{name}" ovf:capacity="{capacity}"'
            + (f' ovf:capacityAllocationUnits="{units}"' if units else "")
            + (f' ovf:fileRef="{file}" ovf:format="{VMDK}"' if file else "") + "/>")


def file(name, href, size=None, more=""):
    """A File of References."""
    said = "" if size is None else f' ovf:size="{size}"'
    return f'<File ovf:id="{name}" ovf:href="{href}"{said} {more}/>'


def descriptor(vmdks, content, envelope="", disks="", listed_too=""):
    """vmdks: {disk id: path}; each is a File of the same id.  listed_too: more Files."""
    files = "".join(f'<File ovf:id="{name}" ovf:href="{os.path.basename(path)}" '
                    f'ovf:size="{os.path.getsize(path)}"/>' for name, path in vmdks.items())
    listed = "".join(disk(name, name, capacity_of(path)) for name, path in vmdks.items())
    return (f"{HEAD}<References>{files}{listed_too}</References>"
            f"<DiskSection><Info/>{listed}{disks}</DiskSection>{envelope}{content}"
            f"</Envelope>\n").encode()


def members(vmdks, content, envelope="", disks="", listed_too="", more=()):
    """The files of a package with a manifest; more: [(name, bytes)] besides the disks."""
    files = [("box.ovf", descriptor(vmdks, content, envelope, disks, listed_too))]
    files += [(os.path.basename(vmdk), read(vmdk)) for vmdk in vmdks.values()]
    files += more
    return [files[0], ("box.mf", manifest(files)), *files[1:]]


def appliance(path, vmdks, content, *more, **named):
    """An OVA of them."""
    return tar(path, members(vmdks, content, *more, **named))


def unpacked_sample(sample, folder):
    """The VMDK of the sample appliance, a Debian that reports what it runs on."""
    run("tar", "-xf", sample, "-C", folder)
    return os.path.join(folder, next(n for n in os.listdir(folder) if n.endswith(".vmdk")))
