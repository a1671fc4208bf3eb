#!/bin/sh
# Put cJSON's source where the build expects it.
#
#   wasm/tools/fetch-cjson.sh build/cjson
#
# libcjson-dev is a native library, and wasm needs the source. It comes from the source package of
# the machine's own Debian or Ubuntu archive, whose security patches are applied. Few machines have
# deb-src entries, so they are derived from the deb entries into a configuration of apt that lives
# in a directory of its own: nothing of the system's is written, and root is not needed. apt checks
# the archive's signature, this script the checksums in cjson.pins.
#
# From the environment: CJSON_DIR, a directory with cJSON.c and cJSON.h to use instead.
set -eu

out=${1:?usage: fetch-cjson.sh <directory>}
pins=$(dirname "$0")/cjson.pins
mkdir -p "$out"
out=$(cd "$out" && pwd)

fail() {
  {
    echo "cJSON's source could not be had: $1"
    echo "Any unpacked cJSON from 1.7.15 on will do instead:"
    echo "    make build CJSON_DIR=/path/to/cJSON"
  } >&2
  exit 1
}

# Copy the files the build uses from directory $1. make looks at the time of cJSON.c, and has cJSON.h follow from it.
take() {
  for file in LICENSE cJSON.h cJSON.c; do
    [ "$file" = LICENSE ] || [ -f "$1/$file" ] || fail "$1 has no $file."
    if [ -f "$1/$file" ]; then cp "$1/$file" "$out/$file.new" && mv "$out/$file.new" "$out/$file"; fi
  done
  touch "$out/cJSON.c" && touch "$out/cJSON.h"
}

if [ -n "${CJSON_DIR:-}" ]; then
  take "$CJSON_DIR"
  echo "cJSON from $CJSON_DIR"
  exit 0
fi

command -v apt-get >/dev/null 2>&1 || fail 'this system has no apt-get.'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/sources" "$work/lists/partial" "$work/cache/archives/partial" "$work/source" "$work/files"

# Entries in one line ("deb http://... bookworm main") and in paragraphs ("Types: deb").
list='' parts=''
eval "$(apt-config shell list Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)"
for file in "$list" "$parts"/*.list; do
  [ -f "$file" ] || continue
  sed -n 's/^[[:space:]]*deb\([[:space:]]\)/deb-src\1/p' "$file" >"$work/sources/$(basename "$file" .list).list"
done
for file in "$parts"/*.sources; do
  [ -f "$file" ] || continue
  sed 's/^[Tt]ypes:.*/Types: deb-src/' "$file" >"$work/sources/$(basename "$file")"
done
cat >"$work/apt.conf" <<CONF
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$work/sources";
Dir::State::lists "$work/lists";
Dir::Cache "$work/cache";
Acquire::Languages "none";
APT::Sandbox::User "";
CONF
export APT_CONFIG="$work/apt.conf"

# Third parties' archives need not have sources; whether cJSON was found is what counts.
apt-get -q update >"$work/log" 2>&1 || true
apt-cache showsrc --only-source cjson 2>>"$work/log" | sed -n 's/^Version: //p' >"$work/versions"
if ! [ -s "$work/versions" ]; then
  sed 's/^/    /' "$work/log" >&2
  fail "the archives of this machine have no source package cjson."
fi

newest=
while read -r version; do
  if [ -z "$newest" ] || dpkg --compare-versions "$version" gt "$newest"; then newest=$version; fi
done <"$work/versions"
pinned=
while read -r version orig_sha256 patches_sha256; do
  case $version in '' | \#*) continue ;; esac
  if grep -qxF "$version" "$work/versions"; then pinned=$version; break; fi
done <"$pins"
[ -n "$pinned" ] || fail "the archive has $(sort -u "$work/versions" | tr '\n' ' ')- none of them is in $pins."
[ "$pinned" = "$newest" ] ||
  echo "Note: the archive has cjson $newest; $pinned is compiled until $pins says otherwise." >&2

upstream=${pinned%-*}
cd "$work/files"
apt-get -q source --download-only "cjson=$pinned" >"$work/log" 2>&1 || {
  sed 's/^/    /' "$work/log" >&2
  fail "cjson $pinned could not be downloaded."
}
printf '%s  %s\n' "$orig_sha256" "cjson_$upstream.orig.tar.gz" "$patches_sha256" "cjson_$pinned.debian.tar.xz" |
  sha256sum --check --quiet >&2 || fail "a file of cjson $pinned is not the one in $pins."

cd "$work/source"
tar -xf "$work/files/cjson_$upstream.orig.tar.gz" --strip-components=1
tar -xf "$work/files/cjson_$pinned.debian.tar.xz"
series=debian/patches/series
[ -f "$series" ] || series=/dev/null # a release may have nothing to patch
while read -r patch _; do
  case $patch in '' | \#*) continue ;; esac
  patch --quiet --strip=1 --input="debian/patches/$patch" || fail "the patch $patch does not apply."
done <"$series"
take "$work/source"
echo "cJSON $pinned, checked and patched"
