#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what programs were compiled against with what was built now:

    compare.py LIST --objdump OBJDUMP --library LIBRARY --types OBJECT [--write]

LIST (websocket.abi) holds the exports of the shared library and, as the compiler sees the header, every
structure, enumeration and type of the C API and the 13 functions. A line more or less is a failure.
With --write, LIST is made from what was built: for the first version of an ABI, never for a later one.
"""
import argparse
import re
import subprocess
import sys

# The header's names; what lies beneath them (LONG, CHAR) only Windows has a name for.
OURS = re.compile(r"_?P?WEB_SOCKET_\w+|HRESULT|ULONG|DWORD|USHORT|BOOL|BYTE|PBYTE|PCHAR|PCSTR|PVOID|constants")


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def exports(objdump, library):
    """The dynamic symbols: ELF with their versions, or the export table of a DLL."""
    headers = run(objdump, "-p", library)
    table = re.search(r"\[Ordinal/Name Pointer\] Table.*\n((?:\s*\[.*\n)+)", headers)
    if table:
        dll = re.search(r"^Name\s+[0-9a-f]+\s+(\S+)$", headers, re.MULTILINE)
        return [f"dll {dll.group(1)}"] + sorted(f"export {line.split()[-1]}" for line in table.group(1).splitlines())
    soname = re.search(r"^\s*SONAME\s+(\S+)$", headers, re.MULTILINE)
    found = []
    for line in run(objdump, "-T", library).splitlines():
        # address, flags, section, size, version, name; undefined ones belong to others.
        match = re.fullmatch(r"[0-9a-f]+ (.{7}) (\S+)\t[0-9a-f]+\s+(\S+)\s+(\S+)", line)
        if match and match.group(2) not in ("*UND*", "*ABS*"):
            found.append(f"export {match.group(4)} {match.group(3)}")
    return [f"soname {soname.group(1) if soname else '?'}"] + sorted(found)


class Entry:
    """One entry of the debugging information, with those inside it."""

    def __init__(self, tag):
        self.tag = tag
        self.attributes = {}
        self.children = []

    def __getitem__(self, name):
        return self.attributes.get(name, "")


def read_entries(objdump, path):
    entries = {}
    open_at = []
    entry = None
    for line in run(objdump, "--dwarf=info", path).splitlines():
        match = re.match(r"\s*<(\d+)><([0-9a-f]+)>: Abbrev Number: \d+ \(DW_TAG_(\w+)\)", line)
        if match:
            entry = Entry(match.group(3))
            entries[match.group(2)] = entry
            depth = int(match.group(1))
            del open_at[depth:]
            if open_at:
                open_at[-1].children.append(entry)
            open_at.append(entry)
            continue
        match = re.match(r"\s*<[0-9a-f]+>\s+DW_AT_(\w+)\s*:\s*(.*?)\s*$", line)
        if match and entry:
            # Strings that stand elsewhere are printed behind where they stand.
            entry.attributes[match.group(1)] = re.sub(r"^\((?:indirect|indexed|alt)[^)]*\):\s*", "", match.group(2))
    return entries


class Types:
    def __init__(self, entries):
        self.entries = entries

    def of(self, entry):
        """The entry of its type; None stands for void."""
        match = re.search(r"<0x([0-9a-f]+)>", entry["type"])
        return self.entries[match.group(1)] if match else None

    def name(self, entry):
        """As a program would write it, by the header's names."""
        if entry is None:
            return "void"
        if entry.tag == "typedef" and not OURS.fullmatch(entry["name"]):
            return self.name(self.of(entry))
        if entry.tag == "pointer_type":
            return self.name(self.of(entry)) + "*"
        if entry.tag == "const_type":
            return "const " + self.name(self.of(entry))
        if entry.tag == "subroutine_type":
            parameters = [self.name(self.of(child)) for child in entry.children if child.tag == "formal_parameter"]
            return f"{self.name(self.of(entry))}({', '.join(parameters)})"
        return entry["name"] or "(without a name)"

    def size(self, entry):
        while entry and entry.tag in ("typedef", "const_type"):
            entry = self.of(entry)
        if entry is None:
            return 0
        return int(entry["byte_size"] or "8", 0)

    def members(self, entry, offset=0):
        for child in entry.children:
            if child.tag != "member":
                continue
            at = offset + int(child["data_member_location"] or "0", 0)
            of_member = self.of(child)
            yield f"  {at} {child['name']} {self.name(of_member)} {self.size(of_member)}"
            if of_member.tag in ("structure_type", "union_type"):
                for inner in self.members(of_member, at):
                    yield "  " + inner

    def typedef(self, entry):
        """What a typedef stands for; widths and signs, since `long` is not the same everywhere."""
        under = self.of(entry)
        while under and under.tag == "typedef" and not OURS.fullmatch(under["name"]):
            under = self.of(under)
        if under and under.tag == "base_type":
            kind = "unsigned" if "unsigned" in under["encoding"] else "signed"
            return f"{kind}, {self.size(under)}"
        return self.name(under)

    def lines(self):
        made = {}
        for entry in self.entries.values():
            name = entry["name"]
            if entry.tag == "variable" and name.startswith("type_of_"):
                # A pointer to the function.
                made[name] = [f"function {name.removeprefix('type_of_')}: {self.name(self.of(self.of(entry)))}"]
            elif not OURS.fullmatch(name):
                continue
            elif entry.tag in ("structure_type", "union_type") and entry.children:
                kind = entry.tag.removesuffix("_type")
                made[name] = [f"{kind} {name}, {self.size(entry)}"] + list(self.members(entry))
            elif entry.tag == "enumeration_type":
                made[name] = [f"enumeration {name}, {self.size(entry)}"]
                for child in entry.children:
                    # 32 bits, whether the compiler took them for signed or not.
                    value = int(child["const_value"].split()[0], 0) % 2**32
                    made[name].append(f"  {child['name']} {value:#x}")
            elif entry.tag == "typedef":
                made["typedef " + name] = [f"type {name}: {self.typedef(entry)}"]
        return [line for name in sorted(made) for line in made[name]]


def without_elf(line):
    """The same line as a DLL has it: there are no versions."""
    if line.startswith("soname "):
        return "dll websocket.dll"
    return " ".join(line.split()[:2]) if line.startswith("export ") else line


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("list")
    parser.add_argument("--objdump", required=True)
    parser.add_argument("--library", required=True)
    parser.add_argument("--types", required=True)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()

    found = exports(options.objdump, options.library)
    found += Types(read_entries(options.objdump, options.types)).lines()
    if options.write:
        with open(options.list, "w", encoding="utf-8") as to:
            to.write("# SPDX-License-Identifier: Apache-2.0\n# The ABI of websocket.h on 64-bit systems: see compare.py.\n")
            to.write("\n".join(found) + "\n")
        return
    with open(options.list, encoding="utf-8") as source:
        expected = [line for line in source.read().splitlines() if not line.startswith("#")]
    if found[0].startswith("dll "):
        expected = [without_elf(line) for line in expected]

    # Indented lines belong to the line above them, which they are compared with.
    def whole(lines):
        made, owner = [], ""
        for line in lines:
            owner = owner if line.startswith(" ") else line
            made.append(line if line == owner else f"{owner}: {line.strip()}")
        return made

    expected, found = whole(expected), whole(found)
    for line in expected:
        if line not in found:
            print(f"gone: {line}")
    for line in found:
        if line not in expected:
            print(f"new:  {line}")
    if expected != found:
        sys.exit("the ABI is not the one that programs were compiled against")
    print(f"{len(found)} lines, all as they were")


main()
