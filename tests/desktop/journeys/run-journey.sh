#!/bin/sh
# run-journey.sh JOURNEY.py PROGRAM CLI [WIDTHxHEIGHT]: one journey in a home, on a display and a bus of its own.
set -eu

journey=$1 program=$2 cli=$3
for part in Xvfb dbus-run-session xdotool /usr/bin/python3; do
  command -v "$part" >/dev/null || { echo "skipped: $part is not installed"; exit 77; }
done

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export HOME="$home" XDG_CACHE_HOME="$home/cache" XDG_DATA_HOME="$home/data" XDG_CONFIG_HOME="$home/config"
export XDG_RUNTIME_DIR="$home/run" GSETTINGS_BACKEND=keyfile AMALGAM_SCREEN="${4:-1280x860}"
mkdir -m 700 "$XDG_RUNTIME_DIR"
"$(dirname -- "$0")/../with-display.sh" /usr/bin/python3 -B "$journey" "$program" "$cli" "$home"
