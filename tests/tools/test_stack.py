#!/usr/bin/env python3
"""How deep the firmware program's stack can get: the longest way through the graph of calls that gcc writes beside each
object (-fcallgraph-info=su), each function with its frame and the 8 bytes of its return address.

    tests/tools/test_stack.py [--show] [WORD ...]

Assumed, since no compiler can know it:

  - A call through a pointer leads to whatever functions our sources put into a field of that name; a pointer that none
    is put into is the firmware's, whose depth is not ours.  Where libraries have such calls: IN_LIBRARIES.
  - Of functions that call each other in a circle by way of pointers (a source that reads another source), each is
    active twice at most, and what calls through a table once for each function in it.  What recurs without: RECURSION.

UEFI 2.10, "x64 Platforms": 128 KiB or more of stack.  48 KiB of it are left to the firmware that we call.  EDK2 gives
other processors 32 KiB each (PcdCpuApStackSize); half of it is ours.
"""

import glob
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from checks import BUILD, TOP, Skip, check, run, run_tests, same  # noqa: E402

FOLDERS = ("base", "parsers", "crypto", "crypto/x86_64", "disks", "loader", "efi", "efi/x86_64", "efi/libc",
           "efi/libc/x86_64")
OBJECTS = os.path.join(BUILD, "efi")
LIMIT, LIMIT_OF_OTHERS = 80 << 10, 16 << 10  # bytes
INDIRECT = "__indirect_call"
SHOW = "--show" in sys.argv
sys.argv = [word for word in sys.argv if word != "--show"]
TWICE = 2

# Where libraries call through pointers: the name at the call, and what the function there is called; "": it is not set.
IN_LIBRARIES = {
    "libdeflate": {"adler32_impl|crc32_impl|decompress_impl|f": r"(dispatch|adler32|crc32|deflate_decompress)_\w+",
                   "libdeflate_malloc_func": "borrow", "libdeflate_free_func": "keep"},
    "libzstd": {"customAlloc|customFree": ""},
    "zlib": {"ZALLOC": "borrow", "ZFREE": "keep"},
    "mbedtls": {
        "(en|de)crypt_func|(sign|verify)_func": r"\w+_(encrypt|decrypt|sign|verify)(_rs)?_wrap",
        "can_do": r"\w+_can_do", "get_bitlen": r"\w+_get_bitlen", "check_pair_func": r"\w+_check_pair(_wrap)?",
        "ctx_alloc_func": r"\w+_(alloc_wrap|ctx_alloc)", "ctx_free_func": r"\w+_(free_wrap|ctx_free)",
        "(ecb|cbc)_func": r"\w+_crypt_(ecb|cbc)_wrap", "setkey_(en|de)c_func": r"\w+_setkey_\w*wrap",
        "(add|get)_padding": r"(add|get)_\w*padding\w*", "modp": r"ecp_mod_\w+",
        "calc_finished|calc_verify|tls_prf|update_checksum": r"(ssl_(calc|update)|tls_prf)_\w+",
        "f_rng": "get_random|mbedtls_psa_get_random", "f_entropy": r"mbedtls_psa_\w*entropy\w*", "f_send": "send_below",
        "f_recv": "receive_below", "memset_func": "memset",
        "mbedtls_calloc_func": "calloc", "mbedtls_free_func": "free",
        "fallback_f": r"psa_\w+_to_mbedtls|psa_generic_status_to_mbedtls", "cb": "asn1_get_sequence_of_cb",
        "f_vrfy|f_set_cache|f_sni|debug_func|f_export_keys|f_recv_timeout|f_[gs]et_timer": "",
    },
    "mxml": {"getc_cb": r"mxml_\w+_getc", "putc_cb": r"mxml_\w+_putc", "error_cb": "take_error",
             "entity_cbs": "_mxml_entity_cb", "cb|sax_cb|custom_(load|save)_cb|destroy": ""},
}

# Functions of ours that call themselves, straight or by way of others: how often each can be active, and why no more.
RECURSION = {
    "find_in_directory": (2, "the root, and the directories in it"),
    "mbedtls_gcm_update": (2, "a cipher in GCM mode, whose counter blocks come from one in ECB mode"),
}


