#!/bin/sh
# Print the licences of what others wrote of build/store.wasm, for the npm package to ship.
#
#   wasm/tools/notices.sh <cJSON's LICENSE> <wasi-libc's copyright file>
set -eu

cjson=$1
libc=$2
if [ ! -f "$libc" ]; then
  echo "notices.sh: $libc is not there. Say where wasi-libc's licences are: make WASI_LIBC_NOTICE=<file>" >&2
  exit 1
fi

printf '%s\n' 'store.wasm and store.asyncify.wasm contain compiled code of' '' \
  '  cJSON      the JSON parser and printer' \
  '  wasi-libc  the C library, of which strings and sorting come from musl' '' \
  '---- cJSON' ''
cat "$cjson"
printf '\n%s\n\n' '---- wasi-libc'
cat "$libc"
