"""The text of ovfboot.conf: a file, then single settings, then what the tool itself adds.

A setting named on the command line replaces the same key in the file; named twice it is
written twice, because some keys may be repeated.  Only text outside comments counts.
"""

from lib.errors import ToolError


def key_of(line):
    """The key of a "key = value" line, or None for a comment, a blank or anything else."""
    text = line.strip()
    if not text or text.startswith("#") or "=" not in text:
        return None
    return text.split("=", 1)[0].strip()


def parse_pair(text):
    """("key", "value") of a --set argument."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise ToolError(f"--set {text}: write it as key=value")
    if "\n" in text:
        raise ToolError("--set takes one line")
    return key.strip(), value.strip()


def compose(conf_text, pairs, defaults):
    """The settings file.  pairs replace keys of conf_text; defaults give way to both."""
    named = {key for key, _ in pairs}
    lines = [line for line in conf_text.splitlines() if key_of(line) not in named]
    present = named | {key_of(line) for line in lines}
    lines += [f"{key} = {value}" for key, value in pairs]
    lines += [f"{key} = {value}" for key, value in defaults if key not in present]
    return "".join(line + "\n" for line in lines)
