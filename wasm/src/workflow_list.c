#include <stdlib.h>

#include "mk/filter.h"
#include "mk/json.h"
#include "mk/key.h"
#include "mk/kv.h"
#include "mk/paging.h"
#include "mk/workflow.h"

/* A run that the list names, and what its KV metadata says of it. */
typedef struct candidate {
  mk_run run;
  mk_str path; /* "{workflowName}:{runId}" */
  int64_t written_at_ms;
  int64_t created_ms;
  mk_str resource_part;  /* absent: none */
  mk_str status_part;    /* absent: none */
  bool is_partial;       /* resource and status are not known */
  bool is_unknown;       /* nothing is known */
  bool is_status_update; /* status_part is that of an update */
  bool is_read;
  bool is_gone; /* not there, or not matching after all */
} candidate;

/* What to look for; a part that is absent is any. */
typedef struct request {
  mk_id workflow;
  mk_id run;
  mk_id resource;
  mk_id status;
  mk_range range;
  int64_t offset;
  int64_t limit;
} request;

static mk_status read_text(mk_context *ctx, mk_str args, const char *name, mk_id *out) {
  mk_str span = mk_json_get(args, name);
  return mk_json_is_string(span) && span.size > 2 ? mk_id_make(ctx, span, out) : MK_OK;
}

static mk_status read_request(mk_context *ctx, mk_str args, request *out) {
  mk_paging paging;
  *out = (request){.range = MK_RANGE_ALL, .limit = INT64_MAX};
  MK_TRY(mk_paging_read_any(ctx, args, 0, &paging));
  /* Pages are only wanted where both are given; of all runs, all are on page 0. */
  if (mk_str_is_present(mk_json_get(args, "page")) && mk_str_is_present(mk_json_get(args, "perPage"))) {
    out->offset = paging.offset;
    out->limit = paging.is_all ? (paging.page == 0 ? INT64_MAX : 0) : paging.per_page;
  }
  MK_TRY(read_text(ctx, args, "workflowName", &out->workflow));
  MK_TRY(read_text(ctx, args, "resourceId", &out->resource));
  MK_TRY(read_text(ctx, args, "status", &out->status));
  MK_TRY(mk_bound_read(ctx, args, "fromDate", &out->range.oldest_ms));
  return mk_bound_read(ctx, args, "toDate", &out->range.newest_ms);
}

static mk_status parse_part(mk_context *ctx, mk_str metadata, const char *name, mk_str *out) {
  mk_str span = mk_json_get(metadata, name);
  return mk_json_is_string(span) ? mk_json_decode(ctx, span, out) : MK_OK;
}

/* Metadata that the store did not write says nothing. */
static mk_status parse_metadata(mk_context *ctx, mk_str metadata, candidate *out) {
  mk_str created_at = MK_STR_NONE;
  MK_TRY(parse_part(ctx, metadata, "createdAt", &created_at));
  out->is_unknown = !mk_json_integer(mk_json_get(metadata, "writtenAt"), &out->written_at_ms) ||
                    !mk_date_parse(created_at, &out->created_ms);
  out->is_partial = mk_json_is_true(mk_json_get(metadata, "isPartial"));
  MK_TRY(parse_part(ctx, metadata, "resourceId", &out->resource_part));
  return parse_part(ctx, metadata, "status", &out->status_part);
}

static bool part_matches(const mk_id *wanted, mk_str part) {
  return !mk_str_is_present(wanted->part) || (mk_str_is_present(part) && mk_str_equal(wanted->part, part));
}

static bool matches(const request *req, const candidate *found) {
  return part_matches(&req->resource, found->resource_part) && part_matches(&req->status, found->status_part) &&
         mk_range_has(&req->range, found->created_ms);
}

/* Whether the metadata cannot tell if a run matches, or where it belongs in the order. */
static bool must_be_read(const request *req, const candidate *found) {
  bool filters = mk_str_is_present(req->resource.part) || mk_str_is_present(req->status.part);
  return found->is_unknown || (found->is_partial && filters);
}

