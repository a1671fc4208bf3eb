#include "care/place.h"

#include "base/json.h"
#include "care/entries.h"
#include "host/platform.h"
#include "kv/config.h"
#include "message/marks.h"
#include "message/message.h"
#include "record/accept.h"

/* Keys that one bulk read takes (js-shim/engine/kv-imports.js). */
#define BULK_KEYS 100
/* For one record: to read its keys in as many namespaces, to give up old ones, and to write them. */
#define MAX_CALLS_MIN 16

typedef enum verdict { WRITTEN, UNCHANGED, NEWER, ELSEWHERE, REFUSED } verdict;

/* A record on its way in. */
typedef struct incoming {
  mk_record record;
  int64_t seq;
  bool is_moved;
  bool is_ahead;                 /* its dates are later than now */
  mk_entries entries;            /* where it goes */
  mk_io *there[MK_ENTRIES_MAX];  /* what is there */
  mk_id of_thread;               /* of threads and messages; else absent */
  mk_io *marks[MK_MARK_COUNT];   /* the thread's */
  mk_entry left[MK_ENTRIES_MAX]; /* keys to delete: of what pointed to it before */
  size_t left_count;
  verdict verdict;
  mk_str thread;       /* ELSEWHERE: JSON string */
  bool is_newer_there; /* ELSEWHERE */
  const char *code;    /* REFUSED */
  mk_str message;
} incoming;

typedef struct placing {
  mk_table table;
  incoming *items;
  size_t count;
  int64_t calls;
  int64_t max_calls;
  bool is_dry;
} placing;

/* A failure that is the record's is its verdict, and no reason not to place the others. */
static mk_status refuse(mk_context *ctx, incoming *item, mk_status status) {
  bool is_its_own = status == MK_E_INVALID_ARGUMENT || status == MK_E_KEY_TOO_LONG || status == MK_E_VALUE_TOO_LARGE ||
                    status == MK_E_CORRUPT_RECORD;
  if (!is_its_own) {
    return status;
  }
  mk_buf text = mk_buf_make(ctx->arena);
  mk_buf_text(&text, mk_str_of(ctx->error.text));
  ctx->error = (mk_error){.status = MK_OK};
  item->verdict = REFUSED;
  item->code = mk_status_name(status);
  return mk_take(ctx, &text, &item->message);
}

/* Columns that the store usually sets itself, and passes over when they are given. */
static mk_status accept_stamps(mk_context *ctx, const mk_table_def *table, mk_str value, mk_record *record) {
  for (int i = 0; i < table->column_count; i++) {
    const mk_column *column = &table->columns[i];
    mk_str span = mk_json_get(value, column->name);
    int64_t ms = 0;
    if (column->type != MK_TYPE_STAMP || !mk_str_is_present(span)) {
      continue;
    }
    if (!mk_date_take(span, &ms)) {
      return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "Invalid %s: %s must be an ISO 8601 date string.", table->noun,
                     column->name);
    }
    MK_TRY(mk_record_date_span(ctx, ms, &span));
    MK_TRY(mk_record_set(ctx, record, column->name, span));
  }
  return MK_OK;
}

/* The newest date that a record tells; no later than now, so that no write to come is older. */
static mk_status tell_time(mk_context *ctx, const mk_table_def *table, incoming *item) {
  mk_record *record = &item->record;
  int64_t now_ms = mk_clock_ms();
  int64_t newest_ms = 1; /* 0 is what never was written */
  for (int i = 0; i < table->column_count; i++) {
    const mk_column *column = &table->columns[i];
    bool is_date = column->type == MK_TYPE_DATE || column->type == MK_TYPE_STAMP;
    int64_t ms = 0;
    if (is_date && mk_str_is_present(mk_record_get(record, column->name))) {
      MK_TRY(mk_record_date(ctx, mk_str_of(table->noun), record, column->name, &ms));
      newest_ms = ms > newest_ms ? ms : newest_ms;
    }
  }
  item->is_ahead = newest_ms > now_ms;
  record->written_at_ms = item->is_ahead ? now_ms : newest_ms;
  return MK_OK;
}

