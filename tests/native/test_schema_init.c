/* document.h: the schema document, and what it keeps from happening. */
#include <string.h>

#include "record/record.h"
#include "support.h"

#define NAMED(name) "{'name':'" name "','valid':true}"
#define BOTH NAMED("threads") "," NAMED("messages")
#define BINDINGS(list) "{'bindings':[" list "]}"

#define KEY "metadata:schema"

static void reopen(store *s, const char *bindings) { store_reopen(s, json("{'bindings':[%s]}", bindings)); }

/* The document's member, as it is stored. */
static mk_str stored(const char *member) { return mk_json_get(kv_value(NS_THREADS, KEY), member); }

static void first_init_writes_the_document_with_the_threads(void **state) {
  store *s = *state;
  kv_count_reset();
  assert_result(s, "init", "{}", "null");
  assert_calls(1, 1, 0, 1, 3); /* whether anything is stored */
  mk_str document = kv_value(NS_THREADS, KEY);
  assert_true(mk_str_starts_with(document, JSON("{'%s':", MK_WRITTEN_AT)));
  assert_json(stored("version"), json("%d", MK_SCHEMA_VERSION));
  assert_json(mk_json_get(stored("tables"), "threads"),
              "{'columns':{'id':'id','resourceId':'string','title':'string?','metadata':'object?','createdAt':'date',"
              "'updatedAt':'date'},'families':{'title':'title','metadata':'metadata','updatedAt':'activity'}}");
  assert_json(mk_json_get(stored("placement"), "metadata:messages:"), "'messages'");
  assert_json(mk_json_get(stored("placement"), "resources:"), "'threads'");
  assert_int_equal(kv_key_count(NS_MESSAGES), 0);
}

/* Everything that schema.c says is in the document: nobody has to keep a second list. */
static void document_has_every_column_and_every_keyspace(void **state) {
  store *s = *state;
  assert_result(s, "init", "{}", "null");
  for (int i = 0; i < MK_TABLE_COUNT; i++) {
    const mk_table_def *table = mk_schema_table((mk_table)i);
    mk_str columns = mk_json_get(mk_json_get(stored("tables"), table->name), "columns");
    for (int j = 0; j < table->column_count; j++) {
      assert_true(mk_json_get(columns, table->columns[j].name).size > strlen("''"));
    }
  }
  for (int i = 0; i < MK_KEYSPACE_COUNT; i++) {
    assert_true(mk_json_is_string(mk_json_get(stored("placement"), mk_schema_keyspace((mk_keyspace)i)->beginning)));
  }
}

static void later_inits_read_and_write_nothing(void **state) {
  store *s = *state;
  assert_result(s, "init", "{}", "null");
  const char *document = keep(kv_value(NS_THREADS, KEY));
  kv_count_reset();
  assert_result(s, "init", "{}", "null");
  assert_calls(1, 0, 0, 0, 1);
  assert_text(kv_value(NS_THREADS, KEY), document);
}

static void prefixes_have_a_document_each(void **state) {
  store *s = *state;
  store_reopen(s, OPTIONS_PREFIX("dev_"));
  assert_result(s, "init", "{}", "null");
  assert_true(mk_str_is_present(kv_value(NS_THREADS, "dev_" KEY)));
  assert_false(mk_str_is_present(kv_value(NS_THREADS, KEY)));
}

/* Of code that knew less, or described it otherwise. */
static void older_document_is_brought_up_to_date(void **state) {
  store *s = *state;
  static const char *const documents[] = {
      "{'version':0}",
      "{'version':1}",
      "{'_writtenAt':1,'version':1,'tables':{},'placement':{}}",
      "{'_writtenAt':1,'version':1,'tables':{'threads':{}},'placement':{'threads:':'threads','gone:':'messages'}}",
  };
  for (size_t i = 0; i < COUNT_OF(documents); i++) {
    kv_seed(NS_THREADS, KEY, json("%s", documents[i]), NULL);
    kv_count_reset();
    assert_result(s, "init", "{}", "null");
    assert_calls(1, 1, 0, 0, 2);
    assert_json(mk_json_get(stored("placement"), "threads:"), "'threads'");
    kv_count_reset();
    assert_result(s, "init", "{}", "null");
    assert_calls(1, 0, 0, 0, 1);
  }
}

