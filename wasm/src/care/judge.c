#include "care/judge.h"

#include "base/json.h"
#include "care/court.h"
#include "care/expect.h"
#include "care/forgive.h"
#include "care/judge_generation.h"
#include "host/platform.h"
#include "kv/config.h"
#include "message/locator.h"
#include "message/marks.h"
#include "record/accept.h"
#include "record/facet.h"

/* Records */

/* Whether the value is a record of its table, under the key that it says. */
static mk_status check_record(mk_context *ctx, const mk_court *of, mk_trial *t, bool *is_sound) {
  mk_subject *subject = t->subject;
  const mk_table_def *table = mk_schema_table(mk_schema_keyspace(subject->keyspace)->describes);
  mk_problem problem = mk_court_about(of, t, MK_PROBLEM_INVALID, MK_FIX_SET_ASIDE);
  mk_record accepted;
  mk_str span;
  mk_str key = MK_STR_NONE;
  *is_sound = false;
  (void)mk_json_span(subject->value, &span);
  MK_TRY(
      mk_forgive(ctx, mk_record_accept(ctx, table, (mk_argument){table->noun, -1}, span, &accepted), &problem.reason));
  if (mk_str_is_present(problem.reason)) {
    return mk_court_find(ctx, of, t, &problem, 0);
  }
  MK_TRY(mk_shape_key_of(ctx, subject->shape, &subject->record, &key));
  if (mk_str_is_present(key) && !mk_str_equal(key, subject->key)) {
    problem.kind = MK_PROBLEM_WRONG_KEY;
    problem.reason = key;
    return mk_court_find(ctx, of, t, &problem, 0);
  }
  *is_sound = true;
  return MK_OK;
}

/* A message's place: from its key, and what orders it there from its metadata, if that tells. */
static mk_status read_place(mk_context *ctx, mk_trial *t) {
  mk_str resource_part;
  mk_subject *subject = t->subject;
  t->place = (mk_place){.saved_ms = subject->record.written_at_ms};
  MK_TRY(mk_record_id(ctx, subject->key, &subject->record, "threadId", &t->place.thread));
  MK_TRY(mk_record_id(ctx, subject->key, &subject->record, "id", &t->place.id));
  MK_TRY(mk_record_date(ctx, subject->key, &subject->record, "createdAt", &t->place.created_ms));
  t->has_place = mk_place_metadata_parse(ctx, subject->metadata, &t->place, &resource_part);
  return MK_OK;
}

/* Find that a locator is to be written for a message. Where it is to be for another message of that id, found
 * before, this one is the second. */
static mk_status find_locator(mk_context *ctx, const mk_court *of, mk_trial *t, const mk_problem *locator,
                              int64_t newest_ms) {
  for (const mk_problem *other = of->verdict->first; other != NULL; other = other->next) {
    if (other->keyspace == MK_MESSAGE_LOCATORS && other->fix == MK_FIX_PUT && mk_str_equal(other->key, locator->key)) {
      mk_problem problem = mk_court_about(of, t, MK_PROBLEM_DUPLICATE, MK_FIX_SET_ASIDE);
      return mk_court_find(ctx, of, t, &problem, newest_ms);
    }
  }
  return mk_court_find(ctx, of, t, locator, newest_ms);
}

/* The first look at a record: at itself, and for what should point to it. */
static mk_status look_at_record(mk_context *ctx, const mk_court *of, mk_trial *t) {
  mk_subject *subject = t->subject;
  bool is_sound = false;
  MK_TRY(check_record(ctx, of, t, &is_sound));
  if (!is_sound) {
    return MK_OK;
  }
  if (subject->keyspace == MK_MESSAGES) {
    mk_str key = MK_STR_NONE;
    MK_TRY(read_place(ctx, t));
    MK_TRY(mk_locator_key(ctx, t->place.id.part, &key));
    return mk_court_add_link(ctx, t, MK_MESSAGE_LOCATORS, key);
  }
  if (subject->keyspace == MK_THREADS) {
    t->place.thread.part = subject->parts[0];
  }
  for (int i = 0; i < MK_KEYSPACE_COUNT; i++) {
    const mk_shape *shape = mk_shape_of((mk_keyspace)i);
    mk_str key = MK_STR_NONE;
    if (shape->kind == MK_SHAPE_ENTRY && shape->of == subject->keyspace && t->link_count < MK_LINKS_MAX) {
      MK_TRY(mk_shape_key_of(ctx, shape, &subject->record, &key));
    }
    if (mk_str_is_present(key)) {
      MK_TRY(mk_court_add_link(ctx, t, (mk_keyspace)i, key));
    }
  }
  return MK_OK;
}

