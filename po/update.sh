#!/usr/bin/env bash
# Brings POTFILES.in, the template amalgam.pot and all translations up to date with the texts in the sources.
#
#   po/update.sh             in this folder
#   po/update.sh FOLDER      in a copy of it
#
# Messages that are new come out untranslated or, when they resemble an old one, fuzzy.
set -euo pipefail

top=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
po=$(readlink -f -- "${1:-$top/po}")
new=$(mktemp -d)
trap 'rm -rf -- "$new"' EXIT

list_sources ()
{
  find app/desktop core -type f \( -name '*.c' -o -name '*.h' -o -name '*.ui' \)
  find data -maxdepth 1 -type f \( -name '*.desktop.in' -o -name '*.metainfo.xml.in' -o -name '*.gschema.xml' \)
}

# Without line numbers, so that a text that moves within a file changes nothing.
extract ()
{
  xgettext --files-from=- --output="$new/amalgam.pot" --from-code=UTF-8 --add-location=file \
    --add-comments=Translators --keyword=_ --keyword=N_ --keyword=C_:1c,2 --keyword=NC_:1c,2 \
    --keyword=T_ --keyword=TN_:1,2 --keyword=g_dngettext:2,3 --keyword=g_dpgettext2:2c,3 --package-name=amalgam \
    --copyright-holder="The Amalgam developers" \
    --msgid-bugs-address=https://github.com/amalgam-merge/amalgam/issues
  sed -i -e '1s/.*/# Texts of Amalgam, to be translated./' -e '/^# FIRST AUTHOR/d' -e '2s/YEAR/2026/' "$new/amalgam.pot"
}

# without_date FILE: what counts when a template is compared with another.
without_date ()
{
  grep -v '^"POT-Creation-Date: ' -- "$1"
}

cd "$top"
list_sources | LC_ALL=C sort | extract
{
  echo "# Files with texts for people, one a line, sorted. Made by update.sh."
  sed -n 's/^#: //p' "$new/amalgam.pot" | tr ' ' '\n' | LC_ALL=C sort -u
} >"$po/POTFILES.in"

if ! [ -e "$po/amalgam.pot" ] || ! cmp -s <(without_date "$po/amalgam.pot") <(without_date "$new/amalgam.pot"); then
  cp -- "$new/amalgam.pot" "$po/amalgam.pot"
fi
while read -r language; do
  msgmerge --quiet --update --backup=none --add-location=file "$po/$language.po" "$po/amalgam.pot"
done < <(grep -v '^#' "$po/LINGUAS")
