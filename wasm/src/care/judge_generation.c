#include "care/judge_generation.h"

#include "base/json.h"
#include "base/print.h"
#include "care/expect.h"
#include "care/forgive.h"
#include "kv/config.h"
#include "observation/observation.h"
#include "record/accept.h"

/* What a trial is linked to, in this order. */
enum { LINK_OTHER_END, LINK_CLEARED, LINK_ELSEWHERE };

bool mk_generation_is_judged(const mk_subject *subject) {
  return subject->keyspace == MK_OBSERVATIONS || subject->keyspace == MK_OBSERVATION_PLACES;
}

/* What follows a keyspace's beginning in a key. */
static mk_str rest_of(const mk_context *ctx, mk_keyspace keyspace, mk_str key) {
  size_t beginning = mk_str_of(mk_schema_keyspace(keyspace)->beginning).size;
  return mk_str_skip(key, ctx->config->key_prefix.size + beginning);
}

/* Split a key of observations: the generation that it is of, its owner, and what follows its id; *tail is absent in the
 * generation's own key. false: it is no such key. */
static bool split(const mk_context *ctx, const mk_subject *subject, mk_generation *gen, mk_str *owner, mk_str *tail) {
  mk_str at = rest_of(ctx, subject->keyspace, subject->key);
  mk_str part = {at.data, 0};
  *tail = at;
  *owner = at;
  for (int parts = 0; parts < 4; parts++) { /* kind, owner, rank, id */
    if (!mk_key_split(tail, &part)) {
      return false;
    }
    if (parts == 1) {
      owner->size = (size_t)(part.data + part.size - at.data);
    }
  }
  at.size = (size_t)(part.data + part.size - at.data);
  return mk_generation_parse(at, gen);
}

/* Where a generation's own record says that it belongs: `{kind}:{owner}:{rank}:{id}`. */
static mk_status expect_at(mk_context *ctx, const mk_generation *gen, mk_str value, mk_str *out) {
  char digits[MK_KEY_TIME_SIZE];
  mk_str rank = {digits, sizeof digits};
  mk_owner owner;
  mk_id id;
  mk_key_time_format(gen->rank, digits);
  MK_TRY(mk_argument_string(ctx, value, "id", &id));
  MK_TRY(mk_owner_read_arguments(ctx, value, &owner));
  return mk_print(ctx, out, "%v:%v:%v", &owner.at, &rank, &id.part);
}

/* Whether a generation's record validates, under the key that it says. */
static mk_status check(mk_context *ctx, const mk_court *of, mk_trial *t, const mk_generation *gen, bool *is_sound) {
  const mk_table_def *table = mk_schema_table(MK_TABLE_OBSERVATIONAL_MEMORY);
  mk_problem problem = mk_court_about(of, t, MK_PROBLEM_INVALID, MK_FIX_SET_ASIDE);
  mk_record accepted;
  mk_str span;
  mk_str at = MK_STR_NONE;
  *is_sound = false;
  (void)mk_json_span(t->subject->value, &span);
  mk_status status = mk_record_accept(ctx, table, (mk_argument){table->noun, -1}, span, &accepted);
  MK_TRY(mk_forgive(ctx, status == MK_OK ? expect_at(ctx, gen, span, &at) : status, &problem.reason));
  if (mk_str_is_present(problem.reason)) {
    return mk_court_find(ctx, of, t, &problem, 0);
  }
  if (!mk_str_equal(at, gen->at)) {
    problem.kind = MK_PROBLEM_WRONG_KEY;
    MK_TRY(mk_observation_key(ctx, MK_OBSERVATIONS, &at, NULL, &problem.reason));
    return mk_court_find(ctx, of, t, &problem, 0);
  }
  *is_sound = true;
  return MK_OK;
}