/* Whether the deletion of a thread decides over the subject. */
static bool may_be_buried(const mk_trial *t) {
  return (t->subject->keyspace == MK_MESSAGES || t->subject->keyspace == MK_THREADS) && t->link_count > 0;
}

/* Queue asking whether the thread was deleted; messages of one thread stand side by side. */
static mk_status ask_for_burial(mk_context *ctx, mk_trial *t, const mk_trial *before) {
  if (!may_be_buried(t)) {
    return MK_OK;
  }
  if (before != NULL && before->link_count > 0 && mk_str_equal(before->place.thread.part, t->place.thread.part)) {
    t->marks[MK_MARK_DELETED] = before->marks[MK_MARK_DELETED];
    return MK_OK;
  }
  return mk_marks_queue(ctx, t->place.thread.part, MK_MARKS(MK_MARK_DELETED), t->marks);
}

/* Whether the thread was deleted, the message with it: what was put before that is gone (marks.h). */
static mk_status judge_burial(mk_context *ctx, const mk_court *of, mk_trial *t) {
  mk_marks marks = mk_marks_none();
  mk_str reason;
  bool is_message = t->subject->keyspace == MK_MESSAGES;
  int64_t put_ms = is_message ? mk_place_put_ms(&t->place) : t->subject->record.written_at_ms;
  MK_TRY(mk_forgive(ctx, mk_marks_take(ctx, t->marks, &marks), &reason));
  if (put_ms > marks.at_ms[MK_MARK_DELETED]) {
    return MK_OK;
  }
  mk_problem problem = mk_court_about(of, t, MK_PROBLEM_LEFTOVER, MK_FIX_DELETE);
  return mk_court_find(ctx, of, t, &problem, marks.at_ms[MK_MARK_DELETED]);
}

static mk_status judge_metadata(mk_context *ctx, const mk_court *of, mk_trial *t) {
  const mk_subject *subject = t->subject;
  const mk_table_def *table = mk_schema_table(mk_schema_keyspace(subject->keyspace)->describes);
  mk_problem problem = mk_court_about(of, t, MK_PROBLEM_WRONG_METADATA, MK_FIX_PUT);
  MK_TRY(mk_expect_metadata(ctx, subject->keyspace, &subject->record, &t->place, &problem.metadata));
  t->expected = problem.metadata;
  if (mk_expect_metadata_agrees(table, problem.metadata, subject->metadata)) {
    return MK_OK;
  }
  return mk_court_find(ctx, of, t, &problem, subject->record.written_at_ms);
}

/* Judge a message by its locator. Where that names another place, *elsewhere is that key, to be
 * looked at. */
