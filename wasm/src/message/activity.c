#include "message/activity.h"

#include <stdlib.h>

#include "base/json.h"
#include "kv/io.h"

mk_status mk_thread_family_key(mk_context *ctx, mk_str thread_part, int family, mk_str *out) {
  mk_key key = mk_key_begin(ctx, MK_THREAD_FAMILIES);
  mk_key_part(&key, thread_part);
  mk_key_part(&key, mk_str_of(mk_schema_table(MK_TABLE_THREADS)->families[family]));
  return mk_key_finish(ctx, &key, out);
}

static mk_status parse_recent(mk_context *ctx, const mk_id *thread, mk_str key, mk_str list, mk_activity *out) {
  MK_TRY(mk_push(ctx, MK_RECENT_MAX, sizeof *out->recent, &out->recent));
  mk_cursor cursor = mk_json_walk(list);
  mk_member member;
  while (out->recent_count < MK_RECENT_MAX && mk_json_next(&cursor, &member)) {
    mk_place *place = &out->recent[out->recent_count++];
    mk_record entry;
    MK_TRY(mk_record_of_object(ctx, member.value, &entry));
    MK_TRY(mk_record_id(ctx, key, &entry, "id", &place->id));
    MK_TRY(mk_record_date(ctx, key, &entry, "createdAt", &place->created_ms));
    bool is_whole = mk_json_integer(mk_record_get(&entry, "savedAt"), &place->saved_ms) &&
                    mk_json_integer(mk_record_get(&entry, "seq"), &place->seq);
    if (!is_whole) {
      return mk_fail_corrupt(ctx, key, "has no whole numbers in savedAt and seq of _recent");
    }
    (void)mk_json_integer(mk_record_get(&entry, "movedAt"), &place->moved_ms);
    place->thread = *thread;
  }
  return MK_OK;
}

mk_status mk_activity_parse(mk_context *ctx, const mk_id *thread, mk_str key, mk_str value, mk_activity *out) {
  *out = (mk_activity){0};
  if (!mk_str_is_present(value)) {
    return MK_OK;
  }
  mk_record record;
  MK_TRY(mk_record_parse(ctx, key, value, &record));
  MK_TRY(mk_record_date(ctx, key, &record, "updatedAt", &out->updated_ms));
  out->exists = true;
  out->written_at_ms = record.written_at_ms;
  if (!mk_json_integer(mk_record_get(&record, "_patchedAt"), &out->patched_ms)) {
    out->patched_ms = 0;
  }
  mk_str recent = mk_record_get(&record, "_recent");
  return mk_json_is_array(recent) ? parse_recent(ctx, thread, key, recent, out) : MK_OK;
}

static int64_t later(int64_t a, int64_t b) { return a > b ? a : b; }

void mk_activity_touch(mk_activity *activity, int64_t now_ms) {
  int64_t next_ms = activity->exists ? later(now_ms, activity->updated_ms + 1) : now_ms;
  /* A time behind the last Date could be written and never read again. */
  activity->updated_ms = next_ms < MK_DATE_MS_MAX ? next_ms : MK_DATE_MS_MAX;
}

/* Newest first. */
static int compare_newest(const void *a, const void *b) { return mk_place_compare(b, a); }

mk_status mk_activity_remember(mk_context *ctx, mk_activity *activity, const mk_place *places, size_t count,
                               int64_t now_ms) {
  mk_place *all = NULL;
  MK_TRY(mk_push(ctx, activity->recent_count + count, sizeof *all, &all));
  size_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    all[kept] = places[i];
    mk_activity_forget(activity, places[i].id.part);
    kept++;
  }
  for (size_t i = 0; i < activity->recent_count; i++) {
    if (later(activity->recent[i].saved_ms, activity->recent[i].moved_ms) > now_ms - MK_RECENT_MS) {
      all[kept++] = activity->recent[i];
    }
  }
  qsort(all, kept, sizeof *all, compare_newest);
  activity->recent = all;
  activity->recent_count = kept < MK_RECENT_MAX ? kept : MK_RECENT_MAX;
  return MK_OK;
}

void mk_activity_forget(mk_activity *activity, mk_str id_part) {
  size_t kept = 0;
  for (size_t i = 0; i < activity->recent_count; i++) {
    if (!mk_str_equal(activity->recent[i].id.part, id_part)) {
      activity->recent[kept++] = activity->recent[i];
    }
  }
  activity->recent_count = kept;
}

static mk_status format_recent(mk_context *ctx, const mk_activity *activity, mk_buf *buf) {
  mk_buf_literal(buf, ",\"_recent\":[");
  for (size_t i = 0; i < activity->recent_count; i++) {
    const mk_place *place = &activity->recent[i];
    mk_str created_at;
    MK_TRY(mk_record_date_span(ctx, place->created_ms, &created_at));
    mk_buf_literal(buf, i == 0 ? "{\"id\":" : ",{\"id\":");
    mk_buf_text(buf, place->id.json);
    mk_buf_literal(buf, ",\"createdAt\":");
    mk_buf_text(buf, created_at);
    mk_buf_literal(buf, ",\"savedAt\":");
    mk_buf_int(buf, place->saved_ms);
    mk_buf_literal(buf, ",\"seq\":");
    mk_buf_int(buf, place->seq);
    if (place->moved_ms > 0) {
      mk_buf_literal(buf, ",\"movedAt\":");
      mk_buf_int(buf, place->moved_ms);
    }
    mk_buf_char(buf, '}');
  }
  mk_buf_char(buf, ']');
  return MK_OK;
}

mk_status mk_activity_put(mk_context *ctx, const mk_id *thread, const mk_activity *activity, int64_t now_ms) {
  mk_str key;
  mk_str updated_at;
  mk_str value;
  MK_TRY(mk_thread_family_key(ctx, thread->part, MK_THREAD_ACTIVITY, &key));
  MK_TRY(mk_record_date_span(ctx, activity->updated_ms, &updated_at));
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_literal(&buf, "{\"" MK_WRITTEN_AT "\":");
  mk_buf_int(&buf, activity->exists ? later(now_ms, activity->written_at_ms + 1) : now_ms);
  mk_buf_literal(&buf, ",\"updatedAt\":");
  mk_buf_text(&buf, updated_at);
  if (activity->patched_ms > 0) {
    mk_buf_literal(&buf, ",\"_patchedAt\":");
    mk_buf_int(&buf, activity->patched_ms);
  }
  if (activity->recent_count > 0) {
    MK_TRY(format_recent(ctx, activity, &buf));
  }
  mk_buf_char(&buf, '}');
  MK_TRY(mk_take(ctx, &buf, &value));
  return mk_io_put(ctx, MK_THREAD_FAMILIES, key, value, MK_STR_NONE);
}
