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

/* The newest status that updates gave a run since it was persisted, which is the first that is
 * listed. Without one, and with updates, a run without a snapshot has the first of its status by
 * them, which only they can tell. */
static mk_amendment status_of(const mk_listing *updates, mk_str prefix, int64_t saved_ms, mk_str metadata) {
  mk_amendment status = {.value = MK_STR_NONE};
  bool is_updated = false;
  for (size_t i = mk_listing_find(updates, mk_str_skip(prefix, updates->prefix.size)); i < updates->count; i++) {
    const mk_listed *listed = &updates->keys[i];
    int64_t at_ms = 0;
    if (!mk_str_starts_with(listed->name, prefix)) {
      break;
    }
    if (!mk_update_name_parse(mk_str_skip(listed->name, prefix.size), &at_ms) || at_ms <= saved_ms) {
      continue;
    }
    is_updated = true;
    status.is_open = mk_json_is_object(listed->metadata) && !mk_facet_get(listed->metadata, "_status", &status.value);
    if (status.is_open || mk_str_is_present(status.value)) {
      break;
    }
  }
  bool has_value = mk_str_is_present(status.value);
  status.is_open = status.is_open || (is_updated && !has_value && !mk_str_is_present(mk_json_get(metadata, "_status")));
  status.column = status.is_open || has_value ? "_status" : NULL;
  return status;
}

/* Let a row tell the status that its updates gave it since it was persisted. */
static mk_status amend_status(mk_context *ctx, const mk_listing *updates, const mk_run *run, mk_row *row) {
  mk_key key = mk_key_begin(ctx, MK_WORKFLOW_UPDATES);
  mk_str prefix;
  mk_str span;
  int64_t saved_ms = 0;
  mk_key_part(&key, run->workflow.part);
  mk_key_part(&key, run->id.part);
  MK_TRY(mk_key_finish_prefix(ctx, &key, &prefix));
  (void)mk_facet_get(row->metadata, "_savedAt", &span);
  if (mk_date_take(span, &saved_ms)) {
    row->amendment = status_of(updates, prefix, saved_ms, row->metadata);
  } /* else it is not our metadata, and the run has to be read anyway */
  return MK_OK;
}

static mk_status amend(mk_context *ctx, const mk_rows *rows, mk_row *row) {
  const search *of = rows->of;
  mk_run run;
  parse_key(ctx, row->item.name, &run);
  row->item.is_gone = mk_str_is_present(of->run_part) && !mk_str_equal(of->run_part, run.id.part);
  return of->updates.count == 0 ? MK_OK : amend_status(ctx, &of->updates, &run, row);
}

/* Whether what was read of a run tells all that is asked of it: its status only its snapshot does. */
static bool is_enough(const mk_rows *rows, const mk_record *record) {
  bool is_known = mk_str_is_present(mk_record_get(record, rows->order_by));
  for (size_t i = 0; i < rows->condition_count; i++) {
    is_known = is_known && mk_str_is_present(mk_record_get(record, rows->conditions[i].column));
  }
  return is_known;
}

/* Let a row be a run that was read. */
static mk_status fill_row(mk_context *ctx, mk_run *run, mk_row *row) {
  row->item.is_gone = !run->exists;
  MK_TRY(mk_run_refer(ctx, run, &row->is_referred));
  row->io = run->io[0];
  row->record = run->record;
  return mk_run_set_status(ctx, &row->record);
}

