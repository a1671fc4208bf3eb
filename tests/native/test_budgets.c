/* The calls and rounds of every operation, at any size: what users wait and pay for. */
#include "support.h"

#define NEW_MESSAGE(id, second) \
  "{'id':'" id "','threadId':'t00000','resourceId':'u','role':'user','createdAt':'2025-11-24T17:00:" second \
  ".000Z','content':''}"

/* A thread of resource u, made `number` seconds into 2025, and its index entry. */
static void seed_thread(int number) {
  int64_t ms = 1735689600000 + number * INT64_C(1000);
  mk_date_text at = mk_date_format(ms);
  kv_seed(NS_THREADS, json("threads:t%05d", number),
          json("{'_writtenAt':1,'id':'t%05d','resourceId':'u','createdAt':'%s','updatedAt':'%s'}", number, at.data,
               at.data),
          json("{'resourceId':'u','createdAt':'%s'}", at.data));
  kv_seed(NS_THREADS, json("metadata:threads_by_resource:u:%017lld:t%05d", (long long)(MK_DATE_MS_MAX - ms), number),
          "{\"_writtenAt\":1}", NULL);
}

static void seed_message(int thread, int number) {
  int64_t ms = 1735689600000 + number * INT64_C(1000);
  mk_date_text at = mk_date_format(ms);
  kv_seed(NS_MESSAGES,
          json("messages:t%05d:%017lld:m%05d-%05d", thread, (long long)(MK_DATE_MS_MAX - ms), thread, number),
          json("{'_writtenAt':1,'id':'m%05d-%05d','threadId':'t%05d','role':'user','createdAt':'%s','content':''}",
               thread, number, thread, at.data),
          json("{'savedAt':1,'seq':0,'resourceId':'u'}"));
  kv_seed(NS_MESSAGES, json("metadata:messages:m%05d-%05d", thread, number),
          json("{'_writtenAt':1,'threadId':'t%05d','createdAt':'%s','savedAt':1,'seq':0}", thread, at.data), NULL);
}

static void seed(int threads, int messages) {
  for (int i = 0; i < threads; i++) {
    seed_thread(i);
    for (int j = 0; j < messages; j++) {
      seed_message(i, j);
    }
  }
  kv_count_reset();
}

/* What an operation may cost; -1 pages: ceil(stored / 1000). */
typedef struct budget {
  const char *operation;
  const char *args;
  int gets;
  int puts;
  int deletes;
  int lists;  /* besides those that are one a thousand threads */
  int rounds; /* the same */
  bool by_threads;
} budget;

#define NEWEST "'includeTotal':false,'orderBy':{'direction':'DESC'}"

static const budget flat[] = {
    {"getThreadById", "{'threadId':'t00000'}", 1, 0, 0, 0, 1, false},
    {"getThreadById", "{'threadId':'unknown'}", 1, 0, 0, 0, 1, false},
    {"saveThread", "{'thread':{'id':'t00000','resourceId':'u','createdAt':'2025-01-01','updatedAt':'2025-01-01'}}", 1,
     2, 0, 0, 2, false},
    {"saveThread", "{'thread':{'id':'new','resourceId':'u','createdAt':'2025-01-01','updatedAt':'2025-01-01'}}", 1, 2,
     0, 0, 2, false},
    {"updateThread", "{'id':'t00000'}", 1, 1, 0, 0, 2, false},
    {"updateThread", "{'id':'t00000','title':'x','metadata':{}}", 1, 3, 0, 0, 2, false},
    {"saveMessages", "{'messages':[" NEW_MESSAGE("a", "01") "]}", 2, 3, 0, 0, 2, false},
    {"saveMessages", "{'messages':[" NEW_MESSAGE("b", "02") "," NEW_MESSAGE("c", "02") "]}", 2, 5, 0, 0, 2, false},
    {"listMessages", "{'threadId':'t00000','perPage':10," NEWEST "}", 2, 0, 0, 1, 2, false},
    {"listMessages", "{'threadId':'t00000','perPage':1," NEWEST "}", 2, 0, 0, 1, 2, false},
    {"listMessages", "{'threadId':'t00000','resourceId':'u','perPage':10," NEWEST "}", 2, 0, 0, 1, 2, false},
    {"listMessages", "{'threadId':'t00000','perPage':10}", 2, 0, 0, 1, 2, false},
    {"listMessages", "{'threadId':'unknown'}", 1, 0, 0, 1, 1, false},
    {"listMessages", "{'threadId':'t00000','perPage':0}", 0, 0, 0, 0, 0, false},
    {"listMessagesById", "{'messageIds':['m00000-00000','a','b','unknown']}", 3, 0, 0, 0, 2, false},
    {"deleteMessages", "{'messageIds':['a','b','unknown']}", 2, 3, 2, 0, 3, false},
    {"deleteMessages", "{'messageIds':['unknown']}", 1, 0, 0, 0, 1, false},
    {"listThreads", "{'filter':{'resourceId':'u'},'perPage':10}", 1, 0, 0, 0, 1, true},
    {"listThreads", "{'filter':{'resourceId':'u'},'perPage':0}", 0, 0, 0, 0, 0, true},
    {"listThreads", "{'perPage':10}", 1, 0, 0, 0, 1, true},
    {"listThreads", "{'filter':{'resourceId':'nobody'}}", 0, 0, 0, 1, 1, false},
};

