#include "base/index.h"
#include "base/json.h"
#include "base/writer.h"
#include "message/history.h"
#include "message/include.h"
#include "message/operations.h"
#include "record/paging.h"

#define PER_PAGE_DEFAULT 40
#define KEPT_SLACK 16

/* What a list was asked for. */
typedef struct request {
  mk_history history; /* its segments are what is asked for */
  mk_index threads;   /* those that are asked for, by their parts */
  mk_paging paging;
  mk_range range;
  mk_str include; /* absent: none */
  bool wants_total;
  bool has_zero_total; /* with perPage 0 the total is 0 and not counted */
  int64_t read_ahead;  /* how many of the first messages were read, or need not be */
} request;

/* The page and what comes with it. */
typedef struct selection {
  mk_page page;     /* its total: of live entries, as far as collected */
  mk_entries all;   /* the page's, and those that are included */
  int64_t in_query; /* of them, those that the query itself matches */
} selection;

static bool is_blank(mk_str text) {
  for (size_t i = 0; i < text.size; i++) {
    if (text.data[i] != ' ' && (text.data[i] < '\t' || text.data[i] > '\r')) {
      return false;
    }
  }
  return true;
}

static mk_status fail_thread(mk_context *ctx) {
  return mk_fail(ctx, MK_E_INVALID_ARGUMENT, "INVALID_THREAD_ID",
                 "threadId must be a non-empty string or array of non-empty strings");
}

/* Add a thread, unless it was named before. */
static mk_status add_thread(mk_context *ctx, request *req, mk_str span) {
  mk_str text = MK_STR_NONE;
  mk_id id;
  if (mk_json_is_string(span)) {
    MK_TRY(mk_json_decode(ctx, span, &text));
  }
  if (is_blank(text)) {
    return fail_thread(ctx);
  }
  MK_TRY(mk_id_make(ctx, span, &id));
  size_t at = 0;
  size_t count = req->threads.count;
  MK_TRY(mk_index_add(ctx, &req->threads, id.part, count, &at));
  return at == count ? mk_history_add(ctx, &req->history, &id, req->range) : MK_OK;
}

static mk_status add_threads(mk_context *ctx, request *req, mk_str thread_id) {
  if (!mk_json_is_array(thread_id)) {
    return add_thread(ctx, req, thread_id);
  }
  size_t count = 0;
  mk_member member;
  for (mk_cursor cursor = mk_json_walk(thread_id); mk_json_next(&cursor, &member); count++) {
    MK_TRY(add_thread(ctx, req, member.value));
  }
  return count > 0 ? MK_OK : fail_thread(ctx);
}

/* What both lists take. Mastra checks the filter first, then the threads, then the page. */
static mk_status read_filter(mk_context *ctx, mk_str args, request *out) {
  mk_str filter = mk_json_get(args, "filter");
  *out = (request){0};
  MK_TRY(mk_message_filter_read(ctx, mk_json_get(filter, "metadata"), mk_json_get(args, "odd"), &out->history.filter));
  return mk_range_read(ctx, mk_json_get(filter, "dateRange"), &out->range);
}

static mk_status read_page(mk_context *ctx, mk_str args, request *out) {
  MK_TRY(mk_paging_read(ctx, args, PER_PAGE_DEFAULT, &out->paging));
  out->history.is_ascending = mk_order_read(args, true).is_ascending;
  out->wants_total = !mk_json_is_false(mk_json_get(args, "includeTotal"));
  out->include = mk_json_get(args, "include");
  return MK_OK;
}

static bool is_empty_page(const request *req) { return !req->paging.is_all && req->paging.per_page == 0; }

/* The number of messages up to the page's end, and some to spare for those that prove to be gone, where all are listed
 * to be counted, or for want of an order in which to come to the page: the others are only counted. Where filters on
 * metadata tell, all have to be read. */
static int64_t kept(const request *req) {
  bool lists_all = req->wants_total || req->threads.count == 0;
  return lists_all && !req->paging.is_all && !mk_str_is_present(req->history.filter)
             ? req->paging.offset + req->paging.per_page + KEPT_SLACK
             : 0;
}

/* How many of the first messages must be known: the page and one more, or all. */
static int64_t needed(const request *req) {
  bool is_all = req->wants_total || req->paging.is_all || req->history.keeper.keep > 0;
  return is_all ? INT64_MAX : req->paging.offset + req->paging.per_page + 1;
}

static mk_status list_entries(mk_context *ctx, void *of, mk_item *const **items, size_t *count) {
  request *req = of;
  mk_history *history = &req->history;
  mk_item *const *known = (mk_item *const *)(void *)history->entries.items; /* every entry begins with its item */
  if (mk_keep_lacks(&history->keeper, known, history->entries.count, &req->paging)) {
    mk_history_restart(history, 4 * history->keeper.keep);
  }
  MK_TRY(mk_history_collect(ctx, history, needed(req)));
  *items = (mk_item *const *)(void *)history->entries.items;
  *count = history->entries.count;
  return MK_OK;
}

/* Read the page's entries, and those that cannot be counted unread: all of them where there is a
 * total to tell, or to compare what is included with, else those that decide what the page holds
 * and whether there is more. Where many of these prove to be gone, twice as many are read each time. */