static mk_status read_rows(mk_context *ctx, const mk_rows *rows, mk_item *const *items, size_t count) {
  mk_run *runs = NULL;
  mk_run **unread = NULL;
  size_t unread_count = 0;
  MK_TRY(mk_push(ctx, count, sizeof *runs, &runs));
  MK_TRY(mk_push(ctx, count, sizeof(mk_run *), &unread));
  for (size_t i = 0; i < count; i++) {
    if (!items[i]->is_read) {
      parse_key(ctx, items[i]->name, &runs[i]);
      MK_TRY(mk_id_parse(ctx, runs[i].id.part, &runs[i].id));
      unread[unread_count++] = &runs[i];
    }
  }
  MK_TRY(mk_runs_read(ctx, unread, unread_count));
  for (size_t i = 0; i < count; i++) {
    if (!items[i]->is_read) {
      MK_TRY(is_enough(rows, &runs[i].record) ? MK_OK : mk_run_load(ctx, &runs[i]));
      MK_TRY(fill_row(ctx, &runs[i], mk_row_of(items[i])));
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
                           mk_page *out) {
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

/* Pages are only wanted where both of their numbers are given. */
static mk_status read_paging(mk_context *ctx, mk_str args, mk_paging *out) {
  MK_TRY(mk_paging_read_any(ctx, args, 0, out));
  if (!mk_str_is_present(mk_json_get(args, "page")) || !mk_str_is_present(mk_json_get(args, "perPage"))) {
    *out = (mk_paging){.is_all = true};
  } else if (out->is_all && out->page > 0) {
    out->offset = MK_JSON_INTEGER_MAX; /* all runs are on page 0 */
  }
  return MK_OK;
}

/* Demand a status, for which the updates of all runs that may be listed are listed as well. */
static mk_status want_status(mk_context *ctx, mk_str status, const mk_id *workflow, mk_rows *rows, search *of) {
  mk_key key = begin_key(ctx, MK_WORKFLOW_UPDATES, workflow->part);
  mk_str prefix;
  MK_TRY(mk_rows_where(ctx, rows, "_status", status));
  MK_TRY(mk_key_finish_prefix(ctx, &key, &prefix));
  of->updates = mk_listing_make(MK_WORKFLOW_UPDATES, prefix);
  return mk_listing_finish(ctx, &of->updates);
}

/* List runs, newest first. Their metadata and that of their updates tell what filters ask for;
 * values are read for the page. A threadId is passed over, which Mastra allows. */
mk_status mk_list_workflow_runs(mk_context *ctx, mk_str args, mk_str *result) {
  mk_rows rows = {0};
  search of = {0};
  mk_id workflow = {0};
  mk_range range = MK_RANGE_ALL;
  mk_paging paging;
  mk_page page;
  mk_str name = mk_json_get(args, "workflowName");
  mk_str status = mk_json_get(args, "status");
  MK_TRY(read_paging(ctx, args, &paging));
  if (mk_json_is_string(name) && name.size > 2) {
    MK_TRY(mk_id_make(ctx, name, &workflow));
  }
  MK_TRY(mk_bound_read(ctx, args, "fromDate", &range.oldest_ms));
  MK_TRY(mk_bound_read(ctx, args, "toDate", &range.newest_ms));
  mk_rows_within(&rows, "createdAt", range);
  MK_TRY(mk_rows_where_given(ctx, &rows, "resourceId", args));
  if (mk_json_is_string(status) && status.size > 2) {
    MK_TRY(want_status(ctx, status, &workflow, &rows, &of));
  }
  MK_TRY(list_runs(ctx, &rows, &workflow, &of, &paging, &page));
  mk_buf buf = mk_rows_write(ctx, "runs", &page);
  mk_json_member_int(&buf, "total", page.total);
  mk_json_end(&buf, '}');
  return mk_take(ctx, &buf, result);
}

/* A run by its id. Without a workflow's name it is the newest with that id, for which all runs'
 * keys are listed. */
mk_status mk_get_workflow_run_by_id(mk_context *ctx, mk_str args, mk_str *result) {
  mk_run run = {0};
  mk_row named = {0};
  mk_row *row = &named;
  mk_str name = mk_json_get(args, "workflowName");
  if (mk_json_is_string(name) && name.size > 2) {
    MK_TRY(mk_run_read(ctx, args, &run));
    MK_TRY(fill_row(ctx, &run, &named));
  } else {
    MK_TRY(mk_argument_id(ctx, args, "runId", &run.id));
    mk_rows rows = {0};
    search of = {.run_part = run.id.part};
    mk_page page;
    MK_TRY(list_runs(ctx, &rows, &run.workflow, &of, &(mk_paging){.per_page = 1}, &page));
    named.item.is_gone = page.count == 0;
    row = page.count > 0 ? mk_row_of(page.items[0]) : row;
  }
  if (row->item.is_gone) {
    *result = MK_STR("null");
    return MK_OK;
  }
  mk_buf buf = mk_buf_make_for(ctx->arena, mk_record_size(&row->record));
  mk_row_write(&buf, row);
  return mk_take(ctx, &buf, result);
}
