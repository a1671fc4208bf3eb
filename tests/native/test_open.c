/* open.h and schema.h: from the options a store is constructed with to where its keys are placed. */
#include <stdio.h>
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
      {BOTH, {"threads", "threads", "threads", "threads", "messages", "messages", "messages", "threads", "threads"}},
      {BINDING("messages") "," BINDING("threads"),
       {"threads", "threads", "threads", "threads", "messages", "messages", "messages", "threads", "threads"}},
      {BINDING("mastra_threads") "," BINDING("mastra_messages"),
       {"mastra_threads", "mastra_threads", "mastra_threads", "mastra_threads", "mastra_messages", "mastra_messages",
        "mastra_messages", "mastra_threads", "mastra_threads"}},
      {BOTH "," BINDING("metadata"),
       {"threads", "metadata", "metadata", "metadata", "messages", "metadata", "metadata", "metadata", "metadata"}},
      {BOTH "," BINDING("resources"),
       {"threads", "threads", "threads", "threads", "messages", "messages", "messages", "resources", "resources"}},
      {BINDING("metadata") "," BINDING("mastra_resources") "," BOTH,
       {"threads", "metadata", "metadata", "metadata", "messages", "metadata", "metadata", "mastra_resources",
        "metadata"}},
      {BOTH "," BINDING("scorers") "," BINDING("workflow_snapshot") "," BINDING("background_tasks") "," BINDING(
           "thread_state"),
       {"threads", "threads", "threads", "threads", "messages", "messages", "messages", "threads", "threads"}},
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
  assert_json(mk_json_get(result, "namespaces"), "['mastra_messages','threads']");
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

/* What a store over REST needs at least; its characters masked, as the shim does. */
#define REST "'accountId':'a','apiToken':'xxxx'"

static void way_in_is_one_or_the_other(void **state) {
  store *s = *state;
  static const char both[] = "KV bindings are required when using Workers Binding API, and accountId is required for "
                             "REST API: pass bindings: { threads: env.THREADS_KV, messages: env.MESSAGES_KV }, or "
                             "accountId and apiToken";
  static const refusal cases[] = {
      {"{}", MK_E_MISSING_BINDING, both},
      {"{'accountId':null,'apiToken':null}", MK_E_MISSING_BINDING, both},
      {"{'bindings':[" BOTH "]," REST "}", MK_E_INVALID_ARGUMENT, "bindings and accountId exclude each other: pass"},
      {"{'bindings':[" BOTH "],'apiToken':'x'}", MK_E_INVALID_ARGUMENT, "bindings and apiToken exclude each other"},
      {"{'bindings':[" BOTH "],'client':true}", MK_E_INVALID_ARGUMENT, "bindings and client exclude each other"},
      {"{'bindings':[" BOTH "],'namespacePrefix':'a'}", MK_E_INVALID_ARGUMENT, "bindings and namespacePrefix exclude"},
      {"{'bindings':[" BOTH "],'namespaces':[]}", MK_E_INVALID_ARGUMENT, "bindings and namespaces exclude each other"},
  };
  assert_refused(s, cases, COUNT_OF(cases));
  store_reopen(s, "{'accountId':null,'apiToken':null,'bindings':[" BOTH "]}");
}

