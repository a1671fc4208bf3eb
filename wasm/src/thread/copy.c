#include <stdlib.h>

#include "base/index.h"
#include "base/json.h"
#include "base/print.h"
#include "base/uuid.h"
#include "base/writer.h"
#include "host/platform.h"
#include "message/history.h"
#include "message/message.h"
#include "thread/thread.h"

/* Messages copied at a time: what is read is forgotten after each step, so that a thread of any
 * length is copied in the memory of a few messages. */
#define STEP 100

/* What copyThread was asked for. */
typedef struct request {
  mk_thread source;
  mk_thread target;
  mk_id resource; /* of the copies; part absent: each message keeps its own */
  mk_str title;   /* absent: made from the source's */
  mk_str metadata;
  mk_range range;
  mk_index ids;  /* only these messages; empty: all */
  int64_t limit; /* the newest so many; 0 or less: all */
} request;

static mk_status read_ids(mk_context *ctx, mk_str array, request *out) {
  mk_member member;
  for (mk_cursor cursor = mk_json_walk(array); mk_json_next(&cursor, &member);) {
    mk_id id;
    if (!mk_json_is_string(member.value)) {
      return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "options.messageFilter.messageIds must be strings");
    }
    MK_TRY(mk_id_make(ctx, member.value, &id));
    MK_TRY(mk_index_add(ctx, &out->ids, id.part, 0, NULL));
  }
  return MK_OK;
}

/* startDate and endDate, which Mastra names otherwise than a list's range. */
static mk_status read_date(mk_context *ctx, mk_str filter, const char *name, int64_t *ms) {
  mk_str date = mk_json_get(filter, name);
  if (!mk_str_is_present(date) || mk_json_is_null(date)) {
    return MK_OK;
  }
  if (!mk_json_is_string(date) || !mk_date_read((mk_str){date.data + 1, date.size - 2}, ms)) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL,
                   "options.messageFilter.%s must be a Date or an ISO 8601 date string", name);
  }
  return MK_OK;
}

static bool is_text(mk_str span) { return mk_json_is_string(span) && span.size > 2; }

static mk_status read_request(mk_context *ctx, mk_str args, request *out) {
  mk_str options = mk_json_get(args, "options");
  mk_str filter = mk_json_get(options, "messageFilter");
  mk_str limit = mk_json_get(options, "messageLimit");
  mk_str resource = mk_json_get(args, "resourceId");
  mk_str new_id = mk_json_get(args, "newThreadId");
  *out = (request){.range = MK_RANGE_ALL};
  MK_TRY(mk_argument_id(ctx, args, "sourceThreadId", &out->source.id));
  MK_TRY(read_ids(ctx, mk_json_get(filter, "messageIds"), out));
  MK_TRY(read_date(ctx, filter, "startDate", &out->range.oldest_ms));
  MK_TRY(read_date(ctx, filter, "endDate", &out->range.newest_ms));
  if (mk_str_is_present(limit) && !mk_json_integer(limit, &out->limit)) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "options.messageLimit must be a whole number");
  }
  if (is_text(resource)) {
    MK_TRY(mk_id_make(ctx, resource, &out->resource));
  }
  out->title = is_text(mk_json_get(args, "title")) ? mk_json_get(args, "title") : MK_STR_NONE;
  out->metadata = mk_json_get(args, "metadata");
  return is_text(new_id) ? mk_id_make(ctx, new_id, &out->target.id) : mk_id_new(ctx, &out->target.id);
}

static mk_status fail_thread(mk_context *ctx, const mk_id *id, const char *before, const char *behind, mk_status status,
                             const char *reason) {
  mk_str text;
  MK_TRY(mk_json_decode(ctx, id->json, &text));
  return mk_fail(ctx, status, reason, "%s %.*s %s", before, MK_STR_ARG(text), behind);
}

static mk_status read_threads(mk_context *ctx, request *req) {
  MK_TRY(mk_thread_queue(ctx, &req->source));
  MK_TRY(mk_thread_queue(ctx, &req->target));
  MK_TRY(mk_io_flush(ctx));
  MK_TRY(mk_thread_take(ctx, &req->source));
  MK_TRY(mk_thread_take(ctx, &req->target));
  if (!req->source.exists) {
    return fail_thread(ctx, &req->source.id, "Source thread with id", "not found", MK_E_NOT_FOUND, "SOURCE_NOT_FOUND");
  }
  if (req->target.exists) {
    return fail_thread(ctx, &req->target.id, "Thread with id", "already exists", MK_E_INVALID_ARGUMENT,
                       "THREAD_EXISTS");
  }
  return MK_OK;
}

