"""The host tool, as tests run it: DIR/ovfboot-asan when it is there, so that overruns and leaks
are failures."""

import os
import re
import subprocess

import packages
from checks import BUILD, check, need, same, write
from packages import changed, members_of, tar

OVFBOOT = next((path for path in (os.path.join(BUILD, name) for name in ("ovfboot-asan", "ovfboot"))
                if os.path.exists(path)), os.path.join(BUILD, "ovfboot"))
QUICK = os.path.join(BUILD, "ovfboot")  # without sanitizers, for hundreds of runs


class Bench:
    """A scratch folder with a small appliance, and the host tool."""

    def __init__(self, folder):
        need("qemu-img", "sfdisk", "sgdisk", "mkfs.fat", "mcopy", "tar")
        self.folder = folder
        self.raw = packages.guest_disk(self.path("small.raw"))
        self.vmdk = packages.convert(self.raw)
        self.ova = packages.package(self.path("small.ova"), [self.vmdk])

    def path(self, name):
        return os.path.join(self.folder, name)

    def ovfboot(self, *arguments, tool=OVFBOOT):
        """(exit code, stdout, stderr); a code that is none of ours is a crash."""
        done = subprocess.run([tool, *map(str, arguments)], text=True, capture_output=True,
                              check=False)
        check(done.returncode in (0, 1, 2) and "Sanitizer" not in done.stderr,
              f"{arguments}: exit code {done.returncode}: {done.stderr}")
        return done.returncode, done.stdout, done.stderr

    def does(self, *arguments):
        code, out, err = self.ovfboot(*arguments)
        same((code, err), (0, ""), arguments[0])
        return out

    def refuses(self, *arguments):
        """The sentence; a line of advice follows it, and nothing else is on stderr."""
        code, _, err = self.ovfboot(*arguments)
        same(code, 1, err or f"{arguments} was not refused")
        lines = err.splitlines()
        same(len(lines), 2, err)
        check(re.match(r"ovfboot: FAILED: .*([^.]|\.\.\.)$", lines[0]), lines[0])
        check(lines[1].endswith("."), lines[1])
        return lines[0][len("ovfboot: FAILED: "):]

    def filled(self, size, name="disk.img"):
        return write(self.path(name), b"\xa5" * size)

    def bad(self, name, change, **more):
        """An OVA in which one member is another."""
        return self.packed(changed(members_of([self.vmdk]), name, change, **more))

    def packed(self, members):
        self.count = getattr(self, "count", 0) + 1
        return tar(self.path(f"bad{self.count}.ova"), members)
