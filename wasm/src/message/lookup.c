#include "message/lookup.h"

#include <stdlib.h>

#include "base/json.h"

/* An id and where it stood, to find repeated ones by sorting. */
typedef struct numbered_id {
  mk_str part;
  size_t index;
} numbered_id;

static int compare_numbered(const void *a, const void *b) {
  const numbered_id *x = a;
  const numbered_id *y = b;
  int order = mk_str_compare(x->part, y->part);
  return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

/* Keep the first of equal ids. */
static mk_status drop_repeated(mk_context *ctx, mk_found *found, size_t *count) {
  numbered_id *ids = NULL;
  bool *is_repeated = NULL;
  MK_TRY(mk_push(ctx, *count, sizeof *ids, &ids));
  MK_TRY(mk_push(ctx, *count, sizeof *is_repeated, &is_repeated));
  for (size_t i = 0; i < *count; i++) {
    ids[i] = (numbered_id){found[i].place.id.part, i};
  }
  qsort(ids, *count, sizeof *ids, compare_numbered);
  for (size_t i = 1; i < *count; i++) {
    is_repeated[ids[i].index] = mk_str_equal(ids[i].part, ids[i - 1].part);
  }
  size_t kept = 0;
  for (size_t i = 0; i < *count; i++) {
    if (!is_repeated[i]) {
      found[kept++] = found[i];
    }
  }
  *count = kept;
  return MK_OK;
}

static mk_status fail_ids(mk_context *ctx, const char *name) {
  return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "%s must be an array of non-empty strings", name);
}

mk_status mk_lookup_ids(mk_context *ctx, mk_str array, const char *name, mk_found **out, size_t *count) {
  if (!mk_json_is_array(array)) {
    return fail_ids(ctx, name);
  }
  size_t size = 0;
  mk_member member;
  for (mk_cursor cursor = mk_json_walk(array); mk_json_next(&cursor, &member);) {
    size++;
  }
  mk_found *found = NULL;
  MK_TRY(mk_push(ctx, size, sizeof *found, &found));
  size_t at = 0;
  for (mk_cursor cursor = mk_json_walk(array); mk_json_next(&cursor, &member);) {
    if (!mk_json_is_string(member.value) || member.value.size <= 2) {
      return fail_ids(ctx, name);
    }
    MK_TRY(mk_id_make(ctx, member.value, &found[at++].place.id));
  }
  MK_TRY(drop_repeated(ctx, found, &size));
  *out = found;
  *count = size;
  return MK_OK;
}

mk_status mk_lookup_queue(mk_context *ctx, mk_found *found, size_t count) {
  for (size_t i = 0; i < count; i++) {
    mk_str key;
    MK_TRY(mk_locator_key(ctx, found[i].place.id.part, &key));
    MK_TRY(mk_io_get(ctx, MK_MESSAGE_LOCATORS, key, &found[i].io));
  }
  return MK_OK;
}

mk_status mk_lookup_locate(mk_context *ctx, mk_found *found, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const mk_io *io = found[i].io;
    found[i].is_located = mk_str_is_present(io->result);
    if (found[i].is_located) {
      MK_TRY(mk_locator_parse(ctx, io->key, io->result, &found[i].place));
      MK_TRY(mk_message_key(ctx, &found[i].place, &found[i].key));
    }
  }
  return MK_OK;
}

mk_status mk_lookup_queue_records(mk_context *ctx, mk_found *found, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (found[i].is_located) {
      MK_TRY(mk_io_get(ctx, MK_MESSAGES, found[i].key, &found[i].io));
    }
  }
  return MK_OK;
}

mk_status mk_lookup_take(mk_context *ctx, mk_found *found, size_t count) {
  for (size_t i = 0; i < count; i++) {
    bool is_there = found[i].is_located && mk_str_is_present(found[i].io->result);
    if (is_there) {
      MK_TRY(mk_record_parse(ctx, found[i].key, found[i].io->result, &found[i].record));
    }
    found[i].is_read = is_there;
  }
  return MK_OK;
}
