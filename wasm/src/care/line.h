/* line.h: the lines of an export, which is JSON Lines:
 *
 *   {"format":"mastra-kv-wasm","version":1,"schema":1,"sum":"…"}
 *   {"key":"threads:t1","value":{…},"metadata":{…},"expiration":1767225600,"sum":"…"}
 *   {"end":true,"lines":2,"sum":"…"}
 *
 *   key         less the store's prefix
 *   value       as it is stored, byte by byte; what is no JSON, or takes more than one line, is "text":"…"
 *   metadata    KV's; expiration: when KV drops it, seconds since 1970. Both only where there is one
 *   sum         16 hexadecimal digits: the checksum (checksum.h) of all lines so far, each up to `,"sum"`
 *
 * What is derived (index entries, locators) is not in it: an import makes it anew. Lines come in the
 * order of the schema's keyspaces and in KV's order of keys within one, so that the same data gives
 * the same lines. */
#ifndef MK_LINE_H
#define MK_LINE_H

#include "care/walk.h"

#define MK_EXPORT_FORMAT "mastra-kv-wasm"
#define MK_EXPORT_VERSION 1

/* How far an export, or its import, is. */
typedef struct mk_export_state {
  int64_t lines; /* the header's included */
  uint64_t sum;
  bool is_ended; /* the last line was seen */
} mk_export_state;

/* Read the state from {"lines":…,"sum":"…"}; absent: the beginning. MK_E_INVALID_ARGUMENT. */
mk_status mk_export_state_read(mk_context *ctx, mk_str span, mk_export_state *out);
void mk_export_state_write(mk_buf *buf, const mk_export_state *state);

/* Make lines, without line ends.
 *   resource  a string span: of whom alone the export is; absent: of all */
mk_status mk_line_begin(mk_context *ctx, mk_export_state *state, mk_str resource, mk_str *out);
mk_status mk_line_of(mk_context *ctx, mk_export_state *state, const mk_subject *subject, mk_str *out);
mk_status mk_line_end(mk_context *ctx, mk_export_state *state, mk_str *out);

/* What a line brings. */
typedef struct mk_line {
  mk_str key; /* with the store's prefix; absent: the header or the end */
  mk_str value;
  mk_str metadata; /* or absent */
  uint32_t expiration_s;
} mk_line;

/* Read the next line. MK_E_INVALID_ARGUMENT, reason ALTERED, names it: it, or one before, is not as it
 * was written, or is missing. MK_E_SCHEMA_TOO_NEW: a later version made it. */
mk_status mk_line_read(mk_context *ctx, mk_export_state *state, mk_str line, mk_line *out);

#endif
