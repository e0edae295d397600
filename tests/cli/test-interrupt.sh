#!/usr/bin/env bash
# A signal in the middle of a merge: exit code 3, nothing left, inputs and older output untouched.
# shellcheck source=tests/cli/common.sh
source "$(dirname "$0")/common.sh"

check 0 demo models
sha256sum models/base.safetensors models/style.safetensors >inputs
echo "older" >older

# The merge cannot finish: its progress goes into a pipe that is full.
start_stuck() {
  rm -f full
  mkfifo full
  exec 3<>full
  dd if=/dev/zero bs=1024 oflag=nonblock of=full 2>/dev/null || true
  dd if=/dev/zero bs=1 count=1024 oflag=nonblock of=full 2>/dev/null || true
  env --default-signal=INT,TERM,HUP "$amalgam" merge models/base.safetensors models/style.safetensors -m weighted_sum \
    --threads 1 "$@" >stdout 2>full &
  pid=$!
  until compgen -G '.*.part' >/dev/null; do
    kill -0 "$pid" 2>/dev/null || fail "the merge ended by itself"
    sleep 0.02
  done
}

# The thread that waits for a signal ends when it has cancelled the work.
wait_until_cancelled() {
  while grep -qsx interrupt /proc/"$pid"/task/*/comm; do
    sleep 0.02
  done
}

# Lets the program say its last words. Their reader ends by itself once nobody holds the pipe open for writing.
finish() {
  status=0
  exec 4<full
  cat <&4 3>&- >words &
  reader=$!
  wait "$pid" 2>/dev/null || status=$?
  exec 3>&- 4<&-
  wait "$reader"
}

for signal in INT TERM HUP; do
  start_stuck -o merged.safetensors
  kill -s "$signal" "$pid"
  wait_until_cancelled
  finish
  [ "$status" -eq 3 ] || fail "SIG$signal: exit code $status instead of 3"
  [ ! -e merged.safetensors ] || fail "SIG$signal left an output"
  if compgen -G '.*.part' >/dev/null; then
    fail "SIG$signal left a part"
  fi
done

# Killed hard: no output under the final name, and the next run sweeps the part away.
start_stuck -o older --force
kill -s KILL "$pid"
finish
[ "$status" -eq 137 ] || fail "SIGKILL: exit code $status"
[ "$(cat older)" = older ] || fail "the older output was touched"
check 0 merge models/base.safetensors models/style.safetensors -m weighted_sum -o older --force -q
if compgen -G '.*.part' >/dev/null; then
  fail "the part of the killed run is still there"
fi
sha256sum --status -c inputs || fail "an input was touched"
