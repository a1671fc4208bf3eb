#include <string.h>

#include "base/json.h"
#include "base/print.h"
#include "host/platform.h"
#include "observation/observation.h"
#include "record/facet.h"

/* The most parts that a hint names. */
#define HINT_MAX 32

static mk_str family_name(int family) {
  return mk_str_of(mk_schema_table(MK_TABLE_OBSERVATIONAL_MEMORY)->families[family]);
}

/* A part is named after its hint, less the plural's s: "chunk:c1". */
mk_status mk_part_name(mk_context *ctx, int hint, mk_str id_part, mk_str *out) {
  mk_str word = family_name(hint);
  word.size--;
  return mk_print(ctx, out, "%v:%v", &word, &id_part);
}

bool mk_part_is(const mk_part *part, int hint) { return *part->name.data == *family_name(hint).data; }

mk_status mk_part_names(mk_context *ctx, const mk_generation *gen, int hint, mk_str *out) {
  mk_buf buf = mk_buf_make(ctx->arena);
  for (const mk_part *part = gen->parts; part != NULL; part = part->next) {
    if (mk_part_is(part, hint)) {
      mk_buf_print(&buf, "%s%q", buf.size == 0 ? "[" : ",", &part->name);
    }
  }
  mk_buf_literal(&buf, buf.size == 0 ? "[]" : "]");
  return mk_take(ctx, &buf, out);
}

mk_status mk_generation_add_part(mk_context *ctx, mk_generation *gen, mk_str name) {
  mk_part **place = &gen->parts;
  for (; *place != NULL; place = &(*place)->next) {
    if (mk_str_equal((*place)->name, name)) {
      return MK_OK;
    }
  }
  MK_TRY(mk_push(ctx, 1, sizeof **place, place));
  (*place)->name = name;
  return MK_OK;
}

mk_status mk_generation_fail(mk_context *ctx, mk_str id) {
  mk_str text;
  MK_TRY(mk_json_decode(ctx, id, &text));
  return mk_fail(ctx, MK_E_NOT_FOUND, NULL, "Observational memory record not found: %.*s", MK_STR_ARG(text));
}

mk_status mk_generation_find(mk_context *ctx, mk_str args, mk_generation *out) {
  mk_id id;
  mk_str at;
  mk_io *io = NULL;
  mk_record place;
  MK_TRY(mk_argument_string(ctx, args, "id", &id));
  MK_TRY(mk_observation_get(ctx, MK_OBSERVATION_PLACES, &id.part, NULL, &io));
  MK_TRY(mk_io_flush(ctx));
  if (!mk_str_is_present(io->result)) {
    return mk_generation_fail(ctx, id.json);
  }
  MK_TRY(mk_record_take(ctx, io, &place));
  MK_TRY(mk_json_decode(ctx, mk_record_get(&place, "at"), &at));
  if (!mk_generation_parse(at, out)) {
    return mk_fail_corrupt(ctx, io->key, "is not the place of an observational memory record");
  }
  out->is_wanted = true;
  out->lists_parts = true;
  out->newest_ms = place.written_at_ms;
  return mk_facets_format(ctx, mk_schema_table(MK_TABLE_OBSERVATIONAL_MEMORY), &place, &out->metadata);
}

mk_status mk_generation_queue(mk_context *ctx, mk_generation *gen, int family) {
  mk_str name = family_name(family);
  return mk_observation_get(ctx, MK_OBSERVATIONS, &gen->at, &name, &gen->families[family].io);
}

/* Parse what was read, unless it is of a time that does not count. */
static mk_status take(mk_context *ctx, mk_generation *gen, mk_io *io, mk_record *out) {
  if (!mk_str_is_present(io->result)) {
    return MK_OK;
  }
  MK_TRY(mk_record_take(ctx, io, out));
  if (out->written_at_ms <= gen->floor_ms) {
    *out = (mk_record){0};
  } else if (out->written_at_ms > gen->newest_ms) {
    gen->newest_ms = out->written_at_ms;
  }
  return MK_OK;
}

