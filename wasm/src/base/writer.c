#include "base/writer.h"

#include "base/json.h"

/* Put the comma between what is written and what follows. */
static void separate(mk_buf *buf) {
  char last = '[';
  if (buf->size > 0) {
    last = buf->data[buf->size - 1];
  }
  if (last != '{' && last != '[' && last != ':') {
    mk_buf_char(buf, ',');
  }
}

void mk_json_begin(mk_buf *buf, char bracket) {
  separate(buf);
  mk_buf_char(buf, bracket);
}

void mk_json_end(mk_buf *buf, char bracket) { mk_buf_char(buf, bracket); }

void mk_json_name(mk_buf *buf, const char *name) {
  separate(buf);
  mk_buf_char(buf, '"');
  mk_buf_literal(buf, name);
  mk_buf_literal(buf, "\":");
}

void mk_json_begin_list(mk_buf *buf, const char *name) {
  mk_json_begin(buf, '{');
  mk_json_name(buf, name);
  mk_json_begin(buf, '[');
}

void mk_json_name_span(mk_buf *buf, mk_str span) {
  separate(buf);
  mk_buf_text(buf, span);
  mk_buf_char(buf, ':');
}

void mk_json_value(mk_buf *buf, mk_str span) {
  separate(buf);
  mk_buf_text(buf, span);
}

void mk_json_int(mk_buf *buf, int64_t number) {
  separate(buf);
  mk_buf_int(buf, number);
}

void mk_json_text(mk_buf *buf, mk_str text) {
  separate(buf);
  mk_json_encode(buf, text);
}

void mk_json_member(mk_buf *buf, const char *name, mk_str span) {
  mk_json_name(buf, name);
  mk_buf_text(buf, span);
}

void mk_json_member_text(mk_buf *buf, const char *name, mk_str text) {
  mk_json_name(buf, name);
  mk_json_encode(buf, text);
}

void mk_json_member_int(mk_buf *buf, const char *name, int64_t number) {
  mk_json_name(buf, name);
  mk_buf_int(buf, number);
}

void mk_json_member_bool(mk_buf *buf, const char *name, bool value) {
  mk_json_member(buf, name, value ? MK_STR("true") : MK_STR("false"));
}
