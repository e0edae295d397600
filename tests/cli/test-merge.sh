#!/usr/bin/env bash
# Merges: the demonstration, merging by hand, running recipes again to the same bytes, overwriting.
# shellcheck source=tests/cli/common.sh
source "$(dirname "$0")/common.sh"

check 0 demo models
only_files models base.safetensors style.safetensors merged.safetensors report.json moved.png
a=models/base.safetensors
b=models/style.safetensors
sha256sum "$a" "$b" >inputs

json models/report.json 'd["format"] == "amalgam-report-1" and d["method"] == "weighted_sum"'
json models/report.json 'sum(d["counts"].values()) == len(d["tensors"])'
json models/report.json '{t["ratio"] for t in d["tensors"] if t.get("block") == "M00"} == {0.0}'

# By hand with the same settings: the same bytes, for any number of threads.
check 0 merge "$a" "$b" -m weighted_sum --blocks GRAD_V -o hand.safetensors --threads 1
says out '^Merged with weighted_sum into hand\.safetensors'
same hand.safetensors models/merged.safetensors
check 0 merge "$a" "$b" -m weighted_sum --blocks GRAD_V -o hand.safetensors --threads 7 --force --quiet --no-sync
if [ -s out ] || [ -s err ]; then
  fail "not quiet"
fi
same hand.safetensors models/merged.safetensors

# Nor do they depend on how much memory there may be; less than one thread needs is told.
check 0 merge "$a" "$b" -m weighted_sum --blocks GRAD_V -o hand.safetensors --memory 20MB -f --no-sync
same hand.safetensors models/merged.safetensors
never_says err 'memory'
check 0 merge "$a" "$b" -m weighted_sum --dry-run --memory 20MB
says out 'needs about 1[0-9]\.[0-9] MB of memory'
check 0 merge "$a" "$b" -m weighted_sum --blocks GRAD_V -o hand.safetensors --memory 2MB -f --no-sync
same hand.safetensors models/merged.safetensors
says err 'warning: even one thread needs about [0-9.]+ MB of memory, more than the limit of 2\.0 MB'

# A merged file and a picture run again.
check 0 merge models/merged.safetensors -o again.safetensors -q --no-sync
same again.safetensors models/merged.safetensors
check 0 merge models/moved.png -o from-picture.safetensors -q --no-sync
same from-picture.safetensors models/merged.safetensors
rm -f from-picture.safetensors again.safetensors

# A recipe in a file, with flags over it.
cat >recipe.yaml <<RECIPE
merge_method: weighted_sum
models:
  - model: models/base.safetensors
  - model: models/style.safetensors
parameters:
  alpha: 0.25
RECIPE
check 0 merge recipe.yaml -o recipe.safetensors -q --no-sync
check 0 merge "$a" "$b" -m weighted_sum -p alpha=0.25 -o flags.safetensors -q --no-sync
same recipe.safetensors flags.safetensors
check 0 merge recipe.yaml -p alpha=0.5 -o over.safetensors -q --no-sync
check 0 merge "$a" "$b" -m weighted_sum -p alpha=0.5 -o flags.safetensors -q --no-sync -f
same over.safetensors flags.safetensors
rm -f over.safetensors recipe.safetensors

# Alpha 0 is A.
check 0 merge "$a" "$b" -m weighted_sum -p alpha=0 -o endpoint.safetensors -q --no-sync --no-metadata
check 0 diff "$a" endpoint.safetensors --json
json out 'd["counts"]["equal"] == d["counts"]["tensors"] and d["relative_l2"] == 0'
rm -f endpoint.safetensors

# An existing output stays unless --force says otherwise.
sha256sum hand.safetensors >before
check 1 merge "$a" "$b" -m weighted_sum -o hand.safetensors
says err '^amalgam: .*hand\.safetensors'
sha256sum --status -c before || fail "the output was touched"
# Models that share nothing are named.
check 1 merge "$a" "$b" -m weighted_sum --discard . -o nothing.safetensors
says err '^amalgam: base\.safetensors and style\.safetensors: nothing would be merged: all 1130 tensors'
# An output that is an input is refused, also with --force.
check 1 merge "$a" "$b" -m weighted_sum -o "$a" --force
sha256sum --status -c inputs || fail "an input was touched"