static bool is_wanted(const request *req, const mk_entry *entry) {
  return req->ids.count == 0 || mk_index_find(&req->ids, entry->place.id.part) != MK_INDEX_NONE;
}

/* Keep the entries that are wanted, of them the newest `limit`. */
static void select_entries(const request *req, mk_entries *entries) {
  size_t kept = 0;
  for (size_t i = 0; i < entries->count; i++) {
    if (is_wanted(req, entries->items[i])) {
      entries->items[kept++] = entries->items[i];
    }
  }
  entries->count = kept;
  if (req->limit > 0 && req->limit < (int64_t)kept) {
    entries->items += kept - (size_t)req->limit;
    entries->count = (size_t)req->limit;
  }
}

/* The copies, by the place of their originals; what is gone has none. */
typedef struct copies {
  mk_place *places;
  bool *is_made;
} copies;

static mk_status copy_message(mk_context *ctx, const request *req, mk_entry *entry, const mk_place *place,
                              int64_t now_ms) {
  mk_record *record = &entry->message->record;
  MK_TRY(mk_message_load(ctx, entry->message));
  mk_locator locator = {.place = *place};
  MK_TRY(mk_record_set(ctx, record, "id", place->id.json));
  MK_TRY(mk_record_set(ctx, record, "threadId", place->thread.json));
  if (mk_str_is_present(req->resource.part)) {
    MK_TRY(mk_record_set(ctx, record, "resourceId", req->resource.json));
  }
  MK_TRY(mk_message_put(ctx, place, record, now_ms));
  return mk_locator_put(ctx, &locator, now_ms);
}

static mk_status copy_step(mk_context *ctx, const request *req, const mk_history *history, size_t at, size_t count,
                           int64_t now_ms, copies *made) {
  bool has_read = false;
  MK_TRY(mk_history_read(ctx, history, history->entries.items + at, count, &has_read));
  for (size_t i = at; i < at + count; i++) {
    mk_entry *entry = history->entries.items[i];
    made->is_made[i] = !entry->item.is_gone;
    if (made->is_made[i]) {
      MK_TRY(copy_message(ctx, req, entry, &made->places[i], now_ms));
    }
  }
  return mk_io_flush(ctx);
}

/* The id of a message's copy follows from the message's and the thread's: so a copy that failed halfway, and is made again
 * under the same id, writes over what it left. */
static mk_status copy_id(mk_context *ctx, const request *req, mk_id *id) {
  mk_str text;
  mk_str span;
  MK_TRY(mk_print(ctx, &text, "%v:%v", &req->target.id.part, &id->part));
  MK_TRY(mk_uuid_of_text(ctx, text, &span));
  return mk_id_make(ctx, span, id);
}

static mk_status copy_messages(mk_context *ctx, const request *req, const mk_history *history, int64_t now_ms,
                               copies *out) {
  size_t count = history->entries.count;
  MK_TRY(mk_push(ctx, count, sizeof *out->places, &out->places));
  MK_TRY(mk_push(ctx, count, sizeof *out->is_made, &out->is_made));
  for (size_t i = 0; i < count; i++) {
    mk_place *place = &out->places[i];
    *place = history->entries.items[i]->place;
    place->thread = req->target.id;
    place->saved_ms = now_ms;
    place->seq = (int64_t)i;
    place->written_ms = 0;
    place->is_moved = false;
    MK_TRY(copy_id(ctx, req, &place->id));
  }
  mk_arena_mark mark = mk_arena_end(ctx->arena);
  for (size_t at = 0; at < count; at += STEP) {
    MK_TRY(copy_step(ctx, req, history, at, count - at < STEP ? count - at : STEP, now_ms, out));
    mk_arena_reset(ctx->arena, mark);
  }
  return MK_OK;
}

/* The title of the copy, or absent. */
static mk_status copy_title(mk_context *ctx, const request *req, mk_str *out) {
  mk_str source = mk_record_get(&req->source.record, "title");
  *out = req->title;
  if (mk_str_is_present(req->title) || !is_text(source)) {
    return MK_OK;
  }
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_literal(&buf, "\"Clone of ");
  mk_buf_text(&buf, mk_str_skip(source, 1));
  return mk_take(ctx, &buf, out);
}

/* The given metadata with `clone` in it: where the copy comes from. */
static mk_status copy_metadata(mk_context *ctx, const request *req, const mk_id *last, mk_str now, mk_str *out) {
  mk_record metadata;
  mk_buf clone = mk_buf_make(ctx->arena);
  mk_str span;
  mk_json_begin(&clone, '{');
  mk_json_member(&clone, "sourceThreadId", req->source.id.json);
  mk_json_member(&clone, "clonedAt", now);
  if (mk_str_is_present(last->part)) {
    mk_json_member(&clone, "lastMessageId", last->json);
  }
  mk_json_end(&clone, '}');
  MK_TRY(mk_take(ctx, &clone, &span));
  mk_str given = mk_json_is_object(req->metadata) ? req->metadata : MK_STR("{}");
  MK_TRY(mk_record_of_object(ctx, given, &metadata));
  MK_TRY(mk_record_set(ctx, &metadata, "clone", span));
  return mk_record_object(ctx, &metadata, out);
}