static void options_of_rest_are_checked(void **state) {
  store *s = *state;
  static const refusal cases[] = {
      {"{'apiToken':'xxxx'}", MK_E_INVALID_ARGUMENT, "accountId is required for REST API"},
      {"{'accountId':'','apiToken':'xxxx'}", MK_E_INVALID_ARGUMENT, "accountId is required for REST API"},
      {"{'accountId':7,'apiToken':'xxxx'}", MK_E_INVALID_ARGUMENT, "accountId is required for REST API"},
      {"{'namespacePrefix':''}", MK_E_INVALID_ARGUMENT, "accountId is required for REST API"},
      {"{'accountId':'a'}", MK_E_INVALID_ARGUMENT, "apiToken is required for REST API"},
      {"{'accountId':'a','apiToken':''}", MK_E_INVALID_ARGUMENT, "apiToken is required for REST API"},
      {"{'accountId':'a','apiToken':null}", MK_E_INVALID_ARGUMENT, "apiToken is required for REST API"},
      {"{'accountId':'a','apiToken':'xx xx'}", MK_E_INVALID_ARGUMENT, "apiToken holds a space, a line break"},
      {"{'accountId':'a','apiToken':'xx\\n'}", MK_E_INVALID_ARGUMENT, "apiToken holds"},
      {"{'accountId':'a','client':true}", MK_E_INVALID_ARGUMENT, "client has no apiToken: pass accountId and apiToken"},
      {"{" REST ",'baseUrl':'api.cloudflare.com'}", MK_E_INVALID_ARGUMENT, "baseUrl must be an address such as"},
      {"{" REST ",'baseUrl':7}", MK_E_INVALID_ARGUMENT, "baseUrl must be"},
      {"{" REST ",'fetch':false}", MK_E_INVALID_ARGUMENT, "fetch must be a function"},
      {"{" REST ",'timeoutMs':0}", MK_E_INVALID_ARGUMENT, "timeoutMs must be"},
      {"{" REST ",'timeoutMs':-1}", MK_E_INVALID_ARGUMENT, "timeoutMs must be"},
      {"{" REST ",'timeoutMs':1.5}", MK_E_INVALID_ARGUMENT, "timeoutMs must be"},
      {"{" REST ",'timeoutMs':'1'}", MK_E_INVALID_ARGUMENT, "timeoutMs must be"},
      {"{" REST ",'namespacePrefix':7}", MK_E_INVALID_ARGUMENT, "namespacePrefix must be a string"},
      {"{" REST ",'namespacePrefix':'a b'}", MK_E_INVALID_ARGUMENT, "namespacePrefix may hold printable ASCII"},
      {"{" REST ",'keyPrefix':'a b'}", MK_E_INVALID_ARGUMENT, "keyPrefix may hold printable ASCII"},
      {"{" REST ",'namespaces':false}", MK_E_INVALID_ARGUMENT, "namespaces is an object of namespace ids by table"},
      {"{" REST ",'namespacePrefix':'a','namespaces':[" BOTH "]}", MK_E_INVALID_ARGUMENT,
       "instead of a namespacePrefix"},
      {"{" REST ",'namespaces':[" BINDING("threads") "]}", MK_E_MISSING_BINDING,
       "Missing namespace id for table: messages. Pass namespaces: { messages: \"…\" }."},
      {"{" REST ",'namespaces':[{'name':'threads'}]}", MK_E_MISSING_BINDING,
       "Missing namespace id for table: threads."},
      {"{" REST ",'namespaces':[" BOTH "," BINDING("chats") "]}", MK_E_MISSING_BINDING,
       "namespaces.chats is not a table"},
      {"{" REST ",'namespaces':[" BOTH "," BINDING("mastra_threads") "]}", MK_E_INVALID_ARGUMENT,
       "namespaces names table threads twice"},
  };
  assert_refused(s, cases, COUNT_OF(cases));
}

/* A title for each table, and what describes a table's records with them. */
static void limits_are_whole_numbers_in_their_ranges(void **state) {
  store *s = *state;
  static const refusal cases[] = {
      {"{'bindings':[" BOTH "],'maxConcurrency':0}", MK_E_INVALID_ARGUMENT, "maxConcurrency must be a whole number"},
      {"{'bindings':[" BOTH "],'retry':3}", MK_E_INVALID_ARGUMENT, "retry must be an object"},
      {"{'bindings':[" BOTH "],'retry':{'attempts':0}}", MK_E_INVALID_ARGUMENT,
       "retry.attempts must be a whole number"},
      {"{'bindings':[" BOTH "],'retry':{'firstPauseMs':-1}}", MK_E_INVALID_ARGUMENT, "retry.firstPauseMs must be"},
      {"{'bindings':[" BOTH "],'retry':{'maxWaitMs':0.5}}", MK_E_INVALID_ARGUMENT, "retry.maxWaitMs must be"},
  };
  mk_str result;
  assert_refused(s, cases, COUNT_OF(cases));
  assert_int_equal(store_open(s,
                              "{'bindings':[" BOTH "],'maxConcurrency':1,'retry':{'attempts':1,'firstPauseMs':0,"
                              "'maxWaitMs':0}}",
                              &result),
                   MK_OK);
}

