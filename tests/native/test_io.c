/* io.h: KV calls in rounds. */
#include <stdlib.h>
#include <string.h>

#include "kv/io.h"
#include "support.h"

static mk_io *queue_get(store *s, const char *key) {
  mk_io *io = NULL;
  assert_int_equal(mk_io_get(&s->ctx, MK_THREADS, JSON("%s", key), &io), MK_OK);
  return io;
}

static void queue_put(store *s, const char *key, const char *value) {
  assert_int_equal(mk_io_put(&s->ctx, MK_THREADS, JSON("%s", key), JSON("%s", value), MK_STR_NONE), MK_OK);
}

static void nothing_is_started_before_the_flush(void **state) {
  store *s = *state;
  queue_put(s, "a", "1");
  queue_get(s, "a");
  assert_int_equal(kv_count_calls(), 0);
  assert_int_equal(mk_io_flush(&s->ctx), MK_OK);
  assert_calls(1, 1, 0, 0, 1);
}

static void empty_flush_is_no_round(void **state) {
  store *s = *state;
  assert_int_equal(mk_io_flush(&s->ctx), MK_OK);
  assert_int_equal(kv_count().rounds, 0);
}

static void flush_runs_what_was_queued_once_and_in_order(void **state) {
  store *s = *state;
  queue_put(s, "a", "1");
  queue_put(s, "a", "2");
  mk_io *io = queue_get(s, "a");
  assert_int_equal(mk_io_flush(&s->ctx), MK_OK);
  assert_text(io->result, "2");
  assert_int_equal(mk_io_flush(&s->ctx), MK_OK);
  assert_calls(1, 2, 0, 0, 1);
}

static void later_stages_wait_for_those_before(void **state) {
  store *s = *state;
  mk_io_then(&s->ctx); /* of nothing, which is no round */
  queue_put(s, "a", "1");
  mk_io_then(&s->ctx);
  mk_io *first = queue_get(s, "a");
  queue_put(s, "a", "2");
  mk_io_then(&s->ctx);
  mk_io_then(&s->ctx);
  mk_io *second = queue_get(s, "a");
  assert_int_equal(mk_io_flush(&s->ctx), MK_OK);
  assert_calls(2, 2, 0, 0, 3);
  assert_text(first->result, "1");
  assert_text(second->result, "2");
  /* The next flush begins anew, with one stage. */
  queue_put(s, "a", "3");
  queue_put(s, "b", "3");
  assert_int_equal(mk_io_flush(&s->ctx), MK_OK);
  assert_calls(2, 4, 0, 0, 4);
}

static void a_failed_stage_is_the_last(void **state) {
  store *s = *state;
  queue_put(s, "a", "1");
  mk_io_then(&s->ctx);
  queue_put(s, "b", "1");
  queue_put(s, "c", "1");
  mk_io_then(&s->ctx);
  queue_put(s, "d", "1");
  kv_fail((kv_faults){.nth = 2, .status = 500});
  assert_int_equal(mk_io_flush(&s->ctx), MK_E_KV_FAILED);
  assert_text(error_key(s), "b");
  assert_int_equal(s->ctx.error.failed_writes, 1);
  assert_dump(NS_THREADS, "a = 1\nc = 1\n");
  (void)store_begin(s);
  queue_put(s, "e", "1");
  assert_int_equal(mk_io_flush(&s->ctx), MK_OK);
  assert_dump(NS_THREADS, "a = 1\nc = 1\ne = 1\n");
}

static void absent_key_is_no_failure_and_an_empty_value_is_not_absent(void **state) {
  store *s = *state;
  kv_seed(NS_THREADS, "empty", "", NULL);
  mk_io *absent = queue_get(s, "absent");
  mk_io *empty = queue_get(s, "empty");
  assert_int_equal(mk_io_delete(&s->ctx, MK_THREADS, MK_STR("also absent")), MK_OK);
  assert_int_equal(mk_io_flush(&s->ctx), MK_OK);
  assert_false(mk_str_is_present(absent->result));
  assert_text(empty->result, "");
}

static void every_keyspace_goes_to_its_namespace(void **state) {
  store *s = *state;
  for (int keyspace = 0; keyspace < MK_KEYSPACE_COUNT; keyspace++) {
    mk_str key = JSON("%s%d", mk_schema_keyspace((mk_keyspace)keyspace)->beginning, keyspace);
    assert_int_equal(mk_io_put(&s->ctx, (mk_keyspace)keyspace, key, MK_STR("x"), MK_STR("{\"n\":1}")), MK_OK);
    assert_int_equal(mk_io_flush(&s->ctx), MK_OK);
    bool is_message = mk_schema_keyspace((mk_keyspace)keyspace)->describes == MK_TABLE_MESSAGES;
    assert_text(kv_value(is_message ? NS_MESSAGES : NS_THREADS, key.data), "x");
    assert_text(kv_metadata(is_message ? NS_MESSAGES : NS_THREADS, key.data), "{\"n\":1}");
  }
}

