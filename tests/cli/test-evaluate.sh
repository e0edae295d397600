#!/usr/bin/env bash
# How good models are, how high the barrier between two of them is, and soups: what is said, exit codes, and that a
# soup that was stopped goes on.
networks=$(realpath "$2")
# shellcheck source=tests/cli/common.sh
source "$(dirname "$0")/common.sh"

cp "$networks"/*.safetensors .
a=mlp-a.safetensors b=mlp-b.safetensors
printf 'scale: 16\n' >sixteenths.yaml
data=(--data held-out.safetensors --preprocessing sixteenths.yaml)
sha256sum -- *.safetensors >inputs

# One model.
check 0 evaluate $a "${data[@]}" --classes
says out '^mlp-a\.safetensors: Multilayer perceptron'
says out '^Data +held-out\.safetensors: .*540 samples'
says out '^Accuracy +97\.96% \(529 right\)'
says out '^Loss +0\.0850'
says out '^Calibration error +0\.010982'
[ "$(grep -Ec '^ +[0-9] +5[2-5] +[0-9.]+%' out)" = 10 ] || fail "not ten classes"
check 0 evaluate $a "${data[@]}" --quiet
[ "$(wc -l <out)" = 1 ] || fail "not one line"
says out '^0\.97962962962962[0-9]+$'
[ ! -s err ] || fail "not quiet"
check 0 evaluate $a "${data[@]}" --samples 50 --seed 3 --batch-size 8 --threads 2 -q

# Several models, a line each; the JSON has all of them.
check 0 evaluate $a $b "${data[@]}"
says out '^ +97\.96%.* mlp-a\.safetensors$'
says out '^ +97\.59%.* mlp-b\.safetensors$'
check 0 evaluate $a $b "${data[@]}" --json
json out 'd["format"] == "amalgam-evaluations-1" and [m["model"] for m in d["models"]] == ["'$a'", "'$b'"]'
json out 'abs(d["models"][0]["accuracy"] - 529 / 540) < 1e-12 and d["models"][0]["samples"] == 540'
json out 'sum(c["correct"] for c in d["models"][0]["classes"]) == 529 and len(d["models"][0]["calibration"]) == 15'

# Folders are numbered in their order, which is not that of the model when one is missing.
mkdir -p folders/3
python3 - <<'END'
import struct, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
rows = b"".join(b"\0" + bytes(range(y, y + 8)) for y in range(8))
with open("folders/3/picture.png", "wb") as file:
    file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0))
               + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
END
printf 'scale: 16\nchannels: 1\n' >grey.yaml
for command in "evaluate $a" "evaluate $a $b --barrier --points 3" "soup $a $b -o few.safetensors --no-sync"; do
  # shellcheck disable=SC2086
  check 0 $command --data folders --preprocessing grey.yaml
  says err 'folders has 1 class and .* tells 10 apart.*“3” is class 0'
done

# The line between two models.
check 0 evaluate $a $b "${data[@]}" --barrier --points 5 --png barrier.png
says out '^ +0\.5 +9[0-9.]+% +1\.'
says out '^Barrier of the loss +0\.94'
[ "$(head -c 4 barrier.png | tail -c 3)" = PNG ] || fail "no picture"
check 0 evaluate $a $b "${data[@]}" --barrier --points 5 --json
json out 'd["format"] == "amalgam-barrier-1" and len(d["points"]) == 5 and d["worst_ratio"] == 0.5'
check 0 evaluate $a $a "${data[@]}" --barrier --points 3 --quiet
[ "$(cat out)" = 0 ] || fail "a barrier between a model and itself"
check 1 evaluate $a $b "${data[@]}" --barrier --png barrier.png
says err 'barrier\.png exists; use --force'
check 1 evaluate $a $b "${data[@]}" --barrier --png $b --force
says err 'is one of the inputs'
check 1 evaluate $a resnet-a.safetensors "${data[@]}" --barrier
says err 'different networks'
check 0 evaluate $a $b "${data[@]}" --barrier --points 3 --reset-bn
says err 'no batch norms'

# Batch norms that were averaged are told of, until they are measured anew. Pictures need rows and columns here.
python3 - <<'END'
import json, struct
bytes = open("held-out.safetensors", "rb").read()
size, = struct.unpack("<Q", bytes[:8])
header = json.loads(bytes[8:8 + size])
header["pictures"]["shape"] = [540, 1, 8, 8]
text = json.dumps(header).encode()
open("squares.safetensors", "wb").write(struct.pack("<Q", len(text)) + text + bytes[8 + size:])
END
squares=(--data squares.safetensors --preprocessing sixteenths.yaml)
check 0 merge resnet-a.safetensors resnet-b.safetensors -m linear -o merged.safetensors -q --no-sync
check 0 evaluate merged.safetensors "${squares[@]}"
says err 'merged\.safetensors was merged.*amalgam repair'
check 0 evaluate resnet-a.safetensors "${squares[@]}"
says out '^Accuracy +99\.07%'
never_says err 'was merged'
check 0 evaluate resnet-a.safetensors resnet-b.safetensors "${squares[@]}" --barrier --points 3
says err '^amalgam: warning: the statistics of batch norms.*--reset-bn'
check 0 evaluate resnet-a.safetensors resnet-b.safetensors "${squares[@]}" --barrier --points 3 --reset-bn
says out 'measured anew at every point, on 540 samples'
never_says err 'warning'

# Wrong data.
check 1 evaluate $a --data none.safetensors
says err 'none\.safetensors'
check 1 evaluate resnet-a.safetensors "${data[@]}"
check 2 evaluate $a
says err '--data PATH'
check 2 evaluate --data held-out.safetensors
check 2 evaluate $a "${data[@]}" --barrier
check 2 evaluate $a $b "${data[@]}" --barrier --points 4
check 2 evaluate $a $b "${data[@]}" --points 5
check 2 evaluate $a "${data[@]}" --json --quiet

# Soups: uniform is the plain average.
check 0 soup $a $b -o uniform.safetensors --no-sync
says out '^The average of 2 of 2 models\.$'
check 0 merge $a $b -m linear -o average.safetensors -q --no-sync
check 0 diff uniform.safetensors average.safetensors --json
json out 'all(t["equal"] for t in d["tensors"])'
check 0 merge uniform.safetensors -o again.safetensors -q --no-sync
same uniform.safetensors again.safetensors

# Greedy on data: networks trained apart do not mix.
check 0 soup $b $a "${data[@]}" -o greedy.safetensors --no-sync
says out '^ +alone +0\.9796.*mlp-a\.safetensors  the best$'
says out '^ +together +0\.9.*mlp-b\.safetensors  stays out$'
says out '^No average is better than mlp-a\.safetensors alone\.$'
check 0 soup $a $b "${data[@]}" --kind uniform -o scored.safetensors --no-sync --json
json out 'd["format"] == "amalgam-soup-1" and d["kind"] == "uniform" and 0.9 < d["score"] < 0.95'
same scored.safetensors uniform.safetensors

# Amalgam itself as the command that scores.
check 0 soup $b $a -o same.safetensors --no-sync --evaluate "'$amalgam' evaluate -q {} ${data[*]}"
same same.safetensors greedy.safetensors
check 1 soup $a $b -o none.safetensors --evaluate 'echo good'
says err '^amalgam: .*“echo good” printed is “good”'
check 1 soup $a $b -o none.safetensors --evaluate 'echo no memory >&2; exit 7'
says err 'exit code 7'
says err '^amalgam: no memory$'
if compgen -G '*none.safetensors*' >/dev/null; then
  fail "something is left of a soup that failed"
fi

# Ctrl-C in the middle: exit code 3, the scores stay, and the same command goes on. Afterwards nothing is left.
cat >slow.sh <<'END'
echo . >>calls
case $1 in *-candidate.safetensors) [ -e quick ] || { touch hanging; sleep 1000; } ;; esac
echo 1
END
command='sh ./slow.sh {}'
env --default-signal=INT,TERM,HUP "$amalgam" soup $a $b -o slow.safetensors --no-sync --evaluate "$command" \
  >out 2>err &
pid=$!
until [ -e hanging ]; do
  kill -0 "$pid" 2>/dev/null || fail "the soup ended by itself"
  sleep 0.02
done
kill -s INT "$pid"
status=0
wait "$pid" || status=$?
[ "$status" -eq 3 ] || fail "SIGINT: exit code $status instead of 3"
says err 'kept in slow\.safetensors\.soup\.json: the same command goes on'
[ ! -e slow.safetensors ] || fail "an output after Ctrl-C"
if compgen -G '.*candidate*' >/dev/null; then
  fail "the average that was scored is still there"
fi
check 1 soup $a $b -o slow.safetensors --evaluate 'echo 2'
says err 'slow\.safetensors\.soup\.json holds scores of another evaluator; remove it'
echo torn >torn.safetensors.soup.json
check 1 soup $a $b -o torn.safetensors --evaluate 'echo 2'
says err 'torn\.safetensors\.soup\.json is no record of a soup'
if grep -q 'goes on' err; then
  fail "scores that cannot be read are said to be kept"
fi
rm torn.safetensors.soup.json
touch quick
check 0 soup $a $b -o slow.safetensors --no-sync --evaluate "$command"
says out '^2 scores were taken over'
[ "$(wc -l <calls)" = 4 ] || fail "scores were asked for twice"
if compgen -G '*.soup.json' >/dev/null; then
  fail "the scores are still there"
fi

check 1 soup $a $b -o slow.safetensors
says err 'slow\.safetensors exists; use --force'
check 1 soup $a $b -o $b --force
says err 'is one of the inputs'
check 1 soup $a resnet-a.safetensors -o new.safetensors
check 2 soup $a -o new.safetensors
check 2 soup $a $b
check 2 soup $a $b -o new.safetensors --kind greedy
check 2 soup $a $b -o new.safetensors --kind thick
check 2 soup $a $b -o new.safetensors "${data[@]}" --evaluate true
[ ! -e new.safetensors ] || fail "an output after a failure"
sha256sum --quiet -c inputs || fail "an input was changed"
