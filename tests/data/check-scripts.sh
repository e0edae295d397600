#!/usr/bin/env bash
# All shell scripts pass shellcheck.
set -euo pipefail

if ! command -v shellcheck >/dev/null; then
  echo "shellcheck is not installed"
  exit 77
fi

cd "$1"
find . \( -path './build*' -o -path ./.git \) -prune -o -type f \( -name '*.sh' -o -name run \) -print0 |
  xargs -0 shellcheck -x
