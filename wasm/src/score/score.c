#include "score/score.h"

#include "base/json.h"
#include "base/writer.h"
#include "host/platform.h"
#include "record/accept.h"
#include "record/facet.h"
#include "record/rows.h"

/* What an index is by: the columns that begin its keys. */
typedef struct index {
  mk_keyspace keyspace;
  const char *columns[2]; /* the second may be NULL */
} index;

enum { BY_SCORER, BY_RUN, BY_ENTITY, BY_SPAN, INDEX_COUNT };

static const index indexes[INDEX_COUNT] = {
    [BY_SCORER] = {MK_SCORES_BY_SCORER, {"scorerId"}},
    [BY_RUN] = {MK_SCORES_BY_RUN, {"runId"}},
    [BY_ENTITY] = {MK_SCORES_BY_ENTITY, {"entityType", "entityId"}},
    [BY_SPAN] = {MK_SCORES_BY_SPAN, {"traceId", "spanId"}},
};

/* A score and where it stands. */
typedef struct score {
  mk_id id;
  mk_str key;
  mk_str index_keys[INDEX_COUNT]; /* absent where the score has no place */
  mk_record record;
  int64_t created_ms;
} score;

static mk_status score_key(mk_context *ctx, const mk_id *id, mk_str *out) {
  mk_key key = mk_key_begin(ctx, MK_SCORERS);
  mk_key_part(&key, id->part);
  return mk_key_finish(ctx, &key, out);
}

static mk_status index_key(mk_context *ctx, const index *by, const score *row, mk_str *out) {
  mk_key key = mk_key_begin(ctx, by->keyspace);
  *out = MK_STR_NONE;
  for (int i = 0; i < 2 && by->columns[i] != NULL; i++) {
    mk_id value;
    mk_str span = mk_record_get(&row->record, by->columns[i]);
    if (!mk_json_is_string(span)) {
      return MK_OK;
    }
    MK_TRY(mk_id_make(ctx, span, &value));
    mk_key_part(&key, value.part);
  }
  mk_key_time(&key, row->created_ms);
  mk_key_part(&key, row->id.part);
  return mk_key_finish(ctx, &key, out);
}

static mk_status index_keys(mk_context *ctx, score *row) {
  for (int i = 0; i < INDEX_COUNT; i++) {
    MK_TRY(index_key(ctx, &indexes[i], row, &row->index_keys[i]));
  }
  return MK_OK;
}

/* Read the score of row->id; false in *exists where there is none. */
static mk_status score_read(mk_context *ctx, score *row, bool *exists) {
  MK_TRY(score_key(ctx, &row->id, &row->key));
  return mk_row_read(ctx, MK_SCORERS, row->key, &row->record, exists);
}

/* Check a payload. Its id is the caller's, or a new one where none is given. */
static mk_status accept(mk_context *ctx, mk_str payload, score *out, bool *is_new) {
  const mk_table_def *table = mk_schema_table(MK_TABLE_SCORERS);
  if (mk_record_accept(ctx, table, (mk_argument){table->noun, -1}, payload, &out->record) != MK_OK) {
    ctx->error.reason = ctx->error.status == MK_E_INVALID_ARGUMENT ? "VALIDATION_FAILED" : NULL;
    return ctx->error.status;
  }
  mk_str id = mk_record_get(&out->record, "id");
  *is_new = id.size <= 2;
  if (!*is_new) {
    return mk_id_make(ctx, id, &out->id);
  }
  MK_TRY(mk_id_new(ctx, &out->id));
  return mk_record_set(ctx, &out->record, "id", out->id.json);
}

/* Read the score that is stored under row's id, if there is one, with its places in the indexes. */
static mk_status read_old(mk_context *ctx, const score *row, score *old, bool *exists) {
  *old = (score){.id = row->id};
  MK_TRY(score_read(ctx, old, exists));
  if (*exists) {
    MK_TRY(mk_record_date(ctx, old->key, &old->record, "createdAt", &old->created_ms));
    MK_TRY(index_keys(ctx, old));
  }
  return MK_OK;
}

