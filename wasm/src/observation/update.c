#include "base/json.h"
#include "base/print.h"
#include "base/uuid.h"
#include "observation/observation.h"
#include "record/accept.h"

mk_status mk_argument_span(mk_context *ctx, mk_str args, const char *name, bool is_text, mk_str *out) {
  int64_t number = 0;
  *out = mk_json_get(args, name);
  bool fits = is_text ? mk_json_is_string(*out) : mk_str_is_present(*out) && mk_json_integer(*out, &number);
  return fits ? MK_OK
              : mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "%s must be a %s", name, is_text ? "string" : "whole number");
}

mk_status mk_record_set_whole(mk_context *ctx, mk_record *record, const char *name, int64_t number) {
  mk_str span;
  MK_TRY(mk_print(ctx, &span, "%d", number));
  return mk_record_set(ctx, record, name, span);
}

/* Set columns that are a family each: flags, numbers. */
mk_status mk_set_observational_memory(mk_context *ctx, mk_str args, mk_str *result) {
  const mk_table_def *table = mk_schema_table(MK_TABLE_OBSERVATIONAL_MEMORY);
  mk_generation gen;
  mk_record given;
  *result = MK_STR("null");
  MK_TRY(mk_record_accept_partial(ctx, table, (mk_argument){table->noun, -1}, args, &given));
  MK_TRY(mk_generation_find(ctx, args, &gen));
  for (int i = 0; i < table->column_count; i++) {
    const mk_column *column = &table->columns[i];
    mk_str value = mk_record_get(&given, column->name);
    if (column->family > MK_OBSERVATION_TEXT && mk_str_is_present(value)) {
      mk_str members;
      MK_TRY(mk_print(ctx, &members, "\"%s\":%v}", column->name, &value));
      MK_TRY(mk_generation_put(ctx, &gen, column->family, members, mk_generation_write_time(&gen)));
    }
  }
  return mk_io_flush(ctx);
}

/* Replace the text. It takes in the swaps that there are; a call made again does not count its tokens twice. */
mk_status mk_update_active_observations(mk_context *ctx, mk_str args, mk_str *result) {
  mk_generation gen;
  mk_str text;
  mk_str tokens;
  mk_str observed_at;
  mk_str names;
  mk_str members;
  *result = MK_STR("null");
  MK_TRY(mk_argument_span(ctx, args, "observations", true, &text));
  MK_TRY(mk_argument_span(ctx, args, "tokenCount", false, &tokens));
  MK_TRY(mk_argument_span(ctx, args, "lastObservedAt", true, &observed_at));
  MK_TRY(mk_generation_find(ctx, args, &gen));
  MK_TRY(mk_generations_peek(ctx, &gen));
  const mk_record *old = &gen.families[MK_OBSERVATION_TEXT].record;
  bool is_again = mk_str_equal(mk_record_get(old, "activeObservations"), text) &&
                  mk_str_equal(mk_record_get(old, "lastObservedAt"), observed_at);
  mk_str total = mk_record_get(old->written_at_ms > 0 ? old : &gen.record, "totalTokensObserved");
  mk_str given = mk_json_get(args, "observedMessageIds");
  mk_str ids = mk_json_is_array(given) ? given : mk_record_get(old, "observedMessageIds");
  MK_TRY(mk_part_names(ctx, &gen, MK_OBSERVATION_SWAPS, &names));
  MK_TRY(mk_print(ctx, &members,
                  "\"activeObservations\":%v,\"observationTokenCount\":%v,\"totalTokensObserved\":%d,"
                  "\"lastObservedAt\":%v,\"pendingMessageTokens\":0,\"_covers\":%v%s%v}",
                  &text, &tokens, mk_whole(total) + (is_again ? 0 : mk_whole(tokens)), &observed_at, &names,
                  mk_str_is_present(ids) ? ",\"observedMessageIds\":" : "", &ids));
  MK_TRY(mk_generation_put(ctx, &gen, MK_OBSERVATION_TEXT, members, mk_generation_write_time(&gen)));
  return mk_io_flush(ctx);
}

/* Read what tells whether a cycle is buffered, and the hint. SUSPENDS. */
static mk_status peek_cycle(mk_context *ctx, mk_generation *gen, const mk_id *cycle, bool *is_there) {
  mk_io *io = NULL;
  mk_str name;
  mk_member chunk;
  mk_record base = {0};
  MK_TRY(mk_part_name(ctx, MK_OBSERVATION_CHUNKS, cycle->part, &name));
  MK_TRY(mk_observation_get(ctx, MK_OBSERVATIONS, &gen->at, NULL, &gen->io));
  MK_TRY(mk_observation_get(ctx, MK_OBSERVATIONS, &gen->at, &name, &io));
  MK_TRY(mk_generation_queue(ctx, gen, MK_OBSERVATION_CHUNKS));
  MK_TRY(mk_io_flush(ctx));
  MK_TRY(mk_generation_take(ctx, gen, MK_OBSERVATION_CHUNKS));
  *is_there = mk_str_is_present(io->result);
  MK_TRY(mk_record_take(ctx, gen->io, &base));
  mk_cursor chunks = mk_json_walk(mk_record_get(&base, "bufferedObservationChunks"));
  while (!*is_there && mk_json_next(&chunks, &chunk)) {
    *is_there = mk_str_equal(mk_chunk_cycle(chunk.value), cycle->json);
  }
  return MK_OK;
}