static mk_status read_entries(mk_context *ctx, void *of, const mk_page *page, bool *has_read) {
  request *req = of;
  const mk_entries *entries = &req->history.entries;
  mk_entries wanted = {0};
  int64_t live = 0;
  bool counts_all = mk_str_is_present(req->include) && !mk_str_is_present(req->history.filter);
  for (size_t i = 0; i < page->count; i++) {
    mk_entry *entry = (mk_entry *)page->items[i];
    MK_TRY(entry->item.is_certain ? mk_entries_add(ctx, &wanted, entry) : MK_OK);
  }
  req->read_ahead = req->read_ahead < needed(req) ? needed(req)
                    : req->read_ahead < INT32_MAX ? 2 * req->read_ahead
                                                  : req->read_ahead;
  for (size_t i = 0; i < entries->count && (counts_all || live < req->read_ahead); i++) {
    mk_entry *entry = entries->items[i];
    live += !entry->item.is_gone;
    MK_TRY(!entry->item.is_certain && !entry->item.is_gone ? mk_entries_add(ctx, &wanted, entry) : MK_OK);
  }
  return mk_history_read(ctx, &req->history, wanted.items, wanted.count, has_read);
}

static bool is_queried(const request *req, const mk_entry *entry) {
  return req->threads.count == 0 || mk_index_find(&req->threads, entry->place.thread.part) != MK_INDEX_NONE;
}

/* Gather the page and the messages that are included, each once. */
static mk_status gather(mk_context *ctx, const request *req, selection *out) {
  mk_entries found = {0};
  mk_history scope = {.resource_part = req->history.resource_part};
  bool has_read = false;
  if (mk_str_is_present(req->include)) {
    MK_TRY(mk_include_resolve(ctx, req->include, req->history.resource_part, &found));
    MK_TRY(mk_history_read(ctx, &scope, found.items, found.count, &has_read));
  }
  for (size_t i = 0; i < out->page.count; i++) {
    MK_TRY(mk_entries_add(ctx, &out->all, (mk_entry *)out->page.items[i]));
  }
  for (size_t i = 0; i < found.count; i++) {
    MK_TRY(found.items[i]->item.is_gone ? MK_OK : mk_entries_add(ctx, &out->all, found.items[i]));
  }
  mk_entries_drop_repeated(&out->all);
  for (size_t i = 0; i < out->all.count; i++) {
    out->in_query += is_queried(req, out->all.items[i]);
  }
  return MK_OK;
}

static mk_status answer(mk_context *ctx, const request *req, const selection *selected, bool goes_on, mk_str *result) {
  const mk_entries *all = &selected->all;
  mk_entries_sort(all->items, all->count);
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_json_begin_list(&buf, "messages");
  for (size_t i = 0; i < all->count; i++) {
    size_t at = req->history.is_ascending ? i : all->count - 1 - i;
    MK_TRY(mk_message_refer(ctx, &buf, all->items[at]->message));
  }
  mk_json_end(&buf, ']');
  mk_paging_write(&buf, &req->paging, selected->page.total, goes_on);
  mk_json_end(&buf, '}');
  return mk_take(ctx, &buf, result);
}

/* Whether the query matches more than the page and those before it. In a list of threads, what
 * the windows bring of these threads counts as seen, where all there is to see is known. */
static bool has_more(const request *req, const selection *selected) {
  int64_t size = (int64_t)selected->page.count;
  if (is_empty_page(req)) {
    return selected->page.total > 0;
  }
  bool sees_all = req->has_zero_total && !mk_str_is_present(req->history.filter) &&
                  mk_history_is_whole(&req->history) && selected->in_query >= selected->page.total;
  return !req->paging.is_all && req->paging.offset + size < selected->page.total && !sees_all;
}

/* Both lists, once it is known what is asked for. */
static mk_status run(mk_context *ctx, request *req, mk_str *result) {
  static const mk_page_source source = {list_entries, read_entries};
  selection selected = {0};
  if (!is_empty_page(req) || !req->has_zero_total) {
    req->history.keeper.keep = kept(req);
    MK_TRY(mk_page_find(ctx, &source, req, &req->paging, &selected.page));
    selected.page.total += req->history.keeper.counted;
  }
  MK_TRY(gather(ctx, req, &selected));
  return answer(ctx, req, &selected, has_more(req, &selected), result);
}

/* List the messages of one or more threads. The newest N of one cost one list, one get for the
 * hint and one bulk get, in two rounds, however long the thread is. */
mk_status mk_list_messages(mk_context *ctx, mk_str args, mk_str *result) {
  request req;
  MK_TRY(read_filter(ctx, args, &req));
  MK_TRY(add_threads(ctx, &req, mk_json_get(args, "threadId")));
  MK_TRY(read_page(ctx, args, &req));
  req.has_zero_total = true;
  mk_str resource = mk_json_get(args, "resourceId");
  if (mk_json_is_string(resource) && resource.size > 2) {
    mk_id id;
    MK_TRY(mk_id_make(ctx, resource, &id));
    req.history.resource_part = id.part;
  }
  return run(ctx, &req, result);
}

/* List the messages of a resource in all threads. Nothing leads from a resource to its messages,
 * so all messages' keys are listed, a thousand a call; values are read for the page only. */
mk_status mk_list_messages_by_resource_id(mk_context *ctx, mk_str args, mk_str *result) {
  request req;
  mk_str resource = mk_json_get(args, "resourceId");
  mk_id id;
  MK_TRY(read_filter(ctx, args, &req));
  MK_TRY(read_page(ctx, args, &req));
  if (!mk_json_is_string(resource)) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "resourceId must be a string");
  }
  MK_TRY(mk_id_make(ctx, resource, &id));
  req.history.resource_part = id.part;
  MK_TRY(mk_history_add(ctx, &req.history, NULL, req.range));
  return run(ctx, &req, result);
}
