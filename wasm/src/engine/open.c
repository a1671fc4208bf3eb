#include "engine/open.h"

#include <string.h>

#include "base/duration.h"
#include "base/format.h"
#include "base/json.h"
#include "base/writer.h"
#include "engine/operation.h"
#include "kv/config.h"
#include "kv/expiration.h"

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

static mk_status fail_id(mk_context *ctx, const mk_table_def *table) {
  return mk_fail(ctx, MK_E_MISSING_BINDING, NULL, "Missing namespace id for table: %s. Pass namespaces: { %s: \"…\" }.",
                 table->name, table->name);
}

static mk_status fail_unknown(mk_context *ctx, const char *option, mk_str name) {
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_str names;
  for (int i = 0; i < MK_TABLE_COUNT; i++) {
    mk_buf_literal(&buf, i == 0 ? "" : ", ");
    mk_buf_literal(&buf, mk_schema_table((mk_table)i)->name);
  }
  MK_TRY(mk_take(ctx, &buf, &names));
  return mk_fail(ctx, MK_E_MISSING_BINDING, NULL,
                 "%s.%.*s is not a table of this store. Tables are %.*s, or the same with mastra_ in front.", option,
                 MK_STR_ARG(name), MK_STR_ARG(names));
}

static mk_status fail_option(mk_context *ctx, const char *option, const char *what) {
  return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "%s %s", option, what);
}

static bool contains(mk_str text, mk_str part) {
  for (size_t at = 0; at + part.size <= text.size; at++) {
    if (memcmp(text.data + at, part.data, part.size) == 0) {
      return true;
    }
  }
  return false;
}

/* Without spaces, control characters and all that is not ASCII. */
static bool is_plain(mk_str text) {
  for (size_t i = 0; i < text.size; i++) {
    if (text.data[i] <= ' ' || text.data[i] > '~') {
      return false;
    }
  }
  return true;
}

static mk_status read_prefix(mk_context *ctx, mk_str options, const char *name, mk_str *out) {
  mk_str span = mk_json_get(options, name);
  *out = MK_STR("");
  if (!mk_str_is_present(span)) {
    return MK_OK;
  }
  if (!mk_json_is_string(span)) {
    return fail_option(ctx, name, "must be a string");
  }
  MK_TRY(mk_json_decode(ctx, span, out));
  if (!is_plain(*out)) {
    return fail_option(ctx, name, "may hold printable ASCII characters without spaces only");
  }
  return out->size <= MK_KEY_PREFIX_SIZE_MAX
             ? MK_OK
             : fail_option(ctx, name, "may be at most 128 characters long: a KV key holds 512 bytes, ids included");
}

/* A prefix that ends in another's prefix and a table's name would put its keys among the other's:
 * "dev_threads:" + "threads:x" among those of "dev_". So would what care sets aside, under "quarantine:". Nothing else
 * can make two stores meet, for what follows a prefix always begins with one of these names and ':'. */
static mk_status check_key_prefix(mk_context *ctx, mk_str prefix) {
  for (int i = 0; i <= MK_TABLE_COUNT; i++) {
    char name[32];
    mk_format(name, sizeof name, "%s:", i < MK_TABLE_COUNT ? mk_schema_table((mk_table)i)->name : "quarantine");
    if (contains(prefix, mk_str_of(name))) {
      return fail_option(ctx, "keyPrefix",
                         "must not contain a table's name and a colon, such as \"threads:\": its keys would lie among "
                         "those of a store with a shorter prefix");
    }
  }
  return MK_OK;
}

/* The namespace numbers of the tables; -1 where a table has none of its own. */
typedef struct placement {
  int ns[MK_TABLE_COUNT];
} placement;

static void place_table(mk_config *config, placement *place, mk_table table, mk_str name) {
  place->ns[table] = (int)config->ns_count;
  config->tables[config->ns_count] = table;
  config->names[config->ns_count++] = name;
}

