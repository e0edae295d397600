#!/usr/bin/env python3
"""The README's table of methods says what `amalgam methods --json` says; --write puts it there.

Usage: check-readme.py AMALGAM README.md [--write]
"""

import json
import subprocess
import sys

START = "<!-- methods: written by tests/data/check-readme.py --write -->\n"
END = "<!-- end of methods -->\n"
BASES = {"none": "", "optional": "optional", "required": "yes"}


def models_of(method):
    low, high = method["min_models"], method["max_models"]
    if low == high:
        return str(low)
    return f"{low} or more" if high >= 64 else f"{low} to {high}"


def row_of(method):
    paper = method["paper"] or ""
    return (f"| `{method['id']}` | {models_of(method)} | {BASES[method['base']]} | {method['summary']} "
            f"| {paper} |")


def make_table(methods):
    rows = ["| Method | Models | Base | What it does | Source |", "|---|---|---|---|---|"]
    return "\n".join(rows + [row_of(method) for method in methods]) + "\n"


def main():
    amalgam, path = sys.argv[1:3]
    output = subprocess.run([amalgam, "methods", "--json"], check=True, capture_output=True, text=True).stdout
    methods = json.loads(output)
    assert len(methods) > 20, "too few methods to be true"
    with open(path, encoding="utf-8") as file:
        before, rest = file.read().split(START)
    table, after = rest.split(END)
    expected = make_table(methods)
    if "--write" in sys.argv:
        with open(path, "w", encoding="utf-8") as file:
            file.write(before + START + expected + END + after)
    elif table != expected:
        old, new = set(table.split("\n")), set(expected.split("\n"))
        print("README.md has:", *sorted(old - new), "The program says:", *sorted(new - old), sep="\n  ")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
