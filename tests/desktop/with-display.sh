#!/bin/sh
# with-display.sh PROGRAM [ARGUMENT...]: runs it on a display and a session bus of its own. $AMALGAM_SCREEN is the size
# of the screen, WIDTHxHEIGHT. The server finds a free number by itself, so many may start at once.
set -eu

for part in Xvfb dbus-run-session; do
  command -v "$part" >/dev/null || { echo "1..0 # SKIP $part is not installed"; exit 77; }
done

number=$(mktemp)
Xvfb -displayfd 3 -screen 0 "${AMALGAM_SCREEN:-1600x1200}x24" -nolisten tcp -noreset 3>"$number" 2>/dev/null &
server=$!
trap 'kill "$server" 2>/dev/null; rm -f "$number"' EXIT
until [ -s "$number" ]; do
  kill -0 "$server" 2>/dev/null || { echo "Xvfb does not start" >&2; exit 1; }
  sleep 0.1
done
DISPLAY=:$(cat "$number")
export DISPLAY
dbus-run-session -- "$@"
