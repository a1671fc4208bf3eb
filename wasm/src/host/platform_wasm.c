/* platform_wasm.c: the two WASI imports. The shim provides them (js-shim/engine/wasi.js), and `date`
 * (js-shim/engine/dates.js). */
#include "host/platform.h"

#include <wasi/api.h>

int64_t mk_clock_ms(void) {
  __wasi_timestamp_t ns = 0;
  (void)__wasi_clock_time_get(__WASI_CLOCKID_REALTIME, 1000000, &ns);
  return (int64_t)(ns / 1000000);
}

void mk_random(void *out, size_t size) { (void)__wasi_random_get(out, size); }
