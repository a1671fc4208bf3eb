/* format.h: as much of printf as error texts need.
 *
 * libc's own brings floating-point printing, stdio and their imports into the module: 26 KB for
 * a few "%d". */
#ifndef MK_FORMAT_H
#define MK_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/* Write a text of at most `size` - 1 bytes and a NUL to `out`; what does not fit is cut. Knows
 * %s, %.*s (in which a NUL becomes "?" and a lone surrogate U+FFFD), %d, %lld and %%. */
__attribute__((format(printf, 3, 4))) void mk_format(char *out, size_t size, const char *format, ...);
__attribute__((format(printf, 3, 0))) void mk_format_list(char *out, size_t size, const char *format,
                                                          va_list arguments);

#endif
