#include "message/activity.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/writer.h"
#include "record/family.h"

mk_status mk_activity_queue(mk_context *ctx, mk_str thread_part, mk_io **out) {
  mk_str key;
  MK_TRY(mk_family_key(ctx, MK_THREAD_FAMILIES, thread_part, MK_THREAD_ACTIVITY, &key));
  return mk_io_get(ctx, MK_THREAD_FAMILIES, key, out);
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
      return mk_fail_corrupt(ctx, key, "has no whole numbers in savedAt and seq");
    }
    (void)mk_json_integer(mk_record_get(&entry, "writtenAt"), &place->written_ms);
    place->is_moved = mk_json_is_true(mk_record_get(&entry, "moved"));
    place->thread = *thread;
  }
  return MK_OK;
}

mk_status mk_activity_take(mk_context *ctx, mk_io *io, mk_record *record, mk_activity *out) {
  *out = (mk_activity){0};
  if (!mk_str_is_present(io->result)) {
    return MK_OK;
  }
  if (!mk_str_is_present(mk_record_get(record, "updatedAt"))) { /* it may stand behind the hint */
    MK_TRY(mk_io_load(ctx, io));
    MK_TRY(mk_record_take(ctx, io, record));
  }
  MK_TRY(mk_record_date(ctx, io->key, record, "updatedAt", &out->updated_ms));
  out->exists = true;
  out->written_at_ms = record->written_at_ms;
  (void)mk_json_integer(mk_record_get(record, "_patchedAt"), &out->patched_ms);
  out->unread = io;
  out->hint = mk_record_get(record, "_recent");
  return MK_OK;
}

mk_status mk_activity_read_hint(mk_context *ctx, const mk_id *thread, mk_activity *activity) {
  mk_io *io = activity->unread;
  mk_record record;
  if (io == NULL) {
    return MK_OK;
  }
  if (io->is_head) {
    MK_TRY(mk_io_load(ctx, io));
    MK_TRY(mk_record_take(ctx, io, &record));
    activity->hint = mk_record_get(&record, "_recent");
  }
  activity->unread = NULL;
  return mk_json_is_array(activity->hint) ? parse_recent(ctx, thread, io->key, activity->hint, activity) : MK_OK;
}

mk_status mk_activity_read(mk_context *ctx, const mk_id *thread, mk_io *io, mk_activity *out) {
  mk_record record;
  MK_TRY(mk_record_take(ctx, io, &record));
  MK_TRY(mk_activity_take(ctx, io, &record, out));
  return mk_activity_read_hint(ctx, thread, out);
}

static int64_t later(int64_t a, int64_t b) { return a > b ? a : b; }

void mk_activity_touch(mk_activity *activity, int64_t now_ms) {
  int64_t next_ms = activity->exists ? later(now_ms, activity->updated_ms + 1) : now_ms;
  /* A time behind the last Date could be written and never read again. */
  activity->updated_ms = next_ms < MK_DATE_MS_MAX ? next_ms : MK_DATE_MS_MAX;
}

MK_COMPARATOR(compare_newest, mk_place) { return mk_place_compare(y, x); }

mk_status mk_activity_remember(mk_context *ctx, const mk_id *thread, mk_activity *activity, const mk_place *places,
                               size_t count, int64_t now_ms) {
  mk_place *all = NULL;
  MK_TRY(mk_activity_read_hint(ctx, thread, activity));
  MK_TRY(mk_push(ctx, activity->recent_count + count, sizeof *all, &all));
  size_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    all[kept] = places[i];
    mk_activity_forget(activity, places[i].id.part);
    kept++;
  }
  for (size_t i = 0; i < activity->recent_count; i++) {
    if (mk_place_put_ms(&activity->recent[i]) > now_ms - MK_RECENT_MS) {
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
  mk_json_name(buf, "_recent");
  mk_json_begin(buf, '[');
  for (size_t i = 0; i < activity->recent_count; i++) {
    const mk_place *place = &activity->recent[i];
    mk_str created_at;
    MK_TRY(mk_record_date_span(ctx, place->created_ms, &created_at));
    mk_json_begin(buf, '{');
    mk_json_member(buf, "id", place->id.json);
    mk_json_member(buf, "createdAt", created_at);
    mk_json_member_int(buf, "savedAt", place->saved_ms);
    mk_json_member_int(buf, "seq", place->seq);
    if (place->written_ms > 0) {
      mk_json_member_int(buf, "writtenAt", place->written_ms);
    }
    if (place->is_moved) {
      mk_json_member_bool(buf, "moved", true);
    }
    mk_json_end(buf, '}');
  }
  mk_json_end(buf, ']');
  return MK_OK;
}

mk_status mk_activity_put(mk_context *ctx, const mk_id *thread, mk_activity *activity, int64_t now_ms) {
  mk_str key;
  mk_str updated_at;
  mk_str value;
  MK_TRY(mk_activity_read_hint(ctx, thread, activity));
  MK_TRY(mk_family_key(ctx, MK_THREAD_FAMILIES, thread->part, MK_THREAD_ACTIVITY, &key));
  MK_TRY(mk_record_date_span(ctx, activity->updated_ms, &updated_at));
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_json_begin(&buf, '{');
  mk_json_member_int(&buf, MK_WRITTEN_AT, activity->exists ? later(now_ms, activity->written_at_ms + 1) : now_ms);
  mk_json_member(&buf, "updatedAt", updated_at);
  if (activity->patched_ms > 0) {
    mk_json_member_int(&buf, "_patchedAt", activity->patched_ms);
  }
  if (activity->recent_count > 0) {
    MK_TRY(format_recent(ctx, activity, &buf));
  }
  mk_json_end(&buf, '}');
  MK_TRY(mk_take(ctx, &buf, &value));
  return mk_io_put(ctx, MK_THREAD_FAMILIES, key, value, MK_STR_NONE);
}
