#!/usr/bin/env python3
"""Tests of what qemu/boot is for others: JUnit, TAP, the same machine at every boot, and docs/ci.md's example."""

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

sys.dont_write_bytecode = True

from boot_bench import BOOT, FAILURE, READY, TOP, Skip, argument_lines, check, run, run_tests, same  # noqa: E402
from checks import BUILD, holds, need  # noqa: E402
from lib import machine  # noqa: E402

SAMPLE = os.path.join(BUILD, "sample.ova")
TIME_LIMIT = "900"  # seconds; a machine that does much else at the same time
UUID = "0f5b0074-0000-4000-8000-00000000da7e"


def case_of(bench, name="x.xml"):
    """(attributes of the suite, the test case, the element in it or None)"""
    suite = ElementTree.fromstring(bench.read(name).decode())
    (case,) = suite
    return suite.attrib, case, next(iter(case), None)


# JUnit and TAP.

def test_junit_of_a_boot_that_passed(bench):
    same(bench.boot(READY, "--junit", bench.path("x.xml"))[0], 0)
    suite, case, element = case_of(bench)
    same((suite["tests"], suite["failures"], suite["errors"], element), ("1", "0", "0", None))
    same((case.get("classname"), case.get("name")), ("ovfboot", "a.ova"))
    check(float(case.get("time")) >= 0, "no time")


def test_junit_of_a_failure_has_the_last_lines_and_the_message(bench):
    script = "odd <&>\"\x01\x1b[1m \udc80 line\n".encode("utf-8", "surrogateescape").decode("latin-1") + FAILURE
    same(bench.boot(script, "--junit", bench.path("x.xml"), "--name", 'a "quick" <test>')[0], 1)
    suite, case, element = case_of(bench)
    same((suite["failures"], suite["errors"], element.tag, element.get("type")), ("1", "0", "failure", "failed"))
    same((case.get("name"), element.get("message")), ('a "quick" <test>', "ovfboot failed"))
    holds(element.text, 'odd <&>"', *FAILURE.split("\n"))


def test_junit_tells_time_and_errors_apart(bench):
    same(bench.boot("waiting\nH!", "--timeout", "1", "--junit", bench.path("x.xml"))[0], 2)
    element = case_of(bench)[2]
    same((element.tag, element.get("type")), ("failure", "timeout"))
    holds(element.text, "waiting")
    same(bench.boot("E!no such machine\nX!1", "--junit", bench.path("x.xml"))[0], 3)
    suite, _, element = case_of(bench)
    same((suite["failures"], suite["errors"], element.tag), ("0", "1", "error"))
    holds(element.get("message"), "no such machine")


def test_junit_that_cannot_be_written_is_3(bench):
    code, _, err = bench.boot(READY, "--junit", bench.path("none/x.xml"))
    same(code, 3)
    holds(err, "none/x.xml: No such file")


def test_tap_is_all_that_is_printed(bench):
    code, out, _ = bench.boot(READY, "--tap", "--name", "one # two")
    same(code, 0)
    check(re.fullmatch(r"TAP version 13\n1\.\.1\nok 1 - one two\n# \d+\.\d s\n", out), out)
    code, out, _ = bench.boot(FAILURE, "--tap")
    same((code, out.splitlines()[:4]), (1, ["TAP version 13", "1..1", "not ok 1 - a.ova", "# ovfboot failed"]))
    check(all(line.startswith("#") for line in out.splitlines()[3:]), out)
    holds(out, *FAILURE.split("\n"))
    code, out, _ = bench.boot("E!no such machine\nX!1", "--tap")
    same((code, out.splitlines()[2]), (3, "not ok 1 - a.ova"))


def test_wrong_usage_of_them_is_3(bench):
    for arguments in (["--tap", "--verbose"], ["--tap", "--interactive"],
                      ["--deterministic", "--nic", "tap,ifname=tap0"]):
        process = bench.start("", "--ova", bench.path("a.ova"), *arguments)
        out, err = process.communicate(timeout=30)
        same((process.returncode, out if "--tap" not in arguments else ""), (3, ""))
        check(err.count("\n") == 1, err)


# The same machine.

def test_deterministic_machine_is_fixed(bench):
    bench.boot(READY, "--deterministic", "--nic", "user", "--nic", "user,model=virtio,mac=52:54:00:00:00:09")
    words = argument_lines(bench)
    following = {words[at]: words[at + 1] for at in range(len(words) - 1)}
    same((following["-uuid"], following["-rtc"], following["-seed"], following["-smp"]),
         (UUID, "base=2026-01-01T00:00:00,clock=vm", "1", "1"))
    same((following["-accel"], following["-icount"]), ("tcg,thread=single", "shift=3,sleep=off"))
    holds("\n".join(words), "e1000e,netdev=net0,addr=0x14,mac=52:54:00:0f:b0:01", "user,restrict=on,id=net0",
          "virtio-net-pci,netdev=net1,addr=0x15,mac=52:54:00:00:00:09", "user,restrict=on,id=net1")
    bench.boot(READY)
    check(not {"-uuid", "-rtc", "-seed", "-icount"} & set(argument_lines(bench)), "without the option, too")


