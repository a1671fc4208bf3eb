/* open.h and schema.h: from the options a store is constructed with to where its keys are placed. */
#include <string.h>

#include "support.h"

#define BINDING(name) "{'name':'" name "','valid':true}"
#define BOTH BINDING("threads") "," BINDING("messages")

/* The namespace of each keyspace, by the name of its binding. */
typedef struct placement {
  const char *bindings;
  const char *names[MK_KEYSPACE_COUNT];
} placement;

static void assert_placed(store *s, const placement *expected) {
  mk_str result;
  assert_int_equal(store_open(s, json("{'bindings':[%s]}", expected->bindings), &result), MK_OK);
  for (int i = 0; i < MK_KEYSPACE_COUNT; i++) {
    mk_str name = s->config.names[s->config.ns[i]];
    if (expected->names[i] != NULL) {
      assert_json(name, json("'%s'", expected->names[i]));
    }
  }
}

static void every_keyspace_is_placed_with_what_it_describes(void **state) {
  store *s = *state;
  static const placement cases[] = {
      {BOTH, {"threads", "threads", "threads", "messages", "messages", "threads", "threads"}},
      {BINDING("messages") "," BINDING("threads"),
       {"threads", "threads", "threads", "messages", "messages", "threads", "threads"}},
      {BINDING("mastra_threads") "," BINDING("mastra_messages"),
       {"mastra_threads", "mastra_threads", "mastra_threads", "mastra_messages", "mastra_messages", "mastra_threads",
        "mastra_threads"}},
      {BOTH "," BINDING("metadata"),
       {"threads", "metadata", "metadata", "messages", "metadata", "metadata", "metadata"}},
      {BOTH "," BINDING("resources"),
       {"threads", "threads", "threads", "messages", "messages", "resources", "resources"}},
      {BINDING("metadata") "," BINDING("mastra_resources") "," BOTH,
       {"threads", "metadata", "metadata", "messages", "metadata", "mastra_resources", "metadata"}},
      {BOTH "," BINDING("scorers") "," BINDING("workflow_snapshot") "," BINDING("background_tasks") "," BINDING(
           "thread_state"),
       {"threads", "threads", "threads", "messages", "messages", "threads", "threads"}},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    assert_placed(s, &cases[i]);
  }
}

static void result_names_the_bindings_by_namespace_number(void **state) {
  store *s = *state;
  mk_str result;
  assert_int_equal(store_open(s, "{'bindings':[" BINDING("mastra_messages") "," BINDING("threads") "]}", &result),
                   MK_OK);
  assert_json(result, "{'namespaces':['mastra_messages','threads']}");
}

typedef struct refusal {
  const char *options;
  mk_status status;
  const char *text; /* what the error's text contains */
} refusal;

static void assert_refused(store *s, const refusal *cases, size_t count) {
  for (size_t i = 0; i < count; i++) {
    mk_str result = MK_STR_NONE;
    assert_int_equal(store_open(s, cases[i].options, &result), cases[i].status);
    if (strstr(s->ctx.error.text, cases[i].text) == NULL) {
      fail_msg("%s: %s", cases[i].options, s->ctx.error.text);
    }
    assert_false(mk_str_is_present(result));
  }
}

static void missing_and_wrong_bindings_are_named_with_what_to_write(void **state) {
  store *s = *state;
  static const refusal cases[] = {
      {"{}", MK_E_MISSING_BINDING, "KV bindings are required when using Workers Binding API"},
      {"{'bindings':null}", MK_E_MISSING_BINDING, "KV bindings are required when using Workers Binding API"},
      {"{'bindings':[]}", MK_E_MISSING_BINDING, "Missing KV binding for table: threads. "},
      {"{'bindings':[" BINDING("messages") "]}", MK_E_MISSING_BINDING, "Missing KV binding for table: threads. "},
      {"{'bindings':[" BINDING("threads") "]}", MK_E_MISSING_BINDING, "Missing KV binding for table: messages. "},
      {"{'bindings':[" BINDING("threads") "]}", MK_E_MISSING_BINDING,
       "[[kv_namespaces]] with binding = \"MESSAGES_KV\" and its id, and pass bindings: { messages: env.MESSAGES_KV }"},
      {"{'bindings':[" BOTH "," BINDING("thread") "]}", MK_E_MISSING_BINDING, "bindings.thread is not a table"},
      {"{'bindings':[" BOTH "," BINDING("mastra_metadata") "]}", MK_E_MISSING_BINDING, "is not a table"},
      {"{'bindings':[{'name':'threads','valid':false}," BINDING("messages") "]}", MK_E_MISSING_BINDING,
       "This binding is not a KVNamespace: threads. "},
      {"{'bindings':[" BOTH ",{'name':'thread_state'}]}", MK_E_MISSING_BINDING, "binding = \"THREAD_STATE_KV\""},
      {"{'bindings':[" BOTH "," BINDING("mastra_threads") "]}", MK_E_INVALID_ARGUMENT,
       "table threads twice, as threads and as mastra_threads"},
      {"{'bindings':[" BOTH "," BINDING("metadata") "," BINDING("metadata") "]}", MK_E_INVALID_ARGUMENT, "twice"},
      {"{'bindings':[{}]}", MK_E_INVALID_ARGUMENT, "string"},
  };
  assert_refused(s, cases, COUNT_OF(cases));
}

#define PREFIX(prefix) "{'keyPrefix':" prefix ",'bindings':[" BOTH "]}"

