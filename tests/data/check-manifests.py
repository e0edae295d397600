#!/usr/bin/env python3
"""Compare the key tables made from architecture rules with lists of public models' tensors.

The lists are TSV files (component, name, dtype, shape, optional) in the folder that the environment variable
AMALGAM_MANIFESTS names; without it there is nothing to compare with and the test is skipped.

usage: check-manifests.py DUMP_KEY_TABLE
"""
import csv
import os
import subprocess
import sys

FILES = {"sd15.tsv": "sd1", "sdxl.tsv": "sdxl", "sd3.tsv": "sd3", "flux.tsv": "flux"}
SKIPPED = 77


def read_manifest(path):
    with open(path, newline="") as file:
        return {
            row["name"]: (row["dtype"], row["shape"] or "", row["optional"] or "")
            for row in csv.DictReader(file, delimiter="\t")
        }


def read_table(program, family):
    output = subprocess.run([program, family], check=True, capture_output=True, text=True).stdout
    rows = [line.split("\t") for line in output.splitlines()]
    names = [row[0] for row in rows]
    assert names == sorted(names, key=str.encode), f"{family}: not sorted by name"
    assert len(names) == len(set(names)), f"{family}: a name appears twice"
    return {row[0]: tuple(row[1:4]) for row in rows}


def compare(expected, actual):
    faults = [f"missing: {name}" for name in expected.keys() - actual.keys()]
    faults += [f"surplus: {name}" for name in actual.keys() - expected.keys()]
    faults += [
        f"differs: {name}: {expected[name]} in the list, {actual[name]} in the table"
        for name in expected.keys() & actual.keys()
        if expected[name] != actual[name]
    ]
    return sorted(faults)


def main():
    folder = os.environ.get("AMALGAM_MANIFESTS")
    if not folder:
        print("AMALGAM_MANIFESTS is not set")
        return SKIPPED
    n_faults = 0
    for name, family in FILES.items():
        expected = read_manifest(os.path.join(folder, name))
        faults = compare(expected, read_table(sys.argv[1], family))
        print(f"{name}: {len(expected)} tensors, {len(faults)} faults")
        for fault in faults[:20]:
            print("  " + fault)
        n_faults += len(faults)
    return 1 if n_faults else 0


if __name__ == "__main__":
    sys.exit(main())
