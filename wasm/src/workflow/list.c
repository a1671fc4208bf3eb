#include "base/json.h"
#include "base/writer.h"
#include "host/kv.h"
#include "kv/key.h"
#include "record/facet.h"
#include "record/rows.h"
#include "workflow/workflow.h"

/* What a listing knows apart from the runs' own keys. */
typedef struct search {
  mk_str run_part;    /* only runs of this id; absent: of any */
  mk_listing updates; /* of all runs that may be listed, when their status matters */
} search;

/* Take a run's key apart. */
static void parse_key(const mk_context *ctx, mk_str key, mk_run *out) {
  mk_str rest = mk_str_skip(key, mk_key_begin(ctx, MK_WORKFLOW_RUNS).size);
  (void)mk_key_split(&rest, &out->workflow.part);
  (void)mk_key_split(&rest, &out->id.part);
}

/* The first of the keys, which are in order, that is not before `text`. */
static size_t lower_bound(const mk_listing *listing, mk_str text) {
  size_t low = 0;
  size_t high = listing->count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (mk_str_compare(listing->keys[middle].name, text) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/* Let a run's metadata tell the status that its updates gave it since its snapshot: the newest
 * that gave one, which is the first that is listed. */
static mk_status amend_status(mk_context *ctx, const mk_listing *updates, const mk_run *run, mk_row *row) {
  mk_key key = mk_key_begin(ctx, MK_WORKFLOW_UPDATES);
  mk_str prefix;
  mk_str span;
  mk_str status = MK_STR_NONE;
  int64_t saved_ms = 0;
  bool is_updated = false;
  bool is_open = false;
  mk_key_part(&key, run->workflow.part);
  mk_key_part(&key, run->id.part);
  MK_TRY(mk_key_finish_prefix(ctx, &key, &prefix));
  (void)mk_facet_get(row->metadata, "_savedAt", &span);
  if (!mk_json_is_string(span) || !mk_date_parse((mk_str){span.data + 1, span.size - 2}, &saved_ms)) {
    return MK_OK; /* not our metadata: the run has to be read anyway */
  }
  for (size_t i = lower_bound(updates, prefix); i < updates->count && !mk_str_is_present(status) && !is_open; i++) {
    const mk_listed *listed = &updates->keys[i];
    int64_t at_ms = 0;
    if (!mk_str_starts_with(listed->name, prefix)) {
      break;
    }
    if (mk_update_name_parse(mk_str_skip(listed->name, prefix.size), &at_ms) && at_ms > saved_ms) {
      is_updated = true;
      is_open = mk_json_is_object(listed->metadata) && !mk_facet_get(listed->metadata, "_status", &status);
    }
  }
  /* A run without a snapshot gets one by its first update. */
  is_open = is_open ||
            (is_updated && !mk_str_is_present(status) && !mk_str_is_present(mk_json_get(row->metadata, "_status")));
  mk_record facets;
  mk_buf buf = mk_buf_make(ctx->arena);
  MK_TRY(mk_record_of_object(ctx, row->metadata, &facets));
  if (is_open) {
    MK_TRY(mk_record_set(ctx, &facets, "_status", MK_STR("null")));
    MK_TRY(mk_record_set(ctx, &facets, "partial", MK_STR("true")));
  } else if (mk_str_is_present(status)) {
    MK_TRY(mk_record_set(ctx, &facets, "_status", status));
  }
  mk_record_write(&buf, &facets);
  return mk_take(ctx, &buf, &row->metadata);
}

static mk_status amend(mk_context *ctx, const mk_rows *rows, mk_row *row) {
  const search *of = rows->of;
  mk_run run;
  parse_key(ctx, row->key, &run);
  row->item.is_gone = mk_str_is_present(of->run_part) && !mk_str_equal(of->run_part, run.id.part);
  return of->updates.count == 0 ? MK_OK : amend_status(ctx, &of->updates, &run, row);
}

static mk_status read_rows(mk_context *ctx, mk_row *const *items, size_t count) {
  mk_run *runs = NULL;
  mk_run **unread = NULL;
  size_t unread_count = 0;
  MK_TRY(mk_push(ctx, count, sizeof *runs, &runs));
  MK_TRY(mk_push(ctx, count, sizeof(mk_run *), &unread));
  for (size_t i = 0; i < count; i++) {
    if (!items[i]->item.is_read) {
      parse_key(ctx, items[i]->key, &runs[i]);
      MK_TRY(mk_id_parse(ctx, runs[i].id.part, &runs[i].id));
      unread[unread_count++] = &runs[i];
    }
  }
  MK_TRY(mk_runs_read(ctx, unread, unread_count));
  for (size_t i = 0; i < count; i++) {
    if (!items[i]->item.is_read) {
      items[i]->item.is_gone = !runs[i].exists;
      items[i]->record = runs[i].record;
      MK_TRY(mk_run_set_status(ctx, &items[i]->record));
    }
  }
  return MK_OK;
}

/* Begin a listing with the runs of a workflow, or with those of all. */
static mk_key begin_key(const mk_context *ctx, mk_keyspace keyspace, mk_str workflow_part) {
  mk_key key = mk_key_begin(ctx, keyspace);
  if (mk_str_is_present(workflow_part)) {
    mk_key_part(&key, workflow_part);
  }
  return key;
}

static mk_status list_runs(mk_context *ctx, mk_rows *rows, const mk_id *workflow, search *of, const mk_paging *paging,
                           mk_picked *out) {
  mk_key key = begin_key(ctx, MK_WORKFLOW_RUNS, workflow->part);
  rows->keyspace = MK_WORKFLOW_RUNS;
  rows->order_by = "createdAt";
  rows->id_parts = mk_str_is_present(workflow->part) ? 1 : 2;
  rows->amend = amend;
  rows->read = read_rows;
  rows->of = of;
  MK_TRY(mk_rows_list(ctx, rows, MK_WORKFLOW_RUNS, &key));
  return mk_rows_page(ctx, rows, paging, out);
}

/* List runs, newest first. Their metadata and that of their updates tell what filters ask for;
 * values are read for the page. A threadId is passed over, which Mastra allows. */
mk_status mk_list_workflow_runs(mk_context *ctx, mk_str args, mk_str *result) {
  mk_rows rows = {0};
  search of = {0};
  mk_id workflow = {0};
  mk_range range = MK_RANGE_ALL;
  mk_paging paging;
  mk_picked page;
  mk_str name = mk_json_get(args, "workflowName");
  mk_str status = mk_json_get(args, "status");
  MK_TRY(mk_paging_read_any(ctx, args, 0, &paging));
  if (!mk_str_is_present(mk_json_get(args, "page")) || !mk_str_is_present(mk_json_get(args, "perPage"))) {
    paging = (mk_paging){.is_all = true}; /* pages are only wanted where both are given */
  } else if (paging.is_all && paging.page > 0) {
    paging.offset = MK_JSON_INTEGER_MAX; /* all runs are on page 0 */
  }
  if (mk_json_is_string(name) && name.size > 2) {
    MK_TRY(mk_id_make(ctx, name, &workflow));
  }
  MK_TRY(mk_bound_read(ctx, args, "fromDate", &range.oldest_ms));
  MK_TRY(mk_bound_read(ctx, args, "toDate", &range.newest_ms));
  mk_rows_within(&rows, "createdAt", range);
  MK_TRY(mk_rows_where_given(ctx, &rows, "resourceId", args));
  if (mk_json_is_string(status) && status.size > 2) {
    mk_key key = begin_key(ctx, MK_WORKFLOW_UPDATES, workflow.part);
    mk_str prefix;
    MK_TRY(mk_rows_where(ctx, &rows, "_status", status));
    MK_TRY(mk_key_finish_prefix(ctx, &key, &prefix));
    of.updates = mk_listing_make(MK_WORKFLOW_UPDATES, prefix);
    MK_TRY(mk_listing_finish(ctx, &of.updates));
  }
  MK_TRY(list_runs(ctx, &rows, &workflow, &of, &paging, &page));
  mk_buf buf = mk_buf_make_for(ctx->arena, mk_rows_size(&page) + MK_PAGING_BYTES);
  mk_json_begin(&buf, '{');
  mk_json_name(&buf, "runs");
  mk_rows_write(&buf, &page);
  mk_json_member_int(&buf, "total", page.total);
  mk_json_end(&buf, '}');
  return mk_take(ctx, &buf, result);
}

/* A run by its id. Without a workflow's name it is the newest with that id, for which all runs'
 * keys are listed. */
mk_status mk_get_workflow_run_by_id(mk_context *ctx, mk_str args, mk_str *result) {
  mk_run run = {0};
  mk_str name = mk_json_get(args, "workflowName");
  if (mk_json_is_string(name) && name.size > 2) {
    MK_TRY(mk_run_read(ctx, args, &run));
  } else {
    MK_TRY(mk_argument_id(ctx, args, "runId", &run.id));
    mk_rows rows = {0};
    search of = {.run_part = run.id.part};
    mk_picked page;
    MK_TRY(list_runs(ctx, &rows, &run.workflow, &of, &(mk_paging){.per_page = 1}, &page));
    run.exists = page.count > 0;
    run.record = run.exists ? page.items[0]->record : run.record;
  }
  if (!run.exists) {
    *result = MK_STR("null");
    return MK_OK;
  }
  mk_buf buf = mk_buf_make_for(ctx->arena, mk_record_size(&run.record));
  mk_record_answer(&buf, &run.record);
  return mk_take(ctx, &buf, result);
}
