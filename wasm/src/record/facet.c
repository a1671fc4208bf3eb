#include "record/facet.h"

#include "base/json.h"
#include "host/kv.h"
#include "kv/key.h"

#define PARTIAL "\"partial\":true}"

/* Write `"name":"part",`. */
static mk_status write_facet(mk_context *ctx, mk_buf *buf, const mk_column *column, mk_str span) {
  mk_id id;
  mk_json_encode(buf, mk_str_of(column->name));
  mk_buf_char(buf, ':');
  if (column->type == MK_TYPE_DATE || column->type == MK_TYPE_STAMP || column->type == MK_TYPE_NUMBER) {
    mk_buf_text(buf, span);
  } else {
    MK_TRY(mk_id_make(ctx, span, &id));
    mk_json_encode(buf, id.part);
  }
  mk_buf_char(buf, ',');
  return MK_OK;
}

mk_status mk_facets_format(mk_context *ctx, const mk_table_def *table, const mk_record *record, mk_str *out) {
  mk_buf buf = mk_buf_make(ctx->arena);
  bool is_partial = false;
  mk_buf_char(&buf, '{');
  for (int i = 0; i < table->column_count; i++) {
    const mk_column *column = &table->columns[i];
    mk_str span = mk_record_get(record, column->name);
    bool fits = mk_json_is_string(span) || (column->type == MK_TYPE_NUMBER && mk_str_is_present(span));
    if (column->family != MK_FACET || !fits) {
      continue;
    }
    size_t before = buf.size;
    MK_TRY(write_facet(ctx, &buf, column, span));
    if (buf.size > MK_KV_METADATA_BYTES_MAX - (sizeof PARTIAL - 1)) {
      buf.size = before;
      is_partial = true;
    }
  }
  if (is_partial) {
    mk_buf_literal(&buf, PARTIAL);
  } else {
    buf.size -= buf.size > 1; /* the last comma */
    mk_buf_char(&buf, '}');
  }
  return mk_take(ctx, &buf, out);
}

bool mk_facet_get(mk_str metadata, const char *column, mk_str *out) {
  *out = mk_json_get(metadata, column);
  return mk_json_is_string(*out) ||
         (mk_json_is_object(metadata) && !mk_str_is_present(mk_json_get(metadata, "partial")));
}