static mk_status judge_locator_of(mk_context *ctx, const mk_court *of, mk_trial *t, mk_str *elsewhere) {
  const mk_link *to = &t->links[0];
  const mk_subject *subject = t->subject;
  mk_record locator = {0};
  mk_locator said = {.place.id = t->place.id};
  mk_str reason = MK_STR_NONE;
  bool is_locator = mk_str_is_present(to->io->result);
  bool is_there = is_locator;
  if (is_there) {
    MK_TRY(mk_court_parse(ctx, to->key, to->io->result, &locator, &is_locator));
    MK_TRY(mk_forgive(ctx, is_locator ? mk_locator_parse(ctx, to->key, to->io->result, &said) : MK_OK, &reason));
    is_locator = is_locator && !mk_str_is_present(reason);
  }
  if (!t->has_place && is_locator) { /* then the locator alone knows what orders the message */
    t->place.saved_ms = said.place.saved_ms;
    t->place.seq = said.place.seq;
    t->place.is_moved = said.place.is_moved;
  }
  bool is_deleted = is_locator && said.is_deleted;
  if (is_deleted && said.written_at_ms >= subject->record.written_at_ms) {
    mk_problem problem = mk_court_about(of, t, MK_PROBLEM_LEFTOVER, MK_FIX_DELETE);
    return mk_court_find(ctx, of, t, &problem, said.written_at_ms);
  }
  if (!is_there && t->place.is_moved) { /* what readers pass over once its tombstone is gone (message.c) */
    mk_problem problem = mk_court_about(of, t, MK_PROBLEM_LEFTOVER, MK_FIX_SET_ASIDE);
    return mk_court_find(ctx, of, t, &problem, mk_place_put_ms(&t->place));
  }
  if (is_locator && !is_deleted && !mk_place_equal(&said.place, &t->place)) {
    return mk_message_key(ctx, &said.place, elsewhere);
  }
  if (!is_locator || is_deleted || said.place.saved_ms != t->place.saved_ms || said.place.seq != t->place.seq) {
    mk_problem problem =
        mk_court_about_link(ctx, of, t, to, is_there ? MK_PROBLEM_WRONG_ENTRY : MK_PROBLEM_MISSING_ENTRY, MK_STR_NONE);
    MK_TRY(mk_locator_format(ctx, &(mk_locator){.place = t->place}, subject->record.written_at_ms, &problem.value));
    MK_TRY(find_locator(ctx, of, t, &problem, mk_court_later(subject->record.written_at_ms, locator.written_at_ms)));
  }
  return MK_OK;
}

/* Judge a message whose locator names another place, by whether there is one. */
static mk_status judge_elsewhere(mk_context *ctx, const mk_court *of, mk_trial *t) {
  const mk_link *to = &t->links[0];
  const mk_link *other = &t->links[1];
  int64_t newest_ms = t->subject->record.written_at_ms;
  mk_locator said = {.place.id = t->place.id};
  mk_record locator;
  bool is_record = false;
  MK_TRY(mk_court_parse(ctx, to->key, to->io->result, &locator, &is_record));
  newest_ms = mk_court_later(newest_ms, locator.written_at_ms);
  if (!mk_str_is_present(other->io->result) && t->place.is_moved) { /* what readers pass over (message.c) */
    mk_problem problem = mk_court_about(of, t, MK_PROBLEM_LEFTOVER, MK_FIX_SET_ASIDE);
    return mk_court_find(ctx, of, t, &problem, newest_ms);
  }
  if (!mk_str_is_present(other->io->result)) {
    mk_problem problem = mk_court_about_link(ctx, of, t, to, MK_PROBLEM_WRONG_ENTRY, MK_STR_NONE);
    MK_TRY(mk_locator_format(ctx, &(mk_locator){.place = t->place}, t->subject->record.written_at_ms, &problem.value));
    MK_TRY(find_locator(ctx, of, t, &problem, newest_ms));
    return t->is_condemned ? MK_OK : judge_metadata(ctx, of, t);
  }
  MK_TRY(mk_locator_parse(ctx, to->key, to->io->result, &said));
  bool is_left = mk_str_is_present(said.moved_from) && mk_str_equal(said.moved_from, t->subject->key);
  mk_problem problem = mk_court_about(of, t, MK_PROBLEM_DUPLICATE, is_left ? MK_FIX_DELETE : MK_FIX_SET_ASIDE);
  problem.reason = other->key;
  return mk_court_find(ctx, of, t, &problem, newest_ms);
}

/* The second look at a record: at its metadata and its entries. */
static mk_status judge_record(mk_context *ctx, const mk_court *of, mk_trial *t) {
  const mk_subject *subject = t->subject;
  mk_str elsewhere = MK_STR_NONE;
  MK_TRY(may_be_buried(t) ? judge_burial(ctx, of, t) : MK_OK);
  if (t->is_condemned) {
    return MK_OK;
  }
  if (subject->keyspace == MK_MESSAGES) {
    MK_TRY(judge_locator_of(ctx, of, t, &elsewhere));
    if (mk_str_is_present(elsewhere)) {
      return mk_court_add_link(ctx, t, MK_MESSAGES, elsewhere);
    }
  }
  MK_TRY(t->is_condemned ? MK_OK : judge_metadata(ctx, of, t));
  for (int i = 0; i < t->link_count && subject->keyspace != MK_MESSAGES; i++) {
    const mk_link *to = &t->links[i];
    if (mk_str_is_present(to->io->result)) {
      continue;
    }
    mk_problem problem = mk_court_about_link(ctx, of, t, to, MK_PROBLEM_MISSING_ENTRY,
                                             mk_shape_of(to->keyspace)->has_facets ? t->expected : MK_STR_NONE);
    MK_TRY(mk_expect_entry(ctx, &subject->record, &problem.value));
    MK_TRY(mk_court_find(ctx, of, t, &problem, subject->record.written_at_ms));
  }
  return MK_OK;
}

