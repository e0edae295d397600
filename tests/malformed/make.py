#!/usr/bin/env python3
"""Writes damaged and hostile model files and recipes, one fault each, named after it.

make.py OUTDIR makes a folder for each kind and OUTDIR/expected.tsv: file name, tab, a piece of the message with
which it must be refused. Each module make_KIND.py has a function make(folder) that returns those pairs.
"""

import importlib
import sys
from pathlib import Path

KINDS = ["safetensors", "index", "torch", "gguf", "yaml"]


def make_kind(kind, out):
    """The pairs of one kind, with file names from OUTDIR on; none where its module is not there."""
    if not (Path(__file__).parent / f"make_{kind}.py").exists():
        return []
    folder = out / kind
    folder.mkdir(parents=True, exist_ok=True)
    pairs = importlib.import_module(f"make_{kind}").make(folder)
    return [(f"{kind}/{name}", message) for name, message in pairs]


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: make.py OUTDIR")
    out = Path(sys.argv[1])
    sys.path.insert(0, str(Path(__file__).parent))
    pairs = [pair for kind in KINDS for pair in make_kind(kind, out)]
    names = [name for name, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        sys.exit(f"two files have one name: {', '.join(twice)}")
    with open(out / "expected.tsv", "w", encoding="utf-8") as table:
        for name, message in pairs:
            table.write(f"{name}\t{message}\n")
    print(f"{len(pairs)} malformed files in {out}")


if __name__ == "__main__":
    main()
