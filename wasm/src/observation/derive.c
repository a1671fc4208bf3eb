/* derive.c: what a generation is, by what it was created as, what was set on it, and its parts. */
#include <string.h>

#include "base/json.h"
#include "base/print.h"
#include "observation/observation.h"

#define BLANK_LINE "\\n\\n" /* as JSON texts have it */

/* What the parts add up to, while they are gone through. */
typedef struct ledger {
  mk_generation *gen;
  mk_record buffered; /* chunks by their cycles, in their order */
  mk_buf active;      /* begins with the quote */
  int64_t tokens;
  int64_t pending;
  int64_t counted_ms; /* when `pending` was set */
  mk_str observed_at;
} ledger;

int64_t mk_whole(mk_str span) {
  int64_t number = 0;
  return mk_str_is_present(span) && mk_json_integer(span, &number) ? number : 0;
}

static int64_t whole(const mk_record *record, const char *name) { return mk_whole(mk_record_get(record, name)); }

mk_str mk_chunk_cycle(mk_str chunk) {
  mk_str cycle = mk_json_get(chunk, "cycleId");
  return mk_json_is_string(cycle) ? cycle : MK_STR("\"\"");
}

bool mk_record_has(const mk_record *record, mk_str name) {
  for (size_t i = 0; i < record->count; i++) {
    if (mk_str_equal(record->members[i].name, name)) {
      return true;
    }
  }
  return false;
}

/* Of a cycle, the first chunk counts. *is_new, which may be NULL: this is it. */
static mk_status add_chunk(mk_context *ctx, mk_record *chunks, mk_str chunk, bool *is_new) {
  mk_member member = {mk_chunk_cycle(chunk), chunk};
  bool is_known = !mk_json_is_object(chunk) || mk_record_has(chunks, member.name);
  if (is_new != NULL) {
    *is_new = !is_known;
  }
  return is_known ? MK_OK : mk_record_put(ctx, chunks, member);
}

/* A cursor that was given with a chunk, and is kept by the swaps behind it, counts from that chunk's time. */
static void see_cursor(mk_generation *gen, const mk_record *record, int64_t ms) {
  mk_str cursor = mk_record_get(record, "lastBufferedAtTime");
  if (mk_str_is_present(cursor) && ms > gen->buffered_ms) {
    gen->buffered_at = cursor;
    gen->buffered_ms = ms;
  }
}

/* Whether an array of strings has one that needs no escapes. */
static bool has_name(mk_str array, mk_str name) {
  mk_member member;
  for (mk_cursor cursor = mk_json_walk(array); mk_json_next(&cursor, &member);) {
    mk_str inside = {member.value.data + 1, member.value.size - 2};
    if (mk_json_is_string(member.value) && mk_str_equal(inside, name)) {
      return true;
    }
  }
  return false;
}

/* Lay one swap over: of its chunks, those that no earlier one had. The text has it already where the family that
 * replaced the text names it, or is so much later that it must have seen it. */
static mk_status lay_swap(mk_context *ctx, ledger *all, const mk_part *swap) {
  const mk_record *text = &all->gen->families[MK_OBSERVATION_TEXT].record;
  bool is_covered = has_name(mk_record_get(text, "_covers"), swap->name) ||
                    swap->record.written_at_ms <= text->written_at_ms - MK_HINT_MS;
  const char *between = all->active.size > 1 ? BLANK_LINE "--- message boundary (%i) ---" BLANK_LINE : "";
  mk_str observed_at = mk_record_get(&swap->record, "lastObservedAt");
  int64_t message_tokens = 0;
  bool is_new = false;
  mk_member entry;
  for (mk_cursor chunks = mk_json_walk(mk_record_get(&swap->record, "chunks")); mk_json_next(&chunks, &entry);) {
    MK_TRY(add_chunk(ctx, &all->gen->activated, entry.value, &is_new));
    message_tokens += is_new ? mk_whole(mk_json_get(entry.value, "messageTokens")) : 0;
    if (is_new && !is_covered) {
      mk_str observations = mk_json_get(entry.value, "observations");
      mk_buf_print(&all->active, between, &observed_at);
      mk_buf_print(&all->active, "%i", &observations);
      between = BLANK_LINE;
      all->tokens += mk_whole(mk_json_get(entry.value, "tokenCount"));
      all->observed_at = observed_at;
    }
  }
  if (swap->record.written_at_ms > all->counted_ms) {
    all->pending = all->pending > message_tokens ? all->pending - message_tokens : 0;
  }
  return MK_OK;
}