class Graph:
    """frames: bytes by function; calls: sets of functions by function; pointers: [(function, file, line)]."""

    def __init__(self):
        self.frames, self.calls, self.pointers, self.odd = {}, {}, [], []
        self.names = {}  # functions by the name in the source
        self.library = {}
        files = [path for folder in FOLDERS for path in glob.glob(os.path.join(OBJECTS, folder, "*.ci"))]
        members = run("ar", "t", os.path.join(OBJECTS, "libs.a")).split()  # the unit tests in firmware have more
        files += [path for path in glob.glob(os.path.join(OBJECTS, "lib", "**", "*.ci"), recursive=True)
                  if os.path.basename(path).replace(".ci", ".o") in members]
        if not files:
            raise Skip("build/efi has no graphs of calls: make ARCH=x86_64")
        for path in files:
            self.read(path)

    def read(self, path):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        found = re.match(r"lib/(\w+)/", os.path.relpath(path, OBJECTS))
        for name, label in re.findall(r'^node: \{ title: "([^"]*)" label: "([^"]*)"', text, re.MULTILINE):
            size = re.search(r"\\n(\d+) bytes \(([\w,]+)\)", label)
            if not size:
                continue
            self.frames[name] = int(size.group(1)) + 8
            self.library[name] = found.group(1) if found else None
            self.names.setdefault(plain(name), set()).add(name)
            if size.group(2) == "dynamic":
                self.odd.append(name)
        for caller, callee, label in re.findall(
                r'^edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)"(?: label: "([^"]*)")?', text, re.MULTILINE):
            if callee == INDIRECT:
                file, line = (label.split(":") + ["", ""])[:2]
                self.pointers.append((caller, file, int(line or 0)))
            else:
                self.calls.setdefault(caller, set()).add(callee)


def plain(name):
    """As it is in the source: without file, and without what the optimizer put behind it."""
    return name.rsplit(":", 1)[-1].split(".")[0]


# ---- Calls through pointers ----

def sources():
    for folder in FOLDERS:
        for path in glob.glob(os.path.join(TOP, folder, "*.[ch]")):
            with open(path, encoding="utf-8") as file:
                yield re.sub(r"/\*.*?\*/", "", file.read(), flags=re.DOTALL)


