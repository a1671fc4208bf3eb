/* create.c: new generations.
 *
 * Two isolates may start, or reflect, at once. So the id and the rank of a first generation follow
 * from its owner, and those of one that comes right after another from that one: both isolates
 * write the same key, and what either of them adds to it belongs to one generation. */
#include <string.h>

#include "base/json.h"
#include "base/print.h"
#include "base/uuid.h"
#include "host/platform.h"
#include "observation/observation.h"
#include "record/accept.h"
#include "record/facet.h"
#include "record/rows.h"

/* The most generations that the hint names. */
#define HINT_MAX 8

/* A generation that is about to be created. */
typedef struct birth {
  mk_owner owner;
  mk_id id;
  int64_t rank;
  mk_record record;
  int64_t now_ms;
  mk_str now;
} birth;

static mk_status begin(mk_context *ctx, mk_str owner, bool all, birth *out) {
  memset(out, 0, sizeof *out);
  MK_TRY(mk_owner_read_arguments(ctx, owner, &out->owner));
  MK_TRY(mk_owner_read(ctx, &out->owner, all));
  out->now_ms = mk_clock_ms();
  return mk_record_date_span(ctx, out->now_ms, &out->now);
}

/* The hint: the new generation, and those that it named before. */
static mk_status format_hint(mk_context *ctx, const birth *made, const mk_str *at, const mk_str *facets, mk_str *out) {
  mk_member entry;
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_print(&buf, "{\"" MK_WRITTEN_AT "\":%d,\"_recent\":[{\"at\":%q,\"metadata\":%v}", made->now_ms, at, facets);
  mk_cursor cursor = mk_json_walk(made->owner.recent);
  for (int count = 1; count < HINT_MAX && mk_json_next(&cursor, &entry); count++) {
    mk_buf_print(&buf, ",%v", &entry.value);
  }
  mk_buf_literal(&buf, "]}");
  return mk_take(ctx, &buf, out);
}

mk_status mk_observation_format_place(mk_context *ctx, const mk_record *record, const mk_str *at, mk_str *out) {
  mk_str thread = mk_record_get(record, "threadId");
  mk_str resource = mk_record_get(record, "resourceId");
  return mk_print(ctx, out, "{\"" MK_WRITTEN_AT "\":%d,\"at\":%q,\"threadId\":%s%v,\"resourceId\":%v}",
                  record->written_at_ms, at, mk_str_is_present(thread) ? "" : "null", &thread, &resource);
}

/* Write a generation, its place, and the hint. The record must have been answered. */
static mk_status finish(mk_context *ctx, birth *made) {
  static const mk_str recent = {"recent", 6};
  const mk_table_def *table = mk_schema_table(MK_TABLE_OBSERVATIONAL_MEMORY);
  char digits[MK_KEY_TIME_SIZE];
  mk_str rank = {digits, sizeof digits};
  mk_str at;
  mk_str key;
  mk_str value;
  mk_str facets;
  mk_key_time_format(made->rank, digits);
  MK_TRY(mk_print(ctx, &at, "%v:%v:%v", &made->owner.at, &rank, &made->id.part));
  MK_TRY(mk_observation_key(ctx, MK_OBSERVATIONS, &at, NULL, &key));
  MK_TRY(mk_record_format(ctx, &made->record, made->now_ms, &value));
  MK_TRY(mk_record_set(ctx, &made->record, "_savedAt", made->now));
  MK_TRY(mk_facets_format(ctx, table, &made->record, &facets));
  MK_TRY(mk_io_put(ctx, MK_OBSERVATIONS, key, value, facets));
  MK_TRY(mk_observation_key(ctx, MK_OBSERVATION_PLACES, &made->id.part, NULL, &key));
  made->record.written_at_ms = made->now_ms;
  MK_TRY(mk_observation_format_place(ctx, &made->record, &at, &value));
  MK_TRY(mk_io_put(ctx, MK_OBSERVATION_PLACES, key, value, facets));
  MK_TRY(mk_observation_key(ctx, MK_OBSERVATION_OWNERS, &made->owner.at, &recent, &key));
  MK_TRY(format_hint(ctx, made, &at, &facets, &value));
  MK_TRY(mk_io_put(ctx, MK_OBSERVATION_OWNERS, key, value, facets));
  return mk_io_flush(ctx);
}

/* The rank of what comes in front of all that is there. */
static int64_t front_rank(const mk_owner *owner) {
  return (owner->first != NULL ? owner->first->rank : owner->cleared_ms * 1000) + MK_RANK_STEP;
}

/* Let a generation come in front of all others.
 *   before    the id's part of the one it follows from; absent for a first one
 *   takes_in  what else its id follows from; then it may be there already, of a call that failed halfway */
