#include "care/walk.h"

#include <string.h>

#include "base/json.h"
#include "care/strict.h"
#include "host/platform.h"
#include "kv/listing.h"
#include "observation/observation.h"
#include "record/document.h"

#define METADATA "metadata:"
#define SCHEMA "metadata:schema"

/* KV takes an expiration that is at least 60 s ahead (Workers KV documentation, "Expiring keys"), by its
 * own clock. */
#define EXPIRATION_S_MIN 70

/* Units are numbered: the keyspaces; what is set aside, by namespace; what is strange, by namespace. */
static int unit_count(const mk_context *ctx) { return MK_KEYSPACE_COUNT + 2 * (int)ctx->config->ns_count; }

static bool is_keyspace(int unit) { return unit < MK_KEYSPACE_COUNT; }
static bool is_quarantine(const mk_context *ctx, int unit) {
  return !is_keyspace(unit) && unit < MK_KEYSPACE_COUNT + (int)ctx->config->ns_count;
}

/* The namespace of a unit. */
static uint32_t unit_ns(const mk_context *ctx, int unit) {
  return is_keyspace(unit) ? ctx->config->ns[unit] : (uint32_t)(unit - MK_KEYSPACE_COUNT) % ctx->config->ns_count;
}

static const char *unit_name(const mk_context *ctx, int unit) {
  if (is_keyspace(unit)) {
    return mk_schema_keyspace((mk_keyspace)unit)->beginning;
  }
  return is_quarantine(ctx, unit) ? MK_QUARANTINE : METADATA;
}

/* The unit at a position of the walk's order. */
static int unit_at(const mk_context *ctx, const mk_walk *walk, int position) {
  int threads = MK_KEYSPACE_COUNT - 1 + (int)ctx->config->ns_count; /* where they come last */
  if (!walk->threads_last || position > threads) {
    return position;
  }
  return position == threads ? MK_THREADS : position + 1;
}
_Static_assert(MK_THREADS == 0, "the threads are the first unit of the usual order");

/* What is set aside or strange is looked for only where all tables are wanted. */
static bool is_wanted(const mk_context *ctx, const mk_walk *walk, int unit) {
  if (walk->keyspaces != 0) {
    return is_keyspace(unit) && (walk->keyspaces >> unit & 1) != 0;
  }
  bool is_all = walk->tables == (1U << MK_TABLE_COUNT) - 1;
  if (!is_keyspace(unit)) {
    return is_all && (is_quarantine(ctx, unit) || !walk->skips_derived);
  }
  mk_shape_kind kind = mk_shape_of((mk_keyspace)unit)->kind;
  if (walk->skips_derived && (kind == MK_SHAPE_ENTRY || kind == MK_SHAPE_LOCATOR)) {
    return false;
  }
  return (walk->tables >> mk_schema_keyspace((mk_keyspace)unit)->describes & 1) != 0;
}

static void skip_unwanted(const mk_context *ctx, mk_walk *walk) {
  while (walk->position < unit_count(ctx) && !is_wanted(ctx, walk, unit_at(ctx, walk, walk->position))) {
    walk->position++;
  }
}

static mk_status read_tables(mk_context *ctx, mk_str list, mk_walk *out) {
  mk_cursor cursor = mk_json_walk(list);
  mk_member member;
  out->tables = 0;
  while (mk_json_next(&cursor, &member)) {
    mk_str name = MK_STR_NONE;
    if (mk_json_is_string(member.value)) {
      MK_TRY(mk_json_decode(ctx, member.value, &name));
    }
    mk_table table = mk_str_is_present(name) ? mk_schema_table_named(name) : MK_TABLE_COUNT;
    if (table == MK_TABLE_COUNT || table == MK_TABLE_METADATA) {
      return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "tables: %.*s is not a table of this store",
                     MK_STR_ARG(member.value));
    }
    out->tables |= 1U << table;
  }
  return mk_json_is_array(list) ? MK_OK : mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "tables must be an array of names");
}

