#!/usr/bin/env bash
# Sourced by app/run, tests/run and .ci/run: installs what the build needs where it is missing, and builds.
# Everything it says goes to standard error, so that the output of a command stays clean.

setup_commands=(cc meson ninja pkg-config)
setup_modules=('glib-2.0 >= 2.74' 'gio-unix-2.0' 'json-glib-1.0' 'yaml-0.1' 'libcrypto >= 3.0' 'libpng')

setup_say ()
{
  printf '%s\n' "$*" >&2
}

# What the build needs and does not find, one a line.
setup_list_missing ()
{
  local part

  for part in "${setup_commands[@]}"; do
    command -v "$part" >/dev/null || printf '%s\n' "$part"
  done
  for part in "${setup_modules[@]}"; do
    pkg-config --exists "$part" 2>/dev/null || printf '%s\n' "$part"
  done
}

setup_as_root ()
{
  if [ "$(id -u)" -eq 0 ]; then
    "$@" >&2
  elif command -v sudo >/dev/null; then
    sudo "$@" >&2
  else
    setup_say "This needs root and there is no sudo. Please run as root: $*"
    return 1
  fi
}

setup_install_debian ()
{
  setup_say "Installing with apt: $*"
  setup_as_root apt-get update -qq
  setup_as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

setup_install_build_packages ()
{
  local packages

  if command -v apt-get >/dev/null; then
    packages=(gcc libc6-dev meson ninja-build pkg-config libglib2.0-dev libjson-glib-dev libyaml-dev libssl-dev
              libpng-dev)
    setup_install_debian "${packages[@]}"
  elif command -v dnf >/dev/null; then
    packages=(gcc meson ninja-build pkgconf-pkg-config glib2-devel json-glib-devel libyaml-devel openssl-devel
              libpng-devel)
    setup_say "Installing with dnf: ${packages[*]}"
    setup_as_root dnf install -y "${packages[@]}"
  elif command -v pacman >/dev/null; then
    packages=(gcc meson ninja pkgconf glib2-devel json-glib libyaml openssl libpng)
    setup_say "Installing with pacman: ${packages[*]}"
    setup_as_root pacman -S --needed --noconfirm "${packages[@]}"
  else
    setup_say "No apt, dnf or pacman here: please install these yourself."
    return 1
  fi
}

# Installs what is missing; fails when something still is.
setup_install_missing ()
{
  local missing

  missing=$(setup_list_missing)
  [ -n "$missing" ] || return 0
  setup_say "The build needs: ${missing//$'\n'/, }"
  setup_install_build_packages || return 1
  missing=$(setup_list_missing)
  [ -n "$missing" ] || return 0
  setup_say "Still missing or too old: ${missing//$'\n'/, }"
  setup_say "Amalgam builds on Debian 12, Ubuntu 24.04 and newer, and on current Fedora and Arch."
  return 1
}

# setup_build FOLDER TARGET [MESON OPTION...]: configures once and builds TARGET ("all" for everything). Two at a
# time wait for each other. Quiet when there is nothing to do; the compiler's words are shown when it fails.
setup_build ()
{
  local top folder=$1 target=$2

  shift 2
  top=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd) || return 1
  mkdir -p "$folder" || return 1
  (
    flock 9
    log=$folder/build-output.txt
    if [ ! -f "$folder/build.ninja" ]; then
      setup_say "Building in $folder (once, about a minute)"
      meson setup "$folder" "$top" "$@" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
    fi
    ninja -C "$folder" "$target" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
  ) 9>"$folder/.lock"
}