/* Give a score its dates, its keys and the time of its write. One that is replaced, `old`, lends its
 * createdAt; NULL: there is none. */
static mk_status complete(mk_context *ctx, score *row, const score *old) {
  mk_str now;
  int64_t now_ms = mk_clock_ms();
  MK_TRY(mk_record_date_span(ctx, now_ms, &now));
  row->created_ms = old == NULL ? now_ms : old->created_ms;
  MK_TRY(mk_record_set(ctx, &row->record, "createdAt", old == NULL ? now : mk_record_get(&old->record, "createdAt")));
  MK_TRY(mk_record_set(ctx, &row->record, "updatedAt", now));
  int64_t old_ms = old == NULL ? 0 : old->record.written_at_ms;
  row->record.written_at_ms = now_ms > old_ms ? now_ms : old_ms + 1;
  MK_TRY(score_key(ctx, &row->id, &row->key));
  return index_keys(ctx, row);
}

/* Queue deleting the entries of a score's old places. */
static mk_status delete_old_entries(mk_context *ctx, const score *row, const score *old) {
  for (int i = 0; i < INDEX_COUNT; i++) {
    mk_str key = old->index_keys[i];
    if (mk_str_is_present(key) && !mk_str_equal(key, row->index_keys[i])) {
      MK_TRY(mk_io_delete(ctx, indexes[i].keyspace, key));
    }
  }
  return MK_OK;
}

/* Queue writing a score's entries. The keys say it all; a value tells its age. */
static mk_status put_entries(mk_context *ctx, const score *row, mk_str metadata) {
  static const mk_record entry = {0};
  mk_str value;
  MK_TRY(mk_record_format(ctx, &entry, row->record.written_at_ms, &value));
  for (int i = 0; i < INDEX_COUNT; i++) {
    if (mk_str_is_present(row->index_keys[i])) {
      MK_TRY(mk_io_put(ctx, indexes[i].keyspace, row->index_keys[i], value, metadata));
    }
  }
  return MK_OK;
}

static mk_status put_score(mk_context *ctx, const score *row, const score *old) {
  mk_str value;
  mk_str metadata;
  MK_TRY(mk_facets_format(ctx, mk_schema_table(MK_TABLE_SCORERS), &row->record, &metadata));
  MK_TRY(mk_record_format(ctx, &row->record, row->record.written_at_ms, &value));
  if (old != NULL) {
    /* These go first: once the score no longer tells of them, nobody would know them. */
    MK_TRY(delete_old_entries(ctx, row, old));
    mk_io_then(ctx);
  }
  MK_TRY(mk_io_put(ctx, MK_SCORERS, row->key, value, metadata));
  if (old == NULL) {
    /* Made again, the call would have another time and not find entries without a score. */
    mk_io_then(ctx);
  }
  return put_entries(ctx, row, metadata);
}

/* Insert a score, or replace the one of its id, which keeps its createdAt. */
static mk_status save_score(mk_context *ctx, mk_str args, mk_str *result) {
  score row = {0};
  score old = {0};
  bool is_new = false;
  bool has_old = false;
  MK_TRY(accept(ctx, mk_json_get(args, "score"), &row, &is_new));
  MK_TRY(index_keys(ctx, &row)); /* so that ids too long for a key are refused before anything is read */
  if (!is_new) {
    MK_TRY(read_old(ctx, &row, &old, &has_old));
  }
  MK_TRY(complete(ctx, &row, has_old ? &old : NULL));
  MK_TRY(put_score(ctx, &row, has_old ? &old : NULL));
  mk_buf buf = mk_buf_make_for(ctx->arena, mk_record_size(&row.record));
  mk_json_begin(&buf, '{');
  mk_json_name(&buf, "score");
  mk_record_answer(&buf, &row.record);
  mk_json_end(&buf, '}');
  MK_TRY(mk_take(ctx, &buf, result));
  return mk_io_flush(ctx);
}