/* Lay what was set over the record. pendingMessageTokens is set in two families: the newer one counts. */
static mk_status lay_families(mk_context *ctx, mk_generation *gen) {
  const mk_setting *families = gen->families;
  for (int i = 0; i < MK_OBSERVATION_REFLECTED; i++) {
    const mk_record *family = &families[i].record;
    bool is_older =
        i == MK_OBSERVATION_PENDING && family->written_at_ms < families[MK_OBSERVATION_TEXT].record.written_at_ms;
    MK_TRY(is_older ? MK_OK : mk_record_lay(ctx, &gen->record, family));
  }
  return MK_OK;
}

static mk_status lay_parts(mk_context *ctx, ledger *all) {
  mk_generation *gen = all->gen;
  mk_member entry;
  mk_cursor given = mk_json_walk(mk_record_get(&gen->record, "bufferedObservationChunks"));
  while (mk_json_next(&given, &entry)) {
    MK_TRY(add_chunk(ctx, &all->buffered, entry.value, NULL));
  }
  for (const mk_part *part = gen->parts; part != NULL; part = part->next) {
    if (mk_part_is(part, MK_OBSERVATION_CHUNKS)) {
      MK_TRY(add_chunk(ctx, &all->buffered, mk_record_get(&part->record, "chunk"), NULL));
      see_cursor(gen, &part->record, part->record.written_at_ms);
    } else if (mk_part_is(part, MK_OBSERVATION_SWAPS)) {
      MK_TRY(lay_swap(ctx, all, part));
      see_cursor(gen, &part->record, whole(&part->record, "_bufferedAt"));
    }
  }
  return MK_OK;
}

/* Lay an object's members over the record; null removes a column. */
static mk_status lay(mk_context *ctx, mk_generation *gen, mk_str object) {
  mk_member member;
  for (mk_cursor cursor = mk_json_walk(object); mk_json_next(&cursor, &member);) {
    MK_TRY(mk_record_put(ctx, &gen->record, member));
  }
  return MK_OK;
}

static bool is_taken_in(const mk_generation *gen, mk_str name) {
  const mk_record *reflected = &gen->families[MK_OBSERVATION_REFLECTED].record;
  return gen->is_older && has_name(mk_record_get(reflected, "_recent"), name);
}

mk_status mk_reflection_format(mk_context *ctx, mk_str values[MK_REFLECTION_VALUES], mk_str *out) {
  for (int i = 0; i < MK_REFLECTION_VALUES; i++) {
    values[i] = mk_str_is_present(values[i]) ? values[i] : MK_STR("null");
  }
  return mk_print(ctx, out,
                  "{\"bufferedReflection\":%v,\"bufferedReflectionTokens\":%v,\"bufferedReflectionInputTokens\":%v,"
                  "\"reflectedObservationLineCount\":%v}",
                  &values[0], &values[1], &values[2], &values[3]);
}

/* Reflections one behind the other; those that the next generation has taken in count only as long
 * as there is none: they and it are written side by side. */
static mk_status lay_reflections(mk_context *ctx, mk_generation *gen) {
  mk_str given = MK_STR("given");
  mk_str text = mk_record_get(&gen->record, "bufferedReflection");
  mk_str lines = mk_record_get(&gen->record, "reflectedObservationLineCount");
  int64_t tokens = whole(&gen->record, "bufferedReflectionTokens");
  int64_t input_tokens = whole(&gen->record, "bufferedReflectionInputTokens");
  if (!mk_json_is_string(text) || text.size == 2 || is_taken_in(gen, given)) {
    text = MK_STR_NONE;
    tokens = 0;
    input_tokens = 0;
  }
  for (const mk_part *part = gen->parts; part != NULL; part = part->next) {
    mk_str added = mk_record_get(&part->record, "bufferedReflection");
    if (mk_json_is_string(added) && !is_taken_in(gen, part->name)) {
      MK_TRY(mk_print(ctx, &text, "\"%i%s%i\"", &text, text.size > 2 ? BLANK_LINE : "", &added));
      tokens += whole(&part->record, "bufferedReflectionTokens");
      input_tokens += whole(&part->record, "bufferedReflectionInputTokens");
      lines = mk_record_get(&part->record, "reflectedObservationLineCount");
    }
  }
  mk_str values[MK_REFLECTION_VALUES] = {text, MK_STR_NONE, MK_STR_NONE, lines};
  mk_str object;
  if (text.size <= 2) {
    memset(values, 0, sizeof values);
  } else {
    MK_TRY(mk_print(ctx, &values[1], "%d", tokens));
    MK_TRY(mk_print(ctx, &values[2], "%d", input_tokens));
  }
  MK_TRY(mk_reflection_format(ctx, values, &object));
  return lay(ctx, gen, object);
}

