#!/usr/bin/env python3
"""Hostile inputs, each with what must be said of it: tests/hostile makes them, the host tool refuses them.

    tests/tools/test_hostile.py [WORD ...]      HOSTILE=word: only inputs with it in their names

Each is deployed, to a file that is not there or to one with other content in turn, and verified or inspected.  What
is found out before the disk is written leaves no trace; what is found out later leaves a disk that does not start.
"""

import collections
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from checks import SHARED, Skip, check, need, read, run_tests, write  # noqa: E402
from cli import OVFBOOT  # noqa: E402
from hostile import archives, descriptors, disks, images, manifests, settings  # noqa: E402
from tiny import archive, guest, members, stream_optimized  # noqa: E402

AT_A_TIME = 4
OLD = b"\xa5" * (1 << 20)
START = {1: "ovfboot: FAILED: ", 2: "ovfboot: "}  # of a sentence, by exit status


class Bench:
    """A scratch folder with a small disk, and the inputs made of it."""

    def __init__(self, folder):
        need("qemu-img", "mkfs.fat", "mcopy", "sfdisk")
        self.folder = folder
        self.disk = guest(folder)
        self.raw = read(self.disk)
        self.vmdk = stream_optimized(self.raw)
        self.good = archive(members([("d.vmdk", self.vmdk)]))

    def cases(self, *groups):
        word = os.environ.get("HOSTILE", "")
        return [case for group in groups for case in group if word in case.name]


def tool(command, path, case, *more):
    options = [option.replace("{folder}", os.path.dirname(path)) for option in case.options]
    done = subprocess.run([OVFBOOT, command, path, *more, *options], text=True, capture_output=True, check=False,
                          errors="replace", timeout=100, stdin=subprocess.DEVNULL)
    why = f"{command}: exit status {done.returncode}: {done.stderr.strip()[-400:]}"
    check(done.returncode in (0, 1, case.status), why)
    check("Sanitizer" not in done.stderr and "runtime error" not in done.stderr, why)
    return done.returncode, done.stdout, done.stderr


def said(command, path, case, *more):
    """The sentence that refuses it holds what it must, in one line without control characters."""
    code, _, err = tool(command, path, case, *more)
    check(code == case.status, f"{command}: exit status {code}")
    lines = err.splitlines()
    check(len(lines) == 2 and lines[0].startswith(START[code]), f"{command}: {err}")
    check(all(line.isprintable() for line in lines), f"{command}: {lines}")
    sentence = lines[0][len(START[code]):]
    for part in case.says:
        check(part in sentence, f"{command}: {part!r} is not in {sentence!r}")


def untouched(out, was, streamed):
    """After a refusal: nothing was made or changed; of what was begun, no sector says that it starts."""
    if streamed:
        return not os.path.exists(out) or read(out, 510, 2) != b"\x55\xaa"
    return read(out) == OLD if was else not os.path.exists(out)


def planned(path, case):
    """Host tools write what they are told to; a machine would not be given it."""
    code, out, _ = tool("inspect", path, case, "--plan")
    check(code == 1, f"inspect --plan: exit status {code}")
    for part in case.says:
        check(part in out, f"inspect --plan: {part!r} is not in {out!r}")


def judge(folder, number, case):
    """None, or what is wrong."""
    place = os.path.join(folder, str(number))
    os.makedirs(place)
    path = case.data.decode() if case.ending == "url" else write(os.path.join(place, "d" + case.ending), case.data)
    for name, data in case.files.items():
        write(os.path.join(place, name), data)
    out = os.path.join(place, "out")
    was = number % 2 and write(out, OLD)
    try:
        if case.planned:
            return planned(path, case)
        said("deploy", path, case, "--to", out)
        check(untouched(out, was, case.streamed), "the target was touched")
        if number % 4 < 2:
            tool("inspect", path, case)
        elif case.verifies:
            said("verify", path, case)
    except (AssertionError, subprocess.TimeoutExpired, OSError) as why:
        return f"{case.name}: {why}"
    return None


def judge_all(bench, cases, least):
    doubles = [name for name, count in collections.Counter(case.name for case in cases).items() if count > 1]
    check(not doubles, f"two of the same name: {doubles}")
    check(len(cases) >= least or "HOSTILE" in os.environ, f"only {len(cases)}")
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        wrong = list(filter(None, pool.map(lambda pair: judge(bench.folder, *pair), enumerate(cases))))
    for line in wrong:
        print("  " + line)
    print(f"  {len(cases)} inputs")
    check(not wrong, f"{len(wrong)} of {len(cases)}: {'; '.join(wrong)[:300]}")


def test_hostile_archives(bench):
    judge_all(bench, bench.cases(archives.cases(bench.vmdk)), 85)


def test_hostile_manifests_and_signatures(bench):
    judge_all(bench, bench.cases(manifests.cases(bench.vmdk)), 85)


def test_hostile_descriptors(bench):
    judge_all(bench, bench.cases(descriptors.cases(bench.vmdk)), 140)


def test_hostile_images(bench):
    judge_all(bench, bench.cases(images.cases(bench.folder, bench.disk, bench.raw, bench.vmdk)), 130)


def test_hostile_disks(bench):
    judge_all(bench, bench.cases(disks.cases(bench.raw)), 28)


def test_hostile_settings_and_urls(bench):
    judge_all(bench, bench.cases(settings.cases(bench.good)), 65)


def test_what_all_are_made_of_is_good(bench):
    """Else everything would be refused for something else."""
    path, out = write(os.path.join(bench.folder, "good.ova"), bench.good), os.path.join(bench.folder, "out")
    done = subprocess.run([OVFBOOT, "deploy", path, "--to", out], capture_output=True, check=False)
    check(done.returncode == 0 and read(out) == bench.raw, done.stderr)


def test_the_corpus_of_hostile_inputs_is_survived(bench):
    top = os.path.join(SHARED, "corpus", "hostile")
    if not os.path.isdir(top):
        raise Skip("no corpus: set OVFBOOT_SHARED")
    case = archives.Case("", b"", (), ["--policy", "none", "--set", "accept-eula=yes"])
    paths = [os.path.join(where, name) for where, _, names in os.walk(top) for name in names]

    def survives(path):
        for command in ("inspect", "verify"):
            code, _, err = tool(command, path, case)
            check(code == 0 or (err.startswith(START[1]) and len(err.splitlines()) == 2), f"{path}: {err}")

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        list(pool.map(survives, paths))
    check(len(paths) > 90, f"only {len(paths)}")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
