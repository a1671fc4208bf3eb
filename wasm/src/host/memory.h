/* memory.h: the one stretch of memory that an arena lies in, and that grows at its end.
 *
 * In wasm it is linear memory behind the stack and the program's data, of which there is one:
 *
 *   0        stack      data       mk_memory_begin                     end of linear memory
 *   | <----- 16 KiB | ~ 12 KiB | ---> what the arena gives out | memory.grow ---> |
 *
 * Natively it is address space reserved as a whole (tests/native/memory.c). */
#ifndef MK_MEMORY_H
#define MK_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Where the memory begins, aligned for any type; *size_bytes of it can be used at once. NULL
 * natively when there is no address space of `limit_bytes`. */
char *mk_memory_begin(size_t limit_bytes, size_t *size_bytes);
/* Let *size_bytes grow by at least `more_bytes`, in whole pages of 64 KiB. False, and nothing has
 * changed, when there is no more. The memory stays where it is. */
bool mk_memory_extend(size_t *size_bytes, size_t more_bytes);
/* Give the memory back (natively; linear memory never shrinks). */
void mk_memory_end(char *memory, size_t limit_bytes);

#endif
