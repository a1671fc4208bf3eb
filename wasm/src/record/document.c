#include "record/document.h"

#include "base/json.h"
#include "base/writer.h"
#include "host/platform.h"
#include "kv/config.h"
#include "kv/io.h"
#include "kv/key.h"
#include "kv/listing.h"
#include "record/record.h"

/* mk_type, in its order. */
static const char *const type_names[] = {"string", "id",      "date",  "object", "value", "json",
                                         "number", "boolean", "stamp", "word",   "kind"};

static mk_status document_key(mk_context *ctx, mk_str *out) {
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_text(&buf, ctx->config->key_prefix);
  mk_buf_literal(&buf, "metadata:schema");
  return mk_take(ctx, &buf, out);
}

static void describe_columns(const mk_table_def *table, mk_buf *buf) {
  mk_json_name(buf, "columns");
  mk_json_begin(buf, '{');
  for (int i = 0; i < table->column_count; i++) {
    const mk_column *column = &table->columns[i];
    mk_json_name(buf, column->name);
    mk_buf_char(buf, '"');
    mk_buf_literal(buf, type_names[column->type]);
    mk_buf_literal(buf, column->required ? "\"" : "?\"");
  }
  mk_json_end(buf, '}');
}

static void describe_families(const mk_table_def *table, mk_buf *buf) {
  mk_json_name(buf, "families");
  mk_json_begin(buf, '{');
  for (int i = 0; i < table->column_count; i++) {
    const mk_column *column = &table->columns[i];
    if (column->family >= 0) {
      mk_json_member_text(buf, column->name, mk_str_of(table->families[column->family]));
    }
  }
  mk_json_end(buf, '}');
}

static mk_status describe_tables(mk_context *ctx, mk_str *out) {
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_json_begin(&buf, '{');
  for (int i = 0; i < MK_TABLE_COUNT; i++) {
    const mk_table_def *table = mk_schema_table((mk_table)i);
    if (table->column_count > 0) {
      mk_json_name(&buf, table->name);
      mk_json_begin(&buf, '{');
      describe_columns(table, &buf);
      if (table->family_count > 0) {
        describe_families(table, &buf);
      }
      mk_json_end(&buf, '}');
    }
  }
  mk_json_end(&buf, '}');
  return mk_take(ctx, &buf, out);
}

/* The table in whose namespace a keyspace is placed. */
static const char *placed_with(const mk_context *ctx, mk_keyspace keyspace) {
  return mk_schema_table(ctx->config->tables[ctx->config->ns[keyspace]])->name;
}

mk_status mk_document_write(mk_context *ctx, const mk_document *document) {
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_str text;
  mk_json_begin(&buf, '{');
  mk_json_member_int(&buf, MK_WRITTEN_AT, mk_clock_ms());
  mk_json_member_int(&buf, "version", MK_SCHEMA_VERSION);
  mk_json_member_int(&buf, "steps", document->steps);
  if (mk_str_is_present(document->upgrade)) {
    mk_json_member(&buf, "upgrade", document->upgrade);
  }
  mk_json_member(&buf, "tables", document->tables);
  mk_json_name(&buf, "placement");
  mk_json_begin(&buf, '{');
  for (int i = 0; i < MK_KEYSPACE_COUNT; i++) {
    mk_json_member_text(&buf, mk_schema_keyspace((mk_keyspace)i)->beginning,
                        mk_str_of(placed_with(ctx, (mk_keyspace)i)));
  }
  mk_json_end(&buf, '}');
  mk_json_end(&buf, '}');
  MK_TRY(mk_take(ctx, &buf, &text));
  MK_TRY(mk_io_put_until(ctx, MK_THREADS, document->key, text, MK_STR_NONE, 0));
  return mk_io_flush(ctx);
}

/* Whether there is a key that begins with `prefix` in the namespace of a table, if that is there to be
 * looked at; it may hold one if not. */
