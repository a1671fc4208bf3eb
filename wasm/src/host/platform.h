/* platform.h: clock, random numbers and the runtime's own reading of dates. In wasm they are two
 * WASI imports and one of module `date`; the native tests bring their own, so that a test decides
 * what time it is, and where. */
#ifndef MK_PLATFORM_H
#define MK_PLATFORM_H

#include <stddef.h>
#include <stdint.h>

/* Milliseconds since 1970-01-01 UTC. Every reading is at least 1 ms after the one before it, in
 * all instances of one program (the shim sees to it): a Worker's own clock stands still between
 * I/O, and these times decide which of two writes is newer. */
int64_t mk_clock_ms(void);

/* Fill `out` with `size` unpredictable bytes. */
void mk_random(void *out, size_t size);

#if defined(__wasm__)
#define MK_DATE_IMPORT(name) __attribute__((import_module("date"), import_name(name)))
#else
#define MK_DATE_IMPORT(name)
#endif

/* What the runtime's Date.parse says of a text: milliseconds since 1970, or NaN. Only the runtime
 * knows its local time, which a text without a zone is in. */
MK_DATE_IMPORT("parse") double mk_runtime_date(const char *text, uint32_t size);

#endif