static mk_status read_binding(mk_context *ctx, mk_str entry, mk_config *config, placement *place) {
  const char *option = config->is_rest ? "namespaces" : "bindings";
  mk_str name;
  mk_str span = mk_json_get(entry, "name");
  MK_TRY(mk_json_decode(ctx, span, &name));
  mk_table table = mk_schema_table_named(name);
  if (table == MK_TABLE_COUNT) {
    return mk_json_is_true(mk_json_get(entry, "unused")) ? MK_OK : fail_unknown(ctx, option, name);
  }
  const mk_table_def *def = mk_schema_table(table);
  if (!mk_json_is_true(mk_json_get(entry, "valid"))) {
    return config->is_rest ? fail_id(ctx, def) : fail_binding(ctx, def, "This binding is not a KVNamespace");
  }
  if (place->ns[table] >= 0) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "%s names table %s twice, as %s and as " MK_MASTRA_PREFIX "%s",
                   option, def->name, def->name, def->name);
  }
  place_table(config, place, table, span);
  return MK_OK;
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
      return config->is_rest ? fail_id(ctx, table) : fail_binding(ctx, table, "Missing KV binding for table");
    }
  }
  return MK_OK;
}

/* Over REST each table is a namespace with a title of its own, but for `metadata`: what describes
 * records is read with them, and in one namespace that is one request instead of two. */
static mk_status place_titles(mk_context *ctx, mk_str prefix, mk_config *config, placement *place) {
  for (int i = 0; i < MK_TABLE_COUNT; i++) {
    mk_buf title = mk_buf_make(ctx->arena);
    mk_buf span = mk_buf_make(ctx->arena);
    mk_str text;
    mk_buf_text(&title, prefix);
    mk_buf_literal(&title, mk_schema_table((mk_table)i)->name);
    MK_TRY(mk_take(ctx, &title, &text));
    mk_json_encode(&span, text);
    MK_TRY(mk_take(ctx, &span, &text));
    if (i != MK_TABLE_METADATA) {
      place_table(config, place, (mk_table)i, text);
    }
  }
  return MK_OK;
}

static bool is_text(mk_str span) { return mk_json_is_string(span) && span.size > 2; }

/* Check that a number is whole and not below `least`, where it is there. `name` is what follows `of` in the error. */
static mk_status check_whole(mk_context *ctx, mk_str options, const char *of, const char *name, int least) {
  mk_str span = mk_json_get(options, name);
  int64_t number;
  return !mk_str_is_present(span) || (mk_json_integer(span, &number) && number >= least)
             ? MK_OK
             : mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "%s%s must be a whole number, at least %d", of, name, least);
}

static mk_status check_connection(mk_context *ctx, mk_str options) {
  mk_str token = mk_json_get(options, "apiToken");
  mk_str base_url = mk_json_get(options, "baseUrl");
  if (!is_text(mk_json_get(options, "accountId"))) {
    return fail_option(ctx, "accountId", "is required for REST API");
  }
  if (!is_text(token)) {
    return mk_json_is_true(mk_json_get(options, "client"))
               ? fail_option(ctx, "client", "has no apiToken: pass accountId and apiToken instead of the client")
               : fail_option(ctx, "apiToken", "is required for REST API");
  }
  MK_TRY(mk_json_decode(ctx, token, &token));
  if (!is_plain(token)) {
    return fail_option(ctx, "apiToken", "holds a space, a line break or another character that no API token has");
  }
  if (mk_str_is_present(base_url) && !mk_str_starts_with(base_url, MK_STR("\"http"))) {
    return fail_option(ctx, "baseUrl", "must be an address such as https://api.cloudflare.com/client/v4");
  }
  if (mk_json_is_false(mk_json_get(options, "fetch"))) {
    return fail_option(ctx, "fetch", "must be a function");
  }
  return check_whole(ctx, options, "", "timeoutMs", 1);
}

/* The shim counts operations and makes calls again; whether these options make sense is said here, as of all options. */
static mk_status check_limits(mk_context *ctx, mk_str options) {
  mk_str retry = mk_json_get(options, "retry");
  MK_TRY(check_whole(ctx, options, "", "maxConcurrency", 1));
  if (!mk_str_is_present(retry)) {
    return MK_OK;
  }
  if (!mk_json_is_object(retry)) {
    return fail_option(ctx, "retry", "must be an object, such as { attempts: 5, firstPauseMs: 250, maxWaitMs: 60000 }");
  }
  MK_TRY(check_whole(ctx, retry, "retry.", "attempts", 1));
  MK_TRY(check_whole(ctx, retry, "retry.", "firstPauseMs", 0));
  return check_whole(ctx, retry, "retry.", "maxWaitMs", 0);
}

