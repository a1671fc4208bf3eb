/* page.h: one page of a list whose items may prove to be gone when they are read.
 *
 * Lists and indexes lag behind records. So a page is found by picking its items, reading them,
 * dropping those that are gone or do not match after all, and picking again, until all that is
 * picked is there. Every list of the store is one of these. */
#ifndef MK_PAGE_H
#define MK_PAGE_H

#include "base/context.h"
#include "record/paging.h"

/* What every listed thing begins with. */
typedef struct mk_item {
  bool is_read;
  bool is_gone;    /* not there, or not matching */
  bool is_certain; /* matches for sure, so that it can be counted without reading it */
  mk_str name;     /* the key that was listed, or the part of it that says which it is (keep.h) */
} mk_item;

/* Some of the items, in their order, and how many there are in all. */
typedef struct mk_page {
  mk_item **items;
  size_t count;
  int64_t total;
} mk_page;

/* Where items come from; `of` is the source's own. */
typedef struct mk_page_source {
  /* The items as far as they are known, in the list's order; those that are gone may be among them.
   * Called before each picking, so that a source may list more. SUSPENDS. */
  mk_status (*list)(mk_context *ctx, void *of, mk_item *const **items, size_t *count);
  /* Read those of the page that are not read yet, and whatever else decides what is on it.
   * *has_read: there were any. SUSPENDS. */
  mk_status (*read)(mk_context *ctx, void *of, const mk_page *page, bool *has_read);
} mk_page_source;

/* Find a page, read. SUSPENDS. */
mk_status mk_page_find(mk_context *ctx, const mk_page_source *source, void *of, const mk_paging *paging, mk_page *out);

/* Pick from items that are there already: those not gone, of the page, and their number in all. */
mk_status mk_page_pick(mk_context *ctx, mk_item *const *items, size_t count, const mk_paging *paging, mk_page *out);

/* Turn the order of items round. */
void mk_items_reverse(mk_item **items, size_t count);

#endif
