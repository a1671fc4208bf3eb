#include "task/task.h"

#include "base/json.h"
#include "base/writer.h"
#include "host/platform.h"
#include "record/accept.h"
#include "record/rows.h"

/* Tasks read, or deleted, side by side: at most so many; how many first, and how much memory the
 * ones after may take if they are like those. */
#define STEP 500
#define FIRST_STEP 20
#define STEP_BYTES ((size_t)16 << 20)

/* A task that is read or written. */
typedef struct task {
  mk_id id;
  mk_str key;
  mk_record record;
} task;

static mk_status task_key(mk_context *ctx, task *out) {
  mk_key key = mk_key_begin(ctx, MK_BACKGROUND_TASKS);
  mk_key_part(&key, out->id.part);
  return mk_key_finish(ctx, &key, &out->key);
}

static mk_status task_read(mk_context *ctx, task *out, bool *exists) {
  MK_TRY(task_key(ctx, out));
  return mk_row_read(ctx, MK_BACKGROUND_TASKS, out->key, &out->record, exists);
}

static mk_status task_put(mk_context *ctx, const task *row) {
  MK_TRY(mk_row_put(ctx, MK_BACKGROUND_TASKS, row->key, &row->record, mk_clock_ms()));
  return mk_io_flush(ctx);
}

static mk_status create_task(mk_context *ctx, mk_str args, mk_str *result) {
  const mk_table_def *table = mk_schema_table(MK_TABLE_BACKGROUND_TASKS);
  task row;
  *result = MK_STR("null");
  MK_TRY(mk_record_accept(ctx, table, (mk_argument){table->noun, -1}, mk_json_get(args, "task"), &row.record));
  MK_TRY(mk_id_make(ctx, mk_record_get(&row.record, "id"), &row.id));
  MK_TRY(task_key(ctx, &row));
  return task_put(ctx, &row);
}

/* Take out a column that may be absent. */
static mk_status clear_column(mk_context *ctx, mk_record *record, mk_str name) {
  const mk_column *column =
      mk_schema_column(mk_schema_table(MK_TABLE_BACKGROUND_TASKS), (mk_str){name.data + 1, name.size - 2});
  bool is_required = column != NULL && column->required;
  return is_required ? MK_OK : mk_record_put(ctx, record, (mk_member){name, MK_STR("null")});
}

/* Lay an update over a task. `cleared` has the names of members that are undefined, which JSON
 * does not know; so does null clear, except where it is a value like any other. */
static mk_status apply(mk_context *ctx, task *row, mk_record *update, mk_str cleared) {
  const mk_table_def *table = mk_schema_table(MK_TABLE_BACKGROUND_TASKS);
  mk_member member;
  MK_TRY(mk_record_lay(ctx, &row->record, update));
  for (size_t i = 0; i < update->count; i++) {
    mk_str name = update->members[i].name;
    const mk_column *column = mk_schema_column(table, (mk_str){name.data + 1, name.size - 2});
    if (column != NULL && column->null_is_absent && mk_json_is_null(update->members[i].value)) {
      MK_TRY(clear_column(ctx, &row->record, name));
    }
  }
  for (mk_cursor cursor = mk_json_walk(cleared); mk_json_next(&cursor, &member);) {
    MK_TRY(clear_column(ctx, &row->record, member.value));
  }
  return mk_record_set(ctx, &row->record, "id", row->id.json);
}

/* The result is whether there was such a task, of the expected status. */
static mk_status update_task(mk_context *ctx, mk_str args, mk_str *result) {
  const mk_table_def *table = mk_schema_table(MK_TABLE_BACKGROUND_TASKS);
  mk_argument argument = {"update of a background task", -1};
  task row = {0};
  mk_record update;
  bool exists = false;
  MK_TRY(mk_argument_id(ctx, args, "id", &row.id));
  MK_TRY(mk_record_accept_partial(ctx, table, argument, mk_json_get(args, "update"), &update));
  mk_str expected = mk_json_get(args, "expectedStatus");
  bool has_expected = mk_str_is_present(expected) && !mk_json_is_null(expected) && expected.size > 2;
  MK_TRY(task_read(ctx, &row, &exists));
  if (!exists || (has_expected && !mk_str_equal(expected, mk_record_get(&row.record, "status")))) {
    *result = MK_STR("false");
    return MK_OK;
  }
  mk_str cleared;
  *result = MK_STR("true");
  MK_TRY(mk_argument_undefined(ctx, args, &cleared));
  MK_TRY(apply(ctx, &row, &update, cleared));
  return task_put(ctx, &row);
}