static mk_status begin_listing(mk_context *ctx, const request *req, mk_keyspace keyspace, mk_listing *out) {
  mk_key key = mk_key_begin(ctx, keyspace);
  mk_str prefix;
  if (mk_str_is_present(req->workflow.part)) {
    mk_key_part(&key, req->workflow.part);
  }
  MK_TRY(mk_key_finish_prefix(ctx, &key, &prefix));
  *out = mk_listing_make(keyspace, prefix);
  return MK_OK;
}

static int compare_by_path(const void *a, const void *b) {
  return mk_str_compare(((const candidate *)a)->path, ((const candidate *)b)->path);
}

/* An update that changed the status of a listed run since its last snapshot. Updates are listed
 * newest first, so that a run's first one decides. */
static mk_status apply_status(mk_context *ctx, mk_str rest, mk_str metadata, candidate *found, size_t count) {
  candidate wanted = {0};
  int64_t at_ms = 0;
  if (!mk_run_key_parse(rest, &wanted.run, &wanted.path, &at_ms)) {
    return MK_OK;
  }
  candidate *at = count == 0 ? NULL : bsearch(&wanted, found, count, sizeof *found, compare_by_path);
  mk_str status = mk_json_get(metadata, "status");
  if (at == NULL || at->is_status_update || at_ms <= at->written_at_ms) {
    return MK_OK;
  }
  at->is_status_update = mk_str_is_present(status);
  at->is_partial = at->is_partial || mk_json_is_null(status) || !mk_str_is_present(at->status_part);
  return mk_json_is_string(status) ? mk_json_decode(ctx, status, &at->status_part) : MK_OK;
}

/* List the runs' keys and, to filter by status, the updates' in the same rounds. */
static mk_status find_candidates(mk_context *ctx, const request *req, candidate **out, size_t *count) {
  mk_listing runs;
  mk_listing updates;
  MK_TRY(begin_listing(ctx, req, MK_WORKFLOW_RUNS, &runs));
  MK_TRY(begin_listing(ctx, req, MK_WORKFLOW_UPDATES, &updates));
  updates.is_complete = !mk_str_is_present(req->status.part);
  while (!runs.is_complete || !updates.is_complete) {
    MK_TRY(mk_listing_queue(ctx, &runs, MK_KV_LIST_KEYS_MAX));
    MK_TRY(mk_listing_queue(ctx, &updates, MK_KV_LIST_KEYS_MAX));
    MK_TRY(mk_io_flush(ctx));
    MK_TRY(mk_listing_take(ctx, &runs));
    MK_TRY(mk_listing_take(ctx, &updates));
  }
  candidate *found = NULL;
  MK_TRY(mk_push(ctx, runs.count, sizeof *found, &found));
  size_t runs_at = mk_key_begin(ctx, MK_WORKFLOW_RUNS).size;
  size_t updates_at = mk_key_begin(ctx, MK_WORKFLOW_UPDATES).size;
  for (size_t i = 0; i < runs.count; i++) {
    candidate *next = &found[*count];
    *next = (candidate){0};
    if (mk_run_key_parse(mk_str_skip(runs.keys[i].name, runs_at), &next->run, &next->path, NULL) &&
        part_matches(&req->run, next->run.id.part)) {
      MK_TRY(parse_metadata(ctx, runs.keys[i].metadata, next));
      (*count)++;
    }
  }
  for (size_t i = 0; i < updates.count; i++) {
    MK_TRY(apply_status(ctx, mk_str_skip(updates.keys[i].name, updates_at), updates.keys[i].metadata, found, *count));
  }
  *out = found;
  return MK_OK;
}

/* What a run that was read says itself. */
static mk_status take_run(mk_context *ctx, const request *req, candidate *found) {
  const mk_record *record = &found->run.record;
  mk_str resource = mk_record_get(record, "resourceId");
  mk_id resource_id = {0};
  found->is_read = true;
  found->is_gone = !found->run.exists;
  if (found->is_gone) {
    return MK_OK;
  }
  if (mk_str_is_present(resource)) {
    MK_TRY(mk_id_make(ctx, resource, &resource_id));
  }
  found->resource_part = resource_id.part;
  MK_TRY(mk_status_part(ctx, mk_record_get(record, "snapshot"), &found->status_part));
  MK_TRY(mk_record_date(ctx, found->run.io[0]->key, record, "createdAt", &found->created_ms));
  found->is_gone = !matches(req, found);
  return MK_OK;
}

