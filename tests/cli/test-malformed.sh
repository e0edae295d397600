#!/usr/bin/env bash
# Every damaged or hostile file is refused: exit code 1, a message that names the file and the fault, no output.
maker=$(realpath "$2")
# shellcheck source=tests/cli/common.sh
source "$(dirname "$0")/common.sh"

PYTHONDONTWRITEBYTECODE=1 python3 "$maker" "$folder/corpus" >made
n=0
n_failed=0

complain() {
  echo "$1: $2" >&2
  head -c 300 err >&2
  n_failed=$((n_failed + 1))
}

while IFS=$'\t' read -r name message; do
  n=$((n + 1))
  status=0
  arguments=(convert "corpus/$name" -o out.safetensors)
  case $name in
    yaml/*) arguments=(merge "corpus/$name" -o out.safetensors) ;;
  esac
  timeout 60 "$amalgam" "${arguments[@]}" >out 2>err || status=$?
  [ "$status" -eq 1 ] || complain "$name" "exit code $status"
  grep -aqF -- "$message" err || complain "$name" "the message lacks '$message'"
  grep -aqF -- "amalgam: corpus/$name" err || complain "$name" "the message does not begin with the file"
  if [ -e out.safetensors ] || compgen -G '.*.part' >/dev/null; then
    complain "$name" "an output is left"
    rm -rf out.safetensors .*.part
  fi
done <corpus/expected.tsv

[ "$n" -ge 250 ] || fail "only $n files"
[ "$n_failed" -eq 0 ] || fail "$n_failed complaints about $n files"
echo "$n files refused"
