# Shared by the tests of the command line: a folder of their own and a few checks. The program is $1.
# shellcheck shell=bash
set -euo pipefail

amalgam=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export XDG_CACHE_HOME=$folder/cache
cd "$folder"

fail() {
  echo "FAILED: $*" >&2
  for file in out err; do
    if [ -s "$folder/$file" ]; then
      echo "--- $file" >&2
      head -n 40 "$folder/$file" >&2
    fi
  done
  exit 1
}

# check STATUS ARGUMENTS...: runs the program, leaving its words in "out" and "err".
check() {
  local expected=$1 status=0
  shift
  "$amalgam" "$@" >"$folder/out" 2>"$folder/err" || status=$?
  [ "$status" -eq "$expected" ] || fail "amalgam $*: exit code $status instead of $expected"
}

# says FILE PATTERN: whether a line of "out" or "err" matches the extended regular expression.
says() {
  grep -Eq -- "$2" "$folder/$1" || fail "$1 does not say '$2'"
}

never_says() {
  if grep -Eq -- "$2" "$folder/$1"; then
    fail "$1 says '$2'"
  fi
}

same() {
  cmp -s "$1" "$2" || fail "$1 and $2 differ"
}

# Nothing but the named files (and what the checks leave) is in FOLDER.
only_files() {
  local where=$1 found
  shift
  found=$(find "$where" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | tr '\n' ' ')
  [ "$found" = "$(printf '%s\n' "$@" | sort | tr '\n' ' ')" ] || fail "$where holds: $found"
}

# json FILE EXPRESSION: whether a Python expression over the document "d" holds.
json() {
  python3 -c 'import json, sys
d = json.load(open(sys.argv[1], encoding="utf-8"))
sys.exit(0 if eval(sys.argv[2]) else 1)' "$1" "$2" || fail "$1: not true: $2"
}