/* The chunks that no swap has, as an array; null without any. */
static mk_status remaining(mk_context *ctx, const ledger *all, mk_str *out) {
  mk_buf buf = mk_buf_make(ctx->arena);
  for (size_t i = 0; i < all->buffered.count; i++) {
    const mk_member *chunk = &all->buffered.members[i];
    if (!mk_record_has(&all->gen->activated, chunk->name)) {
      mk_buf_print(&buf, "%s%v", buf.size == 0 ? "[" : ",", &chunk->value);
    }
  }
  mk_buf_literal(&buf, buf.size == 0 ? "null" : "]");
  return mk_take(ctx, &buf, out);
}

/* Null is a value of these two. */
static mk_status set_nullable(mk_context *ctx, mk_generation *gen, const char *name, mk_str value) {
  value = mk_str_is_present(value) ? value : mk_record_get(&gen->record, name);
  return mk_record_set(ctx, &gen->record, name, mk_str_is_present(value) ? value : MK_STR("null"));
}

static mk_status set_sums(mk_context *ctx, ledger *all) {
  mk_generation *gen = all->gen;
  mk_str text;
  mk_str chunks;
  mk_str sums;
  mk_str date = mk_record_get(&gen->record, "updatedAt");
  mk_buf_char(&all->active, '"');
  MK_TRY(mk_take(ctx, &all->active, &text));
  MK_TRY(remaining(ctx, all, &chunks));
  MK_TRY(gen->touched_ms > 0 ? mk_record_date_span(ctx, gen->touched_ms, &date) : MK_OK);
  MK_TRY(mk_print(ctx, &sums,
                  "{\"activeObservations\":%v,\"observationTokenCount\":%d,\"pendingMessageTokens\":%d,"
                  "\"bufferedObservationChunks\":%v,\"updatedAt\":%v,\"lastObservedAt\":%s%v}",
                  &text, all->tokens, all->pending, &chunks, &date, mk_str_is_present(all->observed_at) ? "" : "null",
                  &all->observed_at));
  MK_TRY(lay(ctx, gen, sums));
  MK_TRY(set_nullable(ctx, gen, "lastBufferedAtTime", gen->buffered_at));
  return set_nullable(ctx, gen, "threadId", MK_STR_NONE);
}

mk_status mk_generation_derive(mk_context *ctx, mk_generation *gen) {
  ledger all = {.gen = gen, .active = mk_buf_make(ctx->arena)};
  if (!gen->exists) {
    return MK_OK;
  }
  MK_TRY(lay_families(ctx, gen));
  mk_str text = mk_record_get(&gen->record, "activeObservations");
  mk_buf_print(&all.active, "\"%i", &text);
  all.tokens = whole(&gen->record, "observationTokenCount");
  all.pending = whole(&gen->record, "pendingMessageTokens");
  all.observed_at = mk_record_get(&gen->record, "lastObservedAt");
  for (int i = MK_OBSERVATION_TEXT; i <= MK_OBSERVATION_PENDING; i++) {
    int64_t set_ms = gen->families[i].record.written_at_ms;
    all.counted_ms = set_ms > all.counted_ms ? set_ms : all.counted_ms;
  }
  MK_TRY(lay_parts(ctx, &all));
  MK_TRY(lay_reflections(ctx, gen));
  return set_sums(ctx, &all);
}
