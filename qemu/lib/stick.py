"""Makes the image of a USB stick: GPT, one EFI system partition with FAT32, and the package.

No root and no loop device: sfdisk writes the table, mkfs.fat and mtools work inside the
file.  Images are sparse, and a package of many GiB is copied once.
"""

import os
import shutil
import subprocess

from lib.errors import ToolError, find_program

# The type of a partition that holds an OVA from its first byte.  The loader and the guide
# name the same one.
OVA_PARTITION_TYPE = "6F766662-6F6F-7431-8A0E-4F56417061CB"

ESP_TYPE = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"  # UEFI 2.10, "GPT Partition Entry Array"

# Fixed, so that a boot entry can name the partition (lib/variables.py), and every stick is the same.
DISK_GUID = "0B0E5B00-7F0B-4E57-9D2C-0F5B00740000"
OVA_GUID = "0B0E5B00-7F0B-4E57-9D2C-0F5B00740002"
FAT_ID = "0F5B0074"
ESP_GUID = "0B0E5B00-7F0B-4E57-9D2C-0F5B00740001"

MIB = 1 << 20
SECTOR = 512                # bytes; sticks have no other
ESP_START = 1 * MIB         # bytes
FAT_FILE_MAX = (1 << 32) - 1  # bytes; the size of a file is 32 bits in FAT
BIG_ESP = 320 * MIB         # bytes; enough for FAT32 with clusters of 4 KiB, as sticks have
SMALL_ESP = 64 * MIB        # bytes; enough for FAT32 with clusters of 512 bytes
TAIL = 1 * MIB              # bytes behind the last partition, for the backup table


def run(command, stdin=None):
    """Run a program that must succeed; its own words are the message when it does not."""
    done = subprocess.run(command, input=stdin or b"", stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False,
                          env=dict(os.environ, MTOOLS_SKIP_CHECK="1", LC_ALL="C.UTF-8"))
    if done.returncode != 0:
        text = done.stdout.decode(errors="replace").strip()
        raise ToolError(f"{os.path.basename(command[0])} failed: {text}")


def round_up(size, unit):
    return (size + unit - 1) // unit * unit


def split_path(path):
    r"""The parts of \EFI\x.pem or EFI/x.pem; refuses ways out of the stick."""
    parts = [part for part in path.replace("\\", "/").split("/") if part]
    if not parts or any(part in (".", "..") for part in parts):
        raise ToolError(f"{path}: not a path on the stick")
    return parts


def fat_size(files):
    """Bytes of a file system that holds files: [(source or bytes, parts)]."""
    content = 0
    for source, parts in files:
        size = len(source) if isinstance(source, bytes) else os.path.getsize(source)
        if size > FAT_FILE_MAX:
            raise ToolError(f"{parts[-1]} has {size} bytes, and a file on FAT32 at most "
                            f"{FAT_FILE_MAX}: use --media partition")
        content += round_up(size, 4096)
    if content < SMALL_ESP // 2:
        return SMALL_ESP, 1
    # Two tables of four bytes per cluster of 4096 are 0.2 percent; 1 percent is plenty.
    return max(BIG_ESP, round_up(content + content // 100 + 16 * MIB, MIB)), 8


def fill_fat(image, files):
    """Copy files into the file system at ESP_START."""
    drive = f"{image}@@{ESP_START}"
    mcopy, mmd = find_program("mcopy", "mtools"), find_program("mmd", "mtools")
    made = set()
    for source, parts in files:
        for depth in range(1, len(parts)):
            folder = "/".join(parts[:depth])
            if folder.lower() not in made:
                run([mmd, "-i", drive, "::/" + folder])
                made.add(folder.lower())
        name = "::/" + "/".join(parts)
        if isinstance(source, bytes):
            run([mcopy, "-i", drive, "-", name], stdin=source)
        else:
            run([mcopy, "-i", drive, source, name])


def copy_into(source, image, offset):
    """Put a whole file into image at offset; the kernel does it where it can."""
    with open(source, "rb") as reader, open(image, "r+b") as writer:
        writer.seek(offset)
        left = os.fstat(reader.fileno()).st_size
        try:
            while left:
                count = os.copy_file_range(reader.fileno(), writer.fileno(), min(left, 1 << 30))
                if not count:
                    raise ToolError(f"{source}: grew shorter while it was copied")
                left -= count
        except OSError:
            # Another file system, or one that cannot: copy by hand, from the start.
            reader.seek(0)
            writer.seek(offset)
            shutil.copyfileobj(reader, writer, 4 * MIB)


def make(image, files, raw=None):
    """Write the image.  raw is a file for a partition of its own behind the FAT one."""
    esp_size, cluster_sectors = fat_size(files)
    raw_start = ESP_START + esp_size
    raw_size = round_up(os.path.getsize(raw), MIB) if raw else 0
    with open(image, "wb") as out:
        out.truncate(raw_start + raw_size + TAIL)

    # sfdisk and not sgdisk, which syncs every disk of the machine and sleeps for a second.
    table = ["label: gpt", f"label-id: {DISK_GUID}",
             f"start={ESP_START // SECTOR}, size={esp_size // SECTOR}, "
             f"type={ESP_TYPE}, uuid={ESP_GUID}, name=OVFBOOT"]
    if raw:
        table.append(f"start={raw_start // SECTOR}, size={raw_size // SECTOR}, "
                     f"type={OVA_PARTITION_TYPE}, uuid={OVA_GUID}, name=OVA")
    run([find_program("sfdisk", "fdisk"), "--quiet", "--no-reread", "--no-tell-kernel", image],
        stdin="\n".join(table).encode())
    run([find_program("mkfs.fat", "dosfstools"), "-F", "32", "-S", str(SECTOR),
         "-s", str(cluster_sectors), "-n", "OVFBOOT", "-i", FAT_ID, "-h", str(ESP_START // SECTOR),
         f"--offset={ESP_START // SECTOR}", image, str(esp_size // 1024)])
    fill_fat(image, files)
    if raw:
        copy_into(raw, image, raw_start)
    return esp_size


def folder_files(folder):
    """[(path, parts)] of all files below folder, in a folder of the same name on the stick."""
    top = os.path.basename(os.path.normpath(folder))
    files = []
    for where, folders, names in os.walk(folder):
        folders.sort()
        inside = os.path.relpath(where, folder)
        parts = [top] if inside == "." else [top] + inside.split(os.sep)
        files += [(os.path.join(where, name), parts + [name]) for name in sorted(names)]
    if not files:
        raise ToolError(f"{folder}: no files in it")
    return files
