#!/usr/bin/env bash
# The man pages are well formed: check-man.sh PAGE...
set -euo pipefail

if command -v mandoc >/dev/null; then
  mandoc -Tlint -W warning "$@"
elif command -v groff >/dev/null; then
  for page in "$@"; do
    said=$(LC_ALL=C.UTF-8 groff -man -Tutf8 -ww -z "$page" 2>&1) || { echo "$said"; exit 1; }
    if [ -n "$said" ]; then
      echo "$said"
      exit 1
    fi
  done
else
  echo "neither mandoc nor groff is installed"
  exit 77
fi