static void over_rest_each_table_but_metadata_has_its_title(void **state) {
  store *s = *state;
  mk_str result;
  assert_int_equal(store_open(s, "{" REST ",'namespacePrefix':'a\\\"_'}", &result), MK_OK);
  assert_true(s->config.is_rest);
  assert_int_equal(s->config.ns_count, MK_TABLE_COUNT - 1);
  mk_buf expected = mk_buf_make(&s->arena);
  for (int i = 0; i < MK_TABLE_COUNT; i++) {
    if (i != MK_TABLE_METADATA) {
      mk_buf_literal(&expected, expected.size == 0 ? "[" : ",");
      mk_buf_literal(&expected, "\"a\\\"_");
      mk_buf_literal(&expected, mk_schema_table((mk_table)i)->name);
      mk_buf_char(&expected, '"');
    }
  }
  mk_buf_literal(&expected, "]");
  assert_text(mk_json_get(result, "namespaces"), keep(mk_buf_take(&expected)));
  for (int i = 0; i < MK_KEYSPACE_COUNT; i++) {
    assert_int_equal(s->config.tables[s->config.ns[i]], mk_schema_keyspace((mk_keyspace)i)->describes);
  }
}

static void over_rest_ids_place_tables_as_bindings_do(void **state) {
  store *s = *state;
  mk_str result;
  assert_int_equal(store_open(s, "{" REST ",'namespaces':[" BINDING("metadata") "," BOTH "]}", &result), MK_OK);
  assert_json(mk_json_get(result, "namespaces"), "['metadata','threads','messages']");
  assert_int_equal(s->config.ns[MK_THREADS], 1);
  assert_int_equal(s->config.ns[MK_THREAD_FAMILIES], 0);
  assert_int_equal(s->config.ns[MK_RESOURCES], 0);
  assert_int_equal(s->config.ns[MK_MESSAGES], 2);
}

/* Mastra has tables that this store has not; users may bind them all. */
static void unused_tables_are_passed_over(void **state) {
  store *s = *state;
  mk_str result;
  assert_int_equal(
      store_open(s, "{'bindings':[{'name':'mastra_traces','valid':false,'unused':true}," BOTH "]}", &result), MK_OK);
  assert_json(mk_json_get(result, "namespaces"), "['threads','messages']");
  assert_int_equal(store_open(s, "{'bindings':[" BOTH ",{'name':'resources','valid':true,'unused':true}]}", &result),
                   MK_OK);
  assert_json(mk_json_get(result, "namespaces"), "['threads','messages','resources']");
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
    char mastra_name[64];
    (void)snprintf(mastra_name, sizeof mastra_name, "mastra_%s", table->name);
    assert_int_equal(mk_schema_table_named(mk_str_of(mastra_name)), i == MK_TABLE_METADATA ? MK_TABLE_COUNT : i);
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
      STORE_TEST(way_in_is_one_or_the_other),
      STORE_TEST(options_of_rest_are_checked),
      STORE_TEST(limits_are_whole_numbers_in_their_ranges),
      STORE_TEST(over_rest_each_table_but_metadata_has_its_title),
      STORE_TEST(over_rest_ids_place_tables_as_bindings_do),
      STORE_TEST(unused_tables_are_passed_over),
      STORE_TEST(prefixes_that_kv_or_another_store_could_mix_up_are_refused),
      STORE_TEST(other_prefixes_stand_before_every_key),
      STORE_TEST(prefix_of_128_bytes_is_the_longest),
      STORE_TEST(opening_starts_no_call),
      cmocka_unit_test(tables_are_known_by_both_names),
      cmocka_unit_test(no_keyspace_begins_with_another),
  };
  return cmocka_run_group_tests_name("open", tests, NULL, NULL);
}
