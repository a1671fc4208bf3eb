#include <stdlib.h>

#include "base/json.h"
#include "base/writer.h"
#include "kv/listing.h"
#include "record/filter.h"
#include "record/keep.h"
#include "thread/thread.h"

#define PER_PAGE_DEFAULT 100

/* So many more than the page's are kept, for those that prove to be gone: as many as a page of keys. */
#define KEPT_SLACK MK_KV_LIST_KEYS_MAX

/* A thread that the index, or the listing of all threads, names. */
typedef struct candidate {
  mk_item item;       /* comes first: candidates are items of a page; its name is the thread's id as a part of keys and,
                         once it was read, ':' and what is answered of it */
  size_t id_size;     /* of that part */
  int64_t created_ms; /* as the index says */
  int64_t rank_ms;    /* the time that orders it, once that is known */
  mk_thread *thread;  /* while it is read */
} candidate;

/* What is asked for, and how far it is listed. */
typedef struct request {
  mk_id resource; /* part absent: of any resource */
  mk_str filter;  /* on metadata (filter.h); absent: none */
  mk_str lacking; /* names that metadata must lack, an array; absent: none */
  mk_paging paging;
  mk_order order;
  bool judges_all; /* only the threads tell which of them are listed, and in which order: all are read */
  mk_listing listing;
  mk_keeper keeper;
  mk_item **items; /* the candidates; in their order when all are listed */
  size_t count;
  size_t capacity;
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
  MK_TRY(has_resource ? mk_id_make(ctx, resource, &out->resource) : MK_OK);
  out->judges_all = out->order.by_updated_at || out->paging.is_all || mk_str_is_present(out->filter) ||
                    mk_str_is_present(out->lacking);
  return MK_OK;
}

static bool is_indexed(const request *req) { return mk_str_is_present(req->resource.part); }

/* Begin with the keys of the resource's threads, or of all. */
static mk_status begin_listing(mk_context *ctx, request *req) {
  mk_keyspace keyspace = is_indexed(req) ? MK_THREADS_BY_RESOURCE : MK_THREADS;
  mk_key key = mk_key_begin(ctx, keyspace);
  mk_str prefix;
  if (is_indexed(req)) {
    mk_key_part(&key, req->resource.part);
  }
  MK_TRY(mk_key_finish_prefix(ctx, &key, &prefix));
  req->listing = mk_listing_make(keyspace, prefix);
  if (!req->paging.is_all) {
    req->keeper.keep = req->paging.offset + req->paging.per_page + (req->judges_all ? 1 : KEPT_SLACK);
  }
  req->keeper.base = mk_arena_end(ctx->arena);
  return MK_OK;
}

/* List once more, and keep more. */
static void restart(request *req) {
  req->listing.is_complete = false;
  req->listing.cursor = MK_STR_NONE;
  req->keeper.keep *= 4;
  req->keeper.counted = 0;
  req->count = 0;
}

/* Whether a listed key names a thread. The index of a resource has time and id in the key; of a record's own key, when all
 * threads are listed, the KV metadata tells the time. Without metadata of ours a thread still counts; it sorts as if made
 * in 1970. */
static bool parse_listed(const request *req, const mk_listed *listed, candidate *out) {
  mk_str rest = mk_str_skip(listed->name, req->listing.prefix.size);
  mk_str time;
  if (is_indexed(req) && !(mk_key_split(&rest, &time) && mk_key_time_parse(time, &out->created_ms))) {
    return false;
  }
  if (!is_indexed(req)) {
    (void)mk_thread_metadata_parse(listed->metadata, &out->created_ms);
  }
  out->rank_ms = out->created_ms;
  bool is_ours = mk_key_split(&rest, &out->item.name) && !mk_str_is_present(rest);
  out->id_size = out->item.name.size;
  out->item.is_certain = !req->judges_all;
  return is_ours;
}

/* Make candidates of the keys that were listed last. */
static mk_status take_listed(mk_context *ctx, request *req) {
  for (size_t i = 0; i < req->listing.count; i++) {
    candidate *next = NULL;
    MK_TRY(mk_push(ctx, 1, sizeof *next, &next));
    if (parse_listed(req, &req->listing.keys[i], next)) {
      MK_TRY(mk_grow(ctx, &req->items, req->count, &req->capacity, sizeof *req->items));
      req->items[req->count++] = &next->item;
    }
  }
  req->listing.count = 0;
  return MK_OK;
}

static mk_str id_part(const candidate *of) { return (mk_str){of->item.name.data, of->id_size}; }

MK_POINTER_COMPARATOR(compare, candidate) {
  int order = MK_COMPARE(x->rank_ms, y->rank_ms);
  return order != 0 ? order : mk_str_compare(id_part(x), id_part(y));
}

static void sort(const request *req) {
  if (req->count > 0) {
    qsort(req->items, req->count, sizeof(mk_item *), compare);
  }
  if (!req->order.is_ascending) {
    mk_items_reverse(req->items, req->count);
  }
}

