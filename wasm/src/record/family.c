#include "record/family.h"

#include "host/platform.h"

static const mk_table_def *table_of(mk_keyspace keyspace) {
  return mk_schema_table(mk_schema_keyspace(keyspace)->describes);
}

mk_status mk_family_key(mk_context *ctx, mk_keyspace keyspace, mk_str part, int family, mk_str *out) {
  mk_key key = mk_key_begin(ctx, keyspace);
  mk_key_part(&key, part);
  mk_key_part(&key, mk_str_of(table_of(keyspace)->families[family]));
  return mk_key_finish(ctx, &key, out);
}

mk_status mk_families_queue(mk_context *ctx, mk_keyspace keyspace, mk_str part, mk_families *out) {
  *out = (mk_families){.count = table_of(keyspace)->family_count};
  for (int i = 0; i < out->count; i++) {
    mk_str key;
    MK_TRY(mk_family_key(ctx, keyspace, part, i, &key));
    MK_TRY(mk_io_get(ctx, keyspace, key, &out->io[i]));
  }
  return MK_OK;
}

mk_status mk_families_take(mk_context *ctx, mk_families *families) {
  for (int i = 0; i < families->count; i++) {
    MK_TRY(mk_record_take(ctx, families->io[i], &families->records[i]));
  }
  return MK_OK;
}

bool mk_family_is_newer(const mk_families *families, int family, const mk_record *record) {
  return families->records[family].written_at_ms > record->written_at_ms;
}

mk_status mk_families_lay(mk_context *ctx, const mk_families *families, mk_record *record) {
  int64_t base_ms = record->written_at_ms;
  int64_t laid_ms = base_ms;
  int laid = -1;
  for (int i = 0; i < families->count; i++) {
    /* The next one in time; of equal times, the next in order. */
    int next = -1;
    for (int j = 0; j < families->count; j++) {
      int64_t ms = families->records[j].written_at_ms;
      bool is_due = ms > base_ms && (ms > laid_ms || (ms == laid_ms && j > laid));
      if (is_due && (next < 0 || ms < families->records[next].written_at_ms)) {
        next = j;
      }
    }
    if (next < 0) {
      break;
    }
    laid = next;
    laid_ms = families->records[next].written_at_ms;
    MK_TRY(mk_record_lay(ctx, record, &families->records[next]));
  }
  return MK_OK;
}

int64_t mk_families_write_time(const mk_families *families, const mk_record *record) {
  int64_t now_ms = mk_clock_ms();
  int64_t newest_ms = record->written_at_ms;
  for (int i = 0; i < families->count; i++) {
    int64_t ms = families->records[i].written_at_ms;
    newest_ms = ms > newest_ms ? ms : newest_ms;
  }
  return now_ms > newest_ms ? now_ms : newest_ms + 1;
}

mk_status mk_family_put(mk_context *ctx, mk_keyspace keyspace, mk_str part, int family, const mk_record *record,
                        mk_str metadata, int64_t now_ms) {
  mk_str key;
  mk_str value;
  MK_TRY(mk_family_key(ctx, keyspace, part, family, &key));
  MK_TRY(mk_record_format(ctx, record, now_ms, &value));
  return mk_io_put(ctx, keyspace, key, value, metadata);
}

mk_status mk_families_delete(mk_context *ctx, mk_keyspace keyspace, const mk_families *families) {
  for (int i = 0; i < families->count; i++) {
    if (mk_str_is_present(families->io[i]->result)) {
      MK_TRY(mk_io_delete(ctx, keyspace, families->io[i]->key));
    }
  }
  return MK_OK;
}