static mk_status read_cursor(mk_context *ctx, mk_str cursor, mk_walk *out) {
  mk_str name = mk_json_get(cursor, "unit");
  mk_str page = mk_json_get(cursor, "page");
  int64_t ns = 0;
  (void)mk_json_integer(mk_json_get(cursor, "ns"), &ns);
  for (out->position = 0; out->position < unit_count(ctx); out->position++) {
    int unit = unit_at(ctx, out, out->position);
    bool is_ns = is_keyspace(unit) || unit_ns(ctx, unit) == (uint64_t)ns;
    if (is_ns && mk_json_name_is(name, unit_name(ctx, unit))) {
      return mk_json_is_string(page) ? mk_json_decode(ctx, page, &out->page) : MK_OK;
    }
  }
  return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL,
                 "cursor: this store does not know it. Begin again without a cursor.");
}

mk_status mk_walk_read(mk_context *ctx, mk_str args, mk_walk *out) {
  return mk_walk_read_from(ctx, args, mk_json_get(args, "cursor"), out);
}

mk_status mk_walk_read_from(mk_context *ctx, mk_str args, mk_str cursor, mk_walk *out) {
  mk_str tables = mk_json_get(args, "tables");
  *out = (mk_walk){.tables = (1U << MK_TABLE_COUNT) - 1,
                   .limit = MK_WALK_PAGE_MAX,
                   .strange_limit = MK_KV_LIST_KEYS_MAX,
                   .calls = INT64_MAX,
                   .is_new = !mk_json_is_object(cursor),
                   .keyspaces = out->keyspaces,
                   .skips_derived = out->skips_derived,
                   .threads_last = out->threads_last};
  if (mk_str_is_present(tables)) {
    MK_TRY(read_tables(ctx, tables, out));
  }
  if (mk_json_integer(mk_json_get(args, "limit"), &out->limit) && (out->limit < 1 || out->limit > MK_WALK_PAGE_MAX)) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "limit must be from 1 to %d", MK_WALK_PAGE_MAX);
  }
  (void)mk_json_integer(mk_json_get(args, "calls"), &out->calls);
  if (mk_json_is_object(cursor)) {
    MK_TRY(read_cursor(ctx, cursor, out));
  }
  skip_unwanted(ctx, out);
  return MK_OK;
}

bool mk_walk_is_done(const mk_context *ctx, const mk_walk *walk) { return walk->position >= unit_count(ctx); }

void mk_walk_write(const mk_context *ctx, const mk_walk *walk, mk_buf *buf) {
  if (mk_walk_is_done(ctx, walk)) {
    mk_buf_literal(buf, "null");
    return;
  }
  int unit = unit_at(ctx, walk, walk->position);
  mk_buf_literal(buf, "{\"unit\":");
  mk_json_encode(buf, mk_str_of(unit_name(ctx, unit)));
  if (!is_keyspace(unit)) {
    mk_buf_literal(buf, ",\"ns\":");
    mk_buf_int(buf, unit_ns(ctx, unit));
  }
  if (mk_str_is_present(walk->page)) {
    mk_buf_literal(buf, ",\"page\":");
    mk_json_encode(buf, walk->page);
  }
  mk_buf_char(buf, '}');
}

mk_status mk_walk_refuse(mk_context *ctx, const mk_walk *walk, int64_t needs, mk_str *result) {
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_literal(&buf, "{\"cursor\":");
  mk_walk_write(ctx, walk, &buf);
  mk_buf_literal(&buf, ",\"needs\":");
  mk_buf_int(&buf, needs);
  mk_buf_char(&buf, '}');
  return mk_take(ctx, &buf, result);
}

mk_config mk_walk_config_in(const mk_context *ctx, uint32_t ns) {
  mk_config config = *ctx->config;
  for (int i = 0; i < MK_KEYSPACE_COUNT; i++) {
    config.ns[i] = ns;
  }
  return config;
}

/* The prefix of a unit's keys. */
static mk_status unit_prefix(mk_context *ctx, int unit, mk_str *out) {
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_text(&buf, ctx->config->key_prefix);
  mk_buf_literal(&buf, unit_name(ctx, unit));
  return mk_take(ctx, &buf, out);
}

/* A generation of observational memory has no shape, for all that is of it begins as it does. */
static bool is_record_key(const mk_shape *shape, mk_keyspace keyspace, mk_str rest) {
  mk_generation gen;
  return shape->kind == MK_SHAPE_RECORD || (keyspace == MK_OBSERVATIONS && mk_generation_parse(rest, &gen));
}

