/* keep.h: a listing of any length in flat memory.
 *
 * Of the pages of a long listing only some items are wanted: the first of an order, say. After a page, all
 * that it left in memory is forgotten but these, which move to where it began. */
#ifndef MK_KEEP_H
#define MK_KEEP_H

#include "record/page.h"

/* Forget what was pushed since `base` but items, their names and some texts, such as a listing's cursor.
 *   items  a pointer to the array of `count` pointers to items of `size` bytes; the array and what it points to are
 *          new afterwards. Of what the items hold only their names move along: the caller mends or clears the rest
 *   texts  `text_count` pointers to texts, which are stored before `base`
 * MK_E_OUT_OF_MEMORY: nothing changed. */
mk_status mk_keep(mk_context *ctx, mk_arena_mark base, mk_item ***items, size_t count, size_t size,
                  mk_str *const *texts, size_t text_count);

#endif
