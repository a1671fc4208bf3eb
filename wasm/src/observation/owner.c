#include <string.h>

#include "base/json.h"
#include "base/print.h"
#include "host/platform.h"
#include "observation/observation.h"

/* Keys that are listed for the newest generation: more than one has of its own, and few of older ones. */
#define FIRST_PAGE 128

mk_status mk_observation_key(mk_context *ctx, mk_keyspace keyspace, const mk_str *at, const mk_str *part, mk_str *out) {
  mk_key key = mk_key_begin(ctx, keyspace);
  mk_key_part(&key, *at);
  if (part != NULL) {
    mk_key_part(&key, *part);
  }
  return mk_key_finish(ctx, &key, out);
}

mk_status mk_observation_get(mk_context *ctx, mk_keyspace keyspace, const mk_str *at, const mk_str *part, mk_io **out) {
  mk_str key;
  MK_TRY(mk_observation_key(ctx, keyspace, at, part, &key));
  return mk_io_get(ctx, keyspace, key, out);
}

mk_status mk_observation_delete(mk_context *ctx, mk_keyspace keyspace, const mk_str *at, const mk_str *part) {
  mk_str key;
  MK_TRY(mk_observation_key(ctx, keyspace, at, part, &key));
  return mk_io_delete(ctx, keyspace, key);
}

mk_status mk_owner_read_arguments(mk_context *ctx, mk_str args, mk_owner *out) {
  mk_str thread = mk_json_get(args, "threadId");
  bool is_thread = mk_json_is_string(thread) && thread.size > 2;
  mk_id id;
  *out = (mk_owner){0};
  MK_TRY(mk_argument_string(ctx, args, is_thread ? "threadId" : "resourceId", &id));
  return mk_print(ctx, &out->at, "%s:%v", is_thread ? "thread" : "resource", &id.part);
}

bool mk_generation_parse(mk_str at, mk_generation *out) {
  mk_str part = MK_STR_NONE;
  memset(out, 0, sizeof *out);
  out->at = at;
  for (int parts = 0; parts < 3; parts++) { /* kind, owner, rank */
    if (!mk_key_split(&at, &part)) {
      return false;
    }
  }
  return mk_key_time_parse(part, &out->rank) && mk_key_split(&at, &out->id_part) && !mk_str_is_present(at);
}

/* The generation at a place, new where it is not known yet; NULL where that is none. */
static mk_status find_or_add(mk_context *ctx, mk_owner *owner, mk_str at, mk_generation **out) {
  mk_generation made;
  mk_generation **place = &owner->first;
  int order = 1;
  *out = NULL;
  if (!mk_generation_parse(at, &made)) {
    return MK_OK;
  }
  while (*place != NULL && (order = mk_str_compare((*place)->at, at)) < 0) {
    place = &(*place)->next;
  }
  if (*place == NULL || order != 0) {
    mk_generation *added;
    MK_TRY(mk_push(ctx, 1, sizeof *added, &added));
    made.next = *place;
    *added = made;
    *place = added;
  }
  *out = *place;
  return MK_OK;
}

/* Take a key apart that the list shows: of a generation, of a part of one, or of a family. */
static mk_status add_listed(mk_context *ctx, mk_owner *owner, mk_str at, mk_str metadata) {
  mk_generation *gen = NULL;
  mk_str rest = mk_str_skip(at, owner->at.size + 1);
  mk_str part;
  if (!mk_key_split(&rest, &part) || !mk_str_is_present(rest)) {
    return MK_OK;
  }
  (void)mk_key_split(&rest, &part);
  at.size = (size_t)(part.data + part.size - at.data);
  MK_TRY(find_or_add(ctx, owner, at, &gen));
  if (gen != NULL && !mk_str_is_present(rest)) {
    gen->facets = metadata;
  }
  bool is_part = gen != NULL && mk_str_is_present(rest) && memchr(rest.data, ':', rest.size) != NULL;
  return is_part ? mk_generation_add_part(ctx, gen, rest) : MK_OK;
}

