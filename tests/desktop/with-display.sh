#!/bin/sh
# with-display.sh PROGRAM [ARGUMENT...]: runs it on a display and a session bus of its own.
set -eu

for part in xvfb-run dbus-run-session; do
  command -v "$part" >/dev/null || { echo "1..0 # SKIP $part is not installed"; exit 77; }
done
exec dbus-run-session -- xvfb-run -a -s '-screen 0 1600x1200x24' "$@"