static mk_status read_rest(mk_context *ctx, mk_str options, mk_config *config, placement *place) {
  mk_str ids = mk_json_get(options, "namespaces");
  mk_str prefix;
  config->is_rest = true;
  MK_TRY(check_connection(ctx, options));
  MK_TRY(read_prefix(ctx, options, "namespacePrefix", &prefix));
  if (!mk_str_is_present(ids)) {
    return place_titles(ctx, prefix, config, place);
  }
  if (!mk_json_is_array(ids) || prefix.size > 0) {
    return fail_option(ctx, "namespaces", "is an object of namespace ids by table, instead of a namespacePrefix");
  }
  return read_bindings(ctx, ids, config, place);
}

/* The name of the first option that only the REST way in has, or NULL. */
static const char *rest_option(mk_str options) {
  static const char *const names[] = {"accountId", "apiToken", "client", "namespacePrefix", "namespaces"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    mk_str span = mk_json_get(options, names[i]);
    if (mk_str_is_present(span) && !mk_json_is_null(span)) {
      return names[i];
    }
  }
  return NULL;
}

static mk_status read_way_in(mk_context *ctx, mk_str options, mk_config *config, placement *place) {
  static const char required[] = "KV bindings are required when using Workers Binding API";
  mk_str bindings = mk_json_get(options, "bindings");
  const char *rest = rest_option(options);
  if (!mk_str_is_present(bindings)) {
    return rest != NULL ? read_rest(ctx, options, config, place)
                        : mk_fail(ctx, MK_E_MISSING_BINDING, NULL,
                                  "%s, and accountId is required for REST API: pass bindings: { threads: "
                                  "env.THREADS_KV, messages: env.MESSAGES_KV }, or accountId and apiToken",
                                  required);
  }
  if (!mk_json_is_array(bindings)) {
    return mk_fail(ctx, MK_E_MISSING_BINDING, NULL, required);
  }
  if (rest != NULL) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL,
                   "bindings and %s exclude each other: pass bindings in a Worker that has them, or accountId and "
                   "apiToken for Cloudflare's REST API",
                   rest);
  }
  return read_bindings(ctx, bindings, config, place);
}

/* A table goes to its own namespace; without one to that of `metadata`, else to that of `threads`. */
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

/* Read how long records are kept: {"messages":"90d",…}. */
static mk_status read_expiration(mk_context *ctx, mk_str span, mk_config *config) {
  mk_member member;
  if (!mk_str_is_present(span)) {
    return MK_OK;
  }
  if (!mk_json_is_object(span)) {
    return fail_option(ctx, "expiration", "must be an object, such as { messages: '90d' }");
  }
  for (mk_cursor cursor = mk_json_walk(span); mk_json_next(&cursor, &member);) {
    mk_str name;
    int64_t kept_ms = 0;
    MK_TRY(mk_json_decode(ctx, member.name, &name));
    mk_table table = mk_schema_table_named(name);
    if (table == MK_TABLE_COUNT || mk_age_column(table) == NULL) {
      return fail_option(ctx, "expiration", "names a table that has no records of an age of its own");
    }
    if (!mk_duration_read(member.value, &kept_ms) || kept_ms < MK_EXPIRATION_MS_MIN) {
      return fail_option(ctx, "expiration",
                         "must say how long, at least a minute: milliseconds, or a text such as '90d', '12h'");
    }
    config->kept_ms[table] = kept_ms;
  }
  return MK_OK;
}

mk_status mk_open(mk_context *ctx, mk_str options, mk_config *config, mk_str *result) {
  *config = (mk_config){0};
  placement place;
  for (int i = 0; i < MK_TABLE_COUNT; i++) {
    place.ns[i] = -1;
  }
  MK_TRY(read_way_in(ctx, options, config, &place));
  MK_TRY(read_prefix(ctx, options, "keyPrefix", &config->key_prefix));
  MK_TRY(check_key_prefix(ctx, config->key_prefix));
  MK_TRY(check_limits(ctx, options));
  MK_TRY(read_expiration(ctx, mk_json_get(options, "expiration"), config));
  place_keyspaces(&place, config);
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_json_begin_list(&buf, "namespaces");
  for (uint32_t i = 0; i < config->ns_count; i++) {
    mk_json_value(&buf, config->names[i]);
  }
  mk_json_end(&buf, ']');
  mk_json_name(&buf, "paths");
  mk_operations_write_paths(&buf);
  mk_json_end(&buf, '}');
  return mk_take(ctx, &buf, result);
}