static mk_status add_hinted(mk_context *ctx, mk_owner *owner) {
  mk_member entry;
  for (mk_cursor cursor = mk_json_walk(owner->recent); mk_json_next(&cursor, &entry);) {
    mk_generation *gen;
    mk_str at;
    MK_TRY(mk_json_decode(ctx, mk_json_get(entry.value, "at"), &at));
    MK_TRY(find_or_add(ctx, owner, at, &gen));
    if (gen != NULL) {
      gen->facets = mk_json_get(entry.value, "metadata");
    }
  }
  return MK_OK;
}

/* Drop what is cleared, and parts without a generation. */
static void drop_gone(mk_owner *owner) {
  bool is_older = false;
  for (mk_generation **place = &owner->first; *place != NULL;) {
    mk_generation *gen = *place;
    mk_str saved_at = mk_json_get(gen->facets, "_savedAt");
    int64_t ms = 0;
    bool is_there = mk_date_take(saved_at, &ms) && ms > owner->cleared_ms;
    if (!is_there && !owner->keeps_gone) {
      *place = gen->next;
      continue;
    }
    gen->floor_ms = owner->cleared_ms;
    gen->metadata = gen->facets;
    gen->is_older = is_older;
    is_older = true;
    place = &gen->next;
  }
}

/* Whether all listed keys are one generation's, of which there may be more. */
static bool is_unfinished(const mk_owner *owner) {
  const mk_listing *listing = &owner->listing;
  size_t size = listing->prefix.size + MK_KEY_TIME_SIZE;
  if (listing->is_complete || listing->count == 0) {
    return !listing->is_complete;
  }
  mk_str first = listing->keys[0].name;
  first.size = first.size < size ? first.size : size;
  return mk_str_starts_with(listing->keys[listing->count - 1].name, first);
}

static mk_status take_heads(mk_context *ctx, mk_owner *owner, mk_io *const *io) {
  mk_record records[2];
  for (int i = 0; i < 2; i++) {
    MK_TRY(mk_record_take(ctx, io[i], &records[i]));
  }
  if (records[0].written_at_ms > mk_clock_ms() - MK_HINT_MS) {
    owner->recent = mk_record_get(&records[0], "_recent");
  }
  owner->cleared_ms = records[1].written_at_ms;
  return MK_OK;
}

mk_status mk_owner_read(mk_context *ctx, mk_owner *owner, bool all) {
  static const mk_str none = {"", 0};
  static const mk_str heads[] = {{"recent", 6}, {"cleared", 7}};
  mk_listing *listing = &owner->listing;
  mk_io *io[2];
  mk_str prefix;
  MK_TRY(mk_observation_key(ctx, MK_OBSERVATIONS, &owner->at, &none, &prefix)); /* ends in ':' */
  *listing = mk_listing_make(MK_OBSERVATIONS, prefix);
  MK_TRY(mk_listing_queue(ctx, listing, all ? MK_KV_LIST_KEYS_MAX : FIRST_PAGE));
  for (int i = 0; i < 2; i++) {
    MK_TRY(mk_observation_get(ctx, MK_OBSERVATION_OWNERS, &owner->at, &heads[i], &io[i]));
  }
  MK_TRY(mk_io_flush(ctx));
  MK_TRY(mk_listing_take(ctx, listing));
  MK_TRY(take_heads(ctx, owner, io));
  /* Behind a clear, the first page may show nothing but what is gone. */
  if (all || owner->cleared_ms > 0 || is_unfinished(owner)) {
    MK_TRY(mk_listing_finish(ctx, listing));
  }
  for (size_t i = 0; i < listing->count; i++) {
    mk_str at = mk_str_skip(listing->keys[i].name, prefix.size - owner->at.size - 1);
    MK_TRY(add_listed(ctx, owner, at, listing->keys[i].metadata));
  }
  MK_TRY(add_hinted(ctx, owner));
  drop_gone(owner);
  return MK_OK;
}
