#!/bin/sh
# Make sure that the Debian packages a make target needs are there.
#
#   wasm/tools/install-packages.sh build|test|lint|coverage
#
# What testing needs includes what building needs, and linting needs both, so that there is one
# message and one installation. What is missing is found out by trying it (compile, link, run), not
# by asking for package names: a tool chain that came another way, such as a wasi-sdk at
# WASI_SDK_PATH, is as good. It is installed by apt-get as root, else through sudo; where neither
# is possible, one message says what to do.
#
# From the environment, as the Makefile sets them: GOALS (for the message), WASI_SDK_PATH, CC (the
# native compiler), WASM_CC, WASM_TARGET_FLAGS, WASM_OPT, CLANG_FORMAT, CLANG_TIDY.
set -eu

purpose=${1:?usage: install-packages.sh build|test|lint|coverage}
goals=${GOALS:-$purpose}
CC=${CC:-clang}
WASM_CC=${WASM_CC:-clang}
WASM_OPT=${WASM_OPT:-wasm-opt}
WASM_TARGET_FLAGS=${WASM_TARGET_FLAGS:---target=wasm32-wasi}
CLANG_FORMAT=${CLANG_FORMAT:-clang-format}
CLANG_TIDY=${CLANG_TIDY:-clang-tidy}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

has() { command -v "$1" >/dev/null 2>&1; }

# Each group of packages has a trial that passes if and only if its packages do what the build asks.
trial_wasm() { # compiler, linker, libc and compiler-rt for wasm32
  printf '#include <stdio.h>\nint main(void) { puts("wasi"); return 0; }\n' >"$scratch/trial.c"
  # shellcheck disable=SC2086 # several flags
  "$WASM_CC" $WASM_TARGET_FLAGS "$scratch/trial.c" -o "$scratch/trial.wasm"
}
trial_optimizer() { "$WASM_OPT" --version; }
trial_source() { has patch && has xz; } # cJSON's tarballs
trial_native() { # sanitizers, libFuzzer and cmocka
  printf '%s\n' '#include <stdarg.h>' '#include <stddef.h>' '#include <setjmp.h>' '#include <stdint.h>' \
    '#include <cmocka.h>' 'int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {' \
    '(void)data; (void)size; return cmocka_run_group_tests((struct CMUnitTest *)0, 0, 0); }' |
    "$CC" -fsanitize=address,undefined,fuzzer -Wno-everything -x c - -lcmocka -o "$scratch/trial"
}
trial_browser() { "${CHROMIUM:-/usr/bin/chromium}" --version; }
trial_coverage() { llvm-profdata merge --help && llvm-cov --version; }
trial_lint() { "$CLANG_FORMAT" --version && "$CLANG_TIDY" --version; }

# compiler-rt's packages without a version belong to the package `clang`, as that does to its release.
packages_of() {
  case $1 in
    wasm) [ -n "${WASI_SDK_PATH:-}" ] || echo clang lld wasi-libc libclang-rt-dev-wasm32 ;;
    optimizer) echo binaryen ;;
    source) echo patch xz-utils ;;
    native) echo clang libclang-rt-dev libcmocka-dev libc6-dev ;;
    browser) echo chromium ;;
    lint) echo clang-format clang-tidy ;;
    coverage) echo llvm ;;
  esac
}

case $purpose in
  build) groups='wasm optimizer source' ;;
  test) groups='wasm optimizer source native browser' ;;
  lint) groups='wasm optimizer source native browser lint' ;;
  coverage) groups='source native coverage' ;;
  *) echo "install-packages.sh: unknown purpose '$purpose'" >&2; exit 2 ;;
esac

missing=
for group in $groups; do
  if ! "trial_$group" >"$scratch/log" 2>&1; then
    missing="$missing $group"
  fi
done
[ -n "$missing" ] || exit 0

packages_of_all() {
  for group in $missing; do packages_of "$group"; done | tr ' ' '\n' | sort -u | xargs
}

# Print the message of a set-up that cannot go on, and give up.
#   $1  what stands in the way
give_up() {
  packages=$(packages_of_all)
  {
    echo
    echo "Some tools that 'make $goals' needs are missing, and $1."
    if [ -n "$packages" ]; then
      echo "On Debian 12, Ubuntu 24.04 and later, have an administrator run"
      echo "    apt-get update && apt-get install --no-install-recommends $packages"
    fi
    case $missing in
      *wasm*)
        if [ -n "${WASI_SDK_PATH:-}" ]; then
          echo "The wasi-sdk at WASI_SDK_PATH=$WASI_SDK_PATH cannot link a wasm module:"
          sed 's/^/    /' "$scratch/log"
        else
          echo "A wasi-sdk, unpacked anywhere, can take the place of lld, wasi-libc, libclang-rt-dev-wasm32 and their clang:"
          echo "    make $goals WASI_SDK_PATH=/path/to/wasi-sdk"
        fi ;;
    esac
  } >&2
  exit 1
}

case "$missing ${WASI_SDK_PATH:-}" in
  *wasm*/*) trial_wasm >"$scratch/log" 2>&1 || give_up 'the wasi-sdk does not work' ;;
esac
has apt-get || give_up 'this system has no apt-get to install them with'
if [ "$(id -u)" = 0 ]; then
  as_root=
elif has sudo && sudo -n true 2>/dev/null; then
  as_root='sudo -n'
elif has sudo && [ -t 0 ] && [ -z "${CI:-}" ]; then
  as_root=sudo # asks for the password
else
  give_up 'installing them takes root or sudo without a password'
fi

apt() {
  # The lock is waited for: a fresh machine is often still busy with its own updates.
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" </dev/null
}
# Old lists name files that the mirrors have dropped. A list that cannot be had (some third
# party's) is not fatal: what counts is whether the packages can be installed.
echo "Refreshing the package lists ..."
apt update >"$scratch/log" 2>&1 || sed 's/^/    /' "$scratch/log" >&2

packages=
for package in $(packages_of_all); do
  # Releases differ in how compiler-rt is cut up; what is not a package of its own there is
  # part of another one.
  if apt-cache show "$package" >/dev/null 2>&1; then packages="$packages $package"; fi
done
echo "Installing$packages ..."
# shellcheck disable=SC2086 # several packages
apt install -y --no-install-recommends $packages >"$scratch/log" 2>&1 || {
  sed 's/^/    /' "$scratch/log" >&2
  give_up 'apt-get could not install them (see above)'
}

still_missing=
for group in $missing; do
  "trial_$group" >"$scratch/log" 2>&1 || { still_missing="$still_missing $group"; sed 's/^/    /' "$scratch/log" >&2; }
done
if [ -n "$still_missing" ]; then
  missing=$still_missing
  give_up "this release's packages do not bring them (see above)"
fi
