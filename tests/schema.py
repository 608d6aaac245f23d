"""JSON documents against a schema, by Debian's jsonschema."""

import subprocess

from checks import Skip, run

VALIDATE = """
import json, sys
import jsonschema
validator = jsonschema.Draft7Validator(json.load(open(sys.argv[1])))
for line in sys.stdin:
    name, text = line.split("\\t", 1)
    for error in validator.iter_errors(json.loads(text)):
        sys.exit(f"{name}: {'/'.join(map(str, error.absolute_path))}: {error.message}")
"""


def validate(schema, documents):
    """Every (name, JSON text)."""
    if subprocess.run(["/usr/bin/python3", "-c", "import jsonschema"], check=False,
                      stderr=subprocess.DEVNULL).returncode:
        raise Skip("python3-jsonschema is missing")
    lines = "".join(f"{name}\t{' '.join(text.splitlines())}\n" for name, text in documents)
    run("/usr/bin/python3", "-c", VALIDATE, schema, input=lines)
