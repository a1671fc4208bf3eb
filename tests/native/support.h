/* support.h: what all native tests share: cmocka, a store over the KV in memory, and JSON texts
 * that can be read in C source. */
#ifndef SUPPORT_H
#define SUPPORT_H

/* cmocka.h expects these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/context.h"
#include "base/date.h"
#include "base/json.h"
#include "engine/open.h"
#include "engine/operation.h"
#include "kv/config.h"
#include "kv_memory.h"

/* The namespaces of a store that was opened with OPTIONS. */
#define NS_THREADS 0
#define NS_MESSAGES 1
#define OPTIONS "{'bindings':[{'name':'threads','valid':true},{'name':'messages','valid':true}]}"
#define OPTIONS_PREFIX(prefix) \
  "{'keyPrefix':'" prefix "','bindings':[{'name':'threads','valid':true},{'name':'messages','valid':true}]}"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* A store as wasm's instance holds one: its arena, with the configuration at the bottom. */
typedef struct store {
  mk_arena arena;
  mk_arena_mark bottom;
  mk_config config;
  mk_context ctx;
} store;

/* printf's text in which ' stands for ", so that JSON can be read: json("{'id':'%s'}", id). It
 * lasts until the test ends. */
__attribute__((format(printf, 1, 2))) const char *json(const char *format, ...);
/* A copy that lasts as long, with a NUL behind it. */
char *keep(mk_str text);
/* Forget them now; store_teardown does. */
void forget_texts(void);
/* json() as a mk_str. */
#define JSON(...) mk_str_of(json(__VA_ARGS__))

/* Open a store with options as json() takes them. The arena is empty, or of a store before. */
mk_status store_open(store *s, const char *options, mk_str *result);
/* Begin an operation: forget the last one. */
mk_context *store_begin(store *s);
/* Run an operation; its answer as one text, {"dates":[…],"result":…} or {"error":{…}}, is valid
 * until the next one's. */
mk_str answer_of(mk_context *ctx, const char *operation, mk_str args);
/* The same as the next of a store's operations. */
mk_str store_run(store *s, const char *operation, mk_str args);

/* For tests: *state is a store * opened with OPTIONS over an empty KV. */
int store_setup(void **state);
int store_teardown(void **state);
#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, store_setup, store_teardown)
/* Open it anew, with other options or for another store over the same KV. */
void store_reopen(store *s, const char *options);

/* Run an operation that must succeed; its result. `args` as json() takes them. */
mk_str result_of(store *s, const char *operation, const char *args);
/* The same, kept until the test ends. */
char *result_copy(store *s, const char *operation, const char *args);
/* Run an operation and compare its result, to the letter, with `expected` as json() takes it. */
void assert_result(store *s, const char *operation, const char *args, const char *expected);
/* Run an operation that must fail with this code, and this message, unless NULL. */
void assert_error(store *s, const char *operation, const char *args, const char *code, const char *message);
/* The ids of an array's objects, joined by commas. */
const char *ids_of(mk_str array);
/* What a list answers, as "a,b of 3+": the ids of its `member`, its total, and + where there is more. */
const char *list_of(store *s, const char *operation, const char *member, const char *args);
/* The details.key of the last error, decoded; absent if it has none. */
mk_str error_key(store *s);

/* Compare to the letter; both are printed when they differ. */
void assert_text(mk_str actual, const char *expected);
/* The same where `expected` is as json() takes it. */
void assert_json(mk_str actual, const char *expected);
/* Compare all of a namespace, as kv_dump writes it, with lines as json() takes them. */
void assert_dump(uint32_t ns, const char *expected);
/* Whether there were neither puts nor deletes since the last kv_count_reset. */
bool wrote_nothing(void);
/* Compare the calls and rounds since the last kv_count_reset. */
void assert_calls(int gets, int puts, int deletes, int lists, int rounds);

#endif
