#!/usr/bin/env bash
# Aligning: what it writes and says, alone and as part of a merge, and that it runs again to the same bytes.
# shellcheck source=tests/cli/common.sh
source "$(dirname "$0")/common.sh"
reorder=$2

check 0 demo models
a=models/base.safetensors
b=models/style.safetensors
"$reorder" "$b" 5 moved.safetensors >/dev/null
sha256sum "$a" "$b" moved.safetensors >inputs

# Siblings: nothing moves, which is said, and B comes out as it is.
check 0 align "$a" "$b" -o same.safetensors --no-sync
says out '^style\.safetensors: nothing moved\..*alignment is not needed'
check 0 diff "$b" same.safetensors --json
json out 'all(t["equal"] for t in d["tensors"])'

# A reordered sibling comes back, whatever the number of threads.
check 0 align "$a" moved.safetensors -o back.safetensors --no-sync --threads 1 --json --png chart.png
json out 'd["format"] == "amalgam-alignment-1" and len(d["alignments"]) == 1'
json out 'd["alignments"][0]["moved"] > 30000 and d["alignments"][0]["similarity_after"] > 0.99'
json out 'len(d["alignments"][0]["layers"]) > 100 and len(d["alignments"][0]["fixed"]) > 0'
json out '{l["kind"] for l in d["alignments"][0]["layers"]} == {"units", "heads", "groups"}'
[ "$(head -c 4 chart.png | tail -c 3)" = PNG ] || fail "no picture"
check 0 diff "$b" back.safetensors --json
json out 'all(t["equal"] for t in d["tensors"])'
check 0 align "$a" moved.safetensors -o back2.safetensors --no-sync --threads 3
says out '^moved\.safetensors: [0-9]+ of [0-9]+ units moved'
says out '^Written to back2\.safetensors'
same back.safetensors back2.safetensors

# It is a recipe like any other.
check 0 merge back.safetensors -o again.safetensors -q --no-sync
same back.safetensors again.safetensors

# As part of a merge, with any method; the report holds what moved.
check 0 merge "$a" "$b" -m slerp -o plain.safetensors -q --no-sync
check 0 merge "$a" moved.safetensors -m slerp --align -o aligned.safetensors --no-sync --report report.json
says out 'units moved'
json report.json 'd["alignments"][0]["model"] == "moved.safetensors"'
check 0 diff plain.safetensors aligned.safetensors --json
json out 'all(t["equal"] for t in d["tensors"])'
check 0 merge "$a" moved.safetensors -m slerp --align --dry-run
says out '^First it would align moved\.safetensors'

# Nothing is replaced or spoilt.
check 1 align "$a" moved.safetensors -o back.safetensors
says err 'back\.safetensors exists; use --force'
check 1 align "$a" moved.safetensors -o moved.safetensors -f
says err 'is one of the inputs'
check 1 align "$a" moved.safetensors -o new.safetensors --png "$a" -f
says err 'is one of the inputs'
check 1 align "$a" none.safetensors -o new.safetensors
says err 'none\.safetensors'
check 2 align "$a" -o new.safetensors
check 2 align "$a" "$b" -o new.safetensors --order upwards
check 2 align "$a" "$b" -o new.safetensors --restarts 0
check 2 align "$a" "$b" -o new.safetensors --tolerance 2
check 2 align "$a" "$b"
[ ! -e new.safetensors ] || fail "an output after a failure"
sha256sum --quiet -c inputs || fail "an input was changed"