static mk_status get_task(mk_context *ctx, mk_str args, mk_str *result) {
  task row = {0};
  bool exists = false;
  MK_TRY(mk_argument_id(ctx, args, "id", &row.id));
  MK_TRY(task_read(ctx, &row, &exists));
  return mk_row_answer(ctx, exists ? &row.record : NULL, result);
}

static mk_status delete_task(mk_context *ctx, mk_str args, mk_str *result) {
  task row = {0};
  *result = MK_STR("null");
  MK_TRY(mk_argument_id(ctx, args, "id", &row.id));
  MK_TRY(task_key(ctx, &row));
  MK_TRY(mk_io_delete(ctx, MK_BACKGROUND_TASKS, row.key));
  return mk_io_flush(ctx);
}

/* The date column that a filter names; createdAt if it names none. */
static mk_status read_date_column(mk_context *ctx, mk_str filter, const char *name, const char **out) {
  static const char *const columns[] = {"createdAt", "startedAt", "suspendedAt", "completedAt"};
  mk_str span = mk_json_get(filter, name);
  *out = columns[0];
  if (!mk_str_is_present(span)) {
    return MK_OK;
  }
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
    if (mk_json_name_is(span, columns[i])) {
      *out = columns[i];
      return MK_OK;
    }
  }
  return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "%s must be createdAt, startedAt, suspendedAt or completedAt", name);
}

/* The tasks that match a filter, in its order and unread, and the page it asks for. */
static mk_status find_tasks(mk_context *ctx, mk_str args, mk_rows *rows, mk_paging *paging) {
  static const char *const columns[] = {"agentId", "threadId", "resourceId", "toolName", "toolCallId", "runId"};
  mk_str filter = mk_json_get(args, "filter");
  mk_range range = MK_RANGE_ALL;
  const char *dated = NULL;
  if (!mk_json_is_object(filter)) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "filter must be an object; {} means all tasks");
  }
  *rows = (mk_rows){.keyspace = MK_BACKGROUND_TASKS};
  *paging = (mk_paging){.is_all = true};
  if (mk_str_is_present(mk_json_get(filter, "perPage"))) { /* without it, page means nothing */
    MK_TRY(mk_paging_read_any(ctx, filter, 0, paging));
  }
  MK_TRY(read_date_column(ctx, filter, "orderBy", &rows->order_by));
  MK_TRY(read_date_column(ctx, filter, "dateFilterBy", &dated));
  mk_str direction = mk_json_get(filter, "orderDirection");
  rows->is_ascending = !mk_str_is_present(direction) || mk_json_name_is(direction, "asc");
  MK_TRY(mk_bound_read(ctx, filter, "fromDate", &range.oldest_ms));
  int64_t end_ms = MK_DATE_MS_MAX + 1;
  MK_TRY(mk_bound_read(ctx, filter, "toDate", &end_ms));
  range.newest_ms = end_ms - 1;
  if (mk_str_is_present(mk_json_get(filter, "fromDate")) || mk_str_is_present(mk_json_get(filter, "toDate"))) {
    mk_rows_within(rows, dated, range);
  }
  MK_TRY(mk_rows_where_given(ctx, rows, "status", filter));
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
    MK_TRY(mk_rows_where_given(ctx, rows, columns[i], filter));
  }
  mk_key key = mk_key_begin(ctx, MK_BACKGROUND_TASKS);
  return mk_rows_list(ctx, rows, MK_BACKGROUND_TASKS, &key);
}

