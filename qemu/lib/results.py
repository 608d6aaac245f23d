"""The outcome of a boot for other programs: JUnit's XML in a file, and TAP on standard output.

One boot is one test case.  What a guest prints may be anything, and XML cannot say all of it: control
characters become question marks.
"""

import re
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
KINDS = {1: "failed", 2: "timeout", 3: "error"}


@dataclass
class Outcome:
    name: str
    code: int        # the exit code of qemu/boot
    sentence: str
    seconds: float
    text: str = ""   # of a failure: the last lines, and ovfboot's message


def clean(text):
    return NOT_IN_XML.sub("?", text)


def junit(outcome):
    """A document of one test case; what is no outcome of the boot itself (exit code 3) is an error."""
    is_error = outcome.code == 3
    is_failure = outcome.code in (1, 2)
    name, time = quoteattr(clean(outcome.name)), f'time="{outcome.seconds:.1f}"'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>',
             f'<testsuite name="ovfboot" tests="1" failures="{is_failure:d}" errors="{is_error:d}" skipped="0" {time}>',
             f'  <testcase classname="ovfboot" name={name} {time}>']
    if outcome.code:
        element = "error" if is_error else "failure"
        lines.append(f'    <{element} type="{KINDS[outcome.code]}" message={quoteattr(clean(outcome.sentence))}>'
                     f"{escape(clean(outcome.text))}</{element}>")
    lines += ["  </testcase>", "</testsuite>", ""]
    return "\n".join(lines)


def tap(outcome):
    """TAP 13, one test; the failure is in comments."""
    name = re.sub(r"[\s#]+", " ", clean(outcome.name)).strip()
    about = [outcome.sentence, *outcome.text.splitlines()] if outcome.code else []
    lines = ["TAP version 13", "1..1", f"{'not ok' if outcome.code else 'ok'} 1 - {name}"]
    lines += ["# " + clean(line) for text in about for line in text.splitlines()]
    return "\n".join(lines + [f"# {outcome.seconds:.1f} s", ""])


def tell(options, outcome):
    """Write what was asked for."""
    if options.junit:
        with open(options.junit, "w", encoding="utf-8") as file:
            file.write(junit(outcome))
    if options.tap:
        print(tap(outcome), end="", flush=True)