/* Queue reading the record that a place names. */
static mk_status look_at_place(mk_context *ctx, const mk_court *of, mk_trial *t) {
  const mk_subject *subject = t->subject;
  mk_problem problem = mk_court_about(of, t, MK_PROBLEM_INVALID, MK_FIX_DELETE);
  mk_generation gen;
  mk_str at = MK_STR_NONE;
  mk_str key;
  mk_str span = mk_record_get(&subject->record, "at");
  MK_TRY(mk_json_is_string(span) ? mk_json_decode(ctx, span, &at) : MK_OK);
  if (!mk_str_is_present(at) || !mk_generation_parse(at, &gen)) {
    return mk_court_find(ctx, of, t, &problem, 0);
  }
  MK_TRY(mk_forgive(ctx, mk_observation_key(ctx, MK_OBSERVATIONS, &at, NULL, &key), &problem.reason));
  return mk_str_is_present(problem.reason) ? mk_court_find(ctx, of, t, &problem, 0)
                                           : mk_court_add_link(ctx, t, MK_OBSERVATIONS, key);
}

mk_status mk_generation_look(mk_context *ctx, const mk_court *of, mk_trial *t) {
  static const mk_str cleared = {"cleared", 7};
  mk_generation gen;
  mk_str owner;
  mk_str tail;
  mk_str key;
  if (t->subject->keyspace == MK_OBSERVATION_PLACES) {
    return look_at_place(ctx, of, t);
  }
  if (!split(ctx, t->subject, &gen, &owner, &tail)) {
    mk_problem problem = mk_court_about(of, t, MK_PROBLEM_STRANGE_KEY, MK_FIX_SET_ASIDE);
    return mk_court_find(ctx, of, t, &problem, 0);
  }
  if (mk_str_is_present(tail)) {
    MK_TRY(mk_observation_key(ctx, MK_OBSERVATIONS, &gen.at, NULL, &key));
    MK_TRY(mk_court_add_link(ctx, t, MK_OBSERVATIONS, key));
  } else {
    bool is_sound = false;
    MK_TRY(check(ctx, of, t, &gen, &is_sound));
    if (!is_sound) {
      return MK_OK;
    }
    MK_TRY(mk_observation_key(ctx, MK_OBSERVATION_PLACES, &gen.id_part, NULL, &key));
    MK_TRY(mk_court_add_link(ctx, t, MK_OBSERVATION_PLACES, key));
  }
  MK_TRY(mk_observation_key(ctx, MK_OBSERVATION_OWNERS, &owner, &cleared, &key));
  return mk_court_add_link(ctx, t, MK_OBSERVATION_OWNERS, key);
}

/* Whether it was written before its owner was cleared. */
static mk_status judge_clearing(mk_context *ctx, const mk_court *of, mk_trial *t) {
  const mk_io *io = t->links[LINK_CLEARED].io;
  mk_record tombstone = {0};
  bool is_record = false;
  MK_TRY(mk_str_is_present(io->result) ? mk_court_parse(ctx, io->key, io->result, &tombstone, &is_record) : MK_OK);
  if (!is_record || t->subject->record.written_at_ms > tombstone.written_at_ms) {
    return MK_OK;
  }
  mk_problem problem = mk_court_about(of, t, MK_PROBLEM_LEFTOVER, MK_FIX_DELETE);
  return mk_court_find(ctx, of, t, &problem, tombstone.written_at_ms);
}

static mk_status find_place(mk_context *ctx, const mk_court *of, mk_trial *t, mk_problem_kind kind, int64_t newest_ms) {
  mk_problem problem = mk_court_about_link(ctx, of, t, &t->links[LINK_OTHER_END], kind, t->expected);
  mk_str at = rest_of(ctx, MK_OBSERVATIONS, t->subject->key);
  MK_TRY(mk_observation_format_place(ctx, &t->subject->record, &at, &problem.value));
  return mk_court_find(ctx, of, t, &problem, mk_court_later(newest_ms, t->subject->record.written_at_ms));
}

