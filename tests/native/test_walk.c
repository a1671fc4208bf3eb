/* walk.h and history.h: whichever way a list comes to its page, the page is the one that a sorted array has. The threads are
 * small, but KV's pages are smaller, so that blocks are split down to single milliseconds. */
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "support.h"

#define MESSAGES_MAX 160

typedef struct sample {
  char id[8];
  int64_t ms;
  int saved;
  int seq;
} sample;

typedef struct world {
  uint32_t seed;
  sample all[MESSAGES_MAX];
  int count;
} world;

static uint32_t draw(world *of, uint32_t below) {
  of->seed = of->seed * 1664525u + 1013904223u;
  return (uint32_t)(((uint64_t)(of->seed >> 8) * below) >> 24);
}

/* Times that lie together in a millisecond, in a minute, over years, and before 1970. */
static int64_t draw_ms(world *of) {
  static const uint32_t spans[] = {1, 50, 60000, 100000000, 4000000000u};
  int64_t ms = INT64_C(1730000000000) + draw(of, spans[draw(of, COUNT_OF(spans))]);
  switch (draw(of, 20)) {
    case 0:
      return ms - INT64_C(1740000000000);
    case 1:
      return ms * (1 + draw(of, 4));
    default:
      return ms + INT64_C(100000000) * draw(of, 200);
  }
}

static void put_message(const sample *message, const char *thread, const char *resource) {
  mk_date_text at = mk_date_format(message->ms);
  kv_seed(NS_MESSAGES, json("messages:%s:%017lld:%s", thread, (long long)(MK_DATE_MS_MAX - message->ms), message->id),
          json("{'_writtenAt':1,'id':'%s','threadId':'%s','resourceId':'%s','role':'user','createdAt':'%s','content':"
               "{'format':2,'parts':[],'metadata':{'seq':%d}}}",
               message->id, thread, resource, at.data, message->seq),
          json("{'savedAt':%d,'seq':%d,'resourceId':'%s'}", message->saved, message->seq, resource));
}

static int compare_samples(const void *a, const void *b) {
  const sample *x = a;
  const sample *y = b;
  int order = MK_COMPARE(x->ms, y->ms);
  order = order != 0 ? order : MK_COMPARE(x->saved, y->saved);
  order = order != 0 ? order : MK_COMPARE(x->seq, y->seq);
  return order != 0 ? order : strcmp(x->id, y->id);
}

/* A thread `t` of resource `u`, with keys of others around it, among them one that begins alike. */
static void make_world(world *of, uint32_t seed) {
  static const sample other = {"other", INT64_C(1730000000000), 1, 0};
  of->seed = seed;
  of->count = (int)draw(of, MESSAGES_MAX);
  kv_reset();
  for (int i = 0; i < of->count; i++) {
    sample *message = &of->all[i];
    mk_format(message->id, sizeof message->id, "m%d", i);
    message->ms = i > 0 && draw(of, 4) == 0 ? of->all[i - 1].ms : draw_ms(of);
    message->saved = 1 + (int)draw(of, 2);
    message->seq = (int)draw(of, 3);
    put_message(message, "t", "u");
  }
  put_message(&other, "s", "v");
  put_message(&other, "t%3A", "v");
  put_message(&other, "tt", "v");
  kv_seed(NS_MESSAGES, "messages:t:0863", "1", NULL); /* not ours */
  kv_seed(NS_MESSAGES, "messages:t:a", "1", NULL);
  qsort(of->all, (size_t)of->count, sizeof *of->all, compare_samples);
}

/* What is asked for. */
typedef struct question {
  bool has_start;
  bool has_end;
  int64_t start_ms;
  int64_t end_ms;
  int page;
  int per_page;
  bool is_ascending;
  bool wants_total;
  bool of_resource; /* by resource, of all threads */
  bool by_metadata; /* only of seq 0 */
} question;

static question draw_question(world *of) {
  question asked = {.has_start = draw(of, 2) == 0, .has_end = draw(of, 2) == 0};
  asked.start_ms = of->count > 0 ? of->all[draw(of, (uint32_t)of->count)].ms + draw(of, 2) : 0;
  asked.end_ms = of->count > 0 ? of->all[draw(of, (uint32_t)of->count)].ms - draw(of, 2) : 0;
  asked.page = (int)draw(of, 4);
  asked.per_page = 1 + (int)draw(of, 12);
  asked.is_ascending = draw(of, 2) == 0;
  asked.wants_total = draw(of, 3) == 0;
  asked.of_resource = draw(of, 5) == 0;
  asked.by_metadata = draw(of, 5) == 0;
  return asked;
}