/* Where nothing was stored before, no step of an upgrade is due; where code that calls no init was at work, all are. */
static void document_tells_which_steps_are_due(void **state) {
  store *s = *state;
  assert_result(s, "init", "{}", "null");
  assert_json(stored("steps"), json("%d", MK_SCHEMA_STEPS));
  kv_reset();
  kv_seed(NS_THREADS, "metadata:threads:t:activity", json("{}"), NULL);
  assert_result(s, "init", "{}", "null");
  assert_json(stored("steps"), "0");
  kv_reset();
  kv_seed(NS_THREADS, KEY, json("{'version':1}"), NULL);
  assert_result(s, "init", "{}", "null");
  assert_json(stored("steps"), "0");
}

/* What another init says of the upgrade is carried on. */
static void upgrade_is_left_as_it_is(void **state) {
  store *s = *state;
  kv_seed(NS_THREADS, KEY, json("{'version':1,'steps':7,'upgrade':{'step':8, 'x':[1]}}"), NULL);
  assert_result(s, "init", "{}", "null");
  assert_json(stored("steps"), "7");
  assert_json(stored("upgrade"), "{'step':8, 'x':[1]}");
}

static void newer_document_is_refused(void **state) {
  store *s = *state;
  const char *document = json("{'version':%d,'tables':7}", MK_SCHEMA_VERSION + 1);
  kv_seed(NS_THREADS, KEY, document, NULL);
  assert_error(
      s, "init", "{}", "SCHEMA_TOO_NEW",
      json("The data is of version %d of the schema, and this package knows versions up to %d. Update mastra-kv-wasm.",
           MK_SCHEMA_VERSION + 1, MK_SCHEMA_VERSION));
  assert_text(error_key(s), KEY);
  assert_text(kv_value(NS_THREADS, KEY), document);
}

static void what_is_no_document_is_corrupt(void **state) {
  store *s = *state;
  static const char *const values[] = {
      "", "x", "null", "[]", "{}", "{'version':'1'}", "{'version':1.5}", "{'version':1"};
  for (size_t i = 0; i < COUNT_OF(values); i++) {
    kv_seed(NS_THREADS, KEY, json("%s", values[i]), NULL);
    assert_error(s, "init", "{}", "CORRUPT_RECORD", NULL);
    assert_text(error_key(s), KEY);
  }
}

#define SAVE_RESOURCE \
  "{'resource':{'id':'u1','createdAt':'2026-03-01T09:00:00.000Z','updatedAt':'2026-03-01T09:00:00.000Z'}}"

static void table_without_data_may_move(void **state) {
  store *s = *state;
  assert_result(s, "init", "{}", "null");
  reopen(s, BOTH "," NAMED("resources"));
  kv_count_reset();
  assert_result(s, "init", "{}", "null");
  assert_calls(1, 1, 0, 2, 4); /* two keyspaces move, and each is looked for in the namespace it leaves */
  assert_json(mk_json_get(stored("placement"), "resources:"), "'resources'");
  assert_json(mk_json_get(stored("placement"), "metadata:resources:"), "'resources'");
  assert_json(mk_json_get(stored("placement"), "scorers:"), "'threads'");
}

/* A list of KV may show an empty page with more to come. */
static void data_is_found_behind_empty_pages(void **state) {
  store *s = *state;
  assert_result(s, "init", "{}", "null");
  (void)result_of(s, "saveResource", SAVE_RESOURCE);
  kv_pages_empty_first(true);
  reopen(s, BOTH "," NAMED("resources"));
  assert_error(s, "init", "{}", "PLACEMENT_CHANGED", NULL);
}

