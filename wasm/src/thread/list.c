#include <stdlib.h>

#include "base/json.h"
#include "base/writer.h"
#include "kv/listing.h"
#include "record/filter.h"
#include "record/page.h"
#include "thread/thread.h"

#define PER_PAGE_DEFAULT 100

/* A thread that the index, or the listing of all threads, names. */
typedef struct candidate {
  mk_item item; /* comes first: candidates are items of a page */
  mk_str id_part;
  int64_t created_ms; /* as the index says */
  int64_t rank_ms;    /* the time that orders it, once that is known */
  mk_thread *thread;  /* when it was read */
} candidate;

typedef struct request {
  mk_id resource; /* part absent: of any resource */
  mk_str filter;  /* on metadata (filter.h); absent: none */
  mk_str lacking; /* names that metadata must lack, an array; absent: none */
  mk_paging paging;
  mk_order order;
} request;

static mk_status read_request(mk_context *ctx, mk_str args, request *out) {
  *out = (request){0};
  MK_TRY(mk_paging_read_strict(ctx, args, PER_PAGE_DEFAULT, &out->paging));
  out->order = mk_order_read(args, false);
  mk_str filter = mk_json_get(args, "filter");
  mk_str resource = mk_json_get(filter, "resourceId");
  MK_TRY(mk_thread_filter_read(ctx, mk_json_get(filter, "metadata"), &out->filter));
  MK_TRY(mk_argument_undefined(ctx, args, &out->lacking));
  bool has_resource = mk_json_is_string(resource) && resource.size > 2;
  return has_resource ? mk_id_make(ctx, resource, &out->resource) : MK_OK;
}

/* Whether a listed key names a thread. The index of a resource has time and id in the key; of a record's own key, when all
 * threads are listed, the KV metadata tells the time. Without metadata of ours a thread still counts; it sorts as if made
 * in 1970. */
static bool parse_listed(const mk_listed *listed, size_t prefix_size, bool is_indexed, candidate *out) {
  mk_str rest = mk_str_skip(listed->name, prefix_size);
  mk_str time;
  if (is_indexed && !(mk_key_split(&rest, &time) && mk_key_time_parse(time, &out->created_ms))) {
    return false;
  }
  if (!is_indexed) {
    (void)mk_thread_metadata_parse(listed->metadata, &out->created_ms);
  }
  out->rank_ms = out->created_ms;
  return mk_key_split(&rest, &out->id_part) && !mk_str_is_present(rest);
}

/* Name all threads of the resource, or all. SUSPENDS. */
static mk_status list_names(mk_context *ctx, const request *req, candidate **out, size_t *count) {
  bool is_indexed = mk_str_is_present(req->resource.part);
  mk_keyspace keyspace = is_indexed ? MK_THREADS_BY_RESOURCE : MK_THREADS;
  mk_key key = mk_key_begin(ctx, keyspace);
  mk_str prefix;
  if (is_indexed) {
    mk_key_part(&key, req->resource.part);
  }
  MK_TRY(mk_key_finish_prefix(ctx, &key, &prefix));
  mk_listing listing = mk_listing_make(keyspace, prefix);
  MK_TRY(mk_listing_finish(ctx, &listing));
  MK_TRY(mk_push(ctx, listing.count, sizeof **out, out));
  for (size_t i = 0; i < listing.count; i++) {
    *count += parse_listed(&listing.keys[i], prefix.size, is_indexed, &(*out)[*count]);
  }
  return MK_OK;
}

MK_POINTER_COMPARATOR(compare, candidate) {
  int order = MK_COMPARE(x->rank_ms, y->rank_ms);
  return order != 0 ? order : mk_str_compare(x->id_part, y->id_part);
}

static bool metadata_matches(const request *req, const mk_thread *thread) {
  mk_str metadata = mk_record_get(&thread->record, "metadata");
  return (!mk_str_is_present(req->filter) || mk_thread_filter_matches(req->filter, metadata)) &&
         (!mk_str_is_present(req->lacking) || mk_thread_filter_lacks(req->lacking, metadata));
}

