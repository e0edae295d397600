#!/usr/bin/env bash
# Aligning: what it writes and says, alone and as part of a merge, and that it runs again to the same bytes.
reorder=$(realpath "$2")
networks=$(realpath "$3")
# shellcheck source=tests/cli/common.sh
source "$(dirname "$0")/common.sh"

check 0 demo models
"$reorder" models/style.safetensors 5 moved.safetensors >/dev/null
cp "$networks/resnet-a.safetensors" "$networks/resnet-b.safetensors" "$networks/mlp-a.safetensors" .
a=resnet-a.safetensors
"$reorder" $a 5 sibling.safetensors >/dev/null
sha256sum -- *.safetensors models/base.safetensors >inputs

# A reordered sibling of Stable Diffusion layout comes back.
check 0 align models/base.safetensors moved.safetensors -o back.safetensors --no-sync --json --png chart.png
json out 'd["format"] == "amalgam-alignment-1" and len(d["alignments"]) == 1'
json out 'd["alignments"][0]["moved"] > 30000 and d["alignments"][0]["similarity_after"] > 0.99'
json out 'len(d["alignments"][0]["layers"]) > 100 and len(d["alignments"][0]["fixed"]) > 0'
json out '{l["kind"] for l in d["alignments"][0]["layers"]} == {"units", "heads", "groups"}'
[ "$(head -c 4 chart.png | tail -c 3)" = PNG ] || fail "no picture"
check 0 diff models/style.safetensors back.safetensors --json
json out 'all(t["equal"] for t in d["tensors"])'

# What matches already stays as it is, which is said.
check 0 align $a $a -o same.safetensors --no-sync
says out '^resnet-a\.safetensors: nothing moved\..*alignment is not needed'
check 0 diff $a same.safetensors --json
json out 'all(t["equal"] for t in d["tensors"])'

# Networks trained apart: the same bytes for any number of threads, and when the output's recipe runs again.
check 0 align $a resnet-b.safetensors -o b.safetensors --no-sync --threads 1
says out '^resnet-b\.safetensors: [0-9]+ of 224 units moved, in 6 of 6 layers'
says out '^Written to b\.safetensors'
check 0 align $a resnet-b.safetensors -o b3.safetensors --no-sync --threads 3 --quiet
[ ! -s out ] || fail "not quiet"
same b.safetensors b3.safetensors
check 0 merge b.safetensors -o again.safetensors -q --no-sync
same b.safetensors again.safetensors
check 0 align $a resnet-b.safetensors -o backward.safetensors --order backward --seed 3 --restarts 2 --sweeps 5 \
  --tolerance 0.001 --normalize --rotate --dtype fp32 -q --no-sync
check 0 inspect backward.safetensors --json
json out '"restarts: 2" in d["metadata"]["amalgam_recipe"]'

# By what units say on pictures, which the output's recipe wants again.
python3 - <<'PY'
import json, random, struct
random.seed(1)
for name, side in ("pictures", 8), ("large", 9):
    values = [random.random() for _ in range(60 * side * side)]
    data = struct.pack("<%df" % len(values), *values)
    header = json.dumps({"images": {"dtype": "F32", "shape": [60, 1, side, side], "data_offsets": [0, len(data)]}})
    header += " " * (-len(header) % 8)
    with open(name + ".safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header.encode() + data)
PY
check 0 align $a resnet-b.safetensors -o seen.safetensors --no-sync --data pictures.safetensors --threads 1
says out '^resnet-b\.safetensors: [0-9]+ of 224 units moved'
says out '^Correlation of units on the data: -?0\.[0-9]+ before, 0\.[0-9]+ after'
check 0 align $a resnet-b.safetensors -o seen3.safetensors --no-sync --data pictures.safetensors --threads 3 --json
json out 'd["alignments"][0]["correlation_after"] > d["alignments"][0]["correlation_before"]'
json out 'len(d["alignments"][0]["data_sha256"]) == 64'
same seen.safetensors seen3.safetensors
check 0 merge seen.safetensors -o seen-again.safetensors -q --no-sync
same seen.safetensors seen-again.safetensors
check 0 align $a sibling.safetensors -o found.safetensors -q --no-sync --data pictures.safetensors --samples 50 \
  --objective product --matching activations --preprocessing none --seed 3
check 0 diff $a found.safetensors --json
json out 'all(t["equal"] for t in d["tensors"])'
check 1 align $a resnet-b.safetensors -o new.safetensors --data none.npz
says err 'none\.npz'
cp large.safetensors pictures.safetensors
check 1 merge seen.safetensors -o new.safetensors
says err 'pictures\.safetensors is not the data the recipe was made with'
check 2 align $a sibling.safetensors -o new.safetensors --matching activations
says err 'takes pictures: --data PATH'
check 2 align $a sibling.safetensors -o new.safetensors --matching weights --data pictures.safetensors
check 2 align $a sibling.safetensors -o new.safetensors --data pictures.safetensors --objective sum
check 2 align $a sibling.safetensors -o new.safetensors --data pictures.safetensors --rotate
check 2 align $a sibling.safetensors -o new.safetensors --data pictures.safetensors --samples -1
check 2 align $a sibling.safetensors -o new.safetensors --objective product
rm pictures.safetensors large.safetensors

# A dry run says what would be matched to what.
check 0 align $a resnet-b.safetensors --dry-run
says out '^Would reorder the units of resnet-b\.safetensors .* to match those of resnet-a\.safetensors'

# As part of a merge; the report holds what moved.
check 0 merge $a sibling.safetensors -m slerp --align -o aligned.safetensors --no-sync --report report.json
says out 'units moved'
json report.json 'd["alignments"][0]["model"] == "sibling.safetensors"'
check 0 diff $a aligned.safetensors --json
json out 'all(t["equal"] for t in d["tensors"])'
check 0 merge $a sibling.safetensors -m slerp --align --dry-run
says out '^First it would align sibling\.safetensors'

# Nothing is replaced or spoilt.
check 1 align $a sibling.safetensors -o b.safetensors
says err 'b\.safetensors exists; use --force'
check 1 align $a sibling.safetensors -o sibling.safetensors -f
says err 'is one of the inputs'
check 1 align $a sibling.safetensors -o new.safetensors --png $a -f
says err 'is one of the inputs'
check 1 align $a sibling.safetensors -o new.safetensors --png new.png --report new.png
says err 'new\.png is the report too'
check 1 align $a none.safetensors -o new.safetensors
says err 'none\.safetensors'
check 1 align $a mlp-a.safetensors -o new.safetensors
says err 'mlp-a\.safetensors'
check 2 align $a -o new.safetensors
check 2 align $a sibling.safetensors -o new.safetensors --order upwards
check 2 align $a sibling.safetensors -o new.safetensors --restarts 0
check 2 align $a sibling.safetensors -o new.safetensors --tolerance 2
check 2 align $a sibling.safetensors --dry-run --json
says err 'a dry run does not find out'
check 2 align $a sibling.safetensors
[ ! -e new.safetensors ] || fail "an output after a failure"
sha256sum --quiet -c inputs || fail "an input was changed"