/* Add a chunk, unless there is one of its cycle. */
mk_status mk_update_buffered_observations(mk_context *ctx, mk_str args, mk_str *result) {
  mk_str given = mk_json_get(args, "chunk");
  mk_str cursor = mk_json_get(args, "lastBufferedAtTime");
  mk_generation gen;
  mk_record chunk;
  mk_id cycle;
  mk_id uuid;
  mk_str span;
  bool is_there = false;
  *result = MK_STR("null");
  MK_TRY(mk_argument_string(ctx, given, "cycleId", &cycle));
  MK_TRY(mk_generation_find(ctx, args, &gen));
  MK_TRY(peek_cycle(ctx, &gen, &cycle, &is_there));
  if (is_there) {
    return MK_OK;
  }
  int64_t now_ms = mk_generation_write_time(&gen);
  MK_TRY(mk_record_of_object(ctx, given, &chunk));
  MK_TRY(mk_record_date_span(ctx, now_ms, &span));
  MK_TRY(mk_record_set(ctx, &chunk, "createdAt", span));
  MK_TRY(mk_id_new(ctx, &uuid));
  MK_TRY(mk_print(ctx, &span, "\"ombuf-%v\"", &uuid.part));
  MK_TRY(mk_record_set(ctx, &chunk, "id", span));
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_literal(&buf, "\"chunk\":");
  mk_record_write(&buf, &chunk);
  mk_buf_print(&buf, "%s%v}", mk_json_is_string(cursor) ? ",\"lastBufferedAtTime\":" : "", &cursor);
  MK_TRY(mk_take(ctx, &buf, &span));
  MK_TRY(mk_part_put(ctx, &gen, MK_OBSERVATION_CHUNKS, cycle.part, span, now_ms));
  return mk_io_flush(ctx);
}

/* Add a reflection to those that wait. Its name follows from its text, so that a call made again adds nothing. */
mk_status mk_update_buffered_reflection(mk_context *ctx, mk_str args, mk_str *result) {
  static const char *const names[] = {"reflection", "tokenCount", "inputTokenCount", "reflectedObservationLineCount"};
  mk_generation gen;
  mk_id name;
  mk_str values[MK_REFLECTION_VALUES];
  mk_str members;
  *result = MK_STR("null");
  for (int i = 0; i < MK_REFLECTION_VALUES; i++) {
    MK_TRY(mk_argument_span(ctx, args, names[i], i == 0, &values[i]));
  }
  MK_TRY(mk_uuid_of_text(ctx, values[0], &members));
  MK_TRY(mk_id_make(ctx, members, &name));
  MK_TRY(mk_generation_find(ctx, args, &gen));
  MK_TRY(mk_generation_queue(ctx, &gen, MK_OBSERVATION_REFLECTIONS));
  MK_TRY(mk_io_flush(ctx));
  MK_TRY(mk_generation_take(ctx, &gen, MK_OBSERVATION_REFLECTIONS));
  MK_TRY(mk_reflection_format(ctx, values, &members));
  members = mk_str_skip(members, 1);
  MK_TRY(mk_part_put(ctx, &gen, MK_OBSERVATION_REFLECTIONS, name.part, members, mk_generation_write_time(&gen)));
  return mk_io_flush(ctx);
}

/* Levels of a config that are merged; a deeper one is replaced. */
#define MERGE_DEPTH 64

/* Merge two values as far as both are objects; what is newer wins otherwise. */
static mk_status merge(mk_context *ctx, mk_str older, mk_str newer, int depth, mk_str *out) {
  mk_record merged;
  mk_member old;
  *out = newer;
  if (depth == 0 || !mk_json_is_object(older) || !mk_json_is_object(newer)) {
    return MK_OK;
  }
  MK_TRY(mk_record_merge(ctx, older, newer, &merged));
  mk_cursor cursor = mk_json_walk(older);
  for (size_t i = 0; mk_json_next(&cursor, &old); i++) { /* the first members, in their order */
    MK_TRY(merge(ctx, old.value, merged.members[i].value, depth - 1, &merged.members[i].value));
  }
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_record_write(&buf, &merged);
  return mk_take(ctx, &buf, out);
}

mk_status mk_update_observational_memory_config(mk_context *ctx, mk_str args, mk_str *result) {
  mk_str config = mk_json_get(args, "config");
  mk_generation gen;
  mk_str members;
  *result = MK_STR("null");
  if (!mk_json_is_object(config)) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "config must be an object");
  }
  MK_TRY(mk_generation_find(ctx, args, &gen));
  gen.lists_parts = false;
  MK_TRY(mk_generations_peek(ctx, &gen));
  const mk_record *set = &gen.families[MK_OBSERVATION_CONFIG].record;
  mk_str old = mk_record_get(set->written_at_ms > 0 ? set : &gen.record, "config");
  MK_TRY(merge(ctx, old, config, MERGE_DEPTH, &config));
  MK_TRY(mk_print(ctx, &members, "\"config\":%v}", &config));
  MK_TRY(mk_generation_put(ctx, &gen, MK_OBSERVATION_CONFIG, members, mk_generation_write_time(&gen)));
  return mk_io_flush(ctx);
}
