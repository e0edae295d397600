#!/usr/bin/env bash
# Measuring: what it writes and says, parts added up, and what is refused before any work.
networks=$(realpath "$2")
# shellcheck source=tests/cli/common.sh
source "$(dirname "$0")/common.sh"

cp "$networks/mlp-a.safetensors" "$networks/held-out.safetensors" .
model=mlp-a.safetensors
data=held-out.safetensors
sha256sum $model $data >inputs

check 0 statistics $model --data $data -o all.safetensors --no-sync
says out '^mlp-a\.safetensors on 540 samples of held-out\.safetensors; Fisher: exact$'
says out '^  fisher +8 +42,634  540 examples$'
says out '^  gram +4 +53,248  540 rows$'
says out '^  moments +4 +394  540 rows$'
says out '^Written to all\.safetensors\.$'
check 0 inspect all.safetensors --json
json out 'd["metadata"]["format"] == "amalgam-statistics" and d["metadata"]["samples"] == "540"'

# The same for any number of threads.
check 0 statistics $model --data $data -o threads.safetensors --no-sync --threads 3 --quiet
[ ! -s out ] || fail "not quiet"
same all.safetensors threads.safetensors

# Some kinds of some samples, as JSON.
check 0 statistics $model --data $data -o part.safetensors --no-sync --json --kind gram,moments --samples 100 --seed 4 \
  --widest 100 --batch-size 7
json out 'd["format"] == "amalgam-statistics-summary-1" and d["samples"] == "100" and d["estimator"] is None'
json out '[k["kind"] for k in d["kinds"]] == ["gram", "moments"] and d["kinds"][0]["parameters"] == 1'
json out 'all(k["least_count"] == k["most_count"] == 100 for k in d["kinds"])'
json out '[g["parameter"] for g in d["left_out"]] == ["fc2.weight", "fc3.weight", "fc4.weight"]'
json out 'all(g["kind"] == "gram" and "more than 100" in g["reason"] for g in d["left_out"])'
check 0 statistics $model --data $data -o wide.safetensors --no-sync --kind gram --widest 100
says out '^No gram, because of 128 inputs, more than 100: fc2\.weight fc3\.weight fc4\.weight$'
check 0 statistics $model --data $data -o diagonal.safetensors --no-sync --kind gram --diagonal
says out '^  gram +4 +448  540 rows$'

# Sums that no machine has room for are refused before any work.
python3 - <<'END'
import json, struct

def write(path, tensors):
    header, at = {}, 0
    for name, (dtype, shape, size) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + at)

n = 4000000
write("huge.safetensors", {"0.weight": ("F32", [1, n], 4 * n), "2.weight": ("F32", [2, 1], 8)})
write("huge-data.safetensors", {"images": ("F32", [1, n], 4 * n)})
END
check 1 statistics huge.safetensors --data huge-data.safetensors -o new.safetensors --widest 5000000
says err 'take 2[0-9]+\.[0-9] GB of memory, and this machine has'

# Data of another size: the file that has it is named.
python3 - <<'END'
import json, struct

text = json.dumps({"images": {"dtype": "F32", "shape": [3, 63], "data_offsets": [0, 756]},
                   "labels": {"dtype": "U8", "shape": [3], "data_offsets": [756, 759]}}).encode()
