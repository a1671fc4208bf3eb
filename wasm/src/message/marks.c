#include "message/marks.h"

#include "base/json.h"
#include "base/writer.h"
#include "record/record.h"

static const char *const names[MK_MARK_COUNT] = {
    [MK_MARK_DELETED] = "deleted", [MK_MARK_UPDATED] = "updated", [MK_MARK_RESCOPED] = "rescoped"};

mk_marks mk_marks_none(void) { return (mk_marks){{INT64_MIN, INT64_MIN, INT64_MIN}}; }

bool mk_marks_has(const mk_marks *marks, mk_mark mark) { return marks->at_ms[mark] != INT64_MIN; }

bool mk_marks_tell_of_families(const mk_marks *marks, const mk_place *place) {
  return place->is_moved || mk_marks_has(marks, MK_MARK_UPDATED);
}

static mk_status mark_key(mk_context *ctx, mk_str thread_part, mk_mark mark, mk_str *out) {
  mk_key key = mk_key_begin(ctx, MK_THREAD_MARKS);
  mk_key_part(&key, thread_part);
  mk_key_part(&key, mk_str_of(names[mark]));
  return mk_key_finish(ctx, &key, out);
}

mk_status mk_marks_queue(mk_context *ctx, mk_str thread_part, unsigned wanted, mk_io **io) {
  for (int mark = 0; mark < MK_MARK_COUNT; mark++) {
    mk_str key;
    io[mark] = NULL;
    if ((wanted & MK_MARKS(mark)) == 0) {
      continue;
    }
    MK_TRY(mark_key(ctx, thread_part, (mk_mark)mark, &key));
    MK_TRY(mk_io_get(ctx, MK_THREAD_MARKS, key, &io[mark]));
  }
  return MK_OK;
}

mk_status mk_marks_take(mk_context *ctx, mk_io *const *io, mk_marks *out) {
  *out = mk_marks_none();
  for (int mark = 0; mark < MK_MARK_COUNT; mark++) {
    mk_record record;
    if (io[mark] != NULL && mk_str_is_present(io[mark]->result)) {
      MK_TRY(mk_record_take(ctx, io[mark], &record));
      out->at_ms[mark] = record.written_at_ms;
    }
  }
  return MK_OK;
}

mk_status mk_mark_put(mk_context *ctx, mk_str thread_part, mk_mark mark, int64_t now_ms, uint32_t expiration_s) {
  static const mk_record empty = {0};
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_str key;
  mk_str value;
  mk_str metadata;
  MK_TRY(mark_key(ctx, thread_part, mark, &key));
  MK_TRY(mk_record_format(ctx, &empty, now_ms, &value));
  mk_json_begin(&buf, '{');
  mk_json_member_int(&buf, "at", now_ms);
  mk_json_end(&buf, '}');
  MK_TRY(mk_take(ctx, &buf, &metadata));
  return mk_io_put_until(ctx, MK_THREAD_MARKS, key, value, metadata, expiration_s);
}

mk_status mk_mark_delete(mk_context *ctx, mk_str thread_part, mk_mark mark) {
  mk_str key;
  MK_TRY(mark_key(ctx, thread_part, mark, &key));
  return mk_io_delete(ctx, MK_THREAD_MARKS, key);
}

mk_status mk_marks_prefix(mk_context *ctx, mk_str *out) {
  mk_key key = mk_key_begin(ctx, MK_THREAD_MARKS);
  return mk_key_finish_prefix(ctx, &key, out);
}

mk_status mk_marks_find(mk_context *ctx, const mk_listing *listing, mk_str thread_part, mk_marks *out) {
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_str behind;
  *out = mk_marks_none();
  mk_buf_text(&buf, thread_part);
  mk_buf_char(&buf, ':');
  MK_TRY(mk_take(ctx, &buf, &behind));
  for (size_t i = mk_listing_find(listing, behind); i < listing->count; i++) {
    mk_str rest = mk_str_skip(listing->keys[i].name, listing->prefix.size);
    if (!mk_str_starts_with(rest, behind)) {
      break;
    }
    for (int mark = 0; mark < MK_MARK_COUNT; mark++) {
      if (mk_str_equal(mk_str_skip(rest, behind.size), mk_str_of(names[mark]))) {
        (void)mk_json_integer(mk_json_get(listing->keys[i].metadata, "at"), &out->at_ms[mark]);
      }
    }
  }
  return MK_OK;
}
