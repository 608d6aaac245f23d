"""What ends the tool early: wrong usage, something missing on this machine, or a signal."""

import os
import shutil


class ToolError(Exception):
    """Wrong usage, or this machine or QEMU failed: exit 3, the message on stderr."""


class Interrupted(Exception):
    """A signal asked the tool to end; args[0] is its number."""


def find_program(name, package):
    """The path of a program, also where only root's PATH looks (sfdisk, mkfs.fat)."""
    path = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"
    found = shutil.which(name, path=path)
    if not found:
        raise ToolError(f"{name} is missing: apt-get install {package} (or make deps)")
    return found


def existing_file(path, what):
    """The absolute path of a file that must be there."""
    if not os.path.isfile(path):
        raise ToolError(f"{path}: no such {what}")
    return os.path.abspath(path)