def fields_of_structs(texts):
    """Field names in their order, for each struct that has a pointer to a function."""
    structs = {}
    for text in texts:
        for name, body in re.findall(r"^struct (\w+) \{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL):
            if "(*" in body:
                structs[name] = [re.search(r"\(\*(\w+)\)|(\w+)(?:\[[^]]*\])?\s*$", field).group(1, 2)
                                 for field in re.sub(r"\{[^}]*\}", "", body).split(";")
                                 if re.search(r"\(\*(\w+)\)|(\w+)(?:\[[^]]*\])?\s*$", field)]
    return {name: [pointer or other for pointer, other in fields] for name, fields in structs.items()}


def tables(functions):
    """For each field of a pointer to a function, the functions that sources put there."""
    texts = list(sources())
    found = {}
    structs = fields_of_structs(texts)
    for text in texts:
        for field, name in re.findall(r"\.(\w+) = &?(\w+)\b", text) + re.findall(r"->(\w+) = &?(\w+);", text):
            if name in functions:
                found.setdefault(field, set()).add(name)
        for struct, body in re.findall(r"struct (\w+) \w+(?:\[\w*\])? = \{(.*?)\};", text, re.DOTALL):
            for row in re.findall(r"\{([^{}]*)\}", body) or [body]:
                for field, word in zip(structs.get(struct, ()), map(str.strip, row.split(","))):
                    if word in functions:
                        found.setdefault(field, set()).add(word)
    return found


def text_near(file, line):
    with open(os.path.join(TOP, file), encoding="utf-8", errors="replace") as text:
        return "".join(text.readlines()[max(0, line - 1):line + 1])


def in_library(graph, caller, file, line):
    """What a library's call leads to; None: nobody has said."""
    rules = IN_LIBRARIES[graph.library[caller]]
    words = re.findall(r"(\w+)(?:\[\w+\])?\)*\s*\(", text_near(file, line))
    found = [functions for name, functions in rules.items() if any(re.fullmatch(name, word) for word in words)]
    return {name for name in graph.names for functions in found if re.fullmatch(functions, name)} if found else None


def resolve(graph):
    """Add what calls through pointers lead to.  Returns, for each caller, how many functions its tables have."""
    fields = tables(graph.names)
    wide, unknown = {}, []
    for caller, file, line in graph.pointers:
        if graph.library.get(caller):
            leads = in_library(graph, caller, file, line)
        else:
            leads = set().union(*(fields.get(word, set())
                                  for word in re.findall(r"(?:->|\.)(\w+)\)?\(", text_near(file, line))))
        if leads is None:
            unknown.append(f"{caller}, line {line}")
            continue
        wide[caller] = max(wide.get(caller, TWICE), len(leads))
        for name in leads:
            graph.calls.setdefault(caller, set()).update(graph.names[name])
    same(unknown, [], "calls through pointers in libraries that IN_LIBRARIES does not have")
    return wide


# ---- The longest way ----

def circles(graph):
    """Tarjan's strongly connected components, callees first; without recursion of our own."""
    number, low, on_stack, stack, out = {}, {}, set(), [], []
    for root in graph.frames:
        if root in number:
            continue
        work = [(root, None)]
        while work:
            node, rest = work.pop()
            if rest is None:
                number[node] = low[node] = len(number)
                stack.append(node)
                on_stack.add(node)
                rest = iter(sorted(graph.calls.get(node, ())))
            for callee in rest:
                if callee not in graph.frames:
                    continue
                if callee not in number:
                    work += [(node, rest), (callee, None)]
                    break
                if callee in on_stack:
                    low[node] = min(low[node], low[callee])
            else:
                if low[node] == number[node]:
                    at = stack.index(node)
                    out.append(stack[at:])
                    on_stack.difference_update(stack[at:])
                    del stack[at:]
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
    return out


def recursive(graph):
    """Names of our functions that call themselves without a pointer."""
    return {plain(name) for circle in circles(graph) for name in circle
            if not graph.library[name] and (len(circle) > 1 or name in graph.calls.get(name, ()))}


class Depths:
    def __init__(self, graph):
        same(recursive(graph), set(RECURSION), "functions that recur")
        wide = resolve(graph)
        self.depth, self.way, self.loops = {}, {}, []
        for circle in circles(graph):
            is_loop = len(circle) > 1 or circle[0] in graph.calls.get(circle[0], ())
            own = sum(graph.frames[name] * (RECURSION.get(plain(name), (wide.get(name, TWICE),))[0] if is_loop else 1)
                      for name in circle)
            behind = {callee for name in circle for callee in graph.calls.get(name, ())} & self.depth.keys()
            deepest = max(behind, key=self.depth.get, default=None)
            for name in circle:
                self.depth[name] = own + (self.depth[deepest] if deepest else 0)
                self.way[name] = (circle if is_loop else [name], own, deepest)
            if is_loop:
                self.loops.append((own, sorted(circle)))

    def tell(self, name):
        lines = []
        while name:
            circle, own, name = self.way[name]
            others = f" and {len(circle) - 1} more in a circle" if len(circle) > 1 else ""
            lines.append(f"    {own:6} {circle[0]}{others}")
        return "\n".join(lines)


def judge(root, limit):
    graph = Graph()
    depths = Depths(graph)
    same(graph.odd, [], "frames of a size that only the run knows")
    check(root in depths.depth, f"{root} is not in the graph")
    print(f"  {root}: {depths.depth[root]} bytes of {limit}, {len(graph.frames)} functions, "
          f"{len(depths.loops)} circles\n{depths.tell(root)}")
    if SHOW:
        for own, circle in sorted(depths.loops, reverse=True):
            print(f"  circle of {own}: {' '.join(circle)}")
    check(depths.depth[root] <= limit, f"{root}: {depths.depth[root]} bytes of stack, {limit} allowed")


def test_program_leaves_48_kib_of_the_stack_to_the_firmware(_):
    judge("efi_main", LIMIT)


def test_other_processors_need_half_of_what_edk2_gives_them(_):
    judge("workers_session", LIMIT_OF_OTHERS)


if __name__ == "__main__":
    sys.exit(run_tests(globals()))