static bool metadata_matches(const request *req, const mk_thread *thread) {
  mk_str metadata = mk_record_get(&thread->record, "metadata");
  return (!mk_str_is_present(req->filter) || mk_thread_filter_matches(req->filter, metadata)) &&
         (!mk_str_is_present(req->lacking) || mk_thread_filter_lacks(req->lacking, metadata));
}

/* Judge a thread that was read, and write its answer behind its id. */
static mk_status take(mk_context *ctx, const request *req, candidate *candidate) {
  mk_thread *thread = candidate->thread;
  MK_TRY(mk_thread_take(ctx, thread));
  /* An entry of the index that the thread has moved away from is left over, not a thread. */
  bool is_elsewhere = is_indexed(req) && (!mk_str_equal(req->resource.part, thread->resource.part) ||
                                          thread->created_ms != candidate->created_ms);
  if (req->order.by_updated_at) {
    candidate->rank_ms = thread->updated_ms;
  }
  candidate->item.is_read = true;
  candidate->item.is_certain = true;
  candidate->item.is_gone = !thread->exists || is_elsewhere || !metadata_matches(req, thread);
  if (candidate->item.is_gone) {
    return MK_OK;
  }
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_text(&buf, candidate->item.name);
  mk_buf_char(&buf, ':');
  mk_record_answer(&buf, &thread->record);
  return mk_take(ctx, &buf, &candidate->item.name);
}

/* Read the candidates that are not read yet. */
static mk_status read(mk_context *ctx, const request *req, mk_item *const *items, size_t count, bool *has_read) {
  *has_read = false;
  for (size_t i = 0; i < count; i++) {
    candidate *next = (candidate *)items[i];
    if (!next->item.is_read) {
      MK_TRY(mk_push(ctx, 1, sizeof *next->thread, &next->thread));
      MK_TRY(mk_id_parse(ctx, next->item.name, &next->thread->id));
      MK_TRY(mk_thread_queue(ctx, next->thread));
      *has_read = true;
    }
  }
  MK_TRY(mk_io_flush(ctx));
  for (size_t i = 0; i < count; i++) {
    MK_TRY(items[i]->is_read ? MK_OK : take(ctx, req, (candidate *)items[i]));
  }
  return MK_OK;
}

/* Forget what the pages left in memory, all but the first candidates. */
static mk_status forget(mk_context *ctx, request *req) {
  mk_str *cursor = &req->listing.cursor;
  if (!mk_keep_is_due(ctx, &req->keeper)) {
    return MK_OK;
  }
  sort(req);
  MK_TRY(mk_keep(ctx, &req->keeper, &req->items, &req->count, sizeof(candidate), &cursor, 1));
  req->capacity = req->count;
  req->listing.keys = NULL;
  req->listing.capacity = 0;
  return MK_OK;
}

/* List a page of keys and, in the same round, read the threads of the page before it where all are judged. SUSPENDS. */
static mk_status list_page(mk_context *ctx, request *req) {
  bool has_read = false;
  MK_TRY(mk_listing_queue(ctx, &req->listing, MK_KV_LIST_KEYS_MAX));
  const mk_io *io = req->listing.io;
  MK_TRY(req->judges_all ? read(ctx, req, req->items, req->count, &has_read) : mk_io_flush(ctx));
  MK_TRY(mk_listing_take(ctx, &req->listing));
  MK_TRY(take_listed(ctx, req));
  if (req->listing.is_complete) {
    return MK_OK;
  }
  mk_kv_forget(io->ticket);
  return forget(ctx, req);
}

/* List all threads that may be, in their order. SUSPENDS. */
static mk_status list_candidates(mk_context *ctx, void *of, mk_item *const **items, size_t *count) {
  request *req = of;
  if (mk_keep_lacks(&req->keeper, req->items, req->count, &req->paging)) {
    restart(req);
  }
  for (bool goes_on = true; goes_on;) {
    goes_on = !req->listing.is_complete;
    MK_TRY(list_page(ctx, req));
  }
  sort(req);
  req->count = mk_keep_cut(&req->keeper, req->items, req->count);
  *items = req->items;
  *count = req->count;
  return MK_OK;
}

static mk_status read_page(mk_context *ctx, void *of, const mk_page *page, bool *has_read) {
  return read(ctx, of, page->items, page->count, has_read);
}

/* List threads, newest first unless asked otherwise. Records are read for the page only, wherever the
 * index tells enough. */
mk_status mk_list_threads(mk_context *ctx, mk_str args, mk_str *result) {
  static const mk_page_source source = {list_candidates, read_page};
  request req;
  mk_page page;
  MK_TRY(read_request(ctx, args, &req));
  MK_TRY(begin_listing(ctx, &req));
  MK_TRY(mk_page_find(ctx, &source, &req, &req.paging, &page));
  page.total += req.keeper.counted;
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_json_begin_list(&buf, "threads");
  for (size_t i = 0; i < page.count; i++) {
    mk_json_value(&buf, mk_str_skip(page.items[i]->name, ((const candidate *)page.items[i])->id_size + 1));
  }
  mk_json_end(&buf, ']');
  mk_paging_write(&buf, &req.paging, page.total, mk_paging_has_more(&req.paging, page.total));
  mk_json_end(&buf, '}');
  return mk_take(ctx, &buf, result);
}
