#!/usr/bin/env bash
# Sourced by app/run, tests/run and .ci/run: installs what the build needs where it is missing, and builds.
# Everything it says goes to standard error, so that the output of a command stays clean. With AMALGAM_DESKTOP=0 in
# the environment it leaves out what only the desktop app needs.

setup_commands=(cc meson ninja pkg-config glib-compile-resources)
setup_modules=('glib-2.0 >= 2.74' 'gio-unix-2.0' 'json-glib-1.0' 'yaml-0.1' 'libcrypto >= 3.0' 'libpng' 'libjpeg' 'openblas')
setup_desktop_commands=(msgfmt glib-compile-schemas)
setup_desktop_modules=('gtk4 >= 4.8' 'libadwaita-1 >= 1.2')

setup_say ()
{
  printf '%s\n' "$*" >&2
}

setup_has_command ()
{
  command -v "$1" >/dev/null
}

setup_has_module ()
{
  pkg-config --exists "$1" 2>/dev/null
}

# What the build needs and does not find, one a line.
setup_list_missing ()
{
  local part

  for part in "${setup_commands[@]}"; do
    setup_has_command "$part" || printf '%s\n' "$part"
  done
  for part in "${setup_modules[@]}"; do
    setup_has_module "$part" || printf '%s\n' "$part"
  done
}

# What the desktop app needs beyond that.
setup_list_missing_desktop ()
{
  local part

  [ "${AMALGAM_DESKTOP:-1}" != 0 ] || return 0
  for part in "${setup_desktop_commands[@]}"; do
    setup_has_command "$part" || printf '%s\n' "$part"
  done
  for part in "${setup_desktop_modules[@]}"; do
    setup_has_module "$part" || printf '%s\n' "$part"
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

# setup_install_build_packages [desktop]. What the app loads at run time is named too, as packages that are only
# recommended are left out.
setup_install_build_packages ()
{
  local packages

  if command -v apt-get >/dev/null; then
    packages=(gcc libc6-dev meson ninja-build pkg-config libglib2.0-dev libjson-glib-dev libyaml-dev libssl-dev
              libpng-dev libjpeg-dev libopenblas-openmp-dev)
    [ -z "${1:-}" ] || packages+=(libgtk-4-dev libadwaita-1-dev gettext libglib2.0-dev-bin librsvg2-common
                                  adwaita-icon-theme gsettings-desktop-schemas dconf-gsettings-backend at-spi2-core)
    setup_install_debian "${packages[@]}"
  elif command -v dnf >/dev/null; then
    packages=(gcc meson ninja-build pkgconf-pkg-config glib2-devel json-glib-devel libyaml-devel openssl-devel
              libpng-devel libjpeg-turbo-devel openblas-devel)
    [ -z "${1:-}" ] || packages+=(gtk4-devel libadwaita-devel gettext librsvg2)
    setup_say "Installing with dnf: ${packages[*]}"
    setup_as_root dnf install -y "${packages[@]}"
  elif command -v pacman >/dev/null; then
    packages=(gcc meson ninja pkgconf glib2-devel json-glib libyaml openssl libpng libjpeg-turbo openblas)
    [ -z "${1:-}" ] || packages+=(gtk4 libadwaita gettext librsvg)
    setup_say "Installing with pacman: ${packages[*]}"
    setup_as_root pacman -S --needed --noconfirm "${packages[@]}"
  else
    setup_say "No apt, dnf or pacman here: please install these yourself."
    return 1
  fi
}

# The build works without the app, so a machine that cannot have it gets the command line alone.
setup_install_missing_desktop ()
{
  local missing

  missing=$(setup_list_missing_desktop)
  [ -n "$missing" ] || return 0
  setup_say "The desktop app needs: ${missing//$'\n'/, }"
  if setup_install_build_packages desktop && [ -z "$(setup_list_missing_desktop)" ]; then
    return 0
  fi
  setup_say "Going on without the desktop app; the command line is built alone. AMALGAM_DESKTOP=0 says so beforehand."
}

# Installs what is missing; fails when something that the command line needs still is.
setup_install_missing ()
{
  local missing

  setup_install_missing_desktop
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