static mk_status accept(mk_context *ctx, mk_table table, mk_str given, incoming *out) {
  const mk_table_def *def = mk_schema_table(table);
  mk_str value = mk_json_get(given, "record");
  mk_str seq = mk_json_get(given, "seq");
  out->is_moved = mk_json_is_true(mk_json_get(given, "isMoved"));
  if (mk_str_is_present(seq) && !mk_json_integer(seq, &out->seq)) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "Invalid %s: seq must be a whole number.", def->noun);
  }
  MK_TRY(mk_record_accept(ctx, def, (mk_argument){def->noun, -1}, value, &out->record));
  if (def->is_closed) { /* the only table with stamps that others may set */
    MK_TRY(accept_stamps(ctx, def, value, &out->record));
  }
  MK_TRY(tell_time(ctx, def, out));
  if (table == MK_TABLE_THREADS || table == MK_TABLE_MESSAGES) {
    const char *column = table == MK_TABLE_THREADS ? "id" : "threadId";
    MK_TRY(mk_record_id(ctx, mk_str_of(def->noun), &out->record, column, &out->of_thread));
  }
  return mk_entries_make(ctx, table, &out->record, out->seq, &out->entries);
}

/* Whether two records would be written to one key. */
static bool is_same_key(const incoming *a, const incoming *b) {
  for (size_t i = 0; i < a->entries.count && i < b->entries.count; i++) {
    if (mk_str_equal(a->entries.items[i].key, b->entries.items[i].key)) {
      return true;
    }
  }
  return false;
}

/* Records are judged by what is stored, so a second one with the keys of a first is left for the
 * next call. */
static bool is_repeated(const placing *all, const incoming *item) {
  for (size_t i = 0; i < all->count; i++) {
    if (is_same_key(&all->items[i], item)) {
      return true;
    }
  }
  return false;
}

static mk_status accept_all(mk_context *ctx, mk_str args, placing *out) {
  mk_str table = mk_json_get(args, "table");
  mk_str records = mk_json_get(args, "records");
  mk_member member;
  size_t size = 0;
  out->is_dry = mk_json_is_true(mk_json_get(args, "dryRun"));
  out->table =
      mk_json_is_string(table) ? mk_schema_table_named((mk_str){table.data + 1, table.size - 2}) : MK_TABLE_COUNT;
  if (out->table == MK_TABLE_COUNT || !mk_json_is_array(records)) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "table must be a table's name, and records an array");
  }
  if (!mk_json_integer(mk_json_get(args, "maxCalls"), &out->max_calls) || out->max_calls < MAX_CALLS_MIN) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "maxCalls must be a whole number from %d on", MAX_CALLS_MIN);
  }
  for (mk_cursor cursor = mk_json_walk(records); mk_json_next(&cursor, &member);) {
    size++;
  }
  MK_TRY(mk_push(ctx, size, sizeof *out->items, &out->items));
  for (mk_cursor cursor = mk_json_walk(records); mk_json_next(&cursor, &member); out->count++) {
    incoming *item = &out->items[out->count];
    mk_status status = accept(ctx, out->table, member.value, item);
    if (status != MK_OK) {
      item->entries.count = 0;
      MK_TRY(refuse(ctx, item, status));
    }
    if (is_repeated(out, item)) {
      break;
    }
  }
  return MK_OK;
}

/* Whether the thread was deleted: of the messages of one thread, which come together, the first asks. */
static mk_status queue_mark(mk_context *ctx, incoming *item, const incoming *before, int64_t *keys) {
  if (item->entries.count == 0 || !mk_str_is_present(item->of_thread.part)) {
    return MK_OK;
  }
  if (before != NULL && before->marks[MK_MARK_DELETED] != NULL &&
      mk_str_equal(before->of_thread.part, item->of_thread.part)) {
    item->marks[MK_MARK_DELETED] = before->marks[MK_MARK_DELETED];
    return MK_OK;
  }
  keys[ctx->config->ns[MK_THREAD_MARKS]]++;
  return mk_marks_queue(ctx, item->of_thread.part, MK_MARKS(MK_MARK_DELETED), item->marks);
}