typedef struct change {
  const char *before;
  const char *operation; /* what stores something in between */
  const char *args;
  const char *after;
  const char *keys;  /* of the error: which keys would be hidden */
  const char *leave; /* the namespace they are in */
  const char *enter; /* the one they would be looked for in */
  const char *pass;  /* what to pass */
} change;

static void change_that_would_hide_data_is_refused_with_what_to_pass(void **state) {
  store *s = *state;
  static const char thread[] = "{'thread':{'id':'t1','resourceId':'u1','createdAt':'2026-03-01T09:00:00.000Z','"
                               "updatedAt':'2026-03-01T09:00:00.000Z'}}";
  static const change changes[] = {
      /* a table that shared a namespace gets its own */
      {BOTH, "saveResource", SAVE_RESOURCE, BOTH "," NAMED("mastra_resources"), "resources:", "threads", "resources",
       "threads, messages"},
      /* and the other way round */
      {BOTH "," NAMED("resources"), "saveResource", SAVE_RESOURCE, BOTH, "resources:", "resources", "threads",
       "threads, messages, resources"},
      /* what describes tables is split off */
      {BOTH, "saveThread", thread, BOTH "," NAMED("metadata"), "metadata:threads_by_resource:", "threads", "metadata",
       "threads, messages"},
      /* or put back */
      {BOTH "," NAMED("metadata"), "saveThread", thread, BOTH, "metadata:threads:", "metadata", "threads",
       "threads, metadata, messages"},
      /* of several, one is left out */
      {BOTH "," NAMED("scorers") "," NAMED("resources"), "saveResource", SAVE_RESOURCE, BOTH "," NAMED("scorers"),
       "resources:", "resources", "threads", "threads, messages, resources, scorers"},
  };
  for (size_t i = 0; i < COUNT_OF(changes); i++) {
    const change *c = &changes[i];
    kv_reset();
    reopen(s, c->before);
    assert_result(s, "init", "{}", "null");
    (void)result_of(s, c->operation, c->args);
    reopen(s, c->after);
    const char *document = keep(kv_value(NS_THREADS, KEY));
    kv_count_reset();
    assert_error(s, "init", "{}", "PLACEMENT_CHANGED",
                 json("Keys that begin with \"%s\" are kept in the namespace of table %s, and these options would look "
                      "for them in that of %s. Pass bindings for just these tables: %s. (Where nothing is "
                      "stored yet, delete the key \"" KEY "\".)",
                      c->keys, c->leave, c->enter, c->pass));
    assert_text(error_key(s), KEY);
    assert_int_equal(kv_count().calls[KV_PUT], 0);
    assert_text(kv_value(NS_THREADS, KEY), document);
    /* What the error says to pass is right. */
    reopen(s, c->before);
    assert_result(s, "init", "{}", "null");
  }
}

/* The namespaces can be named in any order, and by Mastra's names. */
static void same_placement_by_other_names_is_no_change(void **state) {
  store *s = *state;
  assert_result(s, "init", "{}", "null");
  kv_count_reset();
  store_reopen(s, BINDINGS(NAMED("mastra_threads") "," NAMED("mastra_messages")));
  assert_result(s, "init", "{}", "null");
  assert_calls(1, 0, 0, 0, 1);
}

static void clearing_everything_forgets_the_placement(void **state) {
  store *s = *state;
  assert_result(s, "init", "{}", "null");
  (void)result_of(s, "saveResource", SAVE_RESOURCE);
  (void)result_of(s, "clear", "{'domain':'memory'}");
  assert_true(mk_str_is_present(kv_value(NS_THREADS, KEY)));
  (void)result_of(s, "clear", "{}");
  assert_int_equal(kv_key_count(NS_THREADS), 0);
  reopen(s, BOTH "," NAMED("resources"));
  assert_result(s, "init", "{}", "null");
}