static mk_status get_score_by_id(mk_context *ctx, mk_str args, mk_str *result) {
  score row = {0};
  bool exists = false;
  MK_TRY(mk_argument_id(ctx, args, "id", &row.id));
  MK_TRY(score_read(ctx, &row, &exists));
  return mk_row_answer(ctx, exists ? &row.record : NULL, result);
}

/* List the scores of one index, newest first. */
static mk_status list_scores(mk_context *ctx, const index *by, mk_str args, mk_str *result) {
  mk_rows rows = {.keyspace = MK_SCORERS, .order_by = "createdAt"};
  mk_paging paging;
  mk_page page;
  mk_key key = mk_key_begin(ctx, by->keyspace);
  MK_TRY(mk_paging_read_any(ctx, mk_json_get(args, "pagination"), MK_JSON_INTEGER_MAX, &paging));
  for (int i = 0; i < 2 && by->columns[i] != NULL; i++) {
    mk_id value;
    MK_TRY(mk_argument_string(ctx, args, by->columns[i], &value));
    mk_key_part(&key, value.part);
    MK_TRY(mk_rows_where(ctx, &rows, by->columns[i], value.json));
    rows.conditions[i].is_implied = true;
  }
  static const char *const columns[] = {"entityId", "entityType", "source"};
  for (size_t i = 0; i < sizeof columns / sizeof *columns && by == &indexes[BY_SCORER]; i++) {
    MK_TRY(mk_rows_where_given(ctx, &rows, columns[i], args));
  }
  mk_str filters = mk_json_get(args, "filters");
  MK_TRY(mk_rows_where(ctx, &rows, "organizationId", mk_json_get(filters, "organizationId")));
  MK_TRY(mk_rows_where(ctx, &rows, "projectId", mk_json_get(filters, "projectId")));
  MK_TRY(mk_rows_list(ctx, &rows, by->keyspace, &key));
  MK_TRY(mk_rows_page(ctx, &rows, &paging, &page));
  mk_buf buf = mk_rows_write(ctx, "scores", &page);
  mk_json_name(&buf, "pagination");
  mk_json_begin(&buf, '{');
  mk_paging_write(&buf, &paging, page.total, mk_paging_has_more(&paging, page.total));
  mk_json_end(&buf, '}');
  mk_json_end(&buf, '}');
  return mk_take(ctx, &buf, result);
}

static mk_status list_by_scorer(mk_context *ctx, mk_str args, mk_str *result) {
  return list_scores(ctx, &indexes[BY_SCORER], args, result);
}

static mk_status list_by_run(mk_context *ctx, mk_str args, mk_str *result) {
  return list_scores(ctx, &indexes[BY_RUN], args, result);
}

static mk_status list_by_entity(mk_context *ctx, mk_str args, mk_str *result) {
  return list_scores(ctx, &indexes[BY_ENTITY], args, result);
}

static mk_status list_by_span(mk_context *ctx, mk_str args, mk_str *result) {
  return list_scores(ctx, &indexes[BY_SPAN], args, result);
}

#define LIST_DATES MK_DATES("scores.*.createdAt", "scores.*.updatedAt")

const mk_operation mk_score_operations[] = {
    {"saveScore", save_score, MK_DATES("score.createdAt", "score.updatedAt")},
    {"getScoreById", get_score_by_id, MK_DATES("createdAt", "updatedAt")},
    {"listScoresByScorerId", list_by_scorer, LIST_DATES},
    {"listScoresByRunId", list_by_run, LIST_DATES},
    {"listScoresByEntityId", list_by_entity, LIST_DATES},
    {"listScoresBySpan", list_by_span, LIST_DATES},
    MK_OPERATIONS_END,
};
