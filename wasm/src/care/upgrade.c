#include "care/upgrade.h"

#include "base/json.h"
#include "base/writer.h"
#include "care/judge.h"
#include "care/report.h"
#include "host/platform.h"
#include "kv/config.h"
#include "record/document.h"

/* The most entries that a record has in indexes: a score's. */
#define ENTRIES_MAX 4
/* Besides: putting down that the step is done. */
#define STEP_CALLS (MK_JUDGE_CALLS_MAX + 2)
/* Before the first page: reading the document, init, which may list and write, and reading what it wrote. */
#define BEGIN_CALLS 5

/* How long KV's cursor of a list is trusted, ms. Nothing says how long KV knows one. */
#define CURSOR_MS INT64_C(3600000)

typedef struct step {
  const char *name;
  uint32_t keyspaces; /* a bit for each that it walks through */
} step;

static const step steps[] = {
    {"index_entries", 1U << MK_THREADS | 1U << MK_SCORERS},
};
_Static_assert(sizeof steps / sizeof *steps == MK_SCHEMA_STEPS, "every step is counted in schema.h");

/* Where an upgrade is. */
typedef struct position {
  int64_t step; /* 1 and on; above MK_SCHEMA_STEPS: all are done */
  int64_t started_ms;
  mk_str walk;  /* span of the walk's cursor, or null */
  bool is_new;  /* the upgrade begins with this call */
  int64_t from; /* of one that begins: the version of the data; 0: it has no document */
} position;

static bool read_position(mk_str span, position *out) {
  *out = (position){.walk = mk_json_get(span, "walk")};
  return mk_json_integer(mk_json_get(span, "step"), &out->step) && out->step >= 1 && out->step <= MK_SCHEMA_STEPS &&
         mk_json_integer(mk_json_get(span, "startedAt"), &out->started_ms) && mk_str_is_present(out->walk);
}

/* The members of a position; the braces are the caller's. */
static void write_position(const position *at, mk_buf *buf) {
  mk_json_member_int(buf, "step", at->step);
  mk_json_member_int(buf, "startedAt", at->started_ms);
  mk_json_member(buf, "walk", at->walk);
}

/* Where a saved upgrade goes on, if the document tells of one. KV's own cursor is good for the same way
 * to KV only, and not for ever: otherwise the keyspace is begun again. */
static mk_status resume(mk_context *ctx, const mk_document *document, position *at) {
  position saved;
  int64_t saved_ms = 0;
  if (!read_position(document->upgrade, &saved) || saved.step != at->step) {
    return MK_OK;
  }
  (void)mk_json_integer(mk_json_get(document->upgrade, "savedAt"), &saved_ms);
  bool is_known = mk_json_is_true(mk_json_get(document->upgrade, "isRest")) == ctx->config->is_rest &&
                  mk_clock_ms() - saved_ms < CURSOR_MS;
  at->started_ms = saved.started_ms;
  at->walk = saved.walk;
  if (!is_known && mk_json_is_object(saved.walk)) {
    mk_buf buf = mk_buf_make(ctx->arena);
    mk_json_begin(&buf, '{');
    mk_json_member(&buf, "unit", mk_json_get(saved.walk, "unit"));
    mk_json_end(&buf, '}');
    return mk_take(ctx, &buf, &at->walk);
  }
  return MK_OK;
}

/* Fewer keys a page where there are not calls enough to write all that they may lack. *needs: how many would do. */
static bool fit(const position *at, mk_walk *walk, int64_t *needs) {
  int64_t fixed = STEP_CALLS + (at->is_new ? BEGIN_CALLS : 0);
  *needs = fixed + ENTRIES_MAX;
  if (walk->calls == INT64_MAX) {
    return true;
  }
  int64_t keys = (walk->calls - fixed) / ENTRIES_MAX;
  walk->limit = walk->limit < keys ? walk->limit : keys;
  return keys > 0;
}

/* Queue writing the index entries that records of the page lack; the locators of messages are not among them. */
static mk_status put_entries(mk_context *ctx, const mk_verdict *verdict, bool is_dry, int64_t *written) {
  for (const mk_problem *problem = verdict->first; problem != NULL; problem = problem->next) {
    bool lacks = problem->kind == MK_PROBLEM_MISSING_ENTRY && mk_shape_of(problem->keyspace)->kind == MK_SHAPE_ENTRY;
    *written += lacks;
    if (lacks && !is_dry) {
      MK_TRY(mk_walk_put(ctx, problem->ns, problem->key, problem->value, problem->metadata, problem->expiration_s));
    }
  }
  return MK_OK;
}

/* Where the upgrade is behind a page. */
static mk_status advance(mk_context *ctx, const mk_walk *walk, position *at) {
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_walk_write(ctx, walk, &buf);
  at->step += mk_walk_is_done(ctx, walk);
  return mk_take(ctx, &buf, &at->walk);
}

/* Begin the answer with where the upgrade goes on and, of one that began, with what there was to do. */
static void begin_answer(const position *at, int64_t first, mk_buf *buf) {
  mk_json_begin(buf, '{');
  mk_json_name(buf, "cursor");
  if (at->step <= MK_SCHEMA_STEPS) {
    mk_json_begin(buf, '{');
    write_position(at, buf);
    mk_json_end(buf, '}');
  } else {
    mk_json_value(buf, MK_STR("null"));
  }
  if (at->is_new) {
    mk_json_member_int(buf, "from", at->from);
    mk_json_member_int(buf, "to", MK_SCHEMA_VERSION);
    mk_json_name(buf, "steps");
    mk_json_begin(buf, '[');
    for (int64_t i = first; i <= MK_SCHEMA_STEPS; i++) {
      mk_json_text(buf, mk_str_of(steps[i - 1].name));
    }
    mk_json_end(buf, ']');
  }
}

