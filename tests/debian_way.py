"""The other way to put an appliance onto a bare machine: a stick with a Debian kernel, an initramfs with busybox,
sha256sum, qemu-img and kexec, and the package.

All of it comes from this Debian machine and from what qemu/appliance has fetched for the sample (build/appliance);
nothing is kept in the project.
"""

import glob
import os
import re
import shutil
import subprocess

from checks import need

HERE = os.path.dirname(os.path.abspath(__file__))
STUB = "/usr/lib/systemd/boot/efi/linuxx64.efi.stub"
PROGRAMS = ("sha256sum", "qemu-img", "kexec")
NEEDED = (*PROGRAMS, "cpio", "zstd", "lz4", "objcopy", "ldd")
OPTIONS = "console=ttyS0,115200 quiet loglevel=3 panic=30 mitigations=off nokaslr random.trust_cpu=on"

# Modules by their use, with parameters: usb-storage waits a second for slow disks where it is not told otherwise.
MODULES = {"usb": ["xhci_pci", "usb_storage delay_use=0", "sd_mod"], "virtio": ["virtio_pci", "virtio_blk"],
           "target": ["nvme"], "files": ["nls_cp437", "nls_ascii", "vfat"], "variables": ["efivarfs"]}
STICKS = {"usb": "/dev/sda1", "virtio": "/dev/vda1"}
COMPRESS = {"zstd": ["zstd", "-q", "-19"], "lz4": ["lz4", "-q", "-l", "-9"], "none": ["cat"]}

# Where the parts of a unified kernel lie in memory (systemd-stub(7)).
SECTIONS = (("osrel", 0x20000), ("cmdline", 0x30000), ("linux", 0x2000000), ("initrd", 0x3000000))


def run(*command, **more):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, **more).stdout


def plain(name):
    return re.sub(r"\.ko.*", "", os.path.basename(name)).replace("-", "_")


class Kernel:
    """The kernel of the sample, and its modules."""

    def __init__(self, build):
        trees = sorted(glob.glob(os.path.join(build, "appliance", "unpacked", "linux-image-*")))
        if not trees:
            raise SystemExit("no kernel in build/appliance: make build/sample.ova first")
        (self.image,) = glob.glob(os.path.join(trees[-1], "boot", "vmlinuz-*"))
        (self.modules,) = glob.glob(os.path.join(trees[-1], "lib", "modules", "*"))
        with open(os.path.join(self.modules, "modules.builtin"), encoding="ascii") as file:
            self.builtin = {plain(line.strip()) for line in file}
        with open(os.path.join(self.modules, "modules.dep"), encoding="ascii") as file:
            lines = [line.split() for line in file]
        self.files = {plain(words[0][:-1]): words[0][:-1] for words in lines}
        self.needs = {plain(words[0][:-1]): words[1:] for words in lines}

    def ordered(self, names):
        """[(path, parameters)], those first that others need."""
        found = {}
        for name in names:
            name, _, parameters = name.partition(" ")
            if name in self.builtin:
                continue
            for path in reversed(self.needs[name]):
                found.setdefault(path, "")
            found[self.files[name]] = parameters
        return list(found.items())


def libraries(program):
    return sorted(set(re.findall(r"(/\S+) \(0x", run("ldd", program).decode())))


def add(root, source, path):
    to = os.path.join(root, path.lstrip("/"))
    os.makedirs(os.path.dirname(to), exist_ok=True)
    shutil.copy(source, to)


def add_programs(root, build):
    (busybox,) = glob.glob(os.path.join(build, "appliance", "unpacked", "busybox-static_*", "bin", "busybox"))
    add(root, busybox, "/bin/busybox")
    for applet in run(busybox, "--list").decode().split():
        if applet not in ("busybox", *PROGRAMS):
            os.symlink("busybox", os.path.join(root, "bin", applet))
    for name in PROGRAMS:
        program = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        add(root, program, "/bin/" + name)
        for library in libraries(program):
            add(root, library, library)


