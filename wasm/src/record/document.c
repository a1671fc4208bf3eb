#include "record/document.h"

#include "base/format.h"
#include "base/json.h"
#include "base/tree.h"
#include "host/platform.h"
#include "kv/config.h"
#include "kv/io.h"
#include "kv/key.h"
#include "kv/listing.h"
#include "record/record.h"

static const char *type_name(mk_type type) {
  switch (type) {
    case MK_TYPE_STRING:
      return "string";
    case MK_TYPE_ID:
      return "id";
    case MK_TYPE_DATE:
      return "date";
    case MK_TYPE_OBJECT:
      return "object";
    case MK_TYPE_ANY:
      return "value";
    case MK_TYPE_JSON:
      return "json";
    case MK_TYPE_NUMBER:
      return "number";
    case MK_TYPE_BOOLEAN:
      return "boolean";
    case MK_TYPE_STAMP:
      return "stamp";
    case MK_TYPE_WORD:
      return "word";
    case MK_TYPE_KIND:
      return "kind";
  }
  return "";
}

static mk_status document_key(mk_context *ctx, mk_str *out) {
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_text(&buf, ctx->config->key_prefix);
  mk_buf_literal(&buf, "metadata:schema");
  return mk_take(ctx, &buf, out);
}

static mk_status add_object(mk_context *ctx, cJSON *parent, const char *name, const cJSON *object) {
  mk_str span;
  MK_TRY(mk_tree_print(ctx, object, &span));
  mk_tree_add_span(ctx, parent, name, span);
  return MK_OK;
}

static mk_status describe_table(mk_context *ctx, const mk_table_def *table, cJSON *tables) {
  cJSON *columns = mk_tree_object(ctx);
  cJSON *families = mk_tree_object(ctx);
  cJSON *object = mk_tree_object(ctx);
  for (int i = 0; i < table->column_count; i++) {
    const mk_column *column = &table->columns[i];
    char type[16];
    mk_format(type, sizeof type, "%s%s", type_name(column->type), column->required ? "" : "?");
    mk_tree_add_text(ctx, columns, column->name, mk_str_of(type));
    if (column->family >= 0) {
      mk_tree_add_text(ctx, families, column->name, mk_str_of(table->families[column->family]));
    }
  }
  MK_TRY(add_object(ctx, object, "columns", columns));
  if (table->family_count > 0) {
    MK_TRY(add_object(ctx, object, "families", families));
  }
  return add_object(ctx, tables, table->name, object);
}

static mk_status describe_tables(mk_context *ctx, mk_str *out) {
  cJSON *tables = mk_tree_object(ctx);
  for (int i = 0; i < MK_TABLE_COUNT; i++) {
    const mk_table_def *table = mk_schema_table((mk_table)i);
    if (table->column_count > 0) {
      MK_TRY(describe_table(ctx, table, tables));
    }
  }
  return mk_tree_print(ctx, tables, out);
}

/* The table in whose namespace a keyspace is placed. */
static const char *placed_with(const mk_context *ctx, mk_keyspace keyspace) {
  return mk_schema_table(ctx->config->tables[ctx->config->ns[keyspace]])->name;
}

static mk_status write_document(mk_context *ctx, mk_str key, mk_str tables) {
  cJSON *placement = mk_tree_object(ctx);
  cJSON *document = mk_tree_object(ctx);
  for (int i = 0; i < MK_KEYSPACE_COUNT; i++) {
    mk_tree_add_text(ctx, placement, mk_schema_keyspace((mk_keyspace)i)->beginning,
                     mk_str_of(placed_with(ctx, (mk_keyspace)i)));
  }
  mk_str text;
  mk_tree_add_number(ctx, document, MK_WRITTEN_AT, mk_clock_ms());
  mk_tree_add_number(ctx, document, "version", MK_SCHEMA_VERSION);
  mk_tree_add_span(ctx, document, "tables", tables);
  MK_TRY(add_object(ctx, document, "placement", placement));
  MK_TRY(mk_tree_print(ctx, document, &text));
  MK_TRY(mk_io_put_until(ctx, MK_THREADS, key, text, MK_STR_NONE, 0));
  return mk_io_flush(ctx);
}

static mk_status find_key(mk_context *ctx, mk_keyspace keyspace, bool *is_found) {
  mk_key key = mk_key_begin(ctx, keyspace);
  mk_str prefix;
  MK_TRY(mk_key_finish_prefix(ctx, &key, &prefix));
  mk_listing listing = mk_listing_make(keyspace, prefix);
  while (listing.count == 0 && !listing.is_complete) {
    MK_TRY(mk_listing_queue(ctx, &listing, 1));
    MK_TRY(mk_io_flush(ctx));
    MK_TRY(mk_listing_take(ctx, &listing));
  }
  *is_found = listing.count > 0;
  return MK_OK;
}

/* Whether a keyspace may hold keys in the namespace that `table` had before: it does if that cannot be
 * looked at any more. */