/* Read what is there under all the keys, and count the calls. */
static mk_status read_there(mk_context *ctx, placing *all) {
  int64_t keys[MK_NAMESPACES_MAX] = {0};
  for (size_t i = 0; i < all->count; i++) {
    incoming *item = &all->items[i];
    MK_TRY(queue_mark(ctx, item, i > 0 ? &all->items[i - 1] : NULL, keys));
    for (size_t j = 0; j < item->entries.count; j++) {
      const mk_entry *entry = &item->entries.items[j];
      MK_TRY(mk_io_get(ctx, entry->keyspace, entry->key, &item->there[j]));
      keys[ctx->config->ns[entry->keyspace]]++;
    }
  }
  for (size_t ns = 0; ns < MK_NAMESPACES_MAX; ns++) {
    all->calls += (keys[ns] + BULK_KEYS - 1) / BULK_KEYS;
  }
  return mk_io_flush(ctx);
}

/* By its locator, whether a message has another place than the one it comes for. */
static mk_status judge_locator(mk_context *ctx, incoming *item, bool *is_decided) {
  const mk_io *there = item->there[1];
  mk_locator locator = {0};
  mk_place now = {0};
  mk_str where = MK_STR("message");
  if (!mk_str_is_present(there->result)) {
    return MK_OK;
  }
  MK_TRY(mk_locator_parse(ctx, there->key, there->result, &locator));
  bool is_newer = locator.written_at_ms > item->record.written_at_ms;
  if (locator.is_deleted) {
    item->verdict = NEWER;
    *is_decided = is_newer;
    return MK_OK;
  }
  mk_place old = locator.place;
  MK_TRY(mk_record_id(ctx, where, &item->record, "id", &old.id));
  MK_TRY(mk_record_id(ctx, where, &item->record, "threadId", &now.thread));
  MK_TRY(mk_record_date(ctx, where, &item->record, "createdAt", &now.created_ms));
  bool is_same_thread = mk_str_equal(old.thread.part, now.thread.part);
  if (is_same_thread && old.created_ms == now.created_ms) {
    return MK_OK;
  }
  *is_decided = is_newer || !(is_same_thread || item->is_moved);
  if (*is_decided) {
    item->verdict = is_same_thread ? NEWER : ELSEWHERE;
    item->thread = old.thread.json;
    item->is_newer_there = is_newer;
    return MK_OK;
  }
  mk_entry *left = &item->left[item->left_count++];
  left->keyspace = MK_MESSAGES;
  return mk_message_key(ctx, &old, &left->key);
}

/* What pointed to the record that is there, and does not point to the one that comes. */
static mk_status find_left(mk_context *ctx, mk_table table, const mk_record *stored, incoming *item) {
  mk_entries old;
  MK_TRY(mk_entries_make(ctx, table, stored, 0, &old));
  for (size_t i = 1; i < old.count; i++) {
    bool is_kept = false;
    for (size_t j = 1; j < item->entries.count; j++) {
      is_kept = is_kept || mk_str_equal(old.items[i].key, item->entries.items[j].key);
    }
    if (!is_kept) {
      item->left[item->left_count++] = old.items[i];
    }
  }
  return MK_OK;
}

static mk_status judge(mk_context *ctx, mk_table table, incoming *item) {
  const mk_io *own = item->there[0];
  bool is_decided = false;
  bool is_unchanged = true;
  mk_record stored;
  mk_marks marks;
  MK_TRY(mk_marks_take(ctx, item->marks, &marks));
  if (marks.at_ms[MK_MARK_DELETED] > item->record.written_at_ms) {
    item->verdict = NEWER; /* its thread was deleted here */
    return MK_OK;
  }
  if (table == MK_TABLE_MESSAGES) {
    MK_TRY(judge_locator(ctx, item, &is_decided));
  }
  if (is_decided) {
    return MK_OK;
  }
  item->verdict = WRITTEN;
  if (!mk_str_is_present(own->result)) {
    return MK_OK;
  }
  MK_TRY(mk_record_parse(ctx, own->key, own->result, &stored));
  if (stored.written_at_ms > item->record.written_at_ms) {
    item->verdict = NEWER;
    return MK_OK;
  }
  if (item->is_ahead) { /* it was written as of an earlier now, which is what it is compared with */
    item->record.written_at_ms = stored.written_at_ms;
    MK_TRY(mk_entries_make(ctx, table, &item->record, item->seq, &item->entries));
  }
  for (size_t i = 0; i < item->entries.count; i++) {
    is_unchanged = is_unchanged && mk_str_equal(item->there[i]->result, item->entries.items[i].value);
  }
  if (is_unchanged) {
    item->verdict = UNCHANGED;
    return MK_OK;
  }
  return table == MK_TABLE_MESSAGES ? MK_OK : find_left(ctx, table, &stored, item);
}