/* A generation by its metadata and its place. Where that names another key, it is looked at. */
static mk_status judge_generation(mk_context *ctx, const mk_court *of, mk_trial *t) {
  const mk_table_def *table = mk_schema_table(MK_TABLE_OBSERVATIONAL_MEMORY);
  const mk_io *io = t->links[LINK_OTHER_END].io;
  mk_problem problem = mk_court_about(of, t, MK_PROBLEM_WRONG_METADATA, MK_FIX_PUT);
  mk_record place = {0};
  mk_str at = MK_STR_NONE;
  mk_str key;
  bool is_record = false;
  MK_TRY(mk_expect_metadata(ctx, MK_OBSERVATIONS, &t->subject->record, NULL, &t->expected));
  problem.metadata = t->expected;
  if (!mk_expect_metadata_agrees(table, t->expected, t->subject->metadata)) {
    MK_TRY(mk_court_find(ctx, of, t, &problem, t->subject->record.written_at_ms));
  }
  if (!mk_str_is_present(io->result)) {
    return find_place(ctx, of, t, MK_PROBLEM_MISSING_ENTRY, 0);
  }
  MK_TRY(mk_court_parse(ctx, io->key, io->result, &place, &is_record));
  mk_str span = mk_record_get(&place, "at");
  MK_TRY(is_record && mk_json_is_string(span) ? mk_json_decode(ctx, span, &at) : MK_OK);
  mk_generation gen;
  if (!mk_str_is_present(at) || !mk_generation_parse(at, &gen)) {
    return find_place(ctx, of, t, MK_PROBLEM_WRONG_ENTRY, place.written_at_ms);
  }
  MK_TRY(mk_observation_key(ctx, MK_OBSERVATIONS, &at, NULL, &key));
  return mk_str_equal(key, t->subject->key) ? MK_OK : mk_court_add_link(ctx, t, MK_OBSERVATIONS, key);
}

/* Whether a key was found not to stay. */
static bool is_condemned(const mk_verdict *verdict, mk_str key) {
  for (const mk_problem *problem = verdict->first; problem != NULL; problem = problem->next) {
    if (problem->fix != MK_FIX_PUT && mk_str_equal(problem->key, key)) {
      return true;
    }
  }
  return false;
}

mk_status mk_generation_judge(mk_context *ctx, const mk_court *of, mk_trial *t) {
  mk_generation gen;
  mk_str owner;
  mk_str tail;
  bool is_there = t->link_count > 0 && mk_str_is_present(t->links[LINK_OTHER_END].io->result);
  if (t->subject->keyspace == MK_OBSERVATION_PLACES) {
    mk_problem problem = mk_court_about(of, t, MK_PROBLEM_STRAY_ENTRY, MK_FIX_DELETE);
    return is_there ? MK_OK : mk_court_find(ctx, of, t, &problem, t->subject->record.written_at_ms);
  }
  MK_TRY(judge_clearing(ctx, of, t));
  if (t->is_condemned) {
    return MK_OK;
  }
  (void)split(ctx, t->subject, &gen, &owner, &tail);
  if (!mk_str_is_present(tail)) {
    return judge_generation(ctx, of, t);
  }
  mk_problem problem = mk_court_about(of, t, MK_PROBLEM_ORPHAN, MK_FIX_SET_ASIDE);
  is_there = is_there && !is_condemned(of->verdict, t->links[LINK_OTHER_END].key);
  return is_there ? MK_OK : mk_court_find(ctx, of, t, &problem, t->subject->record.written_at_ms);
}

/* Two generations of one id are two owners': the place is the later one's, and both are read by their owners. */
mk_status mk_generation_judge_elsewhere(mk_context *ctx, const mk_court *of, mk_trial *t) {
  if (t->link_count <= LINK_ELSEWHERE || mk_str_is_present(t->links[LINK_ELSEWHERE].io->result)) {
    return MK_OK;
  }
  const mk_io *io = t->links[LINK_OTHER_END].io;
  mk_record place = {0};
  bool is_record = false;
  MK_TRY(mk_court_parse(ctx, io->key, io->result, &place, &is_record));
  return find_place(ctx, of, t, MK_PROBLEM_WRONG_ENTRY, place.written_at_ms);
}