/* Put down that all data has been through a step, unless another upgrade got further. The document may
 * have changed meanwhile: it is read again, and one of newer code ends the upgrade. */
static mk_status finish(mk_context *ctx, int64_t step) {
  mk_document document;
  MK_TRY(mk_document_read(ctx, &document));
  if (document.steps >= step) {
    return MK_OK;
  }
  document.steps = step;
  document.upgrade = MK_STR_NONE;
  return mk_document_write(ctx, &document);
}

static mk_status refuse(mk_context *ctx, int64_t needs, mk_str *result) {
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_json_begin(&buf, '{');
  mk_json_member_int(&buf, "needs", needs);
  mk_json_end(&buf, '}');
  return mk_take(ctx, &buf, result);
}

/* Look at a page of keys, and write what it lacks. */
static mk_status take_page(mk_context *ctx, mk_walk *walk, position *at, bool is_dry, mk_str *result) {
  int64_t step = at->step;
  int64_t written = 0;
  mk_tally tally = {0};
  mk_verdict verdict = {0};
  MK_TRY(mk_walk_page(ctx, walk));
  MK_TRY(mk_judge_page(ctx, walk, &verdict));
  MK_TRY(put_entries(ctx, &verdict, is_dry, &written));
  mk_tally_add(&tally, walk->subjects, walk->count);
  MK_TRY(advance(ctx, walk, at));
  mk_buf buf = mk_buf_make(ctx->arena);
  begin_answer(at, step, &buf);
  mk_report_count(walk, &tally, &buf);
  mk_json_member_int(&buf, "written", written);
  mk_json_end(&buf, '}');
  MK_TRY(mk_take(ctx, &buf, result));
  MK_TRY(mk_io_flush(ctx));
  return at->step > step && !is_dry ? finish(ctx, step) : MK_OK;
}

/* Find out what there is to do. Nothing that data of this version needs is left undone but the steps. */
static mk_status begin(mk_context *ctx, bool is_dry, position *at) {
  mk_document document;
  mk_str none;
  MK_TRY(mk_document_read(ctx, &document));
  *at = (position){.is_new = true, .from = document.version, .started_ms = mk_clock_ms(), .walk = MK_STR("null")};
  if (!is_dry) {
    MK_TRY(mk_init(ctx, MK_STR_NONE, &none));
    MK_TRY(document.exists ? MK_OK : mk_document_read(ctx, &document));
  }
  at->step = document.steps < 0 ? 1 : document.steps + 1;
  return is_dry ? MK_OK : resume(ctx, &document, at);
}

static mk_status go_on(mk_context *ctx, mk_str args, position *at, mk_str *result) {
  bool is_dry = mk_json_is_true(mk_json_get(args, "dryRun"));
  mk_walk walk = {0};
  int64_t needs = 0;
  MK_TRY(mk_walk_read_from(ctx, args, MK_STR_NONE, &walk)); /* whether the calls suffice, before the first */
  if (!fit(at, &walk, &needs)) {
    return refuse(ctx, needs, result);
  }
  if (at->is_new) {
    MK_TRY(begin(ctx, is_dry, at));
  }
  if (at->step > MK_SCHEMA_STEPS) {
    mk_buf buf = mk_buf_make(ctx->arena);
    begin_answer(at, at->step, &buf);
    mk_json_end(&buf, '}');
    return mk_take(ctx, &buf, result);
  }
  walk.keyspaces = steps[at->step - 1].keyspaces;
  MK_TRY(mk_walk_read_from(ctx, args, at->walk, &walk));
  (void)fit(at, &walk, &needs);
  walk.is_new = false; /* the document was looked at */
  return take_page(ctx, &walk, at, is_dry, result);
}

/* Put down where the upgrade is, so that one without a cursor goes on there. */
static mk_status save(mk_context *ctx, const position *at, mk_str *result) {
  mk_document document;
  mk_buf buf = mk_buf_make(ctx->arena);
  *result = MK_STR("{}");
  MK_TRY(mk_document_read(ctx, &document));
  if (document.steps >= at->step) {
    return MK_OK;
  }
  mk_json_begin(&buf, '{');
  write_position(at, &buf);
  mk_json_member_int(&buf, "savedAt", mk_clock_ms());
  mk_json_member_bool(&buf, "isRest", ctx->config->is_rest);
  mk_json_end(&buf, '}');
  MK_TRY(mk_take(ctx, &buf, &document.upgrade));
  return mk_document_write(ctx, &document);
}

mk_status mk_care_upgrade(mk_context *ctx, mk_str args, mk_str *result) {
  mk_str cursor = mk_json_get(args, "cursor");
  position at = {.is_new = !mk_json_is_object(cursor)};
  if (!at.is_new && !read_position(cursor, &at)) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "cursor: this package has no such step of an upgrade");
  }
  return !at.is_new && mk_json_is_true(mk_json_get(args, "save")) ? save(ctx, &at, result)
                                                                  : go_on(ctx, args, &at, result);
}