def add_modules(root, kernel, media, start):
    """Those of the stick and of the target are loaded side by side: what both need goes in front."""
    lists = {"stick": MODULES[media], "target": MODULES["target"],
             "files": MODULES["files"] + (MODULES["variables"] if start == "reboot" else [])}
    ordered = {use: kernel.ordered(names) for use, names in lists.items()}
    shared = [pair for pair in ordered["stick"] if pair in ordered["target"]]
    for use in ("stick", "target", "files"):
        rest = [pair for pair in ordered[use] if pair not in shared]
        write_list(root, use, rest, kernel)
    write_list(root, "shared", shared, kernel)


def write_list(root, use, pairs, kernel):
    with open(os.path.join(root, "modules." + use), "w", encoding="ascii") as file:
        for path, parameters in pairs:
            name = plain(path) + ".ko"
            add(root, os.path.join(kernel.modules, path), "/lib/modules/" + name)
            file.write(f"{name} {parameters}".strip() + "\n")


def make_initramfs(folder, build, kernel, settings, entry):
    """The path of the initramfs, not yet compressed."""
    root = os.path.join(folder, "root")
    shutil.rmtree(root, ignore_errors=True)
    for name in ("bin", "dev", "proc", "sys", "run", "lib/modules"):
        os.makedirs(os.path.join(root, name))
    add_programs(root, build)
    add_modules(root, kernel, settings["MEDIA"], settings["START"])
    shutil.copy(os.path.join(HERE, "bench", "debian_init.sh"), os.path.join(root, "init"))
    os.chmod(os.path.join(root, "init"), 0o755)
    with open(os.path.join(root, "boot.entry"), "wb") as file:
        file.write(b"\7\0\0\0" + entry)
    with open(os.path.join(root, "settings"), "w", encoding="ascii") as file:
        file.writelines(f"{key}={value}\n" for key, value in settings.items())
    out = os.path.join(folder, "initramfs")
    with open(out, "wb") as file:
        names = subprocess.run(["find", ".", "-print0"], cwd=root, check=True, capture_output=True).stdout
        subprocess.run(["cpio", "-0", "-o", "-H", "newc", "--quiet", "-R", "0:0"], cwd=root, input=names,
                       stdout=file, check=True)
    return out


def make_loader(folder, options, check, start, entry):
    """One EFI program of kernel, options and initramfs; its path.  entry is the EFI_LOAD_OPTION of the guest."""
    build, media, compress = options.build, options.media, options.compress
    need(*NEEDED)
    if not os.path.exists(STUB):
        raise SystemExit(f"no {STUB}: apt-get install systemd-boot-efi")
    kernel = Kernel(build)
    settings = {"MEDIA": media, "STICK": STICKS[media], "TARGET": "/dev/nvme0n1", "CHECK": check, "START": start,
                "CACHE": options.cache}
    initramfs = make_initramfs(folder, build, kernel, settings, entry)
    packed = initramfs + "." + compress
    with open(packed, "wb") as file:
        subprocess.run([*COMPRESS[compress], initramfs] if compress == "none" else
                       [*COMPRESS[compress], "-c", initramfs], stdout=file, check=True)
    for name, text in (("osrel", "ID=debian\n"), ("cmdline", OPTIONS)):
        with open(os.path.join(folder, name), "w", encoding="ascii") as file:
            file.write(text)
    parts = {"osrel": os.path.join(folder, "osrel"), "cmdline": os.path.join(folder, "cmdline"),
             "linux": kernel.image, "initrd": packed}
    out = os.path.join(folder, "deploy.efi")
    words = []
    for name, place in SECTIONS:
        words += ["--add-section", f".{name}={parts[name]}", "--change-section-vma", f".{name}={place:#x}"]
    run("objcopy", *words, STUB, out)
    return out