static mk_status may_hold_keys(mk_context *ctx, mk_keyspace keyspace, mk_table table, bool *out) {
  const mk_config *now = ctx->config;
  mk_config before = *now;
  *out = true;
  for (uint32_t ns = 0; ns < now->ns_count; ns++) {
    if (now->tables[ns] == table) {
      before.ns[keyspace] = ns;
      ctx->config = &before;
      mk_status status = find_key(ctx, keyspace, out);
      ctx->config = now;
      return status;
    }
  }
  return MK_OK;
}

/* The tables that had a namespace when the document was written: "threads, messages". */
static mk_status recorded_tables(mk_context *ctx, mk_str placement, mk_str *out) {
  mk_buf buf = mk_buf_make(ctx->arena);
  bool is_listed[MK_TABLE_COUNT] = {false};
  mk_cursor cursor = mk_json_walk(placement);
  mk_member member;
  while (mk_json_next(&cursor, &member)) {
    mk_str name;
    MK_TRY(mk_json_decode(ctx, member.value, &name));
    mk_table table = mk_schema_table_named(name);
    if (table < MK_TABLE_COUNT && !is_listed[table]) {
      is_listed[table] = true;
      mk_buf_literal(&buf, buf.size == 0 ? "" : ", ");
      mk_buf_text(&buf, name);
    }
  }
  return mk_take(ctx, &buf, out);
}

static mk_status fail_placement(mk_context *ctx, mk_str key, mk_str placement, mk_keyspace keyspace, mk_str table) {
  const char *option = ctx->config->is_rest ? "namespaces" : "bindings";
  mk_str tables;
  MK_TRY(recorded_tables(ctx, placement, &tables));
  ctx->error.key = key;
  return mk_fail(
      ctx, MK_E_PLACEMENT_CHANGED, NULL,
      "Keys that begin with \"%s\" are kept in the namespace of table %.*s, and these options would look for "
      "them in that of %s. Pass %s for just these tables: %.*s. (What is kept where is recorded in \"%.*s\"; "
      "where nothing is stored yet, delete that key.)",
      mk_schema_keyspace(keyspace)->beginning, MK_STR_ARG(table), placed_with(ctx, keyspace), option,
      MK_STR_ARG(tables), MK_STR_ARG(key));
}

/* Compare where one keyspace is recorded to be with where it is now. */
static mk_status check_keyspace(mk_context *ctx, mk_str key, mk_str placement, mk_keyspace keyspace, bool *is_current) {
  mk_str span = mk_json_get(placement, mk_schema_keyspace(keyspace)->beginning);
  if (!mk_json_is_string(span)) {
    *is_current = false; /* the document is of code that did not have it */
    return MK_OK;
  }
  mk_str table;
  MK_TRY(mk_json_decode(ctx, span, &table));
  if (mk_str_equal(table, mk_str_of(placed_with(ctx, keyspace)))) {
    return MK_OK;
  }
  bool is_hidden;
  *is_current = false;
  MK_TRY(may_hold_keys(ctx, keyspace, mk_schema_table_named(table), &is_hidden));
  return is_hidden ? fail_placement(ctx, key, placement, keyspace, table) : MK_OK;
}

/* Compare a stored document with this code and these bindings; *is_current: it says the same. */
static mk_status check_document(mk_context *ctx, mk_str key, mk_str value, mk_str tables, bool *is_current) {
  mk_str document;
  int64_t version = 0;
  if (!mk_json_span(value, &document) || !mk_json_integer(mk_json_get(document, "version"), &version)) {
    return mk_fail_corrupt(ctx, key, "is not a schema document");
  }
  if (version > MK_SCHEMA_VERSION) {
    ctx->error.key = key;
    return mk_fail(ctx, MK_E_SCHEMA_TOO_NEW, NULL,
                   "The data is of version %lld of the schema, as \"%.*s\" says, and this package knows versions up to "
                   "%d. Update mastra-kv-wasm.",
                   (long long)version, MK_STR_ARG(key), MK_SCHEMA_VERSION);
  }
  mk_str placement = mk_json_get(document, "placement");
  *is_current = version == MK_SCHEMA_VERSION && mk_str_equal(mk_json_get(document, "tables"), tables);
  for (int i = 0; i < MK_KEYSPACE_COUNT; i++) {
    MK_TRY(check_keyspace(ctx, key, placement, (mk_keyspace)i, is_current));
  }
  return MK_OK;
}

mk_status mk_init(mk_context *ctx, mk_str args, mk_str *result) {
  (void)args;
  mk_str key;
  mk_str tables;
  mk_io *read = NULL;
  bool is_current = false;
  *result = MK_STR("null");
  MK_TRY(document_key(ctx, &key));
  MK_TRY(mk_io_get(ctx, MK_THREADS, key, &read));
  MK_TRY(mk_io_flush(ctx));
  MK_TRY(describe_tables(ctx, &tables));
  if (mk_str_is_present(read->result)) {
    MK_TRY(check_document(ctx, key, read->result, tables, &is_current));
  }
  return is_current ? MK_OK : write_document(ctx, key, tables);
}

mk_status mk_schema_forget(mk_context *ctx) {
  mk_str key;
  MK_TRY(document_key(ctx, &key));
  MK_TRY(mk_io_delete(ctx, MK_THREADS, key));
  return mk_io_flush(ctx);
}
