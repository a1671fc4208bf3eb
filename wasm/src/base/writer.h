/* writer.h: writing JSON into a buffer, piece by piece.
 *
 *   mk_json_begin(&buf, '{');
 *   mk_json_member_text(&buf, "id", id);
 *   mk_json_name(&buf, "places");
 *   mk_json_begin(&buf, '[');
 *   …
 *   mk_json_end(&buf, ']');
 *   mk_json_end(&buf, '}');
 *
 * Commas come by themselves: one is due unless the text so far ends in an opening bracket or in a
 * colon, which no complete value does. A failed allocation is the buffer's to remember (str.h). */
#ifndef MK_WRITER_H
#define MK_WRITER_H

#include "base/str.h"

/* Open an object ('{') or an array ('['), and close it. */
void mk_json_begin(mk_buf *buf, char bracket);
void mk_json_end(mk_buf *buf, char bracket);

/* Open an object whose first member is an array: {"<name>":[ */
void mk_json_begin_list(mk_buf *buf, const char *name);

/* A member's name, which its value follows: plain text without anything to escape, or a span. */
void mk_json_name(mk_buf *buf, const char *name);
void mk_json_name_span(mk_buf *buf, mk_str span);

/* A value as it stands: a span. */
void mk_json_value(mk_buf *buf, mk_str span);
/* A value that is a whole number. */
void mk_json_int(mk_buf *buf, int64_t number);
/* A value that is a string: its text, UTF-8 or WTF-8 (json.h). */
void mk_json_text(mk_buf *buf, mk_str text);

/* A member and its value. */
void mk_json_member(mk_buf *buf, const char *name, mk_str span);
void mk_json_member_text(mk_buf *buf, const char *name, mk_str text);
void mk_json_member_int(mk_buf *buf, const char *name, int64_t number);
void mk_json_member_bool(mk_buf *buf, const char *name, bool value);

#endif
