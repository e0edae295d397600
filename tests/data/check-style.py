#!/usr/bin/env python3
"""House rules that a machine can read: nothing left to do, no paths of one machine, tidy and short files."""

import os
import re
import subprocess
import sys

MAX_LINES = 500
LONGER = {"core/checkpoint/safetensors.h"}  # one header on purpose
TEXT = (".c", ".h", ".py", ".sh", ".md", ".build", ".txt", ".yaml", ".yml", ".tsv", ".json", ".supp")
SCRIPTS = {"run"}
UNFINISHED = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3, "H" + "ACK"]) + r")\b")
MACHINE = re.compile(r"(?<![\w.])/(" + "|".join(["ho" + "me", "Us" + "ers", "wo" + "rk", "ro" + "ot"]) + r")/")


def files_below(top):
    """The project's own files: what git tracks, so that a user's files beside them do not count."""
    git = subprocess.run(["git", "-C", top, "-c", f"safe.directory={os.path.abspath(top)}", "ls-files", "-z"],
                         capture_output=True, check=False)
    if git.returncode == 0 and git.stdout:
        return sorted(os.fsdecode(name) for name in git.stdout.split(b"\0") if name)
    return sorted(os.path.relpath(os.path.join(where, name), top)
                  for where, _, names in os.walk(top) for name in names)


def texts_below(top):
    for path in files_below(top):
        folders = path.split(os.sep)[:-1]
        if any(f in (".git", "__pycache__", "corpus") or f.startswith("build") for f in folders):
            continue
        if (path.endswith(TEXT) or os.path.basename(path) in SCRIPTS) and os.path.exists(os.path.join(top, path)):
            yield path, os.path.join(top, path)


def faults_of(path, text):
    faults = []
    for number, line in enumerate(text.split("\n"), 1):
        if UNFINISHED.search(line):
            faults.append(f"{path}:{number}: unfinished: {line.strip()}")
        if MACHINE.search(line):
            faults.append(f"{path}:{number}: a path of one machine: {line.strip()}")
        if line != line.rstrip():
            faults.append(f"{path}:{number}: white space at the end")
    if text and not text.endswith("\n"):
        faults.append(f"{path}: no newline at the end")
    n_lines = text.count("\n")
    if path.endswith((".c", ".h")) and n_lines > MAX_LINES and path not in LONGER:
        faults.append(f"{path}: {n_lines} lines, more than {MAX_LINES}")
    return faults


def self_check():
    """The check sees what it is there to see."""
    assert faults_of("a.c", "/* " + "TO" + "DO */\n")
    assert faults_of("a.c", '"/ho' + 'me/someone/x"\n')
    assert faults_of("a.c", "int a; \n")
    assert faults_of("a.c", "int a;")
    assert faults_of("a.c", "\n" * 501)
    assert not faults_of("a.c", "int a;\n")


def main():
    self_check()
    faults, n_files = [], 0
    for path, full in texts_below(sys.argv[1]):
        try:
            with open(full, encoding="utf-8", newline="") as file:
                faults += faults_of(path, file.read())
        except UnicodeDecodeError:
            faults.append(f"{path}: not UTF-8")
        n_files += 1
    print("\n".join(faults) if faults else f"{n_files} files are tidy")
    return 1 if faults or n_files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
