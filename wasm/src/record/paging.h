/* paging.h: page, perPage and orderBy, as Mastra's list methods take them, and what their answers
 * say of them. Error texts are Mastra's, to the letter. */
#ifndef MK_PAGING_H
#define MK_PAGING_H

#include "base/context.h"

/* Room for what mk_paging_write writes. */
#define MK_PAGING_BYTES 128

typedef struct mk_paging {
  int64_t page;     /* from 0 */
  int64_t per_page; /* meaningless when is_all */
  int64_t offset;   /* 0 when is_all */
  bool is_all;      /* perPage was false */
} mk_paging;

/* Read the members page and perPage of `args`.
 * MK_E_INVALID_ARGUMENT, reason INVALID_PAGE: `perPage must be >= 0`, `page must be >= 0`,
 * `page value too large`; what is no number is told so behind these words. With perPage false the page does not matter. */
mk_status mk_paging_read(mk_context *ctx, mk_str args, int64_t per_page_default, mk_paging *out);

/* The same as Mastra's calculatePagination has it: a page far behind the end is no error, but
 * empty. */
mk_status mk_paging_read_any(mk_context *ctx, mk_str args, int64_t per_page_default, mk_paging *out);

/* The same as Mastra's validatePaginationInput has it, for listThreads: also
 * `perPage must be false or a safe integer` and `page must be 0 when perPage is false`. */
mk_status mk_paging_read_strict(mk_context *ctx, mk_str args, int64_t per_page_default, mk_paging *out);

/* Whether `total` matches go on behind this page. */
bool mk_paging_has_more(const mk_paging *paging, int64_t total);

/* Write what an answer says of its page: its members from "total" to "hasMore". */
void mk_paging_write(mk_buf *buf, const mk_paging *paging, int64_t total, bool has_more);

/* The answer {"<name>":<items>,"total":…,"page":…,"perPage":…,"hasMore":…}; without the first
 * member where name is NULL. */
mk_status mk_paging_answer(mk_context *ctx, const mk_paging *paging, const char *name, mk_str items, int64_t total,
                           bool has_more, mk_str *out);

typedef struct mk_order {
  bool by_updated_at; /* else by createdAt */
  bool is_ascending;
} mk_order;

/* Read the member orderBy of `args`, as Mastra's parseOrderBy: what it does not know is taken for
 * createdAt and the default direction, and never an error. */
mk_order mk_order_read(mk_str args, bool is_ascending_default);

#endif