# Neither does a report or a picture replace an input, the output, the recipe or anything that is no file.
mkfifo pipe
for name in "$a" report-and-output.safetensors pipe models no-such-folder/report.json; do
  check 1 merge "$a" "$b" -m weighted_sum -o report-and-output.safetensors --report "$name" --force
  says err "^amalgam: $name"
done
for name in "$a" pipe models no-such-folder/picture.png; do
  check 1 diff "$a" "$b" --png "$name" -q
  says err "^amalgam: $name"
done
# A report replaces a file only when told so, and is asked about before the work.
echo precious >notes.txt
check 1 merge "$a" "$b" -m weighted_sum -o report-and-output.safetensors --report notes.txt
says err '^amalgam: notes\.txt exists; use --force'
[ "$(cat notes.txt)" = precious ] || fail "the report replaced a file"
sha256sum recipe.yaml >recipe-before
check 1 merge recipe.yaml -o recipe.yaml --force
check 1 merge recipe.yaml -o x.safetensors --report recipe.yaml
sha256sum --status -c recipe-before || fail "the recipe was touched"
sha256sum --status -c inputs || fail "an input was touched"
[ ! -e report-and-output.safetensors ] || fail "merged although the report has no place"

# An output that is no file is refused: renaming over a device would take it from the whole machine.
check 1 merge "$a" "$b" -m weighted_sum -o pipe --force
says err '^amalgam: pipe is a device, a pipe or a socket'
check 1 convert "$a" -o pipe --force
[ -p pipe ] || fail "the pipe was replaced"

