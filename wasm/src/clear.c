#include "mk/io.h"
#include "mk/key.h"
#include "mk/kv.h"
#include "mk/listing.h"
#include "mk/operation.h"

/* Delete every key of a keyspace, a page at a time: what a failure leaves, the same call finds. */
static mk_status clear_keyspace(mk_context *ctx, mk_keyspace keyspace) {
  mk_key key = mk_key_begin(ctx, keyspace);
  mk_str prefix;
  MK_TRY(mk_key_finish_prefix(ctx, &key, &prefix));
  mk_listing listing = mk_listing_make(keyspace, prefix);
  size_t deleted = 0;
  while (!listing.is_complete) {
    MK_TRY(mk_listing_queue(ctx, &listing, MK_KV_LIST_KEYS_MAX));
    MK_TRY(mk_io_flush(ctx));
    MK_TRY(mk_listing_take(ctx, &listing));
    for (; deleted < listing.count; deleted++) {
      MK_TRY(mk_io_delete(ctx, keyspace, listing.keys[deleted].name));
    }
    MK_TRY(mk_io_flush(ctx));
  }
  return MK_OK;
}

mk_status mk_clear_memory(mk_context *ctx, mk_str args, mk_str *result) {
  (void)args;
  static const mk_keyspace keyspaces[] = {MK_THREADS_BY_RESOURCE, MK_THREADS, MK_THREAD_FAMILIES,
                                          MK_MESSAGE_LOCATORS, MK_MESSAGES, MK_RESOURCE_FAMILIES, MK_RESOURCES};
  for (size_t i = 0; i < sizeof keyspaces / sizeof *keyspaces; i++) {
    MK_TRY(clear_keyspace(ctx, keyspaces[i]));
  }
  *result = MK_STR("null");
  return MK_OK;
}