static const char *arguments_of(const question *asked) {
  mk_date_text start = mk_date_format(asked->start_ms);
  mk_date_text end = mk_date_format(asked->end_ms);
  const char *range =
      json("%s%s%s", asked->has_start ? json("'start':'%s'", start.data) : "",
           asked->has_start && asked->has_end ? "," : "", asked->has_end ? json("'end':'%s'", end.data) : "");
  return json(
      "{%s,'filter':{'dateRange':{%s}%s},'page':%d,'perPage':%d,'orderBy':{'direction':'%s'},'includeTotal':%s}",
      asked->of_resource ? "'resourceId':'u'" : "'threadId':'t'", range,
      asked->by_metadata ? ",'metadata':{'seq':0}" : "", asked->page, asked->per_page,
      asked->is_ascending ? "ASC" : "DESC", asked->wants_total ? "true" : "false");
}

/* The ids of the page, and the total in *total. */
static const char *expected_ids(const world *of, const question *asked, int *total) {
  const char *ids = "";
  int first = asked->page * asked->per_page;
  *total = 0;
  for (int i = 0; i < of->count; i++) {
    const sample *message = &of->all[asked->is_ascending ? i : of->count - 1 - i];
    if ((asked->has_start && message->ms < asked->start_ms) || (asked->has_end && message->ms > asked->end_ms) ||
        (asked->by_metadata && message->seq > 0)) {
      continue;
    }
    if (*total >= first && *total < first + asked->per_page) {
      ids = json("%s%s%s", ids, *ids == '\0' ? "" : ",", message->id);
    }
    (*total)++;
  }
  return ids;
}

static void assert_page(store *s, const world *of, const question *asked) {
  int total = 0;
  const char *arguments = arguments_of(asked);
  const char *expected = expected_ids(of, asked, &total);
  mk_str answer = result_of(s, asked->of_resource ? "listMessagesByResourceId" : "listMessages", arguments);
  int64_t told = -1;
  (void)mk_json_integer(mk_json_get(answer, "total"), &told);
  const char *ids = ids_of(mk_json_get(answer, "messages"));
  bool has_more = total > (asked->page + 1) * asked->per_page;
  if (strcmp(ids, expected) != 0 || mk_json_is_true(mk_json_get(answer, "hasMore")) != has_more ||
      (asked->wants_total && told != total)) {
    print_error("%s of %d messages\n", arguments, of->count);
  }
  assert_string_equal(ids, expected);
  assert_int_equal(mk_json_is_true(mk_json_get(answer, "hasMore")), has_more);
  if (asked->wants_total) {
    assert_int_equal(told, total);
  }
}

static void pages_are_those_of_a_sorted_array(void **state) {
  store *s = *state;
  static const uint32_t sizes[] = {2, 3, 7, 20};
  static world of;
  for (uint32_t seed = 1; seed <= 60; seed++) {
    make_world(&of, seed);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
      kv_pages_hold(sizes[i]);
      kv_pages_empty_first(seed % 5 == 0);
      for (int j = 0; j < 8; j++) {
        question asked = draw_question(&of);
        assert_page(s, &of, &asked);
      }
      forget_texts();
    }
  }
}

/* What lists do not show yet, and hints name, is in its place; what they still show and is gone, is not. */
static void lagging_lists_are_made_up_for(void **state) {
  store *s = *state;
  static world of;
  for (uint32_t seed = 1; seed <= 30; seed++) {
    make_world(&of, seed);
    kv_moment before = kv_now();
    for (int i = 0; i < 5 && of.count < MESSAGES_MAX; i++) {
      sample *message = &of.all[of.count++];
      *message = (sample){.ms = draw_ms(&of), .saved = 3 + i};
      mk_format(message->id, sizeof message->id, "new%d", i);
      mk_date_text at = mk_date_format(message->ms);
      (void)result_of(s, "saveMessages",
                      json("{'messages':[{'id':'%s','threadId':'t','resourceId':'u','role':'user','createdAt':'%s',"
                           "'content':''}]}",
                           message->id, at.data));
    }
    qsort(of.all, (size_t)of.count, sizeof *of.all, compare_samples);
    kv_lists_show(before);
    kv_pages_hold(5);
    for (int j = 0; j < 12; j++) {
      question asked = draw_question(&of);
      asked.by_metadata = false;
      asked.of_resource = false; /* nothing leads from a resource to hints */
      assert_page(s, &of, &asked);
    }
    forget_texts();
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(pages_are_those_of_a_sorted_array),
      STORE_TEST(lagging_lists_are_made_up_for),
  };
  return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