mk_status mk_generation_take(mk_context *ctx, mk_generation *gen, int family) {
  return take(ctx, gen, gen->families[family].io, &gen->families[family].record);
}

/* Queue reading the parts that were not read yet. */
static mk_status queue_parts(mk_context *ctx, mk_generation *gen) {
  for (mk_part *part = gen->parts; part != NULL; part = part->next) {
    if (part->io == NULL) {
      MK_TRY(mk_observation_get(ctx, MK_OBSERVATIONS, &gen->at, &part->name, &part->io));
    }
  }
  return MK_OK;
}

static mk_status peek_queue(mk_context *ctx, mk_generation *gen) {
  static const mk_str none = {"", 0};
  mk_str prefix;
  MK_TRY(mk_observation_get(ctx, MK_OBSERVATIONS, &gen->at, NULL, &gen->io));
  for (int i = 0; i < MK_OBSERVATION_FAMILY_COUNT; i++) {
    MK_TRY(mk_generation_queue(ctx, gen, i));
  }
  if (!gen->lists_parts) {
    return queue_parts(ctx, gen);
  }
  MK_TRY(mk_observation_key(ctx, MK_OBSERVATIONS, &gen->at, &none, &prefix)); /* ends in ':' */
  gen->listing = mk_listing_make(MK_OBSERVATIONS, prefix);
  return mk_listing_queue(ctx, &gen->listing, MK_KV_LIST_KEYS_MAX);
}

/* Gather the names of parts from the list and from the hints. */
static mk_status gather_parts(mk_context *ctx, mk_generation *gen) {
  mk_member member;
  mk_str name;
  MK_TRY(mk_listing_take(ctx, &gen->listing));
  MK_TRY(gen->lists_parts ? mk_listing_finish(ctx, &gen->listing) : MK_OK);
  for (size_t i = 0; i < gen->listing.count; i++) {
    name = mk_str_skip(gen->listing.keys[i].name, gen->listing.prefix.size);
    if (memchr(name.data, ':', name.size) != NULL) {
      MK_TRY(mk_generation_add_part(ctx, gen, name));
    }
  }
  for (int i = MK_OBSERVATION_CHUNKS; i < MK_OBSERVATION_FAMILY_COUNT; i++) {
    const mk_record *hint = &gen->families[i].record;
    mk_cursor cursor = mk_json_walk(mk_record_get(hint, "_recent"));
    while (hint->written_at_ms > mk_clock_ms() - MK_HINT_MS && mk_json_next(&cursor, &member)) {
      MK_TRY(mk_json_decode(ctx, member.value, &name));
      MK_TRY(mk_generation_add_part(ctx, gen, name));
    }
  }
  return MK_OK;
}

static int64_t later(int64_t a, int64_t b) { return a > b ? a : b; }

static mk_status peek_take(mk_context *ctx, mk_generation *gen) {
  int64_t since_ms = 0;
  MK_TRY(take(ctx, gen, gen->io, &gen->record));
  gen->exists = gen->record.written_at_ms > 0;
  (void)mk_json_integer(mk_record_get(&gen->record, "_since"), &since_ms);
  gen->floor_ms = later(gen->floor_ms, since_ms);
  for (int i = 0; i < MK_OBSERVATION_FAMILY_COUNT; i++) {
    MK_TRY(mk_generation_take(ctx, gen, i));
    gen->touched_ms = later(gen->touched_ms, i < MK_OBSERVATION_REFLECTED ? gen->families[i].record.written_at_ms : 0);
  }
  return gather_parts(ctx, gen);
}

static mk_generation *wanted(mk_generation *gen) {
  while (gen != NULL && !gen->is_wanted) {
    gen = gen->next;
  }
  return gen;
}

