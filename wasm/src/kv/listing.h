/* listing.h: the keys under a prefix, page after page. */
#ifndef MK_LISTING_H
#define MK_LISTING_H

#include "kv/io.h"

typedef struct mk_listed {
  mk_str name;           /* the key */
  mk_str metadata;       /* span of its KV metadata, or absent */
  uint32_t expiration_s; /* when KV drops it, seconds since 1970; 0: never */
} mk_listed;

typedef struct mk_listing {
  mk_keyspace keyspace;
  mk_str prefix;
  mk_str cursor;    /* where the next page begins */
  bool is_complete; /* there is no next page */
  mk_io *io;        /* the page under way */
  mk_listed *keys;  /* all pages so far */
  size_t count;
  size_t capacity;
} mk_listing;

mk_listing mk_listing_make(mk_keyspace keyspace, mk_str prefix);
/* Queue the next page; after the flush, mk_listing_take adds it. `limit` is cut to KV's. Nothing
 * is queued, and taken, when the listing is complete. */
mk_status mk_listing_queue(mk_context *ctx, mk_listing *listing, int64_t limit);
mk_status mk_listing_take(mk_context *ctx, mk_listing *listing);
/* Get all the pages that are left, one a round. SUSPENDS. */
mk_status mk_listing_finish(mk_context *ctx, mk_listing *listing);

/* The first of the keys that is not before the prefix and `behind` it: a binary search, for KV lists
 * in the order of bytes. */
size_t mk_listing_find(const mk_listing *listing, mk_str behind);

#endif