# A folder of shards runs again as one file does.
check 0 merge "$a" "$b" -m weighted_sum -p alpha=0.25 --shard-size 30MB -o shards -q --no-sync
check 0 merge shards -o shards-again -q --no-sync
for file in shards/*; do
  same "$file" "shards-again/$(basename "$file")"
done
[ "$(find shards -name '*.safetensors' | wc -l)" -gt 1 ] || fail "one shard only"
rm -rf shards shards-again

# What holds no recipe is told for what it is.
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n' >pointer.safetensors
check 1 merge pointer.safetensors -o x.safetensors
says err '^amalgam: pointer.safetensors: this is a Git LFS pointer'

# A dry run says what would happen and writes nothing.
check 0 merge "$a" "$b" -m weighted_sum --blocks GRAD_V --dry-run
says out '^weighted_sum would merge:'
says out 'M00 +0 '
says out 'Nothing was written'
check 0 merge "$a" "$b" -m weighted_sum -p alpha=0.3 --dry-run
says out '^Ratio: 0\.3$'
check 1 merge "$a" "$b" -m weighted_sum -p alpha=0.3 --dry-run -o "$a"
says err 'one of the inputs'

# What goes wrong is told by name, with nothing left behind.
check 1 merge "$a" missing.safetensors -m weighted_sum -o x.safetensors
says err '^amalgam: .*missing\.safetensors'
check 1 merge "$a" "$b" -m weighted_sum -o no-such-folder/x.safetensors
says err 'no-such-folder'
check 1 merge "$a" -o x.safetensors
check 1 merge missing.yaml -o x.safetensors
says err 'missing\.yaml'
printf 'merge_method: weighted_sum\nmodles: []\n' >typo.yaml
check 1 merge typo.yaml -o x.safetensors
says err 'typo\.yaml:2'
check 1 merge "$a" "$b" -m weighted_sum --discard . -o x.safetensors
[ ! -e x.safetensors ] || fail "a failed merge left its output"
if find . -name '*.part' | grep -q .; then
  fail "parts are left"
fi

# Flags that change the output.
check 0 merge "$a" "$b" -m weighted_sum --dtype bf16 --discard '^first_stage_model' --report r.json -o c.safetensors -q --no-sync
json r.json 'd["counts"]["discarded"] == sum(t["name"].startswith("first_stage_model") for t in d["tensors"]) > 0'
check 0 inspect c.safetensors --json
json out 'all(t["dtype"] in ("BF16", "I64") and not t["name"].startswith("first_stage") for t in d["tensors"])'
json out '"amalgam_recipe" in d["metadata"] and "sd_merge_recipe" in d["metadata"]'
check 0 merge "$a" "$b" -m weighted_sum --no-metadata -o c.safetensors -q --no-sync -f
check 0 inspect c.safetensors --json
json out '"amalgam_recipe" not in d["metadata"]'
check 0 merge "$a" "$b" -m weighted_sum --vae b --text-encoder a -o c.safetensors -q --no-sync -f
check 0 diff c.safetensors "$a" --json
json out 'all(t["equal"] for t in d["tensors"] if t["component"].startswith("text_encoder"))'
check 0 merge "$a" "$b" -m weighted_sum --shard-size 20MB -o sharded -q --no-sync
check 0 inspect sharded --json
json out 'd["architecture"] == "sd1"'
check 0 diff sharded "$a" --json
json out 'd["counts"]["only_a"] == d["counts"]["only_b"] == 0'

# A pattern that matches nothing is told: it is most likely mistyped.
check 0 merge "$a" "$b" -m weighted_sum --discard '^no_such_part' --dry-run
says err 'warning: discard .*no_such_part.* matches no tensor'
check 1 merge "$a" "$b" -m weighted_sum --discard . --dry-run
says err 'all 1130 tensors are left out'

# A VAE of another architecture is not put in: the model could not be loaded. 1x1 convolutions may be matrices.
make_vae() {
  python3 - "$@" <<'PYTHON'
import json, struct, sys
source, target, channels, is_matrix = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4] == "matrix"
with open(source, "rb") as file:
    header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
vae, end = {}, 0
for name, tensor in header.items():
    if not name.startswith("first_stage_model."):
        continue
    shape = tensor["shape"]
    if name.endswith("decoder.conv_in.weight"):
        shape[1] = channels
    if is_matrix and shape[2:] == [1, 1] and ".mid.attn_1." in name:
        shape = shape[:2]
    size = 2
    for axis in shape:
        size *= axis
    vae[name] = {"dtype": "F16", "shape": shape, "data_offsets": [end, end + size]}
    end += size
text = json.dumps(vae).encode()
with open(target, "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + bytes(end))
PYTHON
}
make_vae "$a" other-vae.safetensors 16 as-it-is
check 1 merge "$a" "$b" -m weighted_sum --vae other-vae.safetensors --dry-run
says err 'other-vae\.safetensors: its vae does not fit this model'
check 1 convert "$a" --vae other-vae.safetensors -o x.safetensors
[ ! -e x.safetensors ] || fail "a VAE that does not fit was put in"
make_vae "$a" matrix-vae.safetensors 4 matrix
check 0 convert "$a" --vae matrix-vae.safetensors -o c.safetensors -q --no-sync -f
check 0 diff "$a" c.safetensors --json
json out 'd["counts"]["shape"] == 0'

# Presets of the user's own, elements, the time embedding, a second model's weights.
printf 'MINE\t0,0,0,0,0,0,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,0,0,0,0,0\n' >mine.tsv
check 0 merge "$a" "$b" -m weighted_sum --blocks MINE --blocks-file mine.tsv --elements 'OUT03-OUT05:attn2:0.75' \
  --time-embed 0.1 --report r.json -o c.safetensors -q -f
json r.json '{t["ratio"] for t in d["tensors"] if t.get("block") == "M00"} == {1.0}'
json r.json '{t["ratio"] for t in d["tensors"] if t.get("block") == "OUT04" and "attn2" in t["name"]} == {0.75}'
json r.json '{t["ratio"] for t in d["tensors"] if "time_embed" in t["name"]} == {0.1}'
sha256sum --status -c inputs || fail "an input was touched"
