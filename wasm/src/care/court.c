#include "care/court.h"

#include "care/forgive.h"

mk_problem mk_court_about(const mk_court *of, const mk_trial *t, mk_problem_kind kind, mk_fix fix) {
  const mk_subject *subject = t->subject;
  return (mk_problem){.kind = kind,
                      .keyspace = subject->keyspace,
                      .table = of->walk->table,
                      .ns = of->walk->ns,
                      .key = subject->key,
                      .fix = fix,
                      .value = subject->value,
                      .metadata = subject->metadata,
                      .expiration_s = subject->expiration_s};
}

mk_problem mk_court_about_link(const mk_context *ctx, const mk_court *of, const mk_trial *t, const mk_link *to,
                               mk_problem_kind kind, mk_str metadata) {
  return (mk_problem){.kind = kind,
                      .keyspace = to->keyspace,
                      .table = of->walk->table,
                      .ns = ctx->config->ns[to->keyspace],
                      .key = to->key,
                      .fix = MK_FIX_PUT,
                      .metadata = metadata,
                      .expiration_s = t->subject->expiration_s};
}

mk_status mk_court_find(mk_context *ctx, const mk_court *of, mk_trial *t, const mk_problem *found, int64_t newest_ms) {
  mk_problem *problem = NULL;
  t->is_guilty = true;
  t->is_condemned = t->is_condemned || found->fix != MK_FIX_PUT;
  if (newest_ms > of->now_ms - MK_LAG_MS) {
    of->verdict->unsettled++;
    return MK_OK;
  }
  MK_TRY(mk_push(ctx, 1, sizeof *problem, &problem));
  *problem = *found;
  if (of->verdict->last == NULL) {
    of->verdict->first = problem;
  } else {
    of->verdict->last->next = problem;
  }
  of->verdict->last = problem;
  of->verdict->count++;
  return MK_OK;
}

mk_status mk_court_add_link(mk_context *ctx, mk_trial *t, mk_keyspace keyspace, mk_str key) {
  mk_link *to = &t->links[t->link_count++];
  *to = (mk_link){.keyspace = keyspace, .key = key};
  return mk_io_get(ctx, keyspace, key, &to->io);
}

mk_status mk_court_parse(mk_context *ctx, mk_str key, mk_str value, mk_record *out, bool *is_record) {
  mk_str reason;
  *out = (mk_record){0};
  *is_record = false;
  MK_TRY(mk_forgive(ctx, mk_record_parse(ctx, key, value, out), &reason));
  *is_record = !mk_str_is_present(reason);
  return MK_OK;
}

int64_t mk_court_later(int64_t a, int64_t b) { return a > b ? a : b; }