static mk_status take(mk_context *ctx, const request *req, candidate *candidate) {
  const mk_thread *thread = candidate->thread;
  MK_TRY(mk_thread_take(ctx, candidate->thread));
  bool is_indexed = mk_str_is_present(req->resource.part);
  /* An entry of the index that the thread has moved away from is left over, not a thread. */
  bool is_elsewhere =
      is_indexed && thread->exists &&
      (!mk_str_equal(req->resource.part, thread->resource.part) || thread->created_ms != candidate->created_ms);
  if (req->order.by_updated_at) {
    candidate->rank_ms = thread->updated_ms;
  }
  candidate->item = (mk_item){
      .is_read = true,
      .is_gone = !thread->exists || is_elsewhere || !metadata_matches(req, thread),
  };
  return MK_OK;
}

/* What a page is found from. */
typedef struct source {
  const request *req;
  mk_item **items; /* all candidates, in their order */
  size_t count;
} source;

static mk_status list_candidates(mk_context *ctx, void *of, mk_item *const **items, size_t *count) {
  (void)ctx;
  const source *from = of;
  *items = from->items;
  *count = from->count;
  return MK_OK;
}

/* Read those of a page that are not read yet. */
static mk_status read_candidates(mk_context *ctx, void *of, const mk_page *page, bool *has_read) {
  const source *from = of;
  *has_read = false;
  for (size_t i = 0; i < page->count; i++) {
    candidate *next = (candidate *)page->items[i];
    if (!next->item.is_read) {
      MK_TRY(mk_push(ctx, 1, sizeof *next->thread, &next->thread));
      MK_TRY(mk_id_parse(ctx, next->id_part, &next->thread->id));
      MK_TRY(mk_thread_queue(ctx, next->thread));
      *has_read = true;
    }
  }
  MK_TRY(mk_io_flush(ctx));
  for (size_t i = 0; i < page->count; i++) {
    MK_TRY(page->items[i]->is_read ? MK_OK : take(ctx, from->req, (candidate *)page->items[i]));
  }
  return MK_OK;
}

static void sort(const request *req, source *from) {
  if (from->count > 0) {
    qsort(from->items, from->count, sizeof(mk_item *), compare);
  }
  if (!req->order.is_ascending) {
    mk_items_reverse(from->items, from->count);
  }
}

/* Name all threads that may be listed, in their order. Where the order is by updatedAt or the filter
 * on metadata, which the index does not hold, all of them are read. SUSPENDS. */
static mk_status find_candidates(mk_context *ctx, const request *req, source *out) {
  candidate *candidates = NULL;
  bool has_read = false;
  out->req = req;
  MK_TRY(list_names(ctx, req, &candidates, &out->count));
  MK_TRY(mk_push(ctx, out->count, sizeof(mk_item *), &out->items));
  for (size_t i = 0; i < out->count; i++) {
    out->items[i] = &candidates[i].item;
  }
  if (req->order.by_updated_at || mk_str_is_present(req->filter) || mk_str_is_present(req->lacking)) {
    MK_TRY(read_candidates(ctx, out, &(mk_page){.items = out->items, .count = out->count}, &has_read));
  }
  sort(req, out);
  return MK_OK;
}

/* List threads, newest first unless asked otherwise. Records are read for the page only, wherever the
 * index tells enough. */
mk_status mk_list_threads(mk_context *ctx, mk_str args, mk_str *result) {
  static const mk_page_source candidates_source = {list_candidates, read_candidates};
  request req;
  source from = {0};
  mk_page page;
  MK_TRY(read_request(ctx, args, &req));
  MK_TRY(find_candidates(ctx, &req, &from));
  MK_TRY(mk_page_find(ctx, &candidates_source, &from, &req.paging, &page));
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_json_begin(&buf, '{');
  mk_json_name(&buf, "threads");
  mk_json_begin(&buf, '[');
  for (size_t i = 0; i < page.count; i++) {
    mk_record_answer(&buf, &((const candidate *)page.items[i])->thread->record);
  }
  mk_json_end(&buf, ']');
  mk_paging_write(&buf, &req.paging, page.total, mk_paging_has_more(&req.paging, page.total));
  mk_json_end(&buf, '}');
  return mk_take(ctx, &buf, result);
}