mk_subject mk_subject_make(const mk_context *ctx, mk_str key, mk_str metadata) {
  mk_subject subject = {.key = key, .metadata = metadata, .is_strange = true, .shape = mk_shape_of(MK_KEYSPACE_COUNT)};
  mk_str rest = mk_str_skip(key, ctx->config->key_prefix.size);
  for (int i = 0; i < MK_KEYSPACE_COUNT; i++) {
    mk_str beginning = mk_str_of(mk_schema_keyspace((mk_keyspace)i)->beginning);
    const mk_shape *shape = mk_shape_of((mk_keyspace)i);
    if (mk_str_starts_with(rest, beginning) &&
        mk_shape_split(shape, mk_str_skip(rest, beginning.size), subject.parts)) {
      subject.keyspace = (mk_keyspace)i;
      subject.shape = shape;
      subject.is_strange = false;
      subject.is_record = is_record_key(shape, (mk_keyspace)i, mk_str_skip(rest, beginning.size));
      return subject;
    }
  }
  return subject;
}

/* Whether a page of a keyspace's keys is where this one is looked at. Keyspaces may begin alike and
 * differ in the number of parts; what is strange belongs to the first that begins so. */
static bool is_of_unit(const mk_subject *subject, int unit) {
  if (!subject->is_strange) {
    return subject->keyspace == (mk_keyspace)unit;
  }
  const char *beginning = mk_schema_keyspace((mk_keyspace)unit)->beginning;
  for (int i = 0; i < unit; i++) {
    if (strcmp(mk_schema_keyspace((mk_keyspace)i)->beginning, beginning) == 0) {
      return false;
    }
  }
  return true;
}

/* The keyspace that a key begins like, less prefixes; MK_KEYSPACE_COUNT: none. */
static mk_keyspace keyspace_begun(mk_str rest) {
  for (int i = 0; i < MK_KEYSPACE_COUNT; i++) {
    if (mk_str_starts_with(rest, mk_str_of(mk_schema_keyspace((mk_keyspace)i)->beginning))) {
      return (mk_keyspace)i;
    }
  }
  return MK_KEYSPACE_COUNT;
}

/* Whether a key that begins with `metadata:` is no other unit's, and not the schema document. Where
 * its keyspace is placed does not matter: two bindings may be one namespace. */
static bool is_stray(mk_str rest) {
  return keyspace_begun(rest) == MK_KEYSPACE_COUNT && !mk_str_equal(rest, MK_STR(SCHEMA));
}

/* Whether what was set aside is counted in this namespace. */
static bool is_set_aside_here(const mk_context *ctx, const mk_walk *walk, mk_str rest) {
  mk_keyspace keyspace = keyspace_begun(mk_str_skip(rest, sizeof MK_QUARANTINE - 1));
  return keyspace == MK_KEYSPACE_COUNT || ctx->config->ns[keyspace] == walk->ns;
}

static bool takes(const mk_context *ctx, const mk_walk *walk, int unit, const mk_subject *subject) {
  mk_str rest = mk_str_skip(subject->key, ctx->config->key_prefix.size);
  switch (walk->kind) {
    case MK_WALK_KEYS:
      return is_of_unit(subject, unit);
    case MK_WALK_STRANGE:
      return is_stray(rest);
    case MK_WALK_QUARANTINE:
      break;
  }
  return is_set_aside_here(ctx, walk, rest);
}

static mk_status take_page(mk_context *ctx, mk_walk *walk, int unit, const mk_listing *listing) {
  MK_TRY(mk_push(ctx, listing->count, sizeof *walk->subjects, &walk->subjects));
  walk->count = 0;
  for (size_t i = 0; i < listing->count; i++) {
    mk_subject subject = mk_subject_make(ctx, listing->keys[i].name, listing->keys[i].metadata);
    subject.is_strange = subject.is_strange || walk->kind == MK_WALK_STRANGE;
    if (takes(ctx, walk, unit, &subject)) {
      /* A strange key is read, and moved, where it was found. */
      subject.keyspace = subject.is_strange && walk->kind == MK_WALK_KEYS ? (mk_keyspace)unit : subject.keyspace;
      subject.expiration_s = listing->keys[i].expiration_s;
      walk->subjects[walk->count++] = subject;
    }
  }
  return MK_OK;
}

