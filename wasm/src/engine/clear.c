#include "base/json.h"
#include "engine/operation.h"
#include "host/kv.h"
#include "kv/io.h"
#include "kv/key.h"
#include "kv/listing.h"
#include "record/document.h"

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

/* In the reverse of their order, in which pointers come before what they point at. */
mk_status mk_clear(mk_context *ctx, mk_str args, mk_str *result) {
  mk_str domain = mk_json_get(args, "domain");
  bool is_known = false;
  for (int keyspace = MK_KEYSPACE_COUNT - 1; keyspace >= 0; keyspace--) {
    const mk_table_def *table = mk_schema_table(mk_schema_keyspace((mk_keyspace)keyspace)->describes);
    if (!mk_str_is_present(domain) || mk_json_name_is(domain, table->domain)) {
      is_known = true;
      MK_TRY(clear_keyspace(ctx, (mk_keyspace)keyspace));
    }
  }
  if (!mk_str_is_present(domain)) {
    MK_TRY(mk_schema_forget(ctx));
  }
  *result = MK_STR("null");
  return is_known ? MK_OK : mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "There is no such domain");
}
