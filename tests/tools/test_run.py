#!/usr/bin/env python3
"""Tests of tests/run: a part that says nothing, dies or lies is a failure."""

import collections
import glob
import importlib.machinery
import importlib.util
import os
import subprocess
import sys

sys.dont_write_bytecode = True
TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, TESTS)

from checks import check, holds, run_tests, same  # noqa: E402

RUN = os.path.join(TESTS, "run")


def load():
    loader = importlib.machinery.SourceFileLoader("tests_run", RUN)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("tests_run", loader))
    sys.modules["tests_run"] = module
    loader.exec_module(module)
    return module


tests_run = load()


def counts(script, replay=False):
    """What a part that runs this script counts as."""
    done = subprocess.run(["sh", "-c", script], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    part = tests_run.Part("replay x" if replay else "x", [])
    judge = tests_run.judge_replay if replay else tests_run.judge
    outcome = judge(part, done.returncode, done.stdout)
    same(bool(outcome.lines), outcome.failed + outcome.skipped > 0, f"lines of {script}")
    return outcome.passed, outcome.failed, outcome.skipped


def test_lines_are_counted(_):
    same(counts("echo ok a; echo 'skipped b: no tool'; echo ok c"), (2, 0, 1))
    same(counts("echo ok a; echo 'not ok b: why'; exit 1"), (1, 1, 0))


def test_last_line_counts_tests_that_pass_in_silence(_):
    same(counts("echo '7 passed, 0 failed, 0 skipped'"), (7, 0, 0))
    same(counts("echo 'not ok a: b'; echo '7 passed, 1 failed, 0 skipped'; exit 1"), (7, 1, 0))


def test_silence_is_a_failure(_):
    same(counts("true"), (0, 1, 0))
    same(counts("echo something else"), (0, 1, 0))
    same(counts("echo '0 passed, 0 failed, 0 skipped'"), (0, 1, 0))


def test_crash_is_a_failure(_):
    same(counts("echo ok a; kill -SEGV $$"), (1, 1, 0))
    same(counts("echo ok a; exit 1"), (1, 1, 0))


def test_failure_that_ends_well_is_a_failure(_):
    same(counts("echo 'not ok a: b'")[1], 2)
    same(counts("echo '7 passed, 1 failed, 0 skipped'; exit 1")[1], 2)


def test_replay_must_have_fed_something_and_lived(_):
    same(counts("echo '5 inputs survived'", replay=True), (1, 0, 0))
    same(counts("echo 'died of crash-1'; exit 1", replay=True), (0, 1, 0))
    same(counts("true", replay=True), (0, 1, 0))
    same(counts("echo '0 inputs survived'; exit 1", replay=True), (0, 1, 0))


def test_program_that_is_missing_is_a_failure(folder):
    done = subprocess.run([RUN, "--build", folder, "unit"], text=True, capture_output=True,
                          check=False)
    same(done.returncode, 1)
    holds(done.stdout, "unit")
    check(" failed, 0 skipped" in done.stdout.splitlines()[-1], done.stdout)


def test_word_that_fits_nothing_is_a_failure(folder):
    done = subprocess.run([RUN, "--build", folder, "no-such-test"], text=True,
                          capture_output=True, check=False)
    same((done.returncode, done.stdout.splitlines()[-1]), (1, "0 passed, 1 failed, 0 skipped"))


def test_word_that_begins_a_name_chooses_nothing_else(_):
    def parts():
        return [tests_run.Part(name, [], tests) for name, tests in (
            ("unit", ["a_test"]), ("replay x", []), ("scenario unit_in_firmware", ["passes"]),
            ("tool test_x", ["log_replays", "other"]))]

    def chosen(*words):
        return [(part.name, part.words) for part in tests_run.choose(parts(), words)]
    same(chosen("unit", "replay"), [("unit", []), ("replay x", [])])
    same(chosen("unit_in", "replays"), [("scenario unit_in_firmware", []), ("tool test_x", ["replays"])])
    same([name for name, _ in chosen("scenario", "other")], ["scenario unit_in_firmware", "tool test_x"])
    same(chosen("tool test"), [("tool test_x", [])])
    same(len(chosen()), 4)


def test_modules_that_one_test_can_import_have_different_names(_):
    for kind in ("scenarios", "tools"):
        files = [file for folder in (TESTS, os.path.join(TESTS, kind))
                 for file in glob.glob(os.path.join(folder, "*.py"))]
        counted = collections.Counter(os.path.basename(file) for file in files)
        same([name for name, count in counted.items() if count > 1], [], kind)


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals())))