/* Over REST the tables have a namespace each, where a Worker may have bound two for all. */
static void rest_is_told_to_name_the_namespaces(void **state) {
  store *s = *state;
  assert_result(s, "init", "{}", "null");
  (void)result_of(s, "saveResource", SAVE_RESOURCE);
  const char *document = keep(kv_value(NS_THREADS, KEY));
  const char *resource = keep(kv_value(NS_THREADS, "resources:u1"));
  kv_reset();
  store_reopen(s, "{'accountId':'a','apiToken':'xxx'}");
  kv_seed(NS_THREADS, KEY, document, NULL);
  kv_seed(NS_THREADS, "resources:u1", resource, NULL);
  assert_error(s, "init", "{}", "PLACEMENT_CHANGED", NULL);
  assert_non_null(strstr(s->ctx.error.text, "Pass namespaces for just these tables: threads, messages. "));
  store_reopen(s, "{'accountId':'a','apiToken':'xxx','namespaces':[" BOTH "]}");
  assert_result(s, "init", "{}", "null");
}

static void failing_calls_are_errors_and_the_next_init_heals(void **state) {
  store *s = *state;
  for (int nth = 1; nth <= 3; nth++) {
    for (int lands = 0; lands <= 1; lands++) {
      kv_reset();
      kv_fail((kv_faults){.nth = nth, .lands = lands, .status = 500});
      assert_error(s, "init", "{}", "KV_FAILED", NULL);
      assert_text(error_key(s), nth == 2 ? "" : KEY); /* a list of all keys */
      kv_fail((kv_faults){0});
      assert_result(s, "init", "{}", "null");
      assert_json(stored("version"), json("%d", MK_SCHEMA_VERSION));
    }
  }
}

static void short_memory_is_an_error(void **state) {
  store *s = *state;
  bool is_done = false;
  for (uint32_t nth = 1; !is_done; nth++) {
    kv_reset();
    kv_seed(NS_THREADS, KEY, json("{'version':1,'placement':{'threads:':'threads','resources:':'messages'}}"), NULL);
    store_begin(s);
    s->arena.fail_nth = nth;
    mk_str answer = answer_of(&s->ctx, "init", MK_STR("{}"));
    is_done = s->arena.fail_nth > 0; /* it did not come to it */
    s->arena.fail_nth = 0;
    mk_str code = mk_json_get(mk_json_get(answer, "error"), "code");
    assert_text(mk_str_is_present(code) ? code : MK_STR("none"), is_done ? "none" : json("'OUT_OF_MEMORY'"));
    assert_result(s, "init", "{}", "null");
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(first_init_writes_the_document_with_the_threads),
      STORE_TEST(document_has_every_column_and_every_keyspace),
      STORE_TEST(later_inits_read_and_write_nothing),
      STORE_TEST(prefixes_have_a_document_each),
      STORE_TEST(older_document_is_brought_up_to_date),
      STORE_TEST(document_tells_which_steps_are_due),
      STORE_TEST(upgrade_is_left_as_it_is),
      STORE_TEST(newer_document_is_refused),
      STORE_TEST(what_is_no_document_is_corrupt),
      STORE_TEST(table_without_data_may_move),
      STORE_TEST(data_is_found_behind_empty_pages),
      STORE_TEST(change_that_would_hide_data_is_refused_with_what_to_pass),
      STORE_TEST(same_placement_by_other_names_is_no_change),
      STORE_TEST(clearing_everything_forgets_the_placement),
      STORE_TEST(rest_is_told_to_name_the_namespaces),
      STORE_TEST(failing_calls_are_errors_and_the_next_init_heals),
      STORE_TEST(short_memory_is_an_error),
  };
  return cmocka_run_group_tests_name("schema_init", tests, NULL, NULL);
}
