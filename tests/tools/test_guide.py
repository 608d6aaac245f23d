#!/usr/bin/env python3
"""docs/guide.md against the tables of the code: every setting with its values and its default, every advice."""

import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from checks import BUILD, TOP, check, run, run_tests, same  # noqa: E402

TOOL = os.path.join(BUILD, "ovfboot")


def text_of(*path):
    with open(os.path.join(TOP, *path), encoding="utf-8") as file:
        return file.read()


def table(heading):
    """Rows of the last table below a heading of the guide, as lists of cells, without the two of its head."""
    section = text_of("docs", "guide.md").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = re.findall(r"(?:^\|.*\|\n)+", section, re.M)[-1].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def code(cell):
    return re.findall(r"`([^`]+)`", cell)


def settings():
    """{key: (values, default)} as the tool tells."""
    found = {}
    for line in run(TOOL, "settings").splitlines():
        key, values, default = re.fullmatch(r"(\S+) +(.*?)(?: \(default: (.*)\))?", line).groups()
        found[key] = (values, default)
    return found


def test_every_setting_has_its_row_and_none_is_too_many(_):
    named = [key for row in table("Settings") for key in code(row[0]) if not re.fullmatch(r"\w+\.\d+", key)]
    same(sorted(named), sorted(settings()))


def test_every_value_is_in_its_row(_):
    for keys, values, default in table("Settings"):
        for key in code(keys):
            wanted = settings().get(key, ("any text", None))[0]
            if " to " in wanted:
                check(wanted in values, f"{key} takes {wanted}, and its row says {values}")
            elif wanted != "any text":
                missing = set(wanted.split(", ")) - set(code(values + default))
                check(not missing, f"{key} = {', '.join(sorted(missing))} is not in its row")


def test_no_row_has_a_value_that_is_none(_):
    for keys, values, default in table("Settings"):
        for key in code(keys):
            wanted = settings().get(key, ("any text", None))[0]
            if wanted != "any text" and " to " not in wanted:
                named = {word for word in code(values) if re.fullmatch(r"[a-z-]+", word)}
                extra = named - set(wanted.split(", "))
                check(not extra, f"the row of {key} has {', '.join(sorted(extra))}, which it does not take")


def test_every_default_is_in_its_row(_):
    for keys, _values, default in table("Settings"):
        for key in code(keys):
            wanted = settings().get(key, ("", None))[1]
            if wanted:
                check(re.match(rf"`?{re.escape(wanted)}`?(?![\w-])", default),
                      f"{key} is {wanted} by default, and its row says {default}")


def messages():
    """All texts in the sources of what runs in firmware, those that go over several lines in one."""
    found = []
    for folder in ("base", "crypto", "disks", "efi", "loader", "parsers"):
        for name in os.listdir(os.path.join(TOP, folder)):
            if name.endswith(".c"):
                joined = re.sub(r'"\s*\n\s*"', "", text_of(folder, name))
                found += re.findall(r'"((?:[^"\\\n]|\\.)*)"', joined)
    return [re.sub(r"%[.*0-9]*[lz]*[a-zA-Z]", "\0", text) for text in found]


def test_messages_in_troubleshooting_exist(_):
    said = messages()
    for cells in table("When it does not work"):
        for quoted in code(cells[0]):
            parts = [part.strip() for part in quoted.split("…")]
            words = [re.escape(part) for part in parts if part]
            if words and " " in quoted.strip("… ") and not re.match(r"\\|ovfboot: starting", quoted):
                wanted = re.compile(".*\0.*".join(words), re.S)
                check(any(wanted.search(text) for text in said), f"no source says {quoted!r}")


def advice():
    body = text_of("base", "error.c").split("const char *err_advice(")[1]
    found = re.findall(r'return "((?:[^"\\]|\\.)*)";', body)
    check(len(found) > 10 and found[-1] == "Nothing is wrong.", f"cannot read base/error.c: {found}")
    return [text.replace("\\\\", "\\") for text in found[:-1]]


def test_every_advice_has_one_row_and_every_row_is_one(_):
    said = advice()
    for cells in table("Messages"):
        begin = cells[0].removesuffix("…").strip()
        fitting = [text for text in said if text.startswith(begin)]
        check(len(fitting) == 1, f"{cells[0]!r} is the beginning of {len(fitting)} advices")
        said.remove(fitting[0])
    same(said, [], "advice without a row")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals())))
