#!/usr/bin/env bash
# Too little room for the output: an error before any work, nothing left.
# shellcheck source=tests/cli/common.sh
source "$(dirname "$0")/common.sh"

check 0 demo models
merge=(merge models/base.safetensors models/style.safetensors -m weighted_sum -q)

# A limit on the size of files stands in for the disk where mounting is not allowed.
status=0
(
  ulimit -f 20000
  exec "$amalgam" "${merge[@]}" -o limited.safetensors
) >out 2>err || status=$?
[ "$status" -eq 1 ] || fail "exit code $status at the file size limit"
says err '^amalgam: .*limited\.safetensors'
[ ! -e limited.safetensors ] || fail "an output is left at the file size limit"
if compgen -G '.*.part' >/dev/null; then
  fail "a part is left at the file size limit"
fi

mkdir small
if ! unshare --user --map-root-user --mount true 2>/dev/null; then
  echo "mounting is not allowed: the file size limit alone was tested"
  exit 0
fi
export amalgam
unshare --user --map-root-user --mount bash -s "${merge[@]}" <<'INNER' || fail "the full disk"
mount -t tmpfs -o size=20m tmpfs small || exit 0
status=0
"$amalgam" "$@" -o small/merged.safetensors >out 2>err || status=$?
[ "$status" -eq 1 ] && grep -q '^amalgam: .*small/merged.safetensors' err && [ -z "$(ls -A small)" ]
INNER
