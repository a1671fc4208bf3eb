/* What of a record stands in KV metadata. */
#include <string.h>

#include "record/facet.h"
#include "support.h"

#define TASK(agent, thread, run) \
  "{'id':'t','createdAt':'2026-01-01T00:00:00.000Z','status':'running','agentId':'" agent "','threadId':'" thread \
  "','toolName':'tool','toolCallId':'call','runId':'" run "','args':{}}"

static mk_str facets_of(store *s, const char *task) {
  mk_context *ctx = store_begin(s);
  mk_record record;
  mk_str metadata;
  assert_int_equal(mk_record_of_object(ctx, JSON("%s", task), &record), MK_OK);
  assert_int_equal(mk_facets_format(ctx, mk_schema_table(MK_TABLE_BACKGROUND_TASKS), &record, &metadata), MK_OK);
  return metadata;
}

static void facets_are_the_marked_columns_in_their_order(void **state) {
  assert_json(facets_of(*state, TASK("a:b", "\\u0000\\ud800", "r")),
              "{'createdAt':'2026-01-01T00:00:00.000Z','status':'running','agentId':'a%3Ab',"
              "'threadId':'%00%ED%A0%80','toolName':'tool','toolCallId':'call','runId':'r'}");
  assert_json(facets_of(*state, "{}"), "{}");
  assert_json(facets_of(*state, "{'status':null,'id':'x'}"), "{}");
  assert_json(facets_of(*state, "{'status':''}"), "{'status':''}");
}

static void facets_that_do_not_fit_are_left_out_and_that_is_said(void **state) {
  char agent[1200];
  for (size_t size = 0; size < sizeof agent - 1; size++) {
    memset(agent, 'x', size);
    agent[size] = '\0';
    mk_str metadata = facets_of(
        *state, json("{'createdAt':'2026-01-01T00:00:00.000Z','agentId':'%s','status':'running','runId':'r'}", agent));
    mk_str found;
    /* {"createdAt":"…24…","status":"running","agentId":"","runId":"r"} and the mark it makes room for */
    bool fits =
        size <= 1024 - 15 - (sizeof "{'createdAt':'2026-01-01T00:00:00.000Z','status':'running','agentId':''," - 1);
    assert_true(metadata.size <= MK_KV_METADATA_BYTES_MAX);
    assert_int_equal(mk_facet_get(metadata, "agentId", &found), fits);
    assert_int_equal(mk_str_is_present(found), fits);
    assert_true(mk_facet_get(metadata, "status", &found));
    assert_json(found, "'running'");
    bool is_partial = mk_str_is_present(mk_json_get(metadata, "partial"));
    bool knows_absence = mk_facet_get(metadata, "threadId", &found);
    assert_int_equal(knows_absence, !is_partial);
    assert_false(mk_str_is_present(found));
    assert_true(fits || is_partial);
  }
}

static void metadata_that_is_not_the_stores_says_nothing(void **state) {
  (void)state;
  mk_str found;
  assert_false(mk_facet_get(MK_STR_NONE, "status", &found));
  assert_false(mk_facet_get(MK_STR("null"), "status", &found));
  assert_false(mk_facet_get(MK_STR("\"status\""), "status", &found));
  assert_true(mk_facet_get(MK_STR("{}"), "status", &found));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(facets_are_the_marked_columns_in_their_order),
      STORE_TEST(facets_that_do_not_fit_are_left_out_and_that_is_said),
      STORE_TEST(metadata_that_is_not_the_stores_says_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
