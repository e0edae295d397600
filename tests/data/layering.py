#!/usr/bin/env python3
"""Holds every #include of core and app against the dependency laws in core/meson.build and app/desktop/meson.build."""

import os
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
LIBC = re.compile(r"^(sys/\w+|assert|ctype|errno|fcntl|float|inttypes|limits|math|std\w+|strings?|time|unistd"
                  r"|immintrin|cpuid)\.h$")
EVERYTHING = {"all of core", "all of desktop"}
GENERATED = {"am-desktop-resources.h"}


def read_law(path):
    """The law as {who: [what it may include]}; "merge, convert" counts for both."""
    law = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            match = re.match(r"#\s+(.+?)\s+->\s+(.+)$", line)
            if not match:
                continue
            allowed = re.sub(r"\([^)]*\)", "", match[2])
            targets = [re.sub(r"\s+(only|alone)$", "", part.strip()) for part in allowed.split(",")]
            for who in match[1].split(","):
                law[who.strip()] = targets
    return law


def subject_of(path, law):
    """Which line of the law holds for the file at @path, relative to core."""
    if path in law:
        return path
    return re.split(r"[/.]", path)[0]


def is_allowed(include, subject, targets):
    if include.split("/")[0] == subject or include == subject + ".h":
        return True
    if EVERYTHING.intersection(targets):
        return True
    return any(include == target or include.startswith(target + "/") for target in targets)


def check_core(path, text, law):
    """Faults of one file of core; @path is relative to core."""
    if path == "amalgam.h":
        return []
    subject = subject_of(path, law)
    targets = law.get(subject, [])
    faults = []
    for kind, include in INCLUDE.findall(text):
        if kind == '"':
            alone = subject.endswith(".h")
            if alone or not is_allowed(include, subject, targets):
                faults.append(f"core/{path} includes {include}, which the law does not allow {subject}")
        elif re.match(r"(gtk|gdk|adwaita)", include):
            faults.append(f"core/{path} includes {include}: no toolkit in core")
        elif "libc" in targets and not LIBC.match(include):
            faults.append(f"core/{path} includes {include}, but may use libc alone")
    return faults


def check_app(path, text, siblings):
    """Faults of one file of app; headers beside it are its own."""
    return [f"app/{path} includes {include}, but may include only amalgam.h of core"
            for kind, include in INCLUDE.findall(text)
            if kind == '"' and include != "amalgam.h" and include not in siblings]


def check_desktop(path, text, siblings, law):
    """Faults of one file of app/desktop; @path is relative to it. Files at the top are the shell of it all."""
    folder = os.path.dirname(path)
    targets = law.get(folder, []) if folder else ["all of desktop"]
    return [f"app/desktop/{path} includes {include}, which the law does not allow {folder or path}"
            for kind, include in INCLUDE.findall(text)
            if kind == '"' and include != "amalgam.h" and include not in siblings | GENERATED
            and ("/" not in include or not is_allowed(include, folder, targets))]


def sources_below(folder):
    for where, _, names in os.walk(folder):
        for name in sorted(names):
            if name.endswith((".c", ".h")):
                yield os.path.relpath(os.path.join(where, name), folder), os.path.join(where, name)


def self_check(law, desktop_law):
    """The check sees what it is there to see."""
    assert check_core("methods/slerp.c", '#include "checkpoint/checkpoint.h"', law)
    assert check_core("checkpoint/safetensors.h", "#include <glib.h>", law)
    assert check_core("checkpoint/safetensors.h", '#include "base/error.h"', law)
    assert check_core("kernels/x.c", "#include <glib.h>", law)
    assert check_core("base/x.c", '#include "kernels/kernels.h"', law)
    assert not check_core("methods/slerp.c", '#include "kernels/kernels.h"\n#include <glib.h>', law)
    assert not check_core("merge/plan.c", '#include "recipe/recipe.h"', law)
    assert check_app("cli/merge.c", '#include "merge/plan.h"', [])
    assert check_desktop("state/x.c", '#include "merge/merge-page.h"', set(), desktop_law)
    assert check_desktop("runs/x.c", '#include "compare/compare-page.h"', set(), desktop_law)
    assert check_desktop("merge/x.c", '#include "recipe.h"', set(), desktop_law)
    assert not check_desktop("merge/x.c", '#include "blocks/block-editor.h"\n#include <adwaita.h>', set(), desktop_law)
    assert not check_desktop("window.c", '#include "merge/merge-page.h"', set(), desktop_law)


def main():
    top = sys.argv[1]
    law = read_law(os.path.join(top, "core", "meson.build"))
    desktop_law = read_law(os.path.join(top, "app", "desktop", "meson.build"))
    self_check(law, desktop_law)
    faults, n_files = [], 0
    for path, full in sources_below(os.path.join(top, "core")):
        with open(full, encoding="utf-8") as file:
            faults += check_core(path, file.read(), law)
        n_files += 1
    for path, full in sources_below(os.path.join(top, "app")):
        siblings = set(os.listdir(os.path.dirname(full)))
        with open(full, encoding="utf-8") as file:
            text = file.read()
        if path.startswith("desktop" + os.sep):
            faults += check_desktop(os.path.relpath(path, "desktop"), text, siblings, desktop_law)
        else:
            faults += check_app(path, text, siblings)
        n_files += 1
    print("\n".join(faults) if faults else f"{n_files} files keep the law")
    return 1 if faults or n_files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