static void list_gives_the_namespaces_answer(void **state) {
  store *s = *state;
  mk_io *io = NULL;
  kv_seed(NS_THREADS, "threads:b", "1", "{\"n\":1}");
  kv_seed(NS_THREADS, "threads:a", "1", NULL);
  kv_seed(NS_THREADS, "x", "1", NULL);
  assert_int_equal(mk_io_list(&s->ctx, MK_THREADS, MK_STR("threads:"), 10, MK_STR_NONE, &io), MK_OK);
  assert_int_equal(mk_io_flush(&s->ctx), MK_OK);
  assert_json(io->result, "{'keys':[{'name':'threads:a'},{'name':'threads:b','metadata':{'n':1}}],"
                          "'list_complete':true,'cacheStatus':null}");
}

/* Limits are KV's: a byte more is refused, and nothing that was queued with it is started. */
static void value_over_25_mib_is_refused_and_nothing_is_started(void **state) {
  store *s = *state;
  char *value = malloc(MK_KV_VALUE_BYTES_MAX + 1);
  assert_non_null(value);
  memset(value, 'x', MK_KV_VALUE_BYTES_MAX + 1);
  queue_put(s, "small", "1");
  assert_int_equal(mk_io_put(&s->ctx, MK_THREADS, MK_STR("big"), (mk_str){value, MK_KV_VALUE_BYTES_MAX}, MK_STR_NONE),
                   MK_OK);
  assert_int_equal(
      mk_io_put(&s->ctx, MK_THREADS, MK_STR("too big"), (mk_str){value, MK_KV_VALUE_BYTES_MAX + 1}, MK_STR_NONE),
      MK_E_VALUE_TOO_LARGE);
  assert_text(s->ctx.error.key, "too big");
  assert_string_equal(s->ctx.error.reason, "VALUE_TOO_LARGE");
  assert_int_equal(kv_count_calls(), 0);
  store_begin(s);
  assert_int_equal(mk_io_put(&s->ctx, MK_THREADS, MK_STR("big"), (mk_str){value, MK_KV_VALUE_BYTES_MAX}, MK_STR_NONE),
                   MK_OK);
  assert_int_equal(mk_io_flush(&s->ctx), MK_OK);
  free(value);
}

static void metadata_over_1024_bytes_is_refused(void **state) {
  store *s = *state;
  char metadata[MK_KV_METADATA_BYTES_MAX + 2];
  memset(metadata, ' ', sizeof metadata);
  metadata[0] = '{';
  metadata[1] = '}';
  assert_int_equal(
      mk_io_put(&s->ctx, MK_THREADS, MK_STR("a"), MK_STR("1"), (mk_str){metadata, MK_KV_METADATA_BYTES_MAX + 1}),
      MK_E_VALUE_TOO_LARGE);
  assert_text(s->ctx.error.key, "a");
  store_begin(s);
  assert_int_equal(
      mk_io_put(&s->ctx, MK_THREADS, MK_STR("a"), MK_STR("1"), (mk_str){metadata, MK_KV_METADATA_BYTES_MAX}), MK_OK);
  assert_int_equal(mk_io_flush(&s->ctx), MK_OK);
}

static void failed_read_names_the_key(void **state) {
  store *s = *state;
  queue_get(s, "a");
  kv_fail((kv_faults){.nth = 1, .status = 500});
  assert_int_equal(mk_io_flush(&s->ctx), MK_E_KV_FAILED);
  assert_text(s->ctx.error.key, "a");
  assert_int_equal(s->ctx.error.failed_writes, 0);
  assert_string_equal(s->ctx.error.text,
                      "KV get of \"a\" failed: KV GET failed: 500 Planned Failure. Make the same call again.");
}

static void too_many_requests_is_a_failure_of_its_own(void **state) {
  store *s = *state;
  queue_put(s, "a", "1");
  kv_fail((kv_faults){.nth = 1, .status = 429});
  assert_int_equal(mk_io_flush(&s->ctx), MK_E_KV_RATE_LIMITED);
  assert_non_null(strstr(s->ctx.error.text, "one write a second"));
}

/* Over REST, of the same codes; bindings fail with none of 401, 403 and 404. */
static void advice_follows_from_the_status(void **state) {
  store *s = *state;
  static const struct {
    int status;
    const char *advice;
  } cases[] = {
      {401, " Check apiToken: "},
      {403, " needs the permission Workers KV Storage: Edit, "},
      {404, " The namespace is gone, "},
      {429, " 1,200 requests in five minutes, "},
  };
  store_reopen(s, "{'accountId':'a','apiToken':'x'}");
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    mk_io *io = NULL;
    store_begin(s);
    kv_fail((kv_faults){.nth = 1, .status = cases[i].status});
    assert_int_equal(mk_io_get(&s->ctx, MK_THREADS, MK_STR("a"), &io), MK_OK);
    assert_int_equal(mk_io_flush(&s->ctx), cases[i].status == 429 ? MK_E_KV_RATE_LIMITED : MK_E_KV_FAILED);
    assert_non_null(strstr(s->ctx.error.text, cases[i].advice));
  }
}

