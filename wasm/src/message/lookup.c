#include "message/lookup.h"

#include "base/index.h"
#include "base/json.h"

static mk_status fail_ids(mk_context *ctx, const char *name) {
  return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "%s must be an array of non-empty strings", name);
}

mk_status mk_lookup_ids(mk_context *ctx, mk_str array, const char *name, mk_found **out, size_t *count) {
  if (!mk_json_is_array(array)) {
    return fail_ids(ctx, name);
  }
  mk_found *found = NULL;
  mk_index index = {0};
  mk_member member;
  MK_TRY(mk_push(ctx, mk_json_count(array), sizeof *found, &found));
  *count = 0;
  for (mk_cursor cursor = mk_json_walk(array); mk_json_next(&cursor, &member);) {
    mk_id *id = &found[*count].locator.place.id;
    size_t at = 0;
    if (!mk_json_is_string(member.value) || member.value.size <= 2) {
      return fail_ids(ctx, name);
    }
    MK_TRY(mk_id_make(ctx, member.value, id));
    MK_TRY(mk_index_add(ctx, &index, id->part, *count, &at));
    *count += at == *count; /* else it is there already */
  }
  *out = found;
  return MK_OK;
}

mk_status mk_lookup_queue(mk_context *ctx, mk_found *found, size_t count) {
  for (size_t i = 0; i < count; i++) {
    mk_str key;
    MK_TRY(mk_locator_key(ctx, found[i].locator.place.id.part, &key));
    MK_TRY(mk_io_get(ctx, MK_MESSAGE_LOCATORS, key, &found[i].io));
  }
  return MK_OK;
}

mk_status mk_lookup_locate(mk_context *ctx, mk_found *found, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const mk_io *io = found[i].io;
    if (mk_str_is_present(io->result)) {
      MK_TRY(mk_locator_parse(ctx, io->key, io->result, &found[i].locator));
      found[i].is_located = !found[i].locator.is_deleted;
    }
  }
  return MK_OK;
}

void mk_lookup_bury(mk_found *found, size_t count, const mk_threads *threads) {
  for (size_t i = 0; i < count; i++) {
    const mk_locator *locator = &found[i].locator;
    const mk_touched *thread = found[i].is_located ? mk_threads_find(threads, locator->place.thread.part) : NULL;
    if (thread != NULL && locator->written_at_ms <= thread->marks.at_ms[MK_MARK_DELETED]) {
      found[i].is_located = false;
    }
  }
}

/* That a message moved its locator knows best, which was just read. */
static mk_place place_to_read(const mk_found *found) {
  mk_place place = found->locator.place;
  place.is_moved = false;
  return place;
}

mk_status mk_lookup_queue_messages(mk_context *ctx, mk_found *found, size_t count, bool with_families) {
  for (size_t i = 0; i < count; i++) {
    mk_place place = place_to_read(&found[i]);
    MK_TRY(found[i].is_located ? mk_message_queue(ctx, &place, with_families, &found[i].message) : MK_OK);
  }
  return MK_OK;
}

mk_status mk_lookup_take(mk_context *ctx, mk_found *found, size_t count) {
  for (size_t i = 0; i < count; i++) {
    mk_place place = place_to_read(&found[i]);
    MK_TRY(found[i].is_located ? mk_message_take(ctx, &place, &found[i].message) : MK_OK);
  }
  return MK_OK;
}