with open("narrow.safetensors", "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + bytes(759))
END
check 1 statistics $model --data narrow.safetensors -o new.safetensors
says err 'narrow\.safetensors: the samples are 1 x 1 x 63'
check 1 evaluate $model --data narrow.safetensors
says err 'narrow\.safetensors: the samples are 1 x 1 x 63'
check 1 repair $model --parents $model $model --data narrow.safetensors -o new.safetensors
says err 'narrow\.safetensors: the samples are 1 x 1 x 63'
check 1 align $model $model --data narrow.safetensors -o new.safetensors
says err 'narrow\.safetensors: the samples are 1 x 1 x 63'
check 1 merge $model $model -m regmean_plus_plus -p data=narrow.safetensors,narrow.safetensors -o new.safetensors
says err 'narrow\.safetensors: the samples are 1 x 1 x 63'

# A layer too wide for a Gram shows while merging only; it is counted together with the biases, once.
python3 - <<'END'
import json, struct

def write(path, tensors):
    header, body = {}, b""
    for name, shape, values in tensors:
        data = struct.pack(f"<{len(values)}{'f' if name != 'labels' else 'B'}", *values)
        header[name] = {"dtype": "F32" if name != "labels" else "U8", "shape": shape,
                        "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + body)

n = 5000
for name, step in ("left", 3), ("right", 5):
    values = [(i * step) % 7 - 3 for i in range(2 * n)]
    write(f"{name}.safetensors", [("0.weight", [2, n], values), ("0.bias", [2], [0, 1]),
                                  ("2.weight", [3, 2], values[:6]), ("2.bias", [3], [0, 1, 2])])
write("wide-data.safetensors", [("images", [4, n], [i % 11 for i in range(4 * n)]), ("labels", [4], [0, 1, 2, 0])])
END
check 0 merge left.safetensors right.safetensors -m regmean_plus_plus --no-sync -o wide-merge.safetensors \
  -p data=wide-data.safetensors,wide-data.safetensors
[ "$(grep -c 'does not reach this tensor' err)" -eq 1 ] || fail "one reason, told twice"
says err '3 tensors: the method does not reach this tensor'

# What is drawn depends on the seed alone; labels are what the empirical Fisher is of.
check 0 statistics $model --data $data -o one.safetensors --no-sync --kind fisher --estimator sampled --seed 1
says out 'Fisher: sampled$'
check 0 statistics $model --data $data -o two.safetensors --no-sync --kind fisher --estimator sampled --seed 1 \
  --threads 2
same one.safetensors two.safetensors
check 0 statistics $model --data $data -o two.safetensors --no-sync --kind fisher --estimator sampled --seed 2 -f
cmp -s one.safetensors two.safetensors && fail "the seed does not matter"
check 0 statistics $model --data $data -o labels.safetensors --no-sync --kind fisher --estimator empirical

# Parts add up.
check 0 statistics --add all.safetensors threads.safetensors -o sum.safetensors --no-sync
says out '^mlp-a\.safetensors on 1080 samples of held-out\.safetensors; Fisher: exact$'
says out '^  fisher +8 +42,634  1,080 examples$'
check 1 statistics --add one.safetensors labels.safetensors -o mixed.safetensors
says err 'labels\.safetensors does not go with the files before it: its estimator is .empirical., theirs .sampled.'
check 1 statistics --add $model -o mixed.safetensors
says err 'mlp-a\.safetensors holds no statistics'

# Nothing is replaced or spoilt, and that shows before any work.
check 1 statistics $model --data $data -o all.safetensors
says err 'all\.safetensors exists; use --force'
check 1 statistics $model --data $data -o $model -f
says err 'is one of the inputs'
check 1 statistics $model --data $data -o $data -f
says err 'is one of the inputs'
check 1 statistics --add one.safetensors two.safetensors -o two.safetensors -f
says err 'is one of the inputs'
check 1 statistics $model --data $data -o nowhere/new.safetensors
says err 'nowhere'
check 1 statistics $model --data nothing -o new.safetensors
says err 'nothing'
check 1 statistics $model --data $model -o new.safetensors
says err 'mlp-a\.safetensors'
check 1 statistics $model --data $data -o new.safetensors --preprocessing none-such
says err 'none-such'
check 2 statistics $model -o new.safetensors
says err 'which data'
check 2 statistics $model --data $data
says err '-o OUT'
check 2 statistics --data $data -o new.safetensors
check 2 statistics $model $model --data $data -o new.safetensors
check 2 statistics $model --data $data -o new.safetensors --kind hessian
says err 'hessian'
check 2 statistics $model --data $data -o new.safetensors --estimator true
check 2 statistics $model --data $data -o new.safetensors --samples -1
check 2 statistics $model --data $data -o new.safetensors --widest -1
check 2 statistics --add all.safetensors --data $data -o new.safetensors
[ ! -e new.safetensors ] || fail "an output after a failure"
[ ! -e mixed.safetensors ] || fail "an output after a failure"
sha256sum --quiet -c inputs || fail "an input was changed"