static void failure_without_a_status_is_a_failure(void **state) {
  store *s = *state;
  mk_io *io = NULL;
  kv_fail((kv_faults){.nth = 1});
  assert_int_equal(mk_io_list(&s->ctx, MK_THREADS, MK_STR("threads:"), 1, MK_STR_NONE, &io), MK_OK);
  assert_int_equal(mk_io_flush(&s->ctx), MK_E_KV_FAILED);
  assert_string_equal(s->ctx.error.text, "KV list of \"threads:\" failed: Planned Failure.");
}

static void failed_writes_are_counted_and_the_others_happen(void **state) {
  store *s = *state;
  queue_put(s, "a", "1");
  queue_put(s, "b", "1");
  queue_get(s, "c");
  assert_int_equal(mk_io_delete(&s->ctx, MK_THREADS, MK_STR("d")), MK_OK);
  kv_fail((kv_faults){.nth = 2, .and_after = true, .status = 503});
  assert_int_equal(mk_io_flush(&s->ctx), MK_E_KV_FAILED);
  assert_text(s->ctx.error.key, "b");
  assert_int_equal(s->ctx.error.failed_writes, 2);
  assert_non_null(strstr(s->ctx.error.text, "2 of the 3 writes under way failed. Make the same call again"));
  assert_text(kv_value(NS_THREADS, "a"), "1");
  assert_false(mk_str_is_present(kv_value(NS_THREADS, "b")));
}

static void gets_of_one_namespace_travel_a_hundred_a_call(void **state) {
  store *s = *state;
  for (int i = 0; i < 201; i++) {
    queue_get(s, json("k%d", i));
  }
  mk_io *io = NULL;
  assert_int_equal(mk_io_get(&s->ctx, MK_MESSAGES, MK_STR("k"), &io), MK_OK);
  assert_int_equal(mk_io_flush(&s->ctx), MK_OK);
  assert_calls(4, 0, 0, 0, 1);
}

static void queue_is_empty_after_a_failed_flush(void **state) {
  store *s = *state;
  queue_put(s, "a", "1");
  kv_fail((kv_faults){.nth = 1, .status = 500});
  assert_int_equal(mk_io_flush(&s->ctx), MK_E_KV_FAILED);
  kv_count_reset();
  assert_int_equal(mk_io_flush(&s->ctx), MK_OK);
  assert_int_equal(kv_count_calls(), 0);
}

static void memory_that_runs_out_is_a_failure_in_every_step(void **state) {
  store *s = *state;
  kv_seed(NS_THREADS, "a", "value", NULL);
  for (uint32_t nth = 1;; nth++) {
    mk_io *io = NULL;
    mk_context *ctx = store_begin(s);
    s->arena.fail_nth = nth;
    mk_status status = mk_io_get(ctx, MK_THREADS, MK_STR("a"), &io);
    status = status == MK_OK ? mk_io_flush(ctx) : status;
    if (s->arena.fail_nth > 0) {
      assert_int_equal(status, MK_OK);
      assert_text(io->result, "value");
      break;
    }
    assert_int_equal(status, MK_E_OUT_OF_MEMORY);
  }
  s->arena.fail_nth = 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(nothing_is_started_before_the_flush),
      STORE_TEST(empty_flush_is_no_round),
      STORE_TEST(flush_runs_what_was_queued_once_and_in_order),
      STORE_TEST(later_stages_wait_for_those_before),
      STORE_TEST(a_failed_stage_is_the_last),
      STORE_TEST(absent_key_is_no_failure_and_an_empty_value_is_not_absent),
      STORE_TEST(every_keyspace_goes_to_its_namespace),
      STORE_TEST(list_gives_the_namespaces_answer),
      STORE_TEST(value_over_25_mib_is_refused_and_nothing_is_started),
      STORE_TEST(metadata_over_1024_bytes_is_refused),
      STORE_TEST(failed_read_names_the_key),
      STORE_TEST(too_many_requests_is_a_failure_of_its_own),
      STORE_TEST(advice_follows_from_the_status),
      STORE_TEST(failure_without_a_status_is_a_failure),
      STORE_TEST(failed_writes_are_counted_and_the_others_happen),
      STORE_TEST(gets_of_one_namespace_travel_a_hundred_a_call),
      STORE_TEST(queue_is_empty_after_a_failed_flush),
      STORE_TEST(memory_that_runs_out_is_a_failure_in_every_step),
  };
  return cmocka_run_group_tests_name("io", tests, NULL, NULL);
}