static void assert_flat(store *s, int threads) {
  seed(threads, 2);
  int pages = (threads + 1 + 999) / 1000; /* and the one that saveThread adds */
  for (size_t i = 0; i < COUNT_OF(flat); i++) {
    const budget *each = &flat[i];
    int more = each->by_threads ? pages : 0;
    kv_count_reset();
    (void)result_of(s, each->operation, each->args);
    kv_counts counts = kv_count();
    bool is_within = counts.calls[KV_GET] == each->gets && counts.calls[KV_PUT] == each->puts &&
                     counts.calls[KV_DELETE] == each->deletes && counts.calls[KV_LIST] == each->lists + more &&
                     counts.rounds == each->rounds + more;
    if (!is_within) {
      print_error("%s(%s) at %d threads\n", each->operation, each->args, threads);
      assert_calls(each->gets, each->puts, each->deletes, each->lists + more, each->rounds + more);
    }
  }
}

static void operations_cost_the_same_at_one_thread(void **state) { assert_flat(*state, 1); }
static void operations_cost_the_same_at_a_thousand_threads(void **state) { assert_flat(*state, 1000); }
static void operations_cost_the_same_at_ten_thousand_threads(void **state) { assert_flat(*state, 10000); }

static void newest_messages_cost_the_same_in_a_thread_of_any_length(void **state) {
  store *s = *state;
  static const int lengths[] = {10, 1000, 5000};
  for (size_t i = 0; i < COUNT_OF(lengths); i++) {
    kv_reset();
    seed(1, lengths[i]);
    (void)result_of(s, "listMessages", "{'threadId':'t00000','perPage':10," NEWEST "}");
    assert_calls(2, 0, 0, 1, 2);
    kv_count_reset();
    (void)result_of(s, "listMessages", "{'threadId':'t00000','perPage':100," NEWEST "}");
    assert_calls(2, 0, 0, 1, 2);
    kv_count_reset();
    (void)result_of(s, "saveMessages", "{'messages':[" NEW_MESSAGE("a", "01") "]}");
    assert_calls(2, 3, 0, 0, 2);
  }
}

static void total_costs_a_list_for_a_thousand_messages(void **state) {
  store *s = *state;
  static const int lengths[] = {1, 999, 1001, 3500};
  for (size_t i = 0; i < COUNT_OF(lengths); i++) {
    kv_reset();
    seed(1, lengths[i]);
    int lists = (lengths[i] + 999) / 1000;
    (void)result_of(s, "listMessages", "{'threadId':'t00000','perPage':40}");
    assert_calls(2, 0, 0, lists, 1 + lists);
  }
}

static void whole_thread_is_read_a_hundred_messages_a_call(void **state) {
  store *s = *state;
  seed(1, 1234);
  (void)result_of(s, "listMessages", "{'threadId':'t00000','perPage':false}");
  assert_calls(1 + 13, 0, 0, 2, 3);
}

static void batch_of_any_size_takes_two_rounds(void **state) {
  store *s = *state;
  const char *messages = NEW_MESSAGE("n0", "00");
  const char *ids = "'n0'";
  for (int i = 1; i < 250; i++) {
    messages =
        json("%s,{'id':'n%d','threadId':'t%d','role':'user','createdAt':'2026','content':''}", messages, i, i % 3);
    ids = json("%s,'n%d'", ids, i);
  }
  (void)result_of(s, "saveMessages", json("{'messages':[%s]}", messages));
  assert_calls(3 + 1, 2 * 250 + 4, 0, 0, 2);
  kv_count_reset();
  (void)result_of(s, "listMessagesById", json("{'messageIds':[%s]}", ids));
  assert_calls(3 + 3 + 1, 0, 0, 0, 2);
  kv_count_reset();
  (void)result_of(s, "deleteMessages", json("{'messageIds':[%s]}", ids));
  assert_calls(3 + 1, 4 + 250, 250, 0, 3);
}

/* A page of threads: one list a thousand of the resource, and four keys a thread. */
static void page_of_threads_reads_four_keys_a_thread(void **state) {
  store *s = *state;
  seed(300, 0);
  (void)result_of(s, "listThreads", "{'filter':{'resourceId':'u'},'perPage':100}");
  assert_calls(4, 0, 0, 1, 2);
  kv_count_reset();
  (void)result_of(s, "listThreads", "{'filter':{'resourceId':'u'},'perPage':false}");
  assert_calls(12, 0, 0, 1, 2);
}

static void agent_turn_is_within_its_budget_at_three_sizes(void **state) {
  store *s = *state;
  static const int sizes[][2] = {{1, 10}, {900, 20}, {50, 2000}};
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    kv_reset();
    seed(sizes[i][0], sizes[i][1]);
    for (int j = 0; j < 3; j++) {
      (void)result_of(s, "getThreadById", "{'threadId':'t00000'}");
    }
    (void)result_of(s, "getResourceById", "{'resourceId':'u'}");
    (void)result_of(s, "listMessages", "{'threadId':'t00000','perPage':10," NEWEST "}");
    (void)result_of(s, "saveMessages", "{'messages':[" NEW_MESSAGE("a", "01") "," NEW_MESSAGE("b", "02") "]}");
    assert_true(kv_count_calls() <= 14);
    assert_true(kv_count().rounds <= 8);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(operations_cost_the_same_at_one_thread),
      STORE_TEST(operations_cost_the_same_at_a_thousand_threads),
      STORE_TEST(operations_cost_the_same_at_ten_thousand_threads),
      STORE_TEST(newest_messages_cost_the_same_in_a_thread_of_any_length),
      STORE_TEST(total_costs_a_list_for_a_thousand_messages),
      STORE_TEST(whole_thread_is_read_a_hundred_messages_a_call),
      STORE_TEST(batch_of_any_size_takes_two_rounds),
      STORE_TEST(page_of_threads_reads_four_keys_a_thread),
      STORE_TEST(agent_turn_is_within_its_budget_at_three_sizes),
  };
  return cmocka_run_group_tests_name("budgets", tests, NULL, NULL);
}