static mk_status may_hold_keys(mk_context *ctx, mk_table table, mk_str prefix, bool *out) {
  const mk_config *config = ctx->config;
  mk_config there = *config;
  mk_listing listing = mk_listing_make(MK_THREADS, prefix);
  mk_status status = MK_OK;
  there.ns[MK_THREADS] = config->ns_count;
  for (uint32_t ns = 0; ns < config->ns_count; ns++) {
    if (config->tables[ns] == table) {
      there.ns[MK_THREADS] = ns;
    }
  }
  listing.is_complete = there.ns[MK_THREADS] == config->ns_count;
  *out = listing.is_complete;
  ctx->config = &there;
  while (status == MK_OK && !*out && !listing.is_complete) {
    status = mk_listing_queue(ctx, &listing, 1);
    status = status == MK_OK ? mk_io_flush(ctx) : status;
    status = status == MK_OK ? mk_listing_take(ctx, &listing) : status;
    *out = listing.count > 0;
  }
  ctx->config = config;
  return status;
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
      "them in that of %s. Pass %s for just these tables: %.*s. (Where nothing is stored yet, delete the key "
      "\"%.*s\".)",
      mk_schema_keyspace(keyspace)->beginning, MK_STR_ARG(table), placed_with(ctx, keyspace), option,
      MK_STR_ARG(tables), MK_STR_ARG(key));
}

/* Compare where one keyspace is recorded to be with where it is now. */
static mk_status check_keyspace(mk_context *ctx, mk_document *document, mk_keyspace keyspace) {
  mk_str span = mk_json_get(document->placement, mk_schema_keyspace(keyspace)->beginning);
  if (!mk_json_is_string(span)) {
    document->is_current = false; /* it is of code that did not have it */
    return MK_OK;
  }
  mk_str table;
  MK_TRY(mk_json_decode(ctx, span, &table));
  if (mk_str_equal(table, mk_str_of(placed_with(ctx, keyspace)))) {
    return MK_OK;
  }
  bool is_hidden;
  mk_key key = mk_key_begin(ctx, keyspace);
  mk_str prefix;
  document->is_current = false;
  MK_TRY(mk_key_finish_prefix(ctx, &key, &prefix));
  MK_TRY(may_hold_keys(ctx, mk_schema_table_named(table), prefix, &is_hidden));
  return is_hidden ? fail_placement(ctx, document->key, document->placement, keyspace, table) : MK_OK;
}

/* Take a stored document apart. */
static mk_status parse_document(mk_context *ctx, mk_str value, mk_document *out) {
  mk_str text;
  if (!mk_json_span(value, &text) || !mk_json_integer(mk_json_get(text, "version"), &out->version)) {
    return mk_fail_corrupt(ctx, out->key, "is not a schema document");
  }
  if (out->version > MK_SCHEMA_VERSION) {
    ctx->error.key = out->key;
    return mk_fail(ctx, MK_E_SCHEMA_TOO_NEW, NULL,
                   "The data is of version %lld of the schema, and this package knows versions up to %d. Update "
                   "mastra-kv-wasm.",
                   (long long)out->version, MK_SCHEMA_VERSION);
  }
  (void)mk_json_integer(mk_json_get(text, "steps"), &out->steps);
  out->upgrade = mk_json_get(text, "upgrade");
  out->placement = mk_json_get(text, "placement");
  out->is_current = out->version == MK_SCHEMA_VERSION && mk_str_equal(mk_json_get(text, "tables"), out->tables);
  return MK_OK;
}

mk_status mk_document_read(mk_context *ctx, mk_document *out) {
  mk_io *read = NULL;
  *out = (mk_document){.is_current = false};
  MK_TRY(document_key(ctx, &out->key));
  MK_TRY(mk_io_get(ctx, MK_THREADS, out->key, &read));
  MK_TRY(mk_io_flush(ctx));
  MK_TRY(describe_tables(ctx, &out->tables));
  out->exists = mk_str_is_present(read->result);
  return out->exists ? parse_document(ctx, read->result, out) : MK_OK;
}

mk_status mk_init(mk_context *ctx, mk_str args, mk_str *result) {
  (void)args;
  mk_document document;
  bool is_old = true;
  *result = MK_STR("null");
  MK_TRY(mk_document_read(ctx, &document));
  if (!document.exists) { /* where code that calls no init was at work, there may be old data */
    MK_TRY(may_hold_keys(ctx, MK_TABLE_THREADS, ctx->config->key_prefix, &is_old));
    document.steps = is_old ? 0 : MK_SCHEMA_STEPS;
  }
  for (int i = 0; i < MK_KEYSPACE_COUNT; i++) {
    MK_TRY(check_keyspace(ctx, &document, (mk_keyspace)i));
  }
  return document.is_current ? MK_OK : mk_document_write(ctx, &document);
}

mk_status mk_schema_forget(mk_context *ctx) {
  mk_str key;
  MK_TRY(document_key(ctx, &key));
  MK_TRY(mk_io_delete(ctx, MK_THREADS, key));
  return mk_io_flush(ctx);
}
