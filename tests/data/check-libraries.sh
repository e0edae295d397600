#!/usr/bin/env bash
# The command line program loads no window system.
set -euo pipefail

libraries=$(ldd "$1")
if ! grep -q 'libglib-2\.0' <<<"$libraries"; then
  echo "ldd lists no GLib, so this test cannot see what is loaded:"
  echo "$libraries"
  exit 1
fi
if grep -E 'lib(gtk|gdk|adwaita|X11|wayland)' <<<"$libraries"; then
  echo "amalgam loads libraries of a window system"
  exit 1
fi