/* The last message that was copied, by its old id; part absent: none. */
static mk_status last_copied(mk_context *ctx, const mk_history *history, const copies *made, mk_id *out) {
  *out = (mk_id){.part = MK_STR_NONE};
  for (size_t i = history->entries.count; i-- > 0;) {
    if (made->is_made[i]) {
      return mk_id_parse(ctx, history->entries.items[i]->place.id.part, out);
    }
  }
  return MK_OK;
}

/* Fill in the copy's columns. */
static mk_status make_thread(mk_context *ctx, request *req, const mk_id *last, int64_t now_ms) {
  mk_thread *target = &req->target;
  mk_record *record = &target->record;
  mk_str now;
  mk_str title;
  mk_str metadata;
  MK_TRY(mk_record_date_span(ctx, now_ms, &now));
  MK_TRY(copy_title(ctx, req, &title));
  MK_TRY(copy_metadata(ctx, req, last, now, &metadata));
  target->resource = mk_str_is_present(req->resource.part) ? req->resource : req->source.resource;
  target->created_ms = now_ms;
  target->activity.updated_ms = now_ms;
  MK_TRY(mk_record_set(ctx, record, "id", target->id.json));
  MK_TRY(mk_record_set(ctx, record, "resourceId", target->resource.json));
  if (mk_str_is_present(title)) {
    MK_TRY(mk_record_set(ctx, record, "title", title));
  }
  MK_TRY(mk_record_set(ctx, record, "metadata", metadata));
  MK_TRY(mk_record_set(ctx, record, "createdAt", now));
  return mk_record_set(ctx, record, "updatedAt", now);
}

/* {"thread":…,"messageIdMap":{source id: copy's id}} */
static mk_status answer(mk_context *ctx, const request *req, const mk_history *history, const copies *made,
                        mk_str *result) {
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_json_begin(&buf, '{');
  mk_json_name(&buf, "thread");
  mk_record_answer(&buf, &req->target.record);
  mk_json_name(&buf, "messageIdMap");
  mk_json_begin(&buf, '{');
  for (size_t i = 0; i < history->entries.count; i++) {
    mk_id source;
    if (made->is_made[i]) {
      MK_TRY(mk_id_parse(ctx, history->entries.items[i]->place.id.part, &source));
      mk_json_name_span(&buf, source.json);
      mk_buf_text(&buf, made->places[i].id.json);
    }
  }
  mk_json_end(&buf, '}');
  mk_json_end(&buf, '}');
  return mk_take(ctx, &buf, result);
}

/* List the source's messages and keep those that are wanted. */
static mk_status find_messages(mk_context *ctx, const request *req, mk_history *out) {
  MK_TRY(mk_history_add(ctx, out, &req->source.id, req->range));
  MK_TRY(mk_history_collect(ctx, out, INT64_MAX));
  MK_TRY(req->limit > 0 ? mk_history_read_uncertain(ctx, out) : MK_OK);
  select_entries(req, &out->entries);
  return MK_OK;
}

/* Copy a thread: its messages first and the thread last, so that a copy which failed halfway is
 * not to be seen. */
mk_status mk_copy_thread(mk_context *ctx, mk_str args, mk_str *result) {
  request req;
  mk_history history = {.is_ascending = true};
  copies made = {0};
  mk_id last;
  MK_TRY(read_request(ctx, args, &req));
  MK_TRY(read_threads(ctx, &req));
  MK_TRY(find_messages(ctx, &req, &history));
  int64_t now_ms = mk_clock_ms();
  MK_TRY(copy_messages(ctx, &req, &history, now_ms, &made));
  MK_TRY(last_copied(ctx, &history, &made, &last));
  MK_TRY(mk_activity_remember(ctx, &req.target.id, &req.target.activity, made.places, history.entries.count, now_ms));
  MK_TRY(make_thread(ctx, &req, &last, now_ms));
  MK_TRY(answer(ctx, &req, &history, &made, result));
  MK_TRY(mk_activity_put(ctx, &req.target.id, &req.target.activity, now_ms));
  MK_TRY(mk_thread_put(ctx, &req.target, mk_thread_write_time(&req.target)));
  return mk_io_flush(ctx);
}
