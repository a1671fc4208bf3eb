/* keep.h: a listing of any length in flat memory.
 *
 * Of the pages of a long listing only some items are wanted: the first of an order, say. After a page, all
 * that it left in memory is forgotten but these, which move to where it began. The others are only counted. */
#ifndef MK_KEEP_H
#define MK_KEEP_H

#include "record/page.h"

/* What a listing keeps. Begins as {.keep = …, .base = …}. */
typedef struct mk_keeper {
  int64_t keep;        /* of the items that count for sure, so many of the first; 0: all */
  int64_t counted;     /* those that were not kept */
  mk_arena_mark base;  /* where what pages leave in memory begins */
  size_t forget_bytes; /* how much of it is let be: twice what was kept last, so that little is moved again and again */
} mk_keeper;

/* Whether the pages left so much in memory that it is time to forget. */
bool mk_keep_is_due(const mk_context *ctx, const mk_keeper *keeper);

/* Whether a page lacks items that were only counted, for some of those that were kept turned out to be gone. */
bool mk_keep_lacks(const mk_keeper *keeper, mk_item *const *items, size_t count, const mk_paging *paging);

/* Leave those out of items in their order that are gone or only counted. How many are left; they come to stand in front.
 * When all is listed this is due once more, for otherwise counted ones would lie between those that are left. */
size_t mk_keep_cut(mk_keeper *keeper, mk_item **items, size_t count);

/* Forget what was pushed since the keeper's base but items, their names and some texts, such as a listing's cursor.
 *   items  a pointer to the array of pointers to items of `size` bytes, in their order, of which
 *          mk_keep_cut leaves some out. The array and what it points to are new afterwards. Of what the items
 *          hold only their names move along: the caller mends or clears the rest
 *   texts  `text_count` pointers to texts, which are stored before the base
 * MK_E_OUT_OF_MEMORY: the operation cannot go on. */
mk_status mk_keep(mk_context *ctx, mk_keeper *keeper, mk_item ***items, size_t *count, size_t size,
                  mk_str *const *texts, size_t text_count);

#endif