/* Read those of `picked` that are not read yet. */
static mk_status read_candidates(mk_context *ctx, const request *req, candidate **picked, size_t count,
                                 bool *has_read) {
  mk_run **runs = NULL;
  size_t run_count = 0;
  MK_TRY(mk_push(ctx, count, sizeof(mk_run *), &runs));
  for (size_t i = 0; i < count; i++) {
    if (!picked[i]->is_read) {
      MK_TRY(mk_id_parse(ctx, picked[i]->run.id.part, &picked[i]->run.id));
      runs[run_count++] = &picked[i]->run;
    }
  }
  MK_TRY(mk_runs_read(ctx, runs, run_count));
  for (size_t i = 0; i < count; i++) {
    if (!picked[i]->is_read) {
      MK_TRY(take_run(ctx, req, picked[i]));
    }
  }
  *has_read = run_count > 0;
  return MK_OK;
}

/* Newest first, runs of one time by their keys. */
static int compare_newest(const void *a, const void *b) {
  const candidate *x = a;
  const candidate *y = b;
  int order = (x->created_ms < y->created_ms) - (x->created_ms > y->created_ms);
  return order != 0 ? order : mk_str_compare(x->path, y->path);
}

/* Find a page of runs. Values are read for the page only, and where the metadata cannot tell. */
static mk_status find_runs(mk_context *ctx, const request *req, candidate ***picked, size_t *picked_count,
                           int64_t *total) {
  candidate *found = NULL;
  size_t count = 0;
  bool has_read = true;
  MK_TRY(find_candidates(ctx, req, &found, &count));
  MK_TRY(mk_push(ctx, count, sizeof(candidate *), picked));
  *picked_count = 0;
  for (size_t i = 0; i < count; i++) {
    if (must_be_read(req, &found[i])) {
      (*picked)[(*picked_count)++] = &found[i];
    }
  }
  MK_TRY(read_candidates(ctx, req, *picked, *picked_count, &has_read));
  qsort(found, count, sizeof *found, compare_newest);
  has_read = true;
  while (has_read) {
    *total = 0;
    *picked_count = 0;
    for (size_t i = 0; i < count; i++) {
      if (found[i].is_gone || !matches(req, &found[i])) {
        continue;
      }
      if (*total >= req->offset && *total - req->offset < req->limit) {
        (*picked)[(*picked_count)++] = &found[i];
      }
      (*total)++;
    }
    MK_TRY(read_candidates(ctx, req, *picked, *picked_count, &has_read));
  }
  return MK_OK;
}

mk_status mk_list_workflow_runs(mk_context *ctx, mk_str args, mk_str *result) {
  request req;
  candidate **picked = NULL;
  size_t count = 0;
  int64_t total = 0;
  MK_TRY(read_request(ctx, args, &req));
  MK_TRY(find_runs(ctx, &req, &picked, &count, &total));
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_literal(&buf, "{\"runs\":[");
  for (size_t i = 0; i < count; i++) {
    if (i > 0) {
      mk_buf_char(&buf, ',');
    }
    mk_record_answer(&buf, &picked[i]->run.record);
  }
  mk_buf_literal(&buf, "],\"total\":");
  mk_buf_int(&buf, total);
  mk_buf_char(&buf, '}');
  return mk_take(ctx, &buf, result);
}

/* A run by its id. Without a workflow's name it is the newest with that id, for which all runs'
 * keys are listed. */
mk_status mk_get_workflow_run_by_id(mk_context *ctx, mk_str args, mk_str *result) {
  mk_run run = {0};
  mk_run *runs = &run;
  MK_TRY(mk_argument_id(ctx, args, "runId", &run.id));
  MK_TRY(read_text(ctx, args, "workflowName", &run.workflow));
  if (mk_str_is_present(run.workflow.part)) {
    MK_TRY(mk_runs_read(ctx, &runs, 1));
    return mk_run_answer(ctx, &run, result);
  }
  request req = {.run = run.id, .range = MK_RANGE_ALL, .limit = 1};
  candidate **picked = NULL;
  size_t count = 0;
  int64_t total = 0;
  MK_TRY(find_runs(ctx, &req, &picked, &count, &total));
  return mk_run_answer(ctx, count > 0 ? &picked[0]->run : &run, result);
}
