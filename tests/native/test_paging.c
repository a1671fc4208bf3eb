/* paging.h: page, perPage and orderBy, as Mastra's list methods take them. */
#include "record/paging.h"
#include "support.h"

#define SAFE_MAX "9007199254740991"

/* What reading `args` gives: "page/perPage/offset/is_all", or the error's text. */
static const char *paging_of(store *s, const char *args, bool is_strict) {
  mk_paging paging;
  mk_context *ctx = store_begin(s);
  mk_status status = is_strict ? mk_paging_read_strict(ctx, JSON("%s", args), 40, &paging)
                               : mk_paging_read(ctx, JSON("%s", args), 40, &paging);
  if (status != MK_OK) {
    assert_int_equal(status, MK_E_INVALID_ARGUMENT);
    assert_string_equal(ctx->error.reason, "INVALID_PAGE");
    return ctx->error.text;
  }
  return json("%lld/%lld/%lld%s", (long long)paging.page, (long long)(paging.is_all ? 0 : paging.per_page),
              (long long)paging.offset, paging.is_all ? "/all" : "");
}

static void pages_are_read_and_refused_as_mastra_does(void **state) {
  store *s = *state;
  static const struct {
    const char *args;
    const char *loose;
    const char *strict; /* NULL: the same */
  } cases[] = {
      {"{}", "0/40/0", NULL},
      {"{'page':2}", "2/40/80", NULL},
      {"{'page':3,'perPage':7}", "3/7/21", NULL},
      {"{'perPage':0}", "0/0/0", NULL},
      {"{'page':5,'perPage':0}", "5/0/0", NULL},
      {"{'perPage':false}", "0/0/0/all", NULL},
      {"{'perPage':false,'page':3}", "3/0/0/all", "page must be 0 when perPage is false"},
      {"{'perPage':false,'page':-1}", "page must be >= 0", "page must be 0 when perPage is false"},
      {"{'perPage':-1}", "perPage must be >= 0", NULL},
      {"{'perPage':1.5}", "perPage must be >= 0", "perPage must be false or a safe integer"},
      {"{'perPage':null}", "perPage must be >= 0", "perPage must be false or a safe integer"},
      {"{'perPage':true}", "perPage must be >= 0: a number, or false for all",
       "perPage must be false or a safe integer"},
      {"{'perPage':'abc'}", "perPage must be >= 0: a number, or false for all",
       "perPage must be false or a safe integer"},
      {"{'perPage':9007199254740992}", "perPage must be >= 0", "perPage must be false or a safe integer"},
      {"{'perPage':" SAFE_MAX "}", "0/" SAFE_MAX "/0", NULL},
      {"{'page':-1}", "page must be >= 0", NULL},
      {"{'page':0.5}", "page must be >= 0", NULL},
      {"{'page':null}", "page must be >= 0", NULL},
      {"{'page':'1'}", "page must be >= 0: a number", NULL},
      {"{'page':1,'perPage':" SAFE_MAX "}", "page value too large", "1/" SAFE_MAX "/" SAFE_MAX},
      {"{'page':" SAFE_MAX ",'perPage':2}", "page value too large", NULL},
      {"{'page':4503599627370495,'perPage':1}", "4503599627370495/1/4503599627370495", NULL},
      {"{'page':4503599627370496,'perPage':1}", "page value too large", "4503599627370496/1/4503599627370496"},
      {"{'page':-1,'perPage':-1}", "perPage must be >= 0", NULL},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    assert_string_equal(paging_of(s, cases[i].args, false), cases[i].loose);
    assert_string_equal(paging_of(s, cases[i].args, true), cases[i].strict == NULL ? cases[i].loose : cases[i].strict);
  }
}

static void more_is_what_lies_behind_the_page(void **state) {
  (void)state;
  mk_paging paging = {.page = 1, .per_page = 10, .offset = 10};
  assert_false(mk_paging_has_more(&paging, 0));
  assert_false(mk_paging_has_more(&paging, 20));
  assert_true(mk_paging_has_more(&paging, 21));
  paging = (mk_paging){.is_all = true};
  assert_false(mk_paging_has_more(&paging, 1000));
  paging = (mk_paging){.per_page = 0};
  assert_false(mk_paging_has_more(&paging, 0));
  assert_true(mk_paging_has_more(&paging, 1));
  paging = (mk_paging){.page = 0, .per_page = MK_JSON_INTEGER_MAX};
  assert_false(mk_paging_has_more(&paging, 5));
}

static void answer_has_these_members(void **state) {
  store *s = *state;
  mk_paging paging = {.page = 1, .per_page = 10, .offset = 10};
  mk_str answer;
  mk_str items = JSON("[{'a':1.50}]");
  assert_int_equal(mk_paging_answer(&s->ctx, &paging, "threads", items, 25, true, &answer), MK_OK);
  assert_json(answer, "{'threads':[{'a':1.50}],'total':25,'page':1,'perPage':10,'hasMore':true}");
  paging = (mk_paging){.is_all = true};
  assert_int_equal(mk_paging_answer(&s->ctx, &paging, "messages", MK_STR("[]"), 0, false, &answer), MK_OK);
  assert_json(answer, "{'messages':[],'total':0,'page':0,'perPage':false,'hasMore':false}");
}

static void order_that_is_not_known_is_the_default(void **state) {
  store *s = *state;
  static const struct {
    const char *args;
    bool by_updated_at;
    int is_ascending; /* -1: the default */
  } cases[] = {
      {"{}", false, -1},
      {"{'orderBy':null}", false, -1},
      {"{'orderBy':5}", false, -1},
      {"{'orderBy':{}}", false, -1},
      {"{'orderBy':{'field':'createdAt','direction':'ASC'}}", false, 1},
      {"{'orderBy':{'field':'updatedAt','direction':'DESC'}}", true, 0},
      {"{'orderBy':{'field':'updatedAt'}}", true, -1},
      {"{'orderBy':{'direction':'ASC'}}", false, 1},
      {"{'orderBy':{'direction':'asc'}}", false, -1},
      {"{'orderBy':{'field':'UpdatedAt','direction':'UP'}}", false, -1},
      {"{'orderBy':{'field':1.5,'direction':['ASC']}}", false, -1},
      {"{'orderBy':{'field':'\\ud800','direction':'ASC'}}", false, 1},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    for (int is_ascending = 0; is_ascending < 2; is_ascending++) {
      mk_context *ctx = store_begin(s);
      mk_order order = mk_order_read(JSON("%s", cases[i].args), is_ascending == 1);
      assert_int_equal(order.by_updated_at, cases[i].by_updated_at);
      assert_int_equal(order.is_ascending, cases[i].is_ascending < 0 ? is_ascending : cases[i].is_ascending);
      assert_int_equal(ctx->error.status, MK_OK);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(pages_are_read_and_refused_as_mastra_does),
      cmocka_unit_test(more_is_what_lies_behind_the_page),
      STORE_TEST(answer_has_these_members),
      STORE_TEST(order_that_is_not_known_is_the_default),
  };
  return cmocka_run_group_tests_name("paging", tests, NULL, NULL);
}
