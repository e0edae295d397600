#!/usr/bin/env python3
"""Every text that front ends show is marked with N_() in core, so that it can be translated.

Usage: check-texts.py LIST-TEXTS SOURCE
"""

import os
import re
import subprocess
import sys

LITERAL = r'"(?:[^"\\\n]|\\.)*"'
SPACE = r"(?:\s|\\\n)*"
MARKED = re.compile(r"\bN_ ?\(" + SPACE + f"({LITERAL}(?:{SPACE}{LITERAL})*)" + SPACE + r"\)")


def unquote(literals):
    text = "".join(part[1:-1] for part in re.findall(LITERAL, literals))
    return re.sub(r"\\(.)", r"\1", text)


def marked_below(folder):
    marked = set()
    for where, _, names in os.walk(folder):
        for name in names:
            if name.endswith((".c", ".h")):
                with open(os.path.join(where, name), encoding="utf-8") as file:
                    marked |= {unquote(literals) for literals in MARKED.findall(file.read())}
    return marked


def self_check():
    """The check sees what it is there to see."""
    assert [unquote(m) for m in MARKED.findall('x = N_ ("a \\"b\\""\n  " c"), N_("d"), "e"')] == ['a "b" c', "d"]


def main():
    self_check()
    shown = subprocess.run([sys.argv[1]], check=True, capture_output=True, text=True).stdout.splitlines()
    assert len(shown) > 150, "too few texts to be true"
    unmarked = sorted(set(shown) - marked_below(os.path.join(sys.argv[2], "core")))
    print("\n".join(f"not marked with N_(): {text}" for text in unmarked)
          if unmarked else f"{len(shown)} texts are marked")
    return 1 if unmarked else 0


if __name__ == "__main__":
    sys.exit(main())