def test_sticks_are_the_same(bench):
    for name in ("one", "two"):
        bench.boot(READY, "--keep", bench.path(name))
    one, two = (run("sfdisk", "--dump", bench.path(f"{name}/stick.img")).decode().replace(name, "")
                for name in ("one", "two"))
    same(one, two)
    same(*(bench.read(f"{name}/stick.img")[0x100043:0x100047] for name in ("one", "two")))


def machine_lines(log):
    """The lines of a serial log that tell of the machine and the package, without times and rates."""
    text = re.sub(rb"\x1b\[[0-9;=?]*[A-Za-z]", b"\n", log).replace(b"\r", b"\n").decode(errors="replace")
    text = re.sub(r"^\[ *\d+\.\d+\]|(?<=uptime )\d+\.\d+", "TIME", text, flags=re.M)
    lines = [line.rstrip() for line in text.split("\n") if line.strip()]
    return [line for line in lines if not re.search(r" %  |\d [kMG]?B/s|zeros between", line)]


def test_two_deterministic_boots_say_the_same(bench):
    if not os.path.isfile(SAMPLE):
        raise Skip("build/sample.ova is missing: make appliance")
    need("qemu-system-x86_64")
    for name in ("one", "two"):
        run(BOOT, "--efi", os.path.join(BUILD, "ovfboot.efi"), "--ova", SAMPLE, "--deterministic", "--nic", "user",
            "--set", "report=medium", "--timeout", TIME_LIMIT, "--log", bench.path(name + ".log"),
            "--keep", bench.path(name))
    one, two = (machine_lines(bench.read(name + ".log")) for name in ("one", "two"))
    same([pair for pair in zip(one, two) if pair[0] != pair[1]], [])
    same(len(one), len(two))
    holds("\n".join(one), "1 processor", "1 network port", "Boot entry", "ovfboot-guest: ready")
    one, two = (report_of(bench, name) for name in ("one", "two"))
    same((one["machine"]["uuid"], one["machine"]["macs"]), (UUID, ["52:54:00:0f:b0:01"]))
    for report in (one, two):
        report["stages"] = [stage["name"] for stage in report["stages"]]
    same(one, two)
    for name in ("one", "two"):
        holds(run("mdir", "-i", bench.path(name + "/stick.img") + "@@1M", "::/EFI/ovfboot").decode(), " 2026-01-01 ")


def report_of(bench, name):
    """What ovfboot has left on the stick."""
    return json.loads(run("mcopy", "-n", "-i", bench.path(name + "/stick.img") + "@@1M",
                          "::/EFI/ovfboot/report.json", "-"))


# The example.

def steps():
    try:
        import yaml
    except ImportError as error:
        raise Skip("python3-yaml is missing") from error
    with open(os.path.join(TOP, "docs", "examples", "ovfboot.yml"), encoding="utf-8") as file:
        return yaml.safe_load(file)["jobs"]["boot"]["steps"]


def commands_of(name):
    return next(step["run"] for step in steps() if step["name"] == name)


def in_workflow(bench, name):
    """Run a step as the workflow does: bash, ending at the first error, in the folder of a checkout."""
    if not os.path.isfile(SAMPLE):
        raise Skip("build/sample.ova is missing: make appliance")
    if BUILD != os.path.join(TOP, "build"):
        raise Skip("the example has its build in build/")
    for source, link in ((TOP, "ovfboot"), (SAMPLE, "appliance.ova")):
        if not os.path.islink(bench.path(link)):
            os.symlink(source, bench.path(link))
    environment = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MAKELEVEL")}
    commands = commands_of(name).replace("--timeout 300", f"--timeout {TIME_LIMIT}")
    done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", commands], cwd=bench.folder, capture_output=True,
                          text=True, check=False, env=dict(environment, DEPS_DIR=deps_dir()))
    check(done.returncode == 0, f"{name}: {done.stdout}{done.stderr}")
    return done.stdout


def test_example_is_in_the_document(_):
    with open(os.path.join(TOP, "docs", "examples", "ovfboot.yml"), encoding="utf-8") as file:
        example = file.read()
    with open(os.path.join(TOP, "docs", "ci.md"), encoding="utf-8") as file:
        holds(file.read(), f"```yaml\n{example}```\n")
    same([step["name"] for step in steps() if "run" in step],
         ["packages", "ovfboot", "build the loader", "the package is whole", "it boots",
          "a damaged package is refused"])


def test_example_fetches_packages(_):
    raise Skip("apt-get and git clone want the network")


def deps_dir():
    """Where the libraries were compiled from, as the flags of the tool's objects say."""
    with open(os.path.join(BUILD, "cli", "flags"), encoding="utf-8") as file:
        return re.search(r"-isystem (\S+)/src/zlib", file.read()).group(1)


def test_example_builds(bench):
    in_workflow(bench, "build the loader")


def test_example_proves_the_package(bench):
    holds(in_workflow(bench, "the package is whole"), "whole and proved")


def test_example_boots(bench):
    in_workflow(bench, "it boots")
    same(case_of(bench, "results/boots.xml")[2], None)


def test_example_refuses_what_is_damaged(bench):
    os.mkdir(bench.path("results"))
    in_workflow(bench, "a damaged package is refused")
    same(case_of(bench, "results/refused.xml")[1].get("name"), "a damaged package is refused")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals())))
