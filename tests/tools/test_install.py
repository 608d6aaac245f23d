#!/usr/bin/env python3
"""Tests of what is installed: the tree of "make install", the Debian package, the manual page and the completion."""

import os
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from checks import BUILD, TOP, Skip, check, deps_dir, holds, make_command, need, read, run, run_tests, same, sha256, write  # noqa: E402

TOOL = os.path.join(BUILD, "ovfboot")
SAMPLE = os.path.join(BUILD, "sample.ova")
MANUAL = os.path.join(TOP, "docs", "ovfboot.1")
COMPLETION = os.path.join(TOP, "host", "completion.bash")
ZSH_COMPLETION = os.path.join(TOP, "host", "completion.zsh")
COMMANDS = ("inspect", "verify", "deploy", "sign", "pack", "seal", "media", "log", "settings")


def text_of(*path):
    with open(os.path.join(TOP, *path), encoding="utf-8") as file:
        return file.read()


def make(*words):
    """Nothing is built anew but what is asked for."""
    need("make", "gcc")
    environment = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MAKELEVEL")}
    return run(*make_command(*words), env=environment)


def works(root, elsewhere):
    """The installed tool, from a folder that is not the source's: it reads, and finds its own loader."""
    tool = os.path.join(root, "bin", "ovfboot")
    if os.path.isfile(SAMPLE):
        holds(run(tool, "inspect", SAMPLE, cwd=elsewhere), "ovfboot sample appliance")
    policy = write(os.path.join(elsewhere, "policy.conf"), b"verify = manifest\n")
    sealed = os.path.join(elsewhere, "sealed.efi")
    holds(run(tool, "seal", "--policy", policy, "--out", sealed, cwd=elsewhere), "sealed")
    holds(read(sealed), b"verify = manifest")
    return tool


def the_deb():
    need("dpkg-deb")
    found = re.search(r"DEB +(\S+\.deb)", make("deb"))
    return os.path.join(TOP, found.group(1))


# The tree.

def test_installed_tool_works_from_anywhere(folder):
    root = os.path.join(folder, "root")
    elsewhere = os.path.join(folder, "else where")
    os.mkdir(elsewhere)
    make("install", f"DESTDIR={root}", "prefix=/opt/ovf")
    works(os.path.join(root, "opt", "ovf"), elsewhere)
    moved = os.path.join(folder, "moved")
    os.rename(root, moved)
    works(os.path.join(moved, "opt", "ovf"), elsewhere)
    for name, mode in (("bin/ovfboot", 0o755), ("lib/ovfboot/ovfboot.efi", 0o644), ("share/man/man1/ovfboot.1", 0o644),
                       ("share/bash-completion/completions/ovfboot", 0o644), ("share/doc/ovfboot/LICENSE", 0o644),
                       ("share/doc/ovfboot/docs/guide.md", 0o644)):
        same(os.stat(os.path.join(moved, "opt", "ovf", name)).st_mode & 0o777, mode, name)


def test_links_of_the_installed_readme_hold(folder):
    make("install", f"DESTDIR={folder}", "prefix=/usr")
    doc = os.path.join(folder, "usr", "share", "doc", "ovfboot")
    for link in re.findall(r"\]\(([^)#:]+)\)", text_of("README.md")):
        check(os.path.exists(os.path.join(doc, link)), f"README.md links to {link}, which is not installed")


def test_without_its_loader_it_says_where_it_looked(folder):
    tool = shutil.copy(TOOL, os.path.join(folder, "ovfboot"))
    policy = write(os.path.join(folder, "policy.conf"), b"verify = manifest\n")
    done = subprocess.run([tool, "seal", "--policy", policy, "--out", "x"], cwd=folder, capture_output=True, text=True,
                          check=False)
    same(done.returncode, 1)
    holds(done.stderr, f"{folder}/ovfboot.efi: neither that nor {folder}/../lib/ovfboot/ovfboot.efi can be read")


# The Debian package.

def test_package_has_what_is_installed_and_works(folder):
    deb = the_deb()
    listed = run("dpkg-deb", "-c", deb)
    holds(listed, " ./usr/bin/ovfboot\n", " ./usr/lib/ovfboot/ovfboot.efi\n", " ./usr/share/man/man1/ovfboot.1.gz\n",
          " ./usr/share/doc/ovfboot/copyright\n", " ./usr/share/bash-completion/completions/ovfboot\n",
          " ./usr/share/zsh/vendor-completions/_ovfboot\n")
    check(all(" root/root " in line for line in listed.splitlines()), "a file in it is not root's")
    fields = run("dpkg-deb", "-I", deb)
    version = run(TOOL, "--version").split()[1]
    holds(fields, f"Version: {version}\n", "Depends: ", "libc6 (>= ", "liblzma5 (>= ", "mbedtls (= ")
    run("dpkg-deb", "-x", deb, folder)
    same(run(works(os.path.join(folder, "usr"), folder), "--version"), f"ovfboot {version}\n")
    copyright_text = read(os.path.join(folder, "usr/share/doc/ovfboot/copyright")).decode()
    holds(copyright_text, "The ovfboot authors")
    for library in ("mbedtls", "zlib", "libdeflate", "mxml", "libzstd", "gnu-efi"):
        own = read(os.path.join(deps_path(), "src", library, "debian", "copyright")).decode()
        check(own in copyright_text, f"the copyright of {library} is not in it")


def deps_path():
    return os.path.join(TOP, deps_dir())


def test_package_repeats(_):
    first = sha256(the_deb())
    same(sha256(the_deb()), first)


