/* print.h: texts from templates.
 *
 *   mk_print(ctx, &text, "{\"id\":%q,\"at\":%d,\"chunk\":%v}", &id, at_ms, &chunk);
 *
 *   %s  const char *: as it stands
 *   %v  const mk_str *: as it stands; absent: nothing
 *   %q  const mk_str *: as a JSON string
 *   %i  const mk_str *: of a JSON string, what stands between its quotes; of all else, nothing
 *   %d  int64_t
 *
 * A template is a constant, and has no other '%'. One call takes a third of the code that its
 * pieces would, written one by one. */
#ifndef MK_PRINT_H
#define MK_PRINT_H

#include "base/context.h"

/* Write a template's text behind what is there. */
void mk_buf_print(mk_buf *buf, const char *template, ...);
/* A template's text in *out, in the arena and followed by a NUL, or MK_E_OUT_OF_MEMORY. */
mk_status mk_print(mk_context *ctx, mk_str *out, const char *template, ...);

#endif
