#!/usr/bin/env bash
# The tables of methods and presets, in words and as JSON.
# shellcheck source=tests/cli/common.sh
source "$(dirname "$0")/common.sh"

check 0 methods
says out '^METHOD +MODELS +BASE'
for method in weighted_sum linear add_difference slerp task_arithmetic ties passthrough; do
  says out "^$method +"
done

check 0 methods ties
says out 'arXiv:2306\.01708'
says out '^  density$'
says out '0 to 1; default '

check 0 methods --json
json out 'len(d) > 20 and len({m["id"] for m in d}) == len(d)'
json out '[p["default"] for m in d if m["id"] == "weighted_sum" for p in m["parameters"] if p["id"] == "alpha"] == [0.5]'
json out 'all(set(m) == {"id", "title", "summary", "paper", "base", "min_models", "max_models", "random", "parameters"} for m in d)'
# Every method that is listed can be asked for.
python3 -c 'import json; print("\n".join(m["id"] for m in json.load(open("out"))))' >ids
while read -r id; do
  check 0 methods "$id"
  says out "($id)"
done <ids
check 0 methods slerp --json
json out 'd["id"] == "slerp"'

check 0 presets
says out '^GRAD_V +'
check 0 presets --blocks 25
awk -F '\t' '{ n = split($2, v, ","); if (NF != 2 || n != 26) exit 1 }' out || fail "a preset without 26 numbers"
check 0 presets --blocks 19
awk -F '\t' '{ n = split($2, v, ","); if (NF != 2 || n != 20) exit 1 }' out || fail "a preset without 20 numbers"
check 0 presets --json
json out 'all(p["blocks_25"] or p["blocks_19"] for p in d)'
json out 'all(len(p[b]) == n and min(p[b]) >= 0 and max(p[b]) <= 1 for p in d for b, n in (("blocks_25", 26), ("blocks_19", 20)) if p[b])'

# Numbers have points whatever the language of the system says.
if locale -a | grep -qx 'de_DE.utf8'; then
  LC_ALL=de_DE.UTF-8 check 0 presets --blocks 25
  says out '0\.'
fi
# Not writing is an error.
status=0
"$amalgam" methods >/dev/full 2>err || status=$?
[ "$status" -eq 1 ] || fail "a full standard output went unnoticed"
