/* platform.h: clock and random numbers. In wasm they are the two WASI imports; the native tests
 * bring their own, so that a test decides what time it is. */
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

#endif
