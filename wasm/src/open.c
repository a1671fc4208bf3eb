#include "mk/open.h"

#include <string.h>

#include "mk/format.h"
#include "mk/json.h"
#include "mk/tree.h"

#define WRANGLER_ADVICE \
  "Declare the namespace in wrangler.toml, [[kv_namespaces]] with binding = \"%s\" and its id, and pass " \
  "bindings: { %s: env.%s }."

/* "THREADS_KV" for threads: the name that the advice proposes. */
static void binding_name(const mk_table_def *table, char *out, size_t size) {
  size_t at = 0;
  for (; table->name[at] != '\0' && at + 4 < size; at++) {
    char byte = table->name[at];
    out[at] = (char)(byte >= 'a' && byte <= 'z' ? byte - 'a' + 'A' : byte);
  }
  memcpy(out + at, "_KV", 4);
}

static mk_status fail_binding(mk_context *ctx, const mk_table_def *table, const char *what) {
  char name[32];
  char text[MK_ERROR_TEXT_MAX];
  binding_name(table, name, sizeof name);
  mk_format(text, sizeof text, WRANGLER_ADVICE, name, table->name, name);
  return mk_fail(ctx, MK_E_MISSING_BINDING, NULL, "%s: %s. %s", what, table->name, text);
}

static mk_status fail_prefix(mk_context *ctx, const char *what) {
  return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "keyPrefix %s", what);
}

static bool contains(mk_str text, mk_str part) {
  for (size_t at = 0; at + part.size <= text.size; at++) {
    if (memcmp(text.data + at, part.data, part.size) == 0) {
      return true;
    }
  }
  return false;
}

/* A prefix that ends in another's prefix and a table's name would put its keys among the other's:
 * "dev_threads:" + "threads:x" among those of "dev_". Nothing else can make two stores meet, for
 * what follows a prefix always begins with a table's name and ':'. */
static mk_status read_prefix(mk_context *ctx, mk_str span, mk_str *out) {
  *out = MK_STR("");
  if (!mk_str_is_present(span)) {
    return MK_OK;
  }
  if (!mk_json_is_string(span)) {
    return fail_prefix(ctx, "must be a string");
  }
  mk_str text;
  MK_TRY(mk_json_decode(ctx, span, &text));
  for (size_t i = 0; i < text.size; i++) {
    if (text.data[i] <= ' ' || text.data[i] > '~') {
      return fail_prefix(ctx, "may hold printable ASCII characters without spaces only: the names of KV keys do");
    }
  }
  if (text.size > MK_KEY_PREFIX_SIZE_MAX) {
    return fail_prefix(ctx, "may be at most 128 characters long: a KV key holds 512 bytes, ids included");
  }
  for (int i = 0; i < MK_TABLE_COUNT; i++) {
    char name[32];
    mk_format(name, sizeof name, "%s:", mk_schema_table((mk_table)i)->name);
    if (contains(text, mk_str_of(name))) {
      return fail_prefix(ctx, "must not contain a table's name and a colon, such as \"threads:\": its keys would lie "
                              "among those of a store with a shorter prefix");
    }
  }
  *out = text;
  return MK_OK;
}

/* The namespace numbers of the tables; -1 where a table has no binding. */
typedef struct placement {
  int ns[MK_TABLE_COUNT];
} placement;

static mk_status read_binding(mk_context *ctx, mk_str entry, mk_config *config, placement *place) {
  mk_str name;
  mk_str span = mk_json_get(entry, "name");
  MK_TRY(mk_json_decode(ctx, span, &name));
  mk_table table = mk_schema_table_named(name);
  if (table == MK_TABLE_COUNT) {
    return mk_fail(ctx, MK_E_MISSING_BINDING, NULL,
                   "bindings.%.*s is not a table of this store. Tables are threads, messages, metadata, resources, "
                   "workflow_snapshot, scorers, background_tasks and thread_state, or the same with mastra_ in front.",
                   MK_STR_ARG(name));
  }
  const mk_table_def *def = mk_schema_table(table);
  if (!mk_json_is_true(mk_json_get(entry, "valid"))) {
    return fail_binding(ctx, def, "This binding is not a KVNamespace");
  }
  if (place->ns[table] >= 0) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "bindings names table %s twice, as %s and as %s", def->name,
                   def->name, def->mastra_name == NULL ? def->name : def->mastra_name);
  }
  place->ns[table] = (int)config->ns_count;
  config->names[config->ns_count++] = span;
  return MK_OK;
}

/* A table goes to its own binding; without one to that of `metadata`, else to that of `threads`. */
static uint32_t table_ns(const placement *place, mk_table table) {
  if (place->ns[table] >= 0) {
    return (uint32_t)place->ns[table];
  }
  int metadata = place->ns[MK_TABLE_METADATA];
  return (uint32_t)(metadata >= 0 ? metadata : place->ns[MK_TABLE_THREADS]);
}

/* What describes a table's records lives with `metadata`, or with the records themselves. */
static void place_keyspaces(const placement *place, mk_config *config) {
  for (int i = 0; i < MK_KEYSPACE_COUNT; i++) {
    const mk_keyspace_def *keyspace = mk_schema_keyspace((mk_keyspace)i);
    bool is_apart = keyspace->is_metadata && place->ns[MK_TABLE_METADATA] >= 0;
    config->ns[i] = table_ns(place, is_apart ? MK_TABLE_METADATA : keyspace->describes);
  }
}

static mk_status read_bindings(mk_context *ctx, mk_str bindings, mk_config *config, placement *place) {
  mk_cursor cursor = mk_json_walk(bindings);
  mk_member member;
  while (mk_json_next(&cursor, &member)) {
    MK_TRY(read_binding(ctx, member.value, config, place));
  }
  for (int i = 0; i < MK_TABLE_COUNT; i++) {
    const mk_table_def *table = mk_schema_table((mk_table)i);
    if (table->required && place->ns[i] < 0) {
      return fail_binding(ctx, table, "Missing KV binding for table");
    }
  }
  return MK_OK;
}

mk_status mk_open(mk_context *ctx, mk_str options, mk_config *config, mk_str *result) {
  *config = (mk_config){0};
  placement place;
  for (int i = 0; i < MK_TABLE_COUNT; i++) {
    place.ns[i] = -1;
  }
  mk_str bindings = mk_json_get(options, "bindings");
  if (!mk_json_is_array(bindings)) {
    return mk_fail(ctx, MK_E_MISSING_BINDING, NULL, "KV bindings are required when using Workers Binding API");
  }
  MK_TRY(read_bindings(ctx, bindings, config, &place));
  MK_TRY(read_prefix(ctx, mk_json_get(options, "keyPrefix"), &config->key_prefix));
  place_keyspaces(&place, config);
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_literal(&buf, "{\"namespaces\":[");
  for (uint32_t i = 0; i < config->ns_count; i++) {
    if (i > 0) {
      mk_buf_char(&buf, ',');
    }
    mk_buf_text(&buf, config->names[i]);
  }
  mk_buf_literal(&buf, "]}");
  return mk_take(ctx, &buf, result);
}