def test_package_can_be_installed_and_removed(folder):
    need("dpkg")
    if os.geteuid() != 0:
        raise Skip("only root may")
    deb = the_deb()
    root = os.path.join(folder, "root")
    admin = os.path.join(root, "var/lib/dpkg")
    os.makedirs(os.path.join(admin, "updates"))
    os.makedirs(os.path.join(admin, "info"))
    write(os.path.join(admin, "status"), b"")
    dpkg = ("dpkg", f"--root={root}", "--force-depends", "--force-script-chrootless", f"--log={folder}/log")
    run(*dpkg, "--install", deb)
    works(os.path.join(root, "usr"), folder)
    holds(run("dpkg-query", f"--admindir={admin}", "--show", "ovfboot"), "ovfboot\t")
    run(*dpkg, "--purge", "ovfboot")
    check(not os.path.exists(os.path.join(root, "usr/bin/ovfboot")), "it is still there")


def test_lintian_has_no_complaint(_):
    need("lintian")
    found = [line for line in run("lintian", "--fail-on", "none", "--allow-root", the_deb()).splitlines()
             if line[:2] in ("E:", "W:")]
    same(found, [])


# Options: what the tool takes is the truth, for each command.

def names_of_options():
    """Every option that the command line's source knows."""
    return sorted(set(re.findall(r'"(--[a-z-]+)"', text_of("host", "arguments.c") + text_of("host", "main.c"))))


def options_of(command):
    taken = set()
    for name in names_of_options():
        done = subprocess.run([TOOL, command, name], capture_output=True, text=True, check=False)
        if f"{command} has no option {name}" not in done.stderr:
            taken.add(name)
    return taken


def all_options():
    """Of all commands, and the two that stand without one."""
    return set().union(*map(options_of, COMMANDS)) | {"--help", "--version"}


def complete(*words):
    """What bash completes for the last of the words."""
    need("bash")
    script = ('. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
              '_ovfboot "$1" "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"; printf "%s\\n" "${COMPREPLY[@]}"')
    return set(run("bash", "-c", script, COMPLETION, *words).split())


def complete_in_zsh(*words):
    """What zsh is given to choose from for the last of the words, without files."""
    need("zsh")
    script = ('completion=$1; shift; words=("$@"); CURRENT=$#; _files() { }; '
              'compadd() { while [[ $1 != -- ]]; do shift; done; shift; print -l -- "$@"; }; . $completion')
    return set(run("zsh", "-f", "-c", script, "zsh", ZSH_COMPLETION, *words).split())


def test_every_command_is_everywhere(_):
    named = re.findall(r'\{"(\w+)", COMMAND_\w+\}', text_of("host", "arguments.c"))
    same(sorted(named), sorted(COMMANDS))
    same(complete("ovfboot", ""), set(named) | {"--help", "--version"})
    same(sorted(set(re.findall(r"^\.Cm (\w+)$", text_of("docs", "ovfboot.1").split(".Sh DESCRIPTION")[0], re.M))),
         sorted(named))
    usage = run(TOOL, "--help")
    for name in named:
        check(re.search(rf"^ +{name}  ", usage, re.M), f"{name} is not in --help")


def test_manual_has_every_option_and_no_other(_):
    text = text_of("docs", "ovfboot.1")
    same({"--" + name for name in re.findall(r"^\.It Fl -([a-z-]+)", text, re.M)}, all_options())
    synopsis = {}
    for part in text.split(".Sh DESCRIPTION")[0].split(".Cm ")[1:]:
        synopsis[part.split()[0]] = {"--" + name for name in re.findall(r"\bFl -([a-z-]+)", part)}
    synopsis["settings"] -= {"--help", "--version"}
    shared = {"--" + name for name in re.findall(r"^\.It Fl -([a-z-]+)", text.split("take these")[1], re.M)}
    for command in COMMANDS:
        wanted = options_of(command)
        got = synopsis[command] | (shared if "--set" in wanted else set())
        same(got, wanted, f"the synopsis of {command}")


def test_help_has_every_option_and_no_other(_):
    same(set(re.findall(r"(?<![\w-])--[a-z-]+", run(TOOL, "--help"))), all_options())


def test_completion_has_every_option_and_no_other(_):
    for command in COMMANDS:
        same(complete("ovfboot", command, "--"), options_of(command), command)


def test_completion_knows_settings_and_policies(_):
    keys = {line.split()[0] for line in run(TOOL, "settings").splitlines()}
    same(complete(TOOL, "inspect", "x", "--set", ""), {key + "=" for key in keys if key != "property.NAME"}
         | {"property."})
    same(complete(TOOL, "verify", "x", "--policy", ""), {"signature", "manifest", "none"})
    same(complete(TOOL, "pack", "x", "--progress", ""), {"auto", "none", "json"})
    same(complete(TOOL, "seal", "--policy", COMPLETION[:-1]), {COMPLETION})


def test_zsh_completes_the_same(_):
    for words in (("",), *((command, "--") for command in COMMANDS), ("verify", "x", "--policy", ""), ("pack", "--progress", ""),
                  ("inspect", "x", "--set", "")):
        same(complete_in_zsh(TOOL, *words), complete(TOOL, *words), str(words))


def test_manual_is_well_formed(_):
    need("groff")
    same(run("groff", "-ww", "-mdoc", "-Tutf8", "-z", MANUAL), "")
    if shutil.which("mandoc"):
        same(run("sh", "-c", f"mandoc -Tlint -Wwarning '{MANUAL}' || true"), "")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals())))
