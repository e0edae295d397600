#!/usr/bin/env bash
# What desktop-file-validate and appstreamcli say about the installed forms. Hints are shown; errors and warnings fail.
set -euo pipefail

entry=$1
metainfo=$2
missing=()
failed=0

if ! command -v desktop-file-validate >/dev/null; then
  missing+=(desktop-file-validate)
elif ! desktop-file-validate "$entry"; then
  failed=1
fi

if ! command -v appstreamcli >/dev/null; then
  missing+=(appstreamcli)
elif ! appstreamcli validate --no-net --explain --no-color "$metainfo"; then
  failed=1
fi

if [ "$failed" -ne 0 ]; then
  exit 1
fi
if [ "${#missing[@]}" -gt 0 ]; then
  echo "not installed: ${missing[*]}"
  exit 77
fi