static mk_status place_in_front(mk_context *ctx, birth *made, const mk_str *before, const mk_str *takes_in) {
  const mk_owner *owner = &made->owner;
  mk_str front = owner->first != NULL ? owner->first->id_part : MK_STR_NONE;
  mk_str seed;
  MK_TRY(mk_print(ctx, &seed, "%v:%v:%v:%d", &owner->at, before, takes_in, owner->cleared_ms));
  MK_TRY(mk_uuid_of_text(ctx, seed, &seed));
  MK_TRY(mk_id_make(ctx, seed, &made->id));
  bool is_there = mk_str_is_present(*takes_in) && mk_str_equal(front, made->id.part);
  made->rank = is_there ? owner->first->rank : front_rank(owner);
  return is_there || mk_str_equal(front, *before) ? MK_OK : mk_id_new(ctx, &made->id);
}

/* What a new generation has; the rest is as at the beginning. */
typedef struct content {
  mk_str from; /* an object whose scope, config and timezone it takes over */
  int64_t generation;
  mk_str text;
  mk_str tokens;
  mk_str total;
  mk_str observed_at; /* or absent */
} content;

/* Answer and write a generation that was placed. */
static mk_status create(mk_context *ctx, birth *made, const content *of, mk_str *result) {
  static const char *const copied[] = {"scope", "threadId", "resourceId", "config", "observedTimezone"};
  mk_str beginning;
  MK_TRY(mk_print(ctx, &beginning,
                  "{\"id\":%v,\"createdAt\":%v,\"updatedAt\":%v,\"originType\":\"%s\",\"generationCount\":%d,"
                  "\"activeObservations\":%v,\"observationTokenCount\":%v,\"totalTokensObserved\":%v,"
                  "\"pendingMessageTokens\":0,\"isReflecting\":false,\"isObserving\":false,"
                  "\"isBufferingObservation\":false,\"isBufferingReflection\":false,\"lastBufferedAtTokens\":0,"
                  "\"lastBufferedAtTime\":null,\"metadata\":{}}",
                  &made->id.json, &made->now, &made->now, of->generation > 0 ? "reflection" : "initial", of->generation,
                  &of->text, &of->tokens, &of->total));
  MK_TRY(mk_record_of_object(ctx, beginning, &made->record));
  for (size_t i = 0; i < sizeof copied / sizeof *copied; i++) {
    mk_str value = mk_json_get(of->from, copied[i]);
    MK_TRY(mk_str_is_present(value) ? mk_record_set(ctx, &made->record, copied[i], value) : MK_OK);
  }
  if (mk_str_is_present(of->observed_at)) {
    MK_TRY(mk_record_set(ctx, &made->record, "lastObservedAt", of->observed_at));
  }
  MK_TRY(mk_row_answer(ctx, &made->record, result));
  return finish(ctx, made);
}

/* Where the first generation is the newest, this is the start of another isolate, or a call made again: it joins that
 * generation instead of hiding it behind an empty one. */
mk_status mk_initialize_observational_memory(mk_context *ctx, mk_str args, mk_str *result) {
  static const mk_str none = {NULL, 0};
  static const mk_str first = {"first", 5};
  content of = {.from = args, .text = MK_STR("\"\""), .tokens = MK_STR("0"), .total = MK_STR("0")};
  birth made;
  MK_TRY(begin(ctx, args, false, &made));
  MK_TRY(place_in_front(ctx, &made, &none, &first));
  return create(ctx, &made, &of, result);
}

/* The rank of a record that is inserted in front of the first one whose generation is not newer. */
static int64_t rank_among(const mk_owner *owner, int64_t generation) {
  const mk_generation *newer = NULL;
  const mk_generation *gen = owner->first;
  for (; gen != NULL && mk_whole(mk_json_get(gen->facets, "generationCount")) > generation; gen = gen->next) {
    newer = gen;
  }
  if (newer == NULL) {
    return front_rank(owner);
  }
  return gen == NULL ? newer->rank - MK_RANK_STEP : (newer->rank + gen->rank) / 2;
}

/* Insert a complete record; under an id that is there, in its place. */
mk_status mk_insert_observational_memory(mk_context *ctx, mk_str args, mk_str *result) {
  const mk_table_def *table = mk_schema_table(MK_TABLE_OBSERVATIONAL_MEMORY);
  mk_str given = mk_json_get(args, "record");
  mk_record record;
  birth made;
  *result = MK_STR("null");
  MK_TRY(mk_record_accept(ctx, table, (mk_argument){table->noun, -1}, given, &record));
  MK_TRY(begin(ctx, given, true, &made));
  made.record = record;
  MK_TRY(mk_id_make(ctx, mk_record_get(&record, "id"), &made.id));
  made.rank = rank_among(&made.owner, mk_whole(mk_record_get(&record, "generationCount")));
  for (const mk_generation *gen = made.owner.first; gen != NULL; gen = gen->next) {
    if (mk_str_equal(gen->id_part, made.id.part)) {
      made.rank = gen->rank;
      MK_TRY(
          mk_record_set_whole(ctx, &made.record, "_since", made.now_ms)); /* what was set on the old one is not its */
    }
  }
  return finish(ctx, &made);
}