mk_status mk_generations_peek(mk_context *ctx, mk_generation *first) {
  for (mk_generation *gen = wanted(first); gen != NULL; gen = wanted(gen->next)) {
    MK_TRY(peek_queue(ctx, gen));
  }
  MK_TRY(mk_io_flush(ctx));
  for (mk_generation *gen = wanted(first); gen != NULL; gen = wanted(gen->next)) {
    MK_TRY(peek_take(ctx, gen));
  }
  return MK_OK;
}

/* Take the parts, and put them in the order of their times. */
static mk_status take_parts(mk_context *ctx, mk_generation *gen) {
  mk_part *part = gen->parts;
  gen->parts = NULL;
  while (part != NULL) {
    mk_part *next = part->next;
    mk_part **place = &gen->parts;
    MK_TRY(take(ctx, gen, part->io, &part->record));
    gen->touched_ms = later(gen->touched_ms, part->record.written_at_ms);
    while (*place != NULL && (*place)->record.written_at_ms <= part->record.written_at_ms) {
      place = &(*place)->next;
    }
    part->next = *place;
    *place = part;
    part = next;
  }
  return MK_OK;
}

mk_status mk_generations_read(mk_context *ctx, mk_generation *first) {
  first = wanted(first);
  bool is_older = first != NULL && first->is_older;
  MK_TRY(mk_generations_peek(ctx, first));
  for (mk_generation *gen = first; gen != NULL; gen = wanted(gen->next)) {
    MK_TRY(queue_parts(ctx, gen));
  }
  MK_TRY(mk_io_flush(ctx));
  for (mk_generation *gen = first; gen != NULL; gen = wanted(gen->next)) {
    gen->is_older = is_older;
    MK_TRY(take_parts(ctx, gen));
    MK_TRY(mk_generation_derive(ctx, gen));
    bool is_whole = gen->exists && (gen->place == NULL || mk_str_is_present(gen->place->result));
    is_older = gen->is_older || is_whole;
  }
  return MK_OK;
}

int64_t mk_generation_write_time(const mk_generation *gen) { return later(mk_clock_ms(), gen->newest_ms + 1); }

static mk_status put(mk_context *ctx, const mk_generation *gen, const mk_str *part, const mk_str *members,
                     int64_t now_ms) {
  mk_str key;
  mk_str value;
  MK_TRY(mk_observation_key(ctx, MK_OBSERVATIONS, &gen->at, part, &key));
  MK_TRY(mk_print(ctx, &value, "{\"" MK_WRITTEN_AT "\":%d,%v", now_ms, members));
  return mk_io_put(ctx, MK_OBSERVATIONS, key, value, gen->metadata);
}

mk_status mk_generation_put(mk_context *ctx, const mk_generation *gen, int family, mk_str members, int64_t now_ms) {
  mk_str name = family_name(family);
  return put(ctx, gen, &name, &members, now_ms);
}

mk_status mk_part_put(mk_context *ctx, const mk_generation *gen, int hint, mk_str id_part, mk_str members,
                      int64_t now_ms) {
  const mk_record *old = &gen->families[hint].record;
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_str name;
  mk_member member;
  MK_TRY(mk_part_name(ctx, hint, id_part, &name));
  MK_TRY(put(ctx, gen, &name, &members, now_ms));
  mk_buf_print(&buf, "\"_recent\":[%q", &name);
  mk_cursor cursor = mk_json_walk(mk_record_get(old, "_recent"));
  int count = old->written_at_ms > now_ms - MK_HINT_MS ? 1 : HINT_MAX;
  while (count++ < HINT_MAX && mk_json_next(&cursor, &member)) {
    mk_buf_print(&buf, ",%v", &member.value);
  }
  mk_buf_literal(&buf, "]}");
  MK_TRY(mk_take(ctx, &buf, &name));
  return mk_generation_put(ctx, gen, hint, name, now_ms);
}