/* Judge records until the calls that are allowed do not suffice for the next one. */
static mk_status judge_all(mk_context *ctx, placing *all) {
  for (size_t i = 0; i < all->count; i++) {
    incoming *item = &all->items[i];
    mk_status status = item->verdict == REFUSED ? MK_OK : judge(ctx, all->table, item);
    if (status != MK_OK) {
      MK_TRY(refuse(ctx, item, status));
    }
    int64_t writes = item->verdict == WRITTEN ? (int64_t)(item->left_count + item->entries.count) : 0;
    if (all->is_dry) {
      continue;
    }
    if (all->calls + writes > all->max_calls) {
      all->count = i;
      return MK_OK;
    }
    all->calls += writes;
  }
  return MK_OK;
}

static mk_status put_entry(mk_context *ctx, const mk_entry *entry) {
  return mk_io_put(ctx, entry->keyspace, entry->key, entry->value, entry->metadata);
}

static mk_status queue_round(mk_context *ctx, const incoming *item, int round) {
  for (size_t i = 0; round == 0 && i < item->left_count; i++) {
    MK_TRY(mk_io_delete(ctx, item->left[i].keyspace, item->left[i].key));
  }
  if (round == 1) {
    MK_TRY(put_entry(ctx, &item->entries.items[0]));
  }
  for (size_t i = 1; round == 2 && i < item->entries.count; i++) {
    MK_TRY(put_entry(ctx, &item->entries.items[i]));
  }
  return MK_OK;
}

/* In three rounds, each of which an interrupted call makes again: what pointed to an old record is
 * deleted while that record still tells of it; then come the records; then what points to them,
 * which therefore tells that its record is written. */
static mk_status write_all(mk_context *ctx, const placing *all) {
  for (int round = 0; round < 3; round++) {
    for (size_t i = 0; i < all->count; i++) {
      if (all->items[i].verdict == WRITTEN) {
        MK_TRY(queue_round(ctx, &all->items[i], round));
      }
    }
    mk_io_then(ctx);
  }
  return mk_io_flush(ctx);
}

static void answer_item(mk_buf *buf, const incoming *item) {
  static const char *const words[] = {[WRITTEN] = "\"written\"", [UNCHANGED] = "\"unchanged\"", [NEWER] = "\"newer\""};
  if (item->verdict == ELSEWHERE) {
    mk_buf_literal(buf, "{\"elsewhere\":");
    mk_buf_text(buf, item->thread);
    mk_buf_literal(buf, item->is_newer_there ? ",\"isNewer\":true}" : ",\"isNewer\":false}");
  } else if (item->verdict == REFUSED) {
    mk_buf_literal(buf, "{\"code\":\"");
    mk_buf_literal(buf, item->code);
    mk_buf_literal(buf, "\",\"message\":");
    mk_json_encode(buf, item->message);
    mk_buf_char(buf, '}');
  } else {
    mk_buf_literal(buf, words[item->verdict]);
  }
}

static mk_status answer(mk_context *ctx, const placing *all, mk_str *result) {
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_literal(&buf, "{\"calls\":");
  mk_buf_int(&buf, all->calls);
  mk_buf_literal(&buf, ",\"outcomes\":[");
  for (size_t i = 0; i < all->count; i++) {
    if (i > 0) {
      mk_buf_char(&buf, ',');
    }
    answer_item(&buf, &all->items[i]);
  }
  mk_buf_literal(&buf, "]}");
  return mk_take(ctx, &buf, result);
}

mk_status mk_place_records(mk_context *ctx, mk_str args, mk_str *result) {
  placing all = {0};
  MK_TRY(accept_all(ctx, args, &all));
  MK_TRY(read_there(ctx, &all));
  MK_TRY(judge_all(ctx, &all));
  MK_TRY(answer(ctx, &all, result)); /* before anything is written: where memory does not suffice, nothing is */
  return all.is_dry ? MK_OK : write_all(ctx, &all);
}