/* Entries, locators and families */

static mk_status look_at_entry(mk_context *ctx, mk_trial *t) {
  mk_str key = MK_STR_NONE;
  bool is_known = false;
  if (t->subject->keyspace == MK_MESSAGE_FAMILIES) { /* its locator knows where the message is */
    MK_TRY(mk_locator_key(ctx, t->subject->parts[0], &key));
    return mk_court_add_link(ctx, t, MK_MESSAGE_LOCATORS, key);
  }
  MK_TRY(mk_shape_record_key(ctx, t->subject->shape, t->subject->parts, &key, &is_known));
  return is_known ? mk_court_add_link(ctx, t, t->subject->shape->of, key) : MK_OK;
}

static mk_status judge_entry(mk_context *ctx, const mk_court *of, mk_trial *t) {
  const mk_subject *subject = t->subject;
  const mk_table_def *table = mk_schema_table(mk_schema_keyspace(subject->keyspace)->describes);
  mk_problem problem = mk_court_about(of, t, MK_PROBLEM_STRAY_ENTRY, MK_FIX_DELETE);
  mk_record record = {0};
  mk_str key = MK_STR_NONE;
  bool is_record = false;
  if (t->link_count > 0 && mk_str_is_present(t->links[0].io->result)) {
    MK_TRY(mk_court_parse(ctx, t->links[0].key, t->links[0].io->result, &record, &is_record));
    if (!is_record) {
      return MK_OK; /* which is a problem of the record's */
    }
    MK_TRY(mk_shape_key_of(ctx, subject->shape, &record, &key));
  }
  int64_t newest_ms = mk_court_later(subject->record.written_at_ms, record.written_at_ms);
  if (!mk_str_is_present(key) || !mk_str_equal(key, subject->key)) {
    problem.kind = is_record ? MK_PROBLEM_WRONG_ENTRY : MK_PROBLEM_STRAY_ENTRY;
    return mk_court_find(ctx, of, t, &problem, newest_ms);
  }
  problem.kind = MK_PROBLEM_WRONG_ENTRY;
  problem.fix = MK_FIX_PUT;
  problem.metadata = MK_STR_NONE;
  if (subject->shape->has_facets) {
    MK_TRY(mk_facets_format(ctx, table, &record, &problem.metadata));
  }
  if (subject->is_readable && mk_expect_metadata_agrees(table, problem.metadata, subject->metadata)) {
    return MK_OK;
  }
  MK_TRY(mk_expect_entry(ctx, &record, &problem.value));
  return mk_court_find(ctx, of, t, &problem, subject->is_readable ? newest_ms : 0);
}

/* A locator that a deleted message left says so, and points nowhere. */
static mk_status look_at_locator(mk_context *ctx, const mk_court *of, mk_trial *t) {
  mk_subject *subject = t->subject;
  mk_problem problem = mk_court_about(of, t, MK_PROBLEM_INVALID, MK_FIX_DELETE);
  mk_str key = MK_STR_NONE;
  if (mk_json_is_true(mk_record_get(&subject->record, "deleted"))) {
    return MK_OK;
  }
  t->place = (mk_place){.id.part = subject->parts[0]};
  mk_locator said = {.place = t->place};
  MK_TRY(mk_forgive(ctx, mk_locator_parse(ctx, subject->key, subject->value, &said), &problem.reason));
  t->place = said.place;
  if (!mk_str_is_present(problem.reason)) {
    MK_TRY(mk_forgive(ctx, mk_message_key(ctx, &t->place, &key), &problem.reason));
  }
  return mk_str_is_present(problem.reason) ? mk_court_find(ctx, of, t, &problem, 0)
                                           : mk_court_add_link(ctx, t, MK_MESSAGES, key);
}

