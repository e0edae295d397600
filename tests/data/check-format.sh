#!/usr/bin/env bash
# The C sources are as .clang-format has them. Headers are left out: they line up their comments by hand. Other
# versions of clang-format disagree on details, so only version 14 is asked.
set -euo pipefail

top=$1
formatter=
for candidate in clang-format-14 clang-format; do
  if command -v "$candidate" >/dev/null && "$candidate" --version | grep -q 'version 14\.'; then
    formatter=$candidate
    break
  fi
done
if [ -z "$formatter" ]; then
  echo "clang-format 14 is not installed"
  exit 77
fi

cd "$top"
find app core tests -name '*.c' -print0 | xargs -0 "$formatter" --dry-run -Werror