mk_status mk_walk_page(mk_context *ctx, mk_walk *walk) {
  mk_str prefix;
  walk->kind = MK_WALK_STRANGE;
  walk->table = MK_TABLE_METADATA;
  walk->count = 0;
  if (walk->is_new) { /* data that this code would misread is left alone */
    mk_document document;
    MK_TRY(mk_document_read(ctx, &document));
    walk->due = document.exists && document.steps < MK_SCHEMA_STEPS ? MK_SCHEMA_STEPS - document.steps : 0;
  }
  if (mk_walk_is_done(ctx, walk)) {
    return MK_OK; /* there was nothing wanted */
  }
  int unit = unit_at(ctx, walk, walk->position);
  walk->ns = unit_ns(ctx, unit);
  if (is_keyspace(unit)) {
    walk->kind = MK_WALK_KEYS;
    walk->table = mk_schema_keyspace((mk_keyspace)unit)->describes;
  } else if (is_quarantine(ctx, unit)) {
    walk->kind = MK_WALK_QUARANTINE;
  }
  MK_TRY(unit_prefix(ctx, unit, &prefix));
  mk_listing listing = mk_listing_make(MK_THREADS, prefix);
  listing.cursor = walk->page;
  mk_config here = mk_walk_config_in(ctx, walk->ns);
  const mk_config *config = ctx->config;
  ctx->config = &here;
  /* Few are strange, so that pages may be as long as KV's. */
  mk_status status = mk_listing_queue(ctx, &listing, walk->kind == MK_WALK_STRANGE ? walk->strange_limit : walk->limit);
  ctx->config = config;
  MK_TRY(status);
  MK_TRY(mk_io_flush(ctx));
  MK_TRY(mk_listing_take(ctx, &listing));
  MK_TRY(take_page(ctx, walk, unit, &listing));
  walk->page = listing.cursor;
  if (listing.is_complete) {
    walk->page = MK_STR_NONE;
    walk->position++;
    skip_unwanted(ctx, walk);
  }
  return MK_OK;
}

mk_status mk_subjects_read(mk_context *ctx, mk_subject *const *subjects, size_t count) {
  for (size_t i = 0; i < count; i++) {
    MK_TRY(mk_io_get(ctx, subjects[i]->keyspace, subjects[i]->key, &subjects[i]->io));
  }
  MK_TRY(mk_io_flush(ctx));
  for (size_t i = 0; i < count; i++) {
    mk_subject *subject = subjects[i];
    subject->value = subject->io->result;
    subject->is_readable = false;
    if (mk_str_is_present(subject->value) && mk_json_is_strict(subject->value) &&
        mk_record_parse(ctx, subject->key, subject->value, &subject->record) == MK_OK) {
      subject->is_readable = true;
    }
    /* What is no record is the caller's to judge, and no failure. */
    if (ctx->error.status == MK_E_CORRUPT_RECORD) {
      ctx->error.status = MK_OK;
    }
    if (ctx->error.status != MK_OK) {
      return ctx->error.status;
    }
  }
  return MK_OK;
}

mk_status mk_walk_put(mk_context *ctx, uint32_t ns, mk_str key, mk_str value, mk_str metadata, uint32_t expiration_s) {
  mk_config there = mk_walk_config_in(ctx, ns);
  const mk_config *config = ctx->config;
  int64_t soonest_s = mk_clock_ms() / 1000 + EXPIRATION_S_MIN;
  uint32_t until_s = expiration_s > 0 && expiration_s < soonest_s ? (uint32_t)soonest_s : expiration_s;
  ctx->config = &there;
  mk_status status = mk_io_put_until(ctx, MK_THREADS, key, value, metadata, until_s);
  ctx->config = config;
  return status;
}

mk_status mk_walk_delete(mk_context *ctx, uint32_t ns, mk_str key) {
  mk_config there = mk_walk_config_in(ctx, ns);
  const mk_config *config = ctx->config;
  ctx->config = &there;
  mk_status status = mk_io_delete(ctx, MK_THREADS, key);
  ctx->config = config;
  return status;
}