static mk_status judge_locator(mk_context *ctx, const mk_court *of, mk_trial *t) {
  if (t->link_count == 0 || mk_str_is_present(t->links[0].io->result)) {
    return MK_OK; /* whether they agree was judged with the message */
  }
  mk_problem problem = mk_court_about(of, t, MK_PROBLEM_STRAY_ENTRY, MK_FIX_DELETE);
  return mk_court_find(ctx, of, t, &problem, t->subject->record.written_at_ms);
}

/* The activity of a thread is stored where messages were saved without it (activity.h). */
static bool may_be_alone(const mk_subject *subject) {
  const char *activity = mk_schema_table(MK_TABLE_THREADS)->families[MK_THREAD_ACTIVITY];
  return subject->keyspace == MK_THREAD_FAMILIES && mk_str_equal(subject->parts[1], mk_str_of(activity));
}

/* A message's family: by its locator, and by whether there is a message where that says. */
static mk_status judge_message_family(mk_context *ctx, const mk_court *of, mk_trial *t) {
  const mk_link *to = &t->links[0];
  mk_locator said = {.place.id.part = t->subject->parts[0]};
  mk_problem problem = mk_court_about(of, t, MK_PROBLEM_ORPHAN, MK_FIX_SET_ASIDE);
  mk_str reason = MK_STR_NONE;
  mk_str key = MK_STR_NONE;
  if (!mk_str_is_present(to->io->result)) {
    return mk_court_find(ctx, of, t, &problem, t->subject->record.written_at_ms);
  }
  MK_TRY(mk_forgive(ctx, mk_locator_parse(ctx, to->key, to->io->result, &said), &reason));
  if (mk_str_is_present(reason)) {
    return MK_OK; /* which is a problem of the locator's */
  }
  if (said.is_deleted) {
    problem.kind = MK_PROBLEM_LEFTOVER;
    problem.fix = MK_FIX_DELETE;
    return mk_court_find(ctx, of, t, &problem, mk_court_later(said.written_at_ms, t->subject->record.written_at_ms));
  }
  MK_TRY(mk_message_key(ctx, &said.place, &key));
  return mk_court_add_link(ctx, t, MK_MESSAGES, key);
}

/* The end of it: there is a message, or there is none. */
static mk_status judge_message_of(mk_context *ctx, const mk_court *of, mk_trial *t) {
  if (mk_str_is_present(t->links[1].io->result)) {
    return MK_OK;
  }
  mk_problem problem = mk_court_about(of, t, MK_PROBLEM_ORPHAN, MK_FIX_SET_ASIDE);
  return mk_court_find(ctx, of, t, &problem, t->subject->record.written_at_ms);
}

static mk_status judge_family(mk_context *ctx, const mk_court *of, mk_trial *t) {
  if (t->subject->keyspace == MK_MESSAGE_FAMILIES) {
    return judge_message_family(ctx, of, t);
  }
  bool has_record = t->link_count > 0 && mk_str_is_present(t->links[0].io->result);
  if (has_record || may_be_alone(t->subject)) {
    return MK_OK;
  }
  mk_problem problem = mk_court_about(of, t, MK_PROBLEM_ORPHAN, MK_FIX_SET_ASIDE);
  return mk_court_find(ctx, of, t, &problem, t->subject->record.written_at_ms);
}

/* The court */

static mk_status look(mk_context *ctx, const mk_court *of, mk_trial *t) {
  const mk_subject *subject = t->subject;
  if (!mk_str_is_present(subject->value)) {
    return MK_OK;
  }
  if (subject->is_strange || (!subject->is_readable && subject->shape->kind != MK_SHAPE_ENTRY)) {
    mk_problem problem =
        mk_court_about(of, t, subject->is_strange ? MK_PROBLEM_STRANGE_KEY : MK_PROBLEM_UNREADABLE, MK_FIX_SET_ASIDE);
    return mk_court_find(ctx, of, t, &problem, 0);
  }
  if (mk_generation_is_judged(subject)) {
    return mk_generation_look(ctx, of, t);
  }
  switch (subject->shape->kind) {
    case MK_SHAPE_RECORD:
      return look_at_record(ctx, of, t);
    case MK_SHAPE_LOCATOR:
      return look_at_locator(ctx, of, t);
    case MK_SHAPE_ENTRY:
    case MK_SHAPE_FAMILY:
      return look_at_entry(ctx, t);
    case MK_SHAPE_PART:
      break;
  }
  return MK_OK;
}

