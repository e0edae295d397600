#!/usr/bin/env bash
# Repairing merged networks on digits: accuracy comes back, and nothing is replaced or spoilt.
digits=$(realpath "$2")
vgg=$(realpath "$3")
# shellcheck source=tests/cli/common.sh
source "$(dirname "$0")/common.sh"

cp "$digits"/{resnet,mlp}-{a,b}.safetensors "$vgg"/calibration.safetensors .
printf 'scale: 16\n' >digits.yaml
data=(--data calibration.safetensors --preprocessing digits.yaml --no-sync)
check 0 align resnet-a.safetensors resnet-b.safetensors -o b.safetensors -q --no-sync
check 0 merge resnet-a.safetensors b.safetensors -m linear -o merged.safetensors -q --no-sync
check 0 align mlp-a.safetensors mlp-b.safetensors -o mlp.safetensors -q --no-sync
check 0 merge mlp-a.safetensors mlp.safetensors -m linear -o mlp-merged.safetensors -q --no-sync
sha256sum -- *.safetensors >inputs

accuracy() {
  check 0 evaluate "$1" --data calibration.safetensors --preprocessing digits.yaml -q
  accuracy=$(cat out)
}

# better A B: whether the number A is larger than B.
better() {
  python3 -c 'import sys; sys.exit(0 if float(sys.argv[1]) > float(sys.argv[2]) else 1)' "$1" "$2" \
    || fail "$1 is not better than $2"
}

# RESET takes no parents.
check 0 repair merged.safetensors "${data[@]}" -o reset.safetensors
says out '^merged\.safetensors: 9 layers repaired \(reset\) on 600 samples\.$'
says out '^Batch norms have the mean and spread of what reaches them; the greatest error left is '
says out '^Written to reset\.safetensors\.$'
never_says err warning
accuracy merged.safetensors
before=$accuracy
accuracy reset.safetensors
better "$accuracy" "$before"
better "$accuracy" 0.97
check 0 inspect reset.safetensors --json
json out '"amalgam_repair" in d["metadata"] and "amalgam_recipe" in d["metadata"]'

# Parents in both ways to name them, before and after other options; the result does not depend on threads.
check 0 repair merged.safetensors --parents resnet-a.safetensors b.safetensors "${data[@]}" --method rescale \
  -o rescaled.safetensors --json --threads 1
json out 'd["format"] == "amalgam-repair-1" and d["method"] == "rescale" and abs(d["ratio"] - 0.5) < 1e-3'
json out 'len(d["layers"]) == 13 and sum(l["reset"] for l in d["layers"]) == 9 and d["new_tensors"] == []'
json out 'd["parents"] == ["resnet-a.safetensors", "b.safetensors"] and d["samples"] == 600'
json out 'all(l["deviation_before"] is None if l["reset"] else l["deviation_before"] < 1 for l in d["layers"])'
check 0 repair merged.safetensors "${data[@]}" --method rescale -o again.safetensors -q --threads 3 \
  --parents resnet-a.safetensors --parents b.safetensors
[ ! -s out ] || fail "not quiet"
same rescaled.safetensors again.safetensors

# Without batch norms; few samples are warned of.
check 0 repair mlp-merged.safetensors --parents mlp-a.safetensors mlp.safetensors "${data[@]}" \
  -o mlp-repaired.safetensors --samples 80 --top 2
says out '^mlp-merged\.safetensors: 4 layers repaired \(rescale\) on 80 samples, 0\.5 of the way from mlp-a'
says out 'and 2 more; --json'
says err 'warning: 80 samples are few'
check 0 repair mlp-merged.safetensors --parents mlp-a.safetensors mlp.safetensors "${data[@]}" \
  -o closed.safetensors --method closed_form --ratio 0.5
says out 'closed_form'

# What does not go together.
check 1 repair mlp-merged.safetensors --parents mlp-a.safetensors mlp-b.safetensors "${data[@]}" -o new.safetensors
says err 'mlp-merged\.safetensors does not lie between .*amalgam align'
check 1 repair mlp-merged.safetensors --parents mlp-a.safetensors b.safetensors "${data[@]}" -o new.safetensors
says err 'b\.safetensors'
check 1 repair mlp-merged.safetensors "${data[@]}" -o new.safetensors
says err 'pass the models it was merged from'
check 1 repair mlp-merged.safetensors "${data[@]}" --method reset -o new.safetensors
says err 'no batch norm'
check 1 repair merged.safetensors "${data[@]}" --memory 1MB -o new.safetensors
says err 'samples do \(--samples\)'
check 1 repair merged.safetensors --data none --no-sync -o new.safetensors
says err 'none'

# Nothing is replaced or spoilt.
check 1 repair merged.safetensors "${data[@]}" -o reset.safetensors
says err 'reset\.safetensors exists; use --force'
check 0 repair merged.safetensors "${data[@]}" -o reset.safetensors -f -q
for input in merged resnet-a calibration; do
  check 1 repair merged.safetensors --parents resnet-a.safetensors b.safetensors "${data[@]}" -f \
    -o "$input.safetensors"
  says err 'is one of the inputs'
done

check 2 repair "${data[@]}" -o new.safetensors
says err 'in front of --parents'
check 2 repair --parents mlp-a.safetensors mlp.safetensors mlp-merged.safetensors "${data[@]}" -o new.safetensors
says err 'in front of --parents'
check 2 repair merged.safetensors -o new.safetensors
check 2 repair merged.safetensors "${data[@]}"
check 2 repair merged.safetensors "${data[@]}" -o new.safetensors --method renorm
check 2 repair merged.safetensors "${data[@]}" -o new.safetensors --method rescale
says err '--parents A B'
check 2 repair merged.safetensors "${data[@]}" -o new.safetensors --parents resnet-a.safetensors
check 2 repair merged.safetensors "${data[@]}" -o new.safetensors --ratio 0.5
check 2 repair merged.safetensors --parents resnet-a.safetensors b.safetensors "${data[@]}" -o new.safetensors \
  --ratio 2
check 2 repair merged.safetensors "${data[@]}" -o new.safetensors --memory much
check 2 repair merged.safetensors "${data[@]}" -o new.safetensors --top -1
[ ! -e new.safetensors ] || fail "an output after a failure"
sha256sum --quiet -c inputs || fail "an input was changed"
