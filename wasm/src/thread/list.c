#include <stdlib.h>

#include "base/json.h"
#include "kv/listing.h"
#include "record/filter.h"
#include "record/paging.h"
#include "thread/thread.h"

#define PER_PAGE_DEFAULT 100

/* A thread that the index, or the listing of all threads, names. */
typedef struct candidate {
  mk_str id_part;
  int64_t created_ms; /* as the index says */
  mk_thread thread;
  bool is_read;
  bool is_gone; /* not there, or not matching after all */
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
  out->order = mk_order_read(ctx, args, false);
  mk_str filter = mk_json_get(args, "filter");
  mk_str resource = mk_json_get(filter, "resourceId");
  MK_TRY(mk_thread_filter_read(ctx, mk_json_get(filter, "metadata"), &out->filter));
  /* JSON has no undefined: the names of filter.metadata's undefined members come apart. */
  out->lacking = mk_json_get(args, "lacking");
  bool has_resource = mk_json_is_string(resource) && resource.size > 2;
  return has_resource ? mk_id_make(ctx, resource, &out->resource) : MK_OK;
}

/* From the index of one resource's threads: time and id are in the key. */
static mk_status list_by_resource(mk_context *ctx, const request *req, candidate **out, size_t *count) {
  mk_key key = mk_key_begin(ctx, MK_THREADS_BY_RESOURCE);
  mk_str prefix;
  mk_key_part(&key, req->resource.part);
  MK_TRY(mk_key_finish_prefix(ctx, &key, &prefix));
  mk_listing listing = mk_listing_make(MK_THREADS_BY_RESOURCE, prefix);
  MK_TRY(mk_listing_finish(ctx, &listing));
  MK_TRY(mk_push(ctx, listing.count, sizeof **out, out));
  for (size_t i = 0; i < listing.count; i++) {
    mk_str rest = mk_str_skip(listing.keys[i].name, prefix.size);
    mk_str time;
    candidate *next = &(*out)[*count];
    bool is_entry = mk_key_split(&rest, &time) && mk_key_time_parse(time, &next->created_ms) &&
                    mk_key_split(&rest, &next->id_part) && !mk_str_is_present(rest);
    *count += is_entry;
  }
  return MK_OK;
}

/* All threads. Their records' keys do not tell the time; the KV metadata does. */
static mk_status list_all(mk_context *ctx, candidate **out, size_t *count) {
  mk_key key = mk_key_begin(ctx, MK_THREADS);
  mk_str prefix;
  MK_TRY(mk_key_finish_prefix(ctx, &key, &prefix));
  mk_listing listing = mk_listing_make(MK_THREADS, prefix);
  MK_TRY(mk_listing_finish(ctx, &listing));
  MK_TRY(mk_push(ctx, listing.count, sizeof **out, out));
  for (size_t i = 0; i < listing.count; i++) {
    mk_str rest = mk_str_skip(listing.keys[i].name, prefix.size);
    candidate *next = &(*out)[*count];
    /* Without metadata of ours the thread still counts; it sorts as if made in 1970. */
    (void)mk_thread_metadata_parse(listing.keys[i].metadata, &next->created_ms);
    *count += mk_key_split(&rest, &next->id_part) && !mk_str_is_present(rest);
  }
  return MK_OK;
}

static int compare_times(int64_t a, int64_t b) { return (a > b) - (a < b); }

static int compare_by_created(const void *a, const void *b) {
  const candidate *x = a;
  const candidate *y = b;
  int order = compare_times(x->created_ms, y->created_ms);
  return order != 0 ? order : mk_str_compare(x->id_part, y->id_part);
}

static int compare_by_updated(const void *a, const void *b) {
  const candidate *x = a;
  const candidate *y = b;
  int order = compare_times(x->thread.updated_ms, y->thread.updated_ms);
  return order != 0 ? order : mk_str_compare(x->id_part, y->id_part);
}

static void sort(const request *req, candidate *candidates, size_t count) {
  qsort(candidates, count, sizeof *candidates, req->order.by_updated_at ? compare_by_updated : compare_by_created);
  for (size_t i = 0; !req->order.is_ascending && i < count / 2; i++) {
    candidate other = candidates[count - 1 - i];
    candidates[count - 1 - i] = candidates[i];
    candidates[i] = other;
  }
}