static mk_status judge(mk_context *ctx, const mk_court *of, mk_trial *t) {
  if (!mk_str_is_present(t->subject->value) || t->is_guilty) {
    return MK_OK;
  }
  if (mk_generation_is_judged(t->subject)) {
    return mk_generation_judge(ctx, of, t);
  }
  switch (t->subject->shape->kind) {
    case MK_SHAPE_RECORD:
      return judge_record(ctx, of, t);
    case MK_SHAPE_LOCATOR:
      return judge_locator(ctx, of, t);
    case MK_SHAPE_ENTRY:
      return judge_entry(ctx, of, t);
    case MK_SHAPE_FAMILY:
      return judge_family(ctx, of, t);
    case MK_SHAPE_PART:
      break;
  }
  return MK_OK;
}

/* The third look, of those that need one. */
static mk_status judge_further(mk_context *ctx, const mk_court *of, mk_trial *t) {
  switch (t->subject->keyspace) {
    case MK_MESSAGES:
      return t->link_count == 2 ? judge_elsewhere(ctx, of, t) : MK_OK;
    case MK_MESSAGE_FAMILIES:
      return t->link_count == 2 ? judge_message_of(ctx, of, t) : MK_OK;
    case MK_OBSERVATIONS:
      return mk_generation_judge_elsewhere(ctx, of, t);
    default:
      return MK_OK;
  }
}

/* Judge subjects: a round for their values, one for what they hang together with, and one for what
 * locators name elsewhere. */
static mk_status hold(mk_context *ctx, const mk_court *of, mk_subject **subjects, size_t count, mk_trial *trials) {
  MK_TRY(mk_subjects_read(ctx, subjects, count));
  for (size_t i = 0; i < count; i++) {
    trials[i] = (mk_trial){.subject = subjects[i]};
    MK_TRY(look(ctx, of, &trials[i]));
    MK_TRY(ask_for_burial(ctx, &trials[i], i > 0 ? &trials[i - 1] : NULL));
  }
  MK_TRY(mk_io_flush(ctx));
  for (size_t i = 0; i < count; i++) {
    MK_TRY(judge(ctx, of, &trials[i]));
  }
  MK_TRY(mk_io_flush(ctx));
  for (size_t i = 0; i < count; i++) {
    MK_TRY(judge_further(ctx, of, &trials[i]));
  }
  return MK_OK;
}

mk_status mk_judge_page(mk_context *ctx, const mk_walk *walk, mk_verdict *out) {
  mk_verdict first = {0};
  mk_court of = {.walk = walk, .verdict = &first, .now_ms = mk_clock_ms()};
  mk_subject **subjects = NULL;
  mk_trial *trials = NULL;
  *out = (mk_verdict){0};
  MK_TRY(mk_push(ctx, walk->count, sizeof *subjects, &subjects));
  MK_TRY(mk_push(ctx, walk->count, sizeof *trials, &trials));
  for (size_t i = 0; i < walk->count; i++) {
    subjects[i] = &walk->subjects[i];
  }
  /* What is strange may lie where its keyspace is not placed. */
  mk_config here = mk_walk_config_in(ctx, walk->ns);
  const mk_config *config = ctx->config;
  ctx->config = walk->kind == MK_WALK_KEYS ? config : &here;
  mk_status status = hold(ctx, &of, subjects, walk->count, trials);
  size_t guilty = 0;
  for (size_t i = 0; i < walk->count && status == MK_OK; i++) {
    if (trials[i].is_guilty) {
      subjects[guilty++] = trials[i].subject;
    }
  }
  of.verdict = out;
  status = status == MK_OK && guilty > 0 ? hold(ctx, &of, subjects, guilty, trials) : status;
  ctx->config = config;
  return status;
}
