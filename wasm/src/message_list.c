#include "mk/history.h"
#include "mk/io.h"
#include "mk/json.h"
#include "mk/message_ops.h"
#include "mk/paging.h"

#define PER_PAGE_DEFAULT 40

/* What listMessages was asked for. */
typedef struct request {
  mk_id thread;
  mk_str resource_part; /* absent: of any resource */
  mk_paging paging;
  bool is_ascending;
  bool wants_total;
} request;

static bool is_blank(mk_str text) {
  for (size_t i = 0; i < text.size; i++) {
    if (text.data[i] != ' ' && (text.data[i] < '\t' || text.data[i] > '\r')) {
      return false;
    }
  }
  return true;
}

static mk_status read_thread(mk_context *ctx, mk_str span, mk_id *out) {
  mk_str text = MK_STR_NONE;
  if (mk_json_is_string(span)) {
    MK_TRY(mk_json_decode(ctx, span, &text));
  }
  if (is_blank(text)) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, "INVALID_THREAD_ID",
                   "threadId must be a non-empty string or array of non-empty strings");
  }
  return mk_id_make(ctx, span, out);
}

static mk_status read_request(mk_context *ctx, mk_str args, request *out) {
  *out = (request){0};
  MK_TRY(read_thread(ctx, mk_json_get(args, "threadId"), &out->thread));
  mk_str resource = mk_json_get(args, "resourceId");
  if (mk_json_is_string(resource) && resource.size > 2) {
    mk_id id;
    MK_TRY(mk_id_make(ctx, resource, &id));
    out->resource_part = id.part;
  }
  MK_TRY(mk_paging_read(ctx, args, PER_PAGE_DEFAULT, &out->paging));
  out->is_ascending = mk_order_read(ctx, args, true).is_ascending;
  out->wants_total = !mk_json_is_false(mk_json_get(args, "includeTotal"));
  return MK_OK;
}

/* How many of the newest messages must be known: the page and one more, when it counts from the
 * newest and the total is not asked for; else all. */
static int64_t needed(const request *req) {
  bool is_newest = !req->is_ascending && !req->wants_total && !req->paging.is_all;
  return is_newest ? req->paging.offset + req->paging.per_page + 1 : INT64_MAX;
}

/* The entries of the page, in page[0..*size), and how many live ones there are in all. */
static mk_status select_page(mk_context *ctx, const request *req, const mk_history *history, mk_entry ***page,
                             size_t *size, int64_t *live) {
  MK_TRY(mk_push(ctx, history->entries.count, sizeof **page, page));
  *size = 0;
  *live = 0;
  for (size_t i = 0; i < history->entries.count; i++) {
    mk_entry *entry = history->entries.items[i];
    if (entry->is_gone) {
      continue;
    }
    bool is_in_page = *live >= req->paging.offset &&
                      (req->paging.is_all || *live - req->paging.offset < req->paging.per_page);
    if (is_in_page) {
      (*page)[(*size)++] = entry;
    }
    (*live)++;
  }
  return MK_OK;
}

/* Read the page's entries, and those that cannot be counted unread. *has_read: there were any. */
static mk_status read_entries(mk_context *ctx, const mk_history *history, mk_entry **page, size_t size,
                              bool *has_read) {
  mk_entry **wanted = NULL;
  size_t count = 0;
  MK_TRY(mk_push(ctx, size + history->entries.count, sizeof *wanted, &wanted));
  for (size_t i = 0; i < size; i++) {
    if (!page[i]->is_read && page[i]->is_certain) {
      wanted[count++] = page[i];
    }
  }
  for (size_t i = 0; i < history->entries.count; i++) {
    mk_entry *entry = history->entries.items[i];
    if (!entry->is_read && !entry->is_certain) {
      wanted[count++] = entry;
    }
  }
  for (size_t i = 0; i < count; i++) {
    MK_TRY(mk_entry_queue(ctx, wanted[i]));
  }
  MK_TRY(mk_io_flush(ctx));
  for (size_t i = 0; i < count; i++) {
    MK_TRY(mk_entry_take(ctx, history, wanted[i]));
  }
  *has_read = count > 0;
  return MK_OK;
}

static mk_status answer(mk_context *ctx, const request *req, mk_entry **page, size_t size, int64_t total,
                        bool has_more, mk_str *result) {
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_str messages;
  mk_buf_char(&buf, '[');
  for (size_t i = 0; i < size; i++) {
    if (i > 0) {
      mk_buf_char(&buf, ',');
    }
    mk_message_answer(&buf, &page[i]->record);
  }
  mk_buf_char(&buf, ']');
  MK_TRY(mk_take(ctx, &buf, &messages));
  return mk_paging_answer(ctx, &req->paging, "messages", messages, total, has_more, result);
}

/* List the messages of a thread. The newest N cost one list, one get for the hint and one bulk
 * get, in two rounds, however long the thread is. */
mk_status mk_list_messages(mk_context *ctx, mk_str args, mk_str *result) {
  request req;
  mk_history history;
  mk_entry **page = NULL;
  size_t size = 0;
  int64_t live = 0;
  MK_TRY(read_request(ctx, args, &req));
  MK_TRY(mk_history_make(ctx, &req.thread, 1, &history));
  if (!req.paging.is_all && req.paging.per_page == 0) {
    return answer(ctx, &req, page, 0, 0, false, result);
  }
  history.resource_part = req.resource_part;
  history.is_ascending = req.is_ascending;
  bool has_read = true;
  while (has_read) {
    MK_TRY(mk_history_collect(ctx, &history, needed(&req)));
    MK_TRY(select_page(ctx, &req, &history, &page, &size, &live));
    MK_TRY(read_entries(ctx, &history, page, size, &has_read));
  }
  return answer(ctx, &req, page, size, live, mk_paging_has_more(&req.paging, live), result);
}
