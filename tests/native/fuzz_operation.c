/* Any operations with any arguments, over any stored values and with any calls failing: every
 * answer is JSON with a result or an error, and in UTF-8 where what came in was.
 *
 * An input is lines:
 *
 *   saveThread {"thread":…}     run an operation; its arguments may refer to `payloads`
 *   =key<TAB>value<TAB>{…}      store a value, with or without metadata, as another program might
 *   !3                          let the 3rd KV call from here fail, and all after it
 *   ?                           let lists and gets show from now on what they show now */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_reference.h"
#include "support.h"

#define REQUIRE(holds) ((holds) ? (void)0 : broken(#holds, __LINE__, MK_STR_NONE))
#define REQUIRE_OF(answer, holds) ((holds) ? (void)0 : broken(#holds, __LINE__, (answer)))
#define LINES_MAX 16

/* The payloads of every operation. */
static const char *const payloads[] = {"{\"format\":2,\"parts\":[]}", "\"text\"", "[1,{}]"};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void broken(const char *what, int line, mk_str answer) {
  (void)fprintf(stderr, "fuzz_operation.c:%d: %s does not hold: %.*s\n", line, what, MK_STR_ARG(answer));
  abort();
}

/* Split off the text before `byte`, or all. */
static mk_str split(mk_str *rest, char byte) {
  const char *found = rest->size == 0 ? NULL : memchr(rest->data, byte, rest->size);
  mk_str first = {rest->data, found == NULL ? rest->size : (size_t)(found - rest->data)};
  *rest = found == NULL ? (mk_str){rest->data + rest->size, 0} : mk_str_skip(*rest, first.size + 1);
  return first;
}

/* A copy whose references (base/json.h) are to the first `count` payloads, as the host makes them. */
static char *keep_referring(mk_str text, char count) {
  char *copy = keep(text);
  for (char *at = copy; at < copy + text.size; at++) {
    bool is_given = at[1] >= '0' && at[1] < '0' + count && (at[2] < '0' || at[2] > '9');
    if (*at == MK_JSON_REFERENCE && !is_given) {
      *at = '?';
    }
  }
  return copy;
}

static void store_value(mk_str line) {
  line.data = keep_referring(line, 0);
  char *key = keep(split(&line, '\t'));
  char *value = keep(split(&line, '\t'));
  char *metadata = keep(line);
  bool is_message = strncmp(key, "messages:", 9) == 0 || strncmp(key, "metadata:messages:", 18) == 0;
  /* A list shows metadata as KVNamespace printed it, so it can only be JSON. */
  bool is_json = json_is_valid(mk_str_of(metadata), 64);
  if (key[0] != '\0' && strlen(key) <= MK_KV_KEY_BYTES_MAX) {
    kv_seed(is_message ? NS_MESSAGES : NS_THREADS, key, value, is_json ? metadata : NULL);
  }
}

static void run_line(store *s, mk_str line, bool is_utf8) {
  mk_str args = {keep_referring(line, COUNT_OF(payloads)), line.size};
  mk_str name = split(&args, ' ');
  mk_context *ctx = store_begin(s);
  for (size_t i = 0; i < COUNT_OF(payloads); i++) {
    kv_give(mk_str_of(payloads[i]));
  }
  mk_answer answer = mk_operation_run(ctx, name, args);
  bool is_error = !mk_str_is_present(answer.dates);
  REQUIRE_OF(answer.text, json_is_valid(answer.text, MK_JSON_DEPTH_MAX + 8));
  REQUIRE_OF(answer.text, !is_utf8 || utf8_is_valid(answer.text));
  REQUIRE_OF(answer.dates, is_error || mk_json_is_array(answer.dates));
  REQUIRE_OF(answer.text, !is_error || mk_json_is_string(mk_json_get(answer.text, "code")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static store s;
  mk_str rest = {(const char *)data, size};
  bool is_utf8 = utf8_is_valid(rest);
  kv_reset();
  forget_texts();
  if (s.arena.limit_bytes == 0) {
    mk_str result;
    REQUIRE(store_open(&s, OPTIONS, &result) == MK_OK);
  }
  for (int i = 0; i < LINES_MAX && rest.size > 0; i++) {
    mk_str line = split(&rest, '\n');
    if (line.size > 0 && line.data[0] == '=') {
      store_value(mk_str_skip(line, 1));
    } else if (line.size > 1 && line.data[0] == '!') {
      kv_fail((kv_faults){.nth = line.data[1] - '0', .and_after = true, .status = 500});
    } else if (line.size > 0 && line.data[0] == '?') {
      kv_lists_show(kv_now());
      kv_gets_show(line.size > 1 ? kv_now() : KV_PRESENT);
    } else {
      run_line(&s, line, is_utf8);
    }
  }
  return 0;
}
