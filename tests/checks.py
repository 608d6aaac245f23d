"""What the Python tests share: checks, other people's tools, and a runner.

A test is a function test_NAME that fails by an exception; Skip says what is missing.  The
runner prints "ok NAME", "not ok NAME: why" or "skipped NAME: why", and ends with the counts.
"""

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import traceback

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.abspath(os.environ.get("OVFBOOT_BUILD", os.path.join(TOP, "build")))
SHARED = os.environ.get("OVFBOOT_SHARED", os.path.join(TOP, "..", "shared"))
MIB = 1 << 20
os.environ["PATH"] = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"


class Skip(Exception):
    """A tool, a file or a right is missing."""


def check(condition, why):
    if not condition:
        raise AssertionError(why)


def same(got, wanted, what=""):
    check(got == wanted, f"{what}{': ' if what else ''}got {got!r}, wanted {wanted!r}")


def holds(text, *parts):
    for part in parts:
        check(part in text, f"{part!r} is not in {text!r}")


def need(*tools):
    for tool in tools:
        if not shutil.which(tool):
            raise Skip(f"{tool} is missing")


def only_long():
    """For tests that show little besides what others do; make prove runs them."""
    if os.environ.get("OVFBOOT_LONG", "0") == "0":
        raise Skip("only with OVFBOOT_LONG=1")


def run(*command, **more):
    """The output of a program that must succeed."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
                          **more)
    check(done.returncode == 0, f"{command}: {done.stdout}")
    return done.stdout


def deps_dir():
    """Where the libraries were compiled from, as the flags of the tool's objects say."""
    flags = read(os.path.join(BUILD, "cli", "flags")).decode()
    return re.search(r"-isystem (\S+)/src/zlib", flags).group(1)


def make_command(*words):
    """Make with what was built."""
    return ["make", "-C", TOP, f"BUILD={os.path.relpath(BUILD, TOP)}", f"DEPS_DIR={deps_dir()}", *words]


def read(path, offset=0, size=-1):
    with open(path, "rb") as file:
        file.seek(offset)
        return file.read(size)


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)
    return path


def sha256(path, size=None):
    """Of a file, or of its first bytes."""
    digest = hashlib.sha256()
    left = os.path.getsize(path) if size is None else size
    with open(path, "rb") as file:
        while left and (piece := file.read(min(left, 4 * MIB))):
            digest.update(piece)
            left -= len(piece)
    check(left == 0, f"{path} ends {left} bytes early")
    return digest.hexdigest()


def run_tests(tests, make=lambda folder: folder):
    """Run every test_ of a dictionary, or those with a word of the command line in their name.

    Each gets what make returns for a new scratch folder.
    """
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    words = sys.argv[1:]
    for name, test in tests.items():
        if not name.startswith("test_") or (words and not any(word in name for word in words)):
            continue
        with tempfile.TemporaryDirectory(prefix="ovfboot-test-") as folder:
            try:
                test(make(folder))
                print(f"ok {name[5:]}")
                counts["passed"] += 1
            except Skip as why:
                print(f"skipped {name[5:]}: {why}")
                counts["skipped"] += 1
            except Exception as error:  # whatever went wrong, the other tests run
                traceback.print_exc(file=sys.stdout)
                print(f"not ok {name[5:]}: {' '.join(str(error).split())[:600]}")
                counts["failed"] += 1
        with contextlib.suppress(BrokenPipeError):
            sys.stdout.flush()
    print(", ".join(f"{count} {what}" for what, count in counts.items()))
    return 1 if counts["failed"] else 0
