"""What the network scenarios share: a lab whose web server has a small package, and deployments from it."""

import contextlib
import os

from lib import Bench, Skip, has_guest, is_unchanged, packages, same, sha256
from netlab import SERVER4, SERVER6, Lab, document

DOC = document("netboot.md")
LAN = DOC["/etc/dnsmasq.d/lan.conf"]
WEB = DOC["/etc/nginx/conf.d/ovfboot.conf"]
URL4, URL6 = f"http://{SERVER4}/small.ova", f"http://[{SERVER6}]/small.ova"

# The static addresses of the machine, outside of the ranges of lan.conf.
OWN4 = ("network-address=192.0.2.7/24", f"network-dns={SERVER4}")
OWN6 = ("network-address=2001:db8::7/64", f"network-dns={SERVER6}")


class NetBench(Bench):
    def __init__(self, folder):
        super().__init__(folder)
        self.raw, self.vmdk, self.ova = self.small()

    @contextlib.contextmanager
    def network(self, *dns, web=WEB, **versions):
        """dns: texts for dnsmasq; without one there is none."""
        with Lab(self.folder, **versions) as lab:
            lab.serve("small.ova", self.ova)
            for name, data in packages.members_of([self.vmdk]):
                lab.serve("loose/" + name, data)
            if dns:
                lab.dnsmasq(*dns)
            lab.nginx(web)
            yield lab

    def fetches(self, lab, url, *settings, more=()):
        """Deployed from there, the disk is right to the last byte."""
        disk = self.path("target.img")
        with contextlib.suppress(FileNotFoundError):
            os.remove(disk)
        booted = self.deploys(*stick(lab, url, settings), "--disk", disk, "--disk-size", "64M", *more)
        has_guest(disk, self.raw)
        return booted

    def fails(self, lab, url, reason, *settings, more=()):
        """Not to be had: nothing on the disk is changed."""
        disk = self.used("used.img")
        before = sha256(disk)
        booted = self.refuses(reason, *stick(lab, url, settings), "--disk", disk, *more)
        is_unchanged(disk, before)
        return booted


def stick(lab, url, settings):
    words = ["--media", "none", "--nic", lab.nic()]
    for setting in (f"source={url}", *settings):
        words += ["--set", setting]
    return words


def snponly():
    """iPXE that uses the firmware's driver, for lab.serve()."""
    path = "/usr/lib/ipxe/snponly.efi"
    if not os.path.exists(path):
        raise Skip(f"{path} is missing: apt-get install ipxe")
    return "snponly.efi", path


def is_from(lab, address):
    """Everything came from that one client."""
    same({request["client"] for request in lab.requests()}, {address})
