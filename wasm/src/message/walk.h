/* walk.h: from one end of a range of a thread's messages towards the other, in few KV calls.
 *
 * KV lists from the beginning of a prefix on, and not from a key on or backwards. But the keys of a
 * thread go on with the digits of a falling time (key.h), and so a prefix with some of them is a block of
 * time: all of 08638231… is a day or so. A walk is a row of such blocks, in the order in which it wants
 * them, and begins with one: the digits that all times of its range share. Where a page of a block's keys
 * does not come to where the walk begins, the block is split there by one digit or more, down to a
 * millisecond; what no page has shown yet is covered, and nothing else is listed again:
 *
 *     0863         from the newest of a range that ends at 08638231…, after a page ended at 0863805…
 *     -> 08638 2, 08638 3 … 08638 9, 0863 9     or, from the oldest: 0863 9, 08638 9 … 08638 1, 08638 0 */
#ifndef MK_WALK_H
#define MK_WALK_H

#include "kv/listing.h"
#include "message/entry.h"
#include "record/filter.h"

typedef struct mk_block mk_block;
struct mk_block {
  mk_listing listing; /* its keys are those of the page that was listed last, until they are made entries */
  mk_entries entries; /* that may match, in the list's order: newest first */
  int pages;          /* listed so far, of those that end in a message; of all threads 0 */
  bool is_edge;       /* the range begins in it, so that it is listed alone: it may do */
  int64_t last_ms;    /* of the last message of these pages; before, the newest there may be */
  mk_block *next;     /* in the order of the walk */
};

typedef struct mk_walk {
  mk_id thread;  /* part absent: of all threads, in one block */
  mk_str prefix; /* of the thread's messages; the blocks' are longer */
  mk_range range;
  bool is_from_oldest;
  mk_block *blocks;
} mk_walk;

/* Let a walk over `range` begin, with one block; thread, prefix, range and direction are set. */
mk_status mk_walk_begin(mk_context *ctx, mk_walk *walk);

/* Whether a block has no keys of the range left that were not listed. */
bool mk_block_is_done(const mk_walk *walk, const mk_block *block);

/* Whether the rest of a block is to be listed page after page; else it is split. */
bool mk_block_goes_on(const mk_walk *walk, const mk_block *block);

/* Replace a block by those that it is split into. The first of them is at the same place. */
mk_status mk_walk_split(mk_context *ctx, mk_walk *walk, mk_block **at);

#endif