static void prefixes_that_kv_or_another_store_could_mix_up_are_refused(void **state) {
  store *s = *state;
  static const refusal cases[] = {
      {PREFIX("5"), MK_E_INVALID_ARGUMENT, "keyPrefix must be a string"},
      {PREFIX("null"), MK_E_INVALID_ARGUMENT, "keyPrefix must be a string"},
      {PREFIX("'a b'"), MK_E_INVALID_ARGUMENT, "printable ASCII"},
      {PREFIX("'\\n'"), MK_E_INVALID_ARGUMENT, "printable ASCII"},
      {PREFIX("'\\u0000'"), MK_E_INVALID_ARGUMENT, "printable ASCII"},
      {PREFIX("'\\u007f'"), MK_E_INVALID_ARGUMENT, "printable ASCII"},
      {PREFIX("'\xC3\xA9'"), MK_E_INVALID_ARGUMENT, "printable ASCII"},
      {PREFIX("'threads:'"), MK_E_INVALID_ARGUMENT, "table's name and a colon"},
      {PREFIX("'dev_threads:'"), MK_E_INVALID_ARGUMENT, "table's name and a colon"},
      {PREFIX("'metadata:x'"), MK_E_INVALID_ARGUMENT, "table's name and a colon"},
      {PREFIX("'a:background_tasks:b'"), MK_E_INVALID_ARGUMENT, "table's name and a colon"},
  };
  assert_refused(s, cases, COUNT_OF(cases));
}

static void other_prefixes_stand_before_every_key(void **state) {
  store *s = *state;
  static const char *const prefixes[] = {"", "dev_", "a:", "threads", "%41", "~!", "dev:threads_"};
  for (size_t i = 0; i < COUNT_OF(prefixes); i++) {
    store_reopen(s, json("{'keyPrefix':'%s','bindings':[" BOTH "]}", prefixes[i]));
    assert_text(s->config.key_prefix, prefixes[i]);
  }
  store_reopen(s, "{'bindings':[" BOTH "]}");
  assert_text(s->config.key_prefix, "");
}

static void prefix_of_128_bytes_is_the_longest(void **state) {
  store *s = *state;
  char prefix[MK_KEY_PREFIX_SIZE_MAX + 2] = "";
  mk_str result;
  memset(prefix, 'p', MK_KEY_PREFIX_SIZE_MAX);
  assert_int_equal(store_open(s, json("{'keyPrefix':'%s','bindings':[" BOTH "]}", prefix), &result), MK_OK);
  prefix[MK_KEY_PREFIX_SIZE_MAX] = 'p';
  assert_int_equal(store_open(s, json("{'keyPrefix':'%s','bindings':[" BOTH "]}", prefix), &result),
                   MK_E_INVALID_ARGUMENT);
  assert_non_null(strstr(s->ctx.error.text, "128"));
}

static void opening_starts_no_call(void **state) {
  store *s = *state;
  store_reopen(s, OPTIONS);
  assert_int_equal(kv_count_calls(), 0);
  assert_int_equal(kv_clock_last(), KV_CLOCK_START);
}

static void tables_are_known_by_both_names(void **state) {
  (void)state;
  for (int i = 0; i < MK_TABLE_COUNT; i++) {
    const mk_table_def *table = mk_schema_table((mk_table)i);
    assert_int_equal(mk_schema_table_named(mk_str_of(table->name)), i);
    if (table->mastra_name != NULL) {
      assert_int_equal(mk_schema_table_named(mk_str_of(table->mastra_name)), i);
    }
    for (int j = 0; j < table->column_count; j++) {
      const mk_column *column = &table->columns[j];
      assert_ptr_equal(mk_schema_column(table, mk_str_of(column->name)), column);
      assert_true(column->family == MK_NO_FAMILY || column->family < table->family_count);
    }
  }
  assert_int_equal(mk_schema_table_named(MK_STR("")), MK_TABLE_COUNT);
  assert_int_equal(mk_schema_table_named(MK_STR("Threads")), MK_TABLE_COUNT);
  assert_null(mk_schema_column(mk_schema_table(MK_TABLE_THREADS), MK_STR("titles")));
}

/* Otherwise listing one keyspace would show another's keys. */
static void no_keyspace_begins_with_another(void **state) {
  (void)state;
  for (int i = 0; i < MK_KEYSPACE_COUNT; i++) {
    mk_str beginning = mk_str_of(mk_schema_keyspace((mk_keyspace)i)->beginning);
    assert_int_equal(beginning.data[beginning.size - 1], ':');
    for (int j = 0; j < MK_KEYSPACE_COUNT; j++) {
      assert_int_equal(mk_str_starts_with(beginning, mk_str_of(mk_schema_keyspace((mk_keyspace)j)->beginning)), i == j);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(every_keyspace_is_placed_with_what_it_describes),
      STORE_TEST(result_names_the_bindings_by_namespace_number),
      STORE_TEST(missing_and_wrong_bindings_are_named_with_what_to_write),
      STORE_TEST(prefixes_that_kv_or_another_store_could_mix_up_are_refused),
      STORE_TEST(other_prefixes_stand_before_every_key),
      STORE_TEST(prefix_of_128_bytes_is_the_longest),
      STORE_TEST(opening_starts_no_call),
      cmocka_unit_test(tables_are_known_by_both_names),
      cmocka_unit_test(no_keyspace_begins_with_another),
  };
  return cmocka_run_group_tests_name("open", tests, NULL, NULL);
}