/* Create the generation that follows from `of->from`. */
static mk_status reflect(mk_context *ctx, birth *made, content *of, const mk_str *before, const mk_str *takes_in,
                         mk_str *result) {
  MK_TRY(place_in_front(ctx, made, before, takes_in));
  mk_str observed_at = mk_json_get(of->from, "lastObservedAt");
  mk_str total = mk_json_get(of->from, "totalTokensObserved");
  of->generation = mk_whole(mk_json_get(of->from, "generationCount")) + 1;
  of->observed_at = mk_json_is_string(observed_at) ? observed_at : made->now;
  of->total = mk_str_is_present(total) ? total : MK_STR("0");
  return create(ctx, made, of, result);
}

mk_status mk_create_reflection_generation(mk_context *ctx, mk_str args, mk_str *result) {
  static const mk_str none = {NULL, 0};
  content of = {.from = mk_json_get(args, "currentRecord")};
  birth made;
  mk_id id;
  MK_TRY(mk_argument_span(ctx, args, "reflection", true, &of.text));
  MK_TRY(mk_argument_span(ctx, args, "tokenCount", false, &of.tokens));
  MK_TRY(mk_argument_string(ctx, of.from, "id", &id));
  MK_TRY(begin(ctx, of.from, false, &made));
  return reflect(ctx, &made, &of, &id.part, &none, result);
}

/* Read the current record. Those before it are read as well: only one that is whole tells that a
 * reflection was taken in. */
static mk_status read_current(mk_context *ctx, mk_str current, mk_owner *owner, mk_generation **out) {
  mk_id id;
  MK_TRY(mk_argument_string(ctx, current, "id", &id));
  for (mk_generation *gen = owner->first; gen != NULL; gen = gen->next) {
    gen->is_wanted = true;
    *out = gen;
    if (mk_str_equal(gen->id_part, id.part)) {
      MK_TRY(mk_generations_read(ctx, owner->first));
      return gen->exists ? MK_OK : mk_generation_fail(ctx, id.json);
    }
    MK_TRY(mk_observation_get(ctx, MK_OBSERVATION_PLACES, &gen->id_part, NULL, &gen->place));
  }
  (void)mk_generation_fail(ctx, id.json);
  return MK_E_NOT_FOUND;
}

static bool is_space(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

/* The reflection, and behind it the observations that came after the lines it reflects. */
static mk_status combine(mk_context *ctx, const mk_record *record, mk_str *text) {
  int64_t lines = mk_whole(mk_record_get(record, "reflectedObservationLineCount"));
  mk_str rest;
  mk_str encoded;
  MK_TRY(mk_json_decode(ctx, mk_record_get(record, "activeObservations"), &rest));
  while (rest.size > 0 && (lines > 0 || is_space(*rest.data))) {
    lines -= *rest.data == '\n';
    rest = mk_str_skip(rest, 1);
  }
  while (rest.size > 0 && is_space(rest.data[rest.size - 1])) {
    rest.size--;
  }
  MK_TRY(mk_print(ctx, &encoded, "%q", &rest));
  return mk_print(ctx, text, "\"%i%s%i\"", text, rest.size > 0 ? "\\n\\n" : "", &encoded);
}

/* The new generation and what it takes in from the old one are written side by side. */
mk_status mk_swap_buffered_reflection(mk_context *ctx, mk_str args, mk_str *result) {
  mk_str current = mk_json_get(args, "currentRecord");
  content of = {.generation = 0};
  birth made;
  mk_generation *gen = NULL;
  mk_str names;
  mk_str members;
  MK_TRY(mk_argument_span(ctx, args, "tokenCount", false, &of.tokens));
  MK_TRY(begin(ctx, current, true, &made));
  MK_TRY(read_current(ctx, current, &made.owner, &gen));
  of.text = mk_record_get(&gen->record, "bufferedReflection");
  if (!mk_json_is_string(of.text)) {
    return mk_fail(ctx, MK_E_NOT_FOUND, NULL, "No buffered reflection to swap");
  }
  MK_TRY(mk_part_names(ctx, gen, MK_OBSERVATION_REFLECTIONS, &names));
  names = mk_str_skip(names, 1);
  MK_TRY(mk_print(ctx, &members, "\"_recent\":[\"given\"%s%v}", names.size > 1 ? "," : "", &names));
  MK_TRY(combine(ctx, &gen->record, &of.text));
  MK_TRY(mk_row_answer(ctx, &gen->record, &of.from));
  MK_TRY(mk_generation_put(ctx, gen, MK_OBSERVATION_REFLECTED, members, mk_generation_write_time(gen)));
  return reflect(ctx, &made, &of, &gen->id_part, &members, result);
}