static mk_status list_tasks(mk_context *ctx, mk_str args, mk_str *result) {
  mk_rows rows;
  mk_paging paging;
  mk_page page;
  MK_TRY(find_tasks(ctx, args, &rows, &paging));
  MK_TRY(mk_rows_page(ctx, &rows, &paging, &page));
  mk_buf buf = mk_rows_write(ctx, "tasks", &page);
  mk_json_member_int(&buf, "total", page.total);
  mk_json_end(&buf, '}');
  return mk_take(ctx, &buf, result);
}

/* Read tasks and forget their values: what stays is which are gone, or no longer what a list said
 * they were. It may be a minute old, and one that has since been taken up again must stay. Tasks
 * may be large, so how many are read at once goes by what the ones before took. */
static mk_status look_again(mk_context *ctx, const mk_rows *rows, const mk_page *tasks) {
  bool has_read = false;
  size_t step = FIRST_STEP;
  for (size_t at = 0, count = 0; at < tasks->count; at += count) {
    mk_arena_mark mark = mk_arena_end(ctx->arena);
    count = tasks->count - at < step ? tasks->count - at : step;
    MK_TRY(mk_rows_read(ctx, rows, tasks->items + at, count, &has_read));
    size_t each = (mk_arena_end(ctx->arena).used_bytes - mark.used_bytes) / count + 1;
    step = STEP_BYTES / each < STEP ? STEP_BYTES / each + 1 : STEP;
    mk_arena_reset(ctx->arena, mark);
  }
  return MK_OK;
}

/* Delete what listTasks would answer. */
static mk_status delete_tasks(mk_context *ctx, mk_str args, mk_str *result) {
  mk_rows rows;
  mk_paging paging = {0};
  mk_page tasks;
  *result = MK_STR("null");
  MK_TRY(find_tasks(ctx, args, &rows, &paging));
  MK_TRY(paging.is_all ? mk_rows_all(ctx, &rows, &tasks) : mk_rows_page(ctx, &rows, &paging, &tasks));
  MK_TRY(look_again(ctx, &rows, &tasks));
  for (size_t i = 0; i < tasks.count; i++) {
    if (i % STEP == 0) {
      mk_io_then(ctx);
    }
    MK_TRY(tasks.items[i]->is_gone ? MK_OK : mk_io_delete(ctx, MK_BACKGROUND_TASKS, tasks.items[i]->name));
  }
  return mk_io_flush(ctx);
}

static mk_status count_running(mk_context *ctx, mk_str agent, mk_str *result) {
  mk_rows rows = {.keyspace = MK_BACKGROUND_TASKS, .order_by = "createdAt"};
  mk_page tasks;
  mk_key key = mk_key_begin(ctx, MK_BACKGROUND_TASKS);
  MK_TRY(mk_rows_where(ctx, &rows, "status", MK_STR("\"running\"")));
  MK_TRY(mk_rows_where(ctx, &rows, "agentId", agent));
  MK_TRY(mk_rows_list(ctx, &rows, MK_BACKGROUND_TASKS, &key));
  MK_TRY(mk_rows_all(ctx, &rows, &tasks));
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_int(&buf, tasks.total);
  return mk_take(ctx, &buf, result);
}

static mk_status get_running_count(mk_context *ctx, mk_str args, mk_str *result) {
  (void)args;
  return count_running(ctx, MK_STR_NONE, result);
}

static mk_status get_running_count_by_agent(mk_context *ctx, mk_str args, mk_str *result) {
  mk_id agent;
  MK_TRY(mk_argument_string(ctx, args, "agentId", &agent));
  return count_running(ctx, agent.json, result);
}

const mk_operation mk_task_operations[] = {
    {"createTask", create_task, NULL},
    {"updateTask", update_task, NULL, "update"},
    {"getTask", get_task, MK_DATES("createdAt", "startedAt", "suspendedAt", "completedAt")},
    {"listTasks", list_tasks,
     MK_DATES("tasks.*.createdAt", "tasks.*.startedAt", "tasks.*.suspendedAt", "tasks.*.completedAt")},
    {"deleteTask", delete_task, NULL},
    {"deleteTasks", delete_tasks, NULL},
    {"getRunningCount", get_running_count, NULL},
    {"getRunningCountByAgent", get_running_count_by_agent, NULL},
    MK_OPERATIONS_END,
};
