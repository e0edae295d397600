#!/usr/bin/env bash
# Runs a Python test with the interpreter that AMALGAM_PYTHON names, by default the system's.
set -euo pipefail
exec "${AMALGAM_PYTHON:-python3}" "$@"
