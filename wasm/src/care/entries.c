#include "care/entries.h"

#include "base/json.h"
#include "care/expect.h"

/* The keyspace of a table's records, or MK_KEYSPACE_COUNT: none that can be placed. */
static mk_keyspace records_of(mk_table table) {
  static const mk_keyspace keyspaces[] = {MK_THREADS,       MK_MESSAGES, MK_RESOURCES,
                                          MK_WORKFLOW_RUNS, MK_SCORERS,  MK_BACKGROUND_TASKS};
  for (size_t i = 0; i < sizeof keyspaces / sizeof *keyspaces; i++) {
    if (mk_schema_keyspace(keyspaces[i])->describes == table) {
      return keyspaces[i];
    }
  }
  return MK_KEYSPACE_COUNT;
}

/* Whether a record has all the columns that its key in a keyspace is made of. */
static bool has_key(const mk_shape *shape, const mk_record *record) {
  for (int i = 0; i < MK_SHAPE_PARTS_MAX && shape->parts[i] != NULL; i++) {
    const char *name = shape->parts[i];
    if (!mk_json_is_string(mk_record_get(record, name + (*name == *MK_SHAPE_TIME)))) {
      return false;
    }
  }
  return true;
}

/* The key that a record has in a keyspace; absent where it has none. */
static mk_status make_key(mk_context *ctx, mk_keyspace keyspace, const mk_record *record, mk_str *out) {
  const mk_shape *shape = mk_shape_of(keyspace);
  MK_TRY(mk_shape_key_of(ctx, shape, record, out));
  if (!mk_str_is_present(*out) && has_key(shape, record)) {
    return mk_fail(ctx, MK_E_KEY_TOO_LONG, "KEY_TOO_LONG",
                   "Its key in %s would be longer than the %d bytes that KV allows. Use shorter ids.",
                   mk_schema_keyspace(keyspace)->beginning, MK_KV_KEY_BYTES_MAX);
  }
  return MK_OK;
}

static mk_status make_place(mk_context *ctx, const mk_record *record, int64_t seq, mk_place *out) {
  mk_str where = MK_STR("message");
  *out = (mk_place){.seq = seq};
  MK_TRY(mk_record_id(ctx, where, record, "id", &out->id));
  MK_TRY(mk_record_id(ctx, where, record, "threadId", &out->thread));
  MK_TRY(mk_record_date(ctx, where, record, "createdAt", &out->created_ms));
  out->saved_ms = out->created_ms;
  return MK_OK;
}

/* Add an entry if the record has one in its keyspace. */
static mk_status add(mk_context *ctx, const mk_record *record, mk_entry entry, mk_entries *out) {
  MK_TRY(make_key(ctx, entry.keyspace, record, &entry.key));
  if (!mk_str_is_present(entry.key)) {
    return MK_OK;
  }
  MK_TRY(mk_io_check(ctx, entry.key, entry.value, entry.metadata));
  out->items[out->count++] = entry;
  return MK_OK;
}

/* A message's locator says where it is; an index's entry says it by its key. */
static mk_status add_pointer(mk_context *ctx, const mk_shape *shape, const mk_record *record, const mk_place *place,
                             mk_entries *out) {
  mk_entry entry = {.keyspace = shape->keyspace};
  MK_TRY(shape->kind == MK_SHAPE_LOCATOR
             ? mk_locator_format(ctx, &(mk_locator){.place = *place}, record->written_at_ms, &entry.value)
             : mk_expect_entry(ctx, record, &entry.value));
  if (shape->has_facets) {
    entry.metadata = out->items[0].metadata;
  }
  return add(ctx, record, entry, out);
}

mk_status mk_entries_make(mk_context *ctx, mk_table table, const mk_record *record, int64_t seq, mk_entries *out) {
  mk_entry own = {.keyspace = records_of(table)};
  mk_place place = {0};
  *out = (mk_entries){.count = 0};
  if (own.keyspace == MK_KEYSPACE_COUNT) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "Records of the table %s cannot be placed",
                   mk_schema_table(table)->name);
  }
  if (own.keyspace == MK_MESSAGES) {
    MK_TRY(make_place(ctx, record, seq, &place));
  }
  MK_TRY(mk_record_format(ctx, record, record->written_at_ms, &own.value));
  MK_TRY(mk_expect_metadata(ctx, own.keyspace, record, &place, &own.metadata));
  MK_TRY(add(ctx, record, own, out));
  for (int i = 0; i < MK_KEYSPACE_COUNT; i++) {
    const mk_shape *shape = mk_shape_of((mk_keyspace)i);
    bool points = shape->kind == MK_SHAPE_ENTRY || shape->kind == MK_SHAPE_LOCATOR;
    if (points && shape->of == own.keyspace) {
      MK_TRY(add_pointer(ctx, shape, record, &place, out));
    }
  }
  return MK_OK;
}