static bool metadata_matches(const request *req, const mk_thread *thread) {
  mk_str metadata = mk_record_get(&thread->record, "metadata");
  return (!mk_str_is_present(req->filter) || mk_thread_filter_matches(req->filter, metadata)) &&
         (!mk_str_is_present(req->lacking) || mk_thread_filter_lacks(req->lacking, metadata));
}

static mk_status take(mk_context *ctx, const request *req, candidate *candidate) {
  mk_thread *thread = &candidate->thread;
  MK_TRY(mk_thread_take(ctx, thread));
  bool is_indexed = mk_str_is_present(req->resource.part);
  /* An entry of the index that the thread has moved away from is left over, not a thread. */
  bool is_elsewhere =
      is_indexed && thread->exists &&
      (!mk_str_equal(req->resource.part, thread->resource.part) || thread->created_ms != candidate->created_ms);
  candidate->is_read = true;
  candidate->is_gone = !thread->exists || is_elsewhere || !metadata_matches(req, thread);
  return MK_OK;
}

/* Read those of `picked` that are not read yet. */
static mk_status read_candidates(mk_context *ctx, const request *req, candidate **picked, size_t count,
                                 bool *has_read) {
  *has_read = false;
  for (size_t i = 0; i < count; i++) {
    if (!picked[i]->is_read) {
      MK_TRY(mk_id_parse(ctx, picked[i]->id_part, &picked[i]->thread.id));
      MK_TRY(mk_thread_queue(ctx, &picked[i]->thread));
      *has_read = true;
    }
  }
  MK_TRY(mk_io_flush(ctx));
  for (size_t i = 0; i < count; i++) {
    if (!picked[i]->is_read) {
      MK_TRY(take(ctx, req, picked[i]));
    }
  }
  return MK_OK;
}

/* The live candidates from `offset` on, at most `limit`; returns how many live ones there are. */
static int64_t pick(candidate *candidates, size_t count, int64_t offset, int64_t limit, candidate **picked,
                    size_t *picked_count) {
  int64_t live = 0;
  *picked_count = 0;
  for (size_t i = 0; i < count; i++) {
    if (candidates[i].is_gone) {
      continue;
    }
    if (live >= offset && live - offset < limit) {
      picked[(*picked_count)++] = &candidates[i];
    }
    live++;
  }
  return live;
}

/* List threads, newest first unless asked otherwise. Records are read for the page only, except
 * where the order is by updatedAt or the filter on metadata, which the index does not hold. */
mk_status mk_list_threads(mk_context *ctx, mk_str args, mk_str *result) {
  request req;
  candidate *candidates = NULL;
  size_t count = 0;
  MK_TRY(read_request(ctx, args, &req));
  if (mk_str_is_present(req.resource.part)) {
    MK_TRY(list_by_resource(ctx, &req, &candidates, &count));
  } else {
    MK_TRY(list_all(ctx, &candidates, &count));
  }
  candidate **picked = NULL;
  size_t picked_count = 0;
  bool has_read = true;
  MK_TRY(mk_push(ctx, count, sizeof *picked, &picked));
  bool filters = mk_str_is_present(req.filter) || mk_str_is_present(req.lacking);
  if (req.order.by_updated_at || filters) {
    pick(candidates, count, 0, INT64_MAX, picked, &picked_count);
    MK_TRY(read_candidates(ctx, &req, picked, picked_count, &has_read));
  }
  sort(&req, candidates, count);
  int64_t total = 0;
  has_read = true;
  while (has_read) {
    int64_t limit = req.paging.is_all ? INT64_MAX : req.paging.per_page;
    total = pick(candidates, count, req.paging.offset, limit, picked, &picked_count);
    MK_TRY(read_candidates(ctx, &req, picked, picked_count, &has_read));
  }

  mk_buf buf = mk_buf_make(ctx->arena);
  mk_str threads;
  mk_buf_char(&buf, '[');
  for (size_t i = 0; i < picked_count; i++) {
    if (i > 0) {
      mk_buf_char(&buf, ',');
    }
    mk_record_answer(&buf, &picked[i]->thread.record);
  }
  mk_buf_char(&buf, ']');
  MK_TRY(mk_take(ctx, &buf, &threads));
  return mk_paging_answer(ctx, &req.paging, "threads", threads, total, mk_paging_has_more(&req.paging, total), result);
}
