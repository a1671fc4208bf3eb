#include "kv/listing.h"

#include "base/json.h"
#include "host/kv.h"
#include "host/platform.h"

mk_listing mk_listing_make(mk_keyspace keyspace, mk_str prefix) {
  return (mk_listing){.keyspace = keyspace, .prefix = prefix};
}

mk_status mk_listing_queue(mk_context *ctx, mk_listing *listing, int64_t limit) {
  if (listing->is_complete) {
    return MK_OK;
  }
  uint32_t page = limit < MK_KV_LIST_KEYS_MAX ? (uint32_t)limit : MK_KV_LIST_KEYS_MAX;
  return mk_io_list(ctx, listing->keyspace, listing->prefix, page, listing->cursor, &listing->io);
}

/* An answer that is not KVNamespace.list's. */
static mk_status fail_list(mk_context *ctx, const mk_listing *listing) {
  return mk_fail(ctx, MK_E_KV_FAILED, NULL, "KV list of \"%.*s\" answered no list of keys.",
                 MK_STR_ARG(listing->prefix));
}

static mk_status listing_add(mk_context *ctx, mk_listing *listing, mk_str entry) {
  mk_str name = mk_json_get(entry, "name");
  mk_listed listed;
  if (!mk_json_is_string(name)) {
    return fail_list(ctx, listing);
  }
  MK_TRY(mk_json_decode(ctx, name, &listed.name));
  listed.metadata = mk_json_get(entry, "metadata");
  int64_t expiration_s = 0;
  (void)mk_json_integer(mk_json_get(entry, "expiration"), &expiration_s);
  listed.expiration_s = (uint32_t)expiration_s;
  if (expiration_s > 0 && expiration_s * 1000 <= mk_clock_ms()) {
    return MK_OK; /* lists lag: it is gone */
  }
  MK_TRY(mk_grow(ctx, &listing->keys, listing->count, &listing->capacity, sizeof listed));
  listing->keys[listing->count++] = listed;
  return MK_OK;
}

mk_status mk_listing_take(mk_context *ctx, mk_listing *listing) {
  if (listing->io == NULL) {
    return MK_OK;
  }
  mk_str answer = listing->io->result;
  listing->io = NULL;
  mk_str keys = MK_STR_NONE;
  mk_str cursor = MK_STR_NONE;
  mk_cursor members = mk_json_walk(answer);
  mk_member member;
  while (mk_json_next(&members, &member)) {
    if (mk_json_name_is(member.name, "keys")) {
      keys = member.value;
    } else if (mk_json_name_is(member.name, "list_complete")) {
      listing->is_complete = mk_json_is_true(member.value);
    } else if (mk_json_name_is(member.name, "cursor")) {
      cursor = member.value;
    }
  }
  if (members.failed || !mk_json_is_array(keys)) {
    return fail_list(ctx, listing);
  }
  mk_cursor entries = mk_json_walk(keys);
  while (mk_json_next(&entries, &member)) {
    MK_TRY(listing_add(ctx, listing, member.value));
  }
  if (listing->is_complete) {
    return MK_OK;
  }
  /* Without a cursor the listing would begin anew, for ever. */
  if (!mk_json_is_string(cursor)) {
    return fail_list(ctx, listing);
  }
  return mk_json_decode(ctx, cursor, &listing->cursor);
}

mk_status mk_listing_finish(mk_context *ctx, mk_listing *listing) {
  while (!listing->is_complete) {
    MK_TRY(mk_listing_queue(ctx, listing, MK_KV_LIST_KEYS_MAX));
    MK_TRY(mk_io_flush(ctx));
    MK_TRY(mk_listing_take(ctx, listing));
  }
  return MK_OK;
}

size_t mk_listing_find(const mk_listing *listing, mk_str behind) {
  size_t low = 0;
  size_t high = listing->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    mk_str rest = mk_str_skip(listing->keys[middle].name, listing->prefix.size);
    if (mk_str_compare(rest, behind) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
