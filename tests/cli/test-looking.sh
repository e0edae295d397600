#!/usr/bin/env bash
# inspect, diff and convert.
# shellcheck source=tests/cli/common.sh
source "$(dirname "$0")/common.sh"

check 0 demo models
a=models/base.safetensors
b=models/style.safetensors

check 0 inspect "$a"
says out 'Stable Diffusion 1'
says out '^Because:'
says out 'VAE +[0-9]+ tensors'
says out 'M00 +[0-9.]+ MB'
check 0 inspect "$a" --scan --quiet
says out 'every value is finite'
[ ! -s err ] || fail "not quiet"
check 0 inspect "$a" --json
json out 'd["format"] == "amalgam-inspect-1" and d["architecture"] == "sd1" and d["missing"] == []'
json out 'len(d["blocks"]) == 26 and sum(b["tensors"] for b in d["blocks"]) == d["tensors"].__len__()'
json out 'd["not_finite"] is None and sum(c["bytes"] for c in d["components"]) == d["bytes"]'
check 0 inspect "$a" --json --hash --scan -q
json out "d['hashes']['sha256'] == '$(sha256sum "$a" | cut -d' ' -f1)'"
json out 'd["hashes"]["autov2"] == d["hashes"]["sha256"][:10] and len(d["hashes"]["autov1"]) == 8'
json out 'len(d["hashes"]["autov3"]) == 12 and d["not_finite"] == []'
check 0 inspect models/merged.safetensors
says out 'merge_method: weighted_sum'

# Control characters in a file do not reach the terminal.
python3 - <<'PYTHON'
import json, struct
header = json.dumps({"__metadata__": {"title": "a\x1b[31mb\u009bc"}, "x": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
open("escape.safetensors", "wb").write(struct.pack("<Q", len(header)) + header + b"\0\0\xc0\x7f")
PYTHON
check 0 inspect escape.safetensors --scan
says out 'title: a\?\[31mb\?c'
never_says out $'\x1b'
says out 'x: 1 NaN, 0 infinite'

check 0 diff "$a" "$b" --top 3 --png map.png
says out '^A  models/base\.safetensors'
says out '^  M00 '
[ "$(sed -n '/^Most changed/,$p' out | wc -l)" -eq 5 ] || fail "not the 3 most changed tensors"
python3 - <<'PYTHON' || fail "map.png is no picture of a good size"
import struct
data = open("map.png", "rb").read()
assert data[:8] == b"\x89PNG\r\n\x1a\n"
width, height = struct.unpack(">II", data[16:24])
assert 1000 < width < 2000 and 300 < height < 1000
assert b"amalgam_recipe" not in data
PYTHON
check 0 diff "$a" "$b" --json
json out 'd["format"] == "amalgam-diff-1" and len(d["blocks"]) == 26'
json out 'all(t["equal"] for t in d["tensors"] if t["component"] == "vae")'
json out 'max(d["blocks"], key=lambda b: b["relative_l2"])["block"] in ("OUT06", "OUT07", "OUT08")'
cp out once
check 0 diff "$a" "$b" --json --threads 1
same out once
check 0 diff "$a" "$a"
says out 'over all: 0%'

# The picture of a merge carries the merge's recipe.
check 0 diff "$a" models/merged.safetensors --png models/carried.png -q
check 0 merge models/carried.png -o again.safetensors -q --no-sync
same again.safetensors models/merged.safetensors
check 1 merge map.png -o x.safetensors
says err 'map\.png'

check 1 diff "$a" missing.safetensors
says err 'missing\.safetensors'
check 1 diff "$a" "$b" --png no-such-folder/map.png -q
says err 'no-such-folder'
check 1 diff escape.safetensors escape.safetensors --png none.png
says err 'not divided into blocks'

check 0 convert "$a" -o half.safetensors --dtype bf16 --no-sync
says out '^Converted '
check 0 inspect half.safetensors --json
json out 'd["architecture"] == "sd1" and {t["dtype"] for t in d["tensors"]} <= {"BF16", "I64"}'
check 0 convert "$a" -o same.safetensors -q --no-sync
check 0 diff "$a" same.safetensors --json
json out 'd["counts"]["equal"] == d["counts"]["tensors"]'
check 1 convert "$a" -o same.safetensors -q

# 448 is the largest value of fp8_e4m3fn, and 464 still rounds to it.
python3 - <<'EOF'
import struct
header = b'{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}'
with open("wide.safetensors", "wb") as file:
    file.write(struct.pack("<Q", len(header)) + header + struct.pack("<4f", 1, 464, 465, -1e5))
EOF
check 0 convert wide.safetensors -o narrow.safetensors --dtype fp8_e4m3fn --no-sync
says err 'warning: 2 values were beyond the range of fp8'

# What is worth knowing about the input is told once, by convert as by merge.
cp "$a" renamed.ckpt
check 0 convert renamed.ckpt -o x.safetensors --no-sync
says err '^amalgam: warning: renamed\.ckpt: a safetensors file under another name'
check 0 merge renamed.ckpt renamed.ckpt -m weighted_sum -o x.safetensors --no-sync -f
[ "$(grep -c 'under another name' err)" = 1 ] || fail "the same warning twice"
rm x.safetensors renamed.ckpt

check 1 convert missing.ckpt -o x.safetensors
says err 'missing\.ckpt'
[ ! -e x.safetensors ] || fail "a failed conversion left its output"
