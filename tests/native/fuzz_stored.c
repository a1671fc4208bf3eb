/* Any bytes under any of the store's keys, and any KV metadata: every operation of every domain and of data care gives an
 * error or a right answer. No answer shows what belongs to another tenant, or to another person unless it was asked for;
 * no operation touches another tenant's keys; another person's answers stay as they were, to the letter.
 *
 * The store is filled before (world.h). An input is lines, of a letter for one of ada's keys, a letter for what to do, and
 * the rest:
 *
 *   k=value        the key's value is this
 *   k~aabtext      splice its value: at offset `aa`, remove `b` bytes, insert the text
 *   k#{…}          its KV metadata is this, if that is JSON; k^aabtext splices it
 *   k{"a":1        put members in front; k}"a":1 puts them behind all others
 *   k<j            its value is that of key `j`, hers or bob's; k(j the same of metadata
 *   k-             delete it
 *   k/aabtext      store its value under a key whose name is so spliced
 *
 * or of a letter that stands for no key:
 *
 *   !o             run operation `o`; !oaabtext splices its arguments
 *   ?              let lists and gets show from now on what they show now
 *   @              let ten minutes pass
 *   &              answers hold records whole from now on, where they would name them by their tickets
 *   %3             let the 3rd KV call from here fail, and all after it
 *
 * In the end, all reads of the domains whose keys were touched are run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_reference.h"
#include "world.h"

#define REQUIRE_OF(text, holds) ((holds) ? (void)0 : broken(#holds, __LINE__, (text)))
#define LINES_MAX 12
#define TEXT_MAX 8192
#define STEPS_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whose data an operation asks for. */
typedef enum scope { HERS, BOBS, ALL } scope;

typedef struct call {
  const char *name;
  const char *args;
  scope of;
  char domain; /* of a read; ' ': it is run only where a line says so */
} call;

#define LIST_ALL "'pagination':{'page':0,'perPage':false}"

static const call calls[] = {
    {"getThreadById", "{'threadId':'ta'}", HERS, 'm'},
    {"listThreads", "{'filter':{'resourceId':'ra'}}", HERS, 'm'},
    {"listThreads", "{'filter':{'resourceId':'ra','metadata':{'k':'hers'}},'perPage':1,'page':0}", HERS, 'm'},
    {"listThreads", "{}", ALL, 'm'},
    {"listMessages", "{'threadId':'ta','perPage':false}", HERS, 'm'},
    {"listMessages", "{'threadId':'ta','perPage':2,'includeTotal':false,'orderBy':{'direction':'DESC'}}", HERS, 'm'},
    {"listMessages",
     "{'threadId':'va','resourceId':'ra','filter':{'metadata':{'k':'hers'}},'include':[{'id':'m1a',"
     "'withPreviousMessages':1,'withNextMessages':2}]}",
     HERS, 'm'},
    {"listMessages", "{'threadId':['ta','ua','va'],'filter':{'dateRange':{'start':'2025-11-24'}}}", HERS, 'm'},
    {"listMessagesById", "{'messageIds':['m1a','m2a','m3a','m4a','m5a','n1a']}", HERS, 'm'},
    {"listMessagesByResourceId", "{'resourceId':'ra'}", HERS, 'm'},
    {"getResourceById", "{'resourceId':'ra'}", HERS, 'r'},
    {"loadWorkflowSnapshot", "{'workflowName':'w','runId':'runa'}", HERS, 'w'},
    {"getWorkflowRunById", "{'workflowName':'w','runId':'runa'}", HERS, 'w'},
    {"getWorkflowRunById", "{'runId':'runa'}", HERS, 'w'},
    {"listWorkflowRuns", "{'resourceId':'ra'}", HERS, 'w'},
    {"listWorkflowRuns", "{'workflowName':'w','status':'suspended','perPage':1,'page':0}", ALL, 'w'},
    {"getScoreById", "{'id':'sa'}", HERS, 's'},
    {"listScoresByScorerId", "{'scorerId':'sca'," LIST_ALL "}", HERS, 's'},
    {"listScoresByRunId", "{'runId':'runa'," LIST_ALL "}", HERS, 's'},
    {"listScoresByEntityId", "{'entityId':'ea','entityType':'AGENT'," LIST_ALL "}", HERS, 's'},
    {"listScoresBySpan", "{'traceId':'xa','spanId':'ya'," LIST_ALL "}", HERS, 's'},
    {"getTask", "{'id':'ka'}", HERS, 'k'},
    {"listTasks", "{'filter':{'resourceId':'ra'}}", HERS, 'k'},
    {"listTasks", "{'filter':{}}", ALL, 'k'},
    {"getRunningCount", "{}", ALL, 'k'},
    {"getRunningCountByAgent", "{'agentId':'aga'}", HERS, 'k'},
    {"getState", "{'threadId':'ta','type':'goal'}", HERS, 't'},
    {"getObservationalMemory", "{'threadId':'ta','resourceId':'ra'}", HERS, 'o'},
    {"getObservationalMemoryHistory", "{'threadId':'ta','resourceId':'ra'}", HERS, 'o'},
    {"init", "{}", ALL, 'x'},

    {"saveThread",
     "{'thread':{'id':'ta','resourceId':'ra2','title':'n','createdAt':'2025-11-24','updatedAt':'2025-11-24'}}", HERS,
     ' '},
    {"updateThread", "{'id':'ta','title':'n','metadata':{'n':1}}", HERS, ' '},
    {"deleteThread", "{'threadId':'ta'}", HERS, ' '},
    {"copyThread", "{'sourceThreadId':'ta','newThreadId':'wa'}", HERS, ' '},
    {"saveMessages",
     "{'messages':[{'id':'m1a','threadId':'ta','role':'user','createdAt':'2025-11-25','content':'n'},{'id':'m9a',"
     "'threadId':'va','role':'user','createdAt':'2025-11-25','content':'n'}]}",
     HERS, ' '},
    {"updateMessages",
     "{'messages':[{'id':'m1a','threadId':'va'},{'id':'m2a','content':{'metadata':{'n':1}}},{'id':'m4a','createdAt':"
     "'2025-11-23'}]}",
     HERS, ' '},
    {"deleteMessages", "{'messageIds':['m1a','m4a','m5a','m6a']}", HERS, ' '},
    {"saveResource", "{'resource':{'id':'ra','createdAt':'2025-11-24','updatedAt':'2025-11-24'}}", HERS, ' '},
    {"updateResource", "{'resourceId':'ra','metadata':{'n':1}}", HERS, ' '},
    {"persistWorkflowSnapshot", "{'workflowName':'w','runId':'runa','resourceId':'ra','snapshot':{'status':'done'}}",
     HERS, ' '},
    {"updateWorkflowResults", "{'workflowName':'w','runId':'runa','stepId':'n','result':1,'requestContext':{}}", HERS,
     ' '},
    {"updateWorkflowState", "{'workflowName':'w','runId':'runa','opts':{'status':'failed'}}", HERS, ' '},
    {"deleteWorkflowRunById", "{'workflowName':'w','runId':'runa'}", HERS, ' '},
    {"saveScore",
     "{'score':{'id':'sa','scorerId':'sca','runId':'n','entityId':'ea','source':'TEST','score':2,'scorer':{},"
     "'entity':{},'output':null}}",
     HERS, ' '},
    {"updateTask", "{'id':'ka','update':{'status':'completed','result':1}}", HERS, ' '},
    {"deleteTask", "{'id':'ka'}", HERS, ' '},
    {"deleteTasks", "{'filter':{'resourceId':'ra'}}", HERS, ' '},
    {"setState", "{'threadId':'ta','type':'goal','value':1}", HERS, ' '},
    {"deleteState", "{'threadId':'ta','type':'goal'}", HERS, ' '},
    {"initializeObservationalMemory", "{'threadId':'ta','resourceId':'ra','scope':'thread','config':{}}", HERS, ' '},
    {"updateActiveObservations", "{'id':'oma','observations':'n','tokenCount':1,'lastObservedAt':'2025-11-25'}", HERS,
     ' '},
    {"updateBufferedObservations",
     "{'id':'oma','chunk':{'cycleId':'n','observations':'n','tokenCount':1,'messageIds':[],'messageTokens':1,"
     "'lastObservedAt':'2025-11-25'}}",
     HERS, ' '},
    {"swapBufferedToActive", "{'id':'oma','activationRatio':0.5,'messageTokensThreshold':1,'currentPendingTokens':9}",
     HERS, ' '},
    {"swapBufferedReflectionToActive",
     "{'currentRecord':{'id':'oma','threadId':'ta','resourceId':'ra','scope':'thread','activeObservations':'hers',"
     "'generationCount':0,'config':{}},'tokenCount':1}",
     HERS, ' '},
    {"setObservationalMemory", "{'id':'oma','isObserving':true,'lastBufferedAtTokens':3}", HERS, ' '},
    {"clearObservationalMemory", "{'threadId':'ta','resourceId':'ra'}", HERS, ' '},
    {"clear", "{'domain':'memory'}", ALL, ' '},
    {"clear", "{}", ALL, ' '},

    {"careStats", "", ALL, ' '},
    {"careVerify", "", ALL, ' '},
    {"careRepair", "'dryRun':true,", ALL, ' '},
    {"careRepair", "", ALL, ' '},
    {"careExport", "", ALL, ' '},
    {"careExport", "'resourceId':'ra',", HERS, ' '},
    {"careErase", "'resourceId':'ra',", HERS, ' '},
    {"carePrune", "'tables':['messages'],'maxAge':'1h',", ALL, ' '},
    {"carePrune", "'tables':['threads'],'maxAge':'1h',", ALL, ' '},
};

static const call bobs[] = {
    {"getThreadById", "{'threadId':'tb'}", BOBS, 'm'},
    {"listThreads", "{'filter':{'resourceId':'rb'}}", BOBS, 'm'},
    {"listMessages", "{'threadId':'tb','perPage':false}", BOBS, 'm'},
    {"listMessagesById", "{'messageIds':['m1b','m4b']}", BOBS, 'm'},
    {"getResourceById", "{'resourceId':'rb'}", BOBS, 'r'},
    {"getWorkflowRunById", "{'workflowName':'w','runId':'runb'}", BOBS, 'w'},
    {"listWorkflowRuns", "{'resourceId':'rb'}", BOBS, 'w'},
    {"listScoresByRunId", "{'runId':'runb'," LIST_ALL "}", BOBS, 's'},
    {"listTasks", "{'filter':{'resourceId':'rb'}}", BOBS, 'k'},
    {"getState", "{'threadId':'tb','type':'goal'}", BOBS, 't'},
    {"getObservationalMemory", "{'threadId':'tb','resourceId':'rb'}", BOBS, 'o'},
};

/* What stands while one input is run. */
static struct {
  store s;
  world world;
  mk_str bobs_answers[COUNT_OF(bobs)];
  char touched[32]; /* the domains of the keys that were */
  bool is_utf8;     /* all that was stored, and said */
  bool has_faults;  /* KV calls may fail */
  bool is_written;  /* by an operation, so that bob's answers may be others */
  bool has_new_key;
  bool is_whole; /* answers hold records whole */
} run;

static void broken(const char *what, int line, mk_str text) {
  (void)fprintf(stderr, "fuzz_stored.c:%d: %s does not hold: %.*s\n", line, what, MK_STR_ARG(text));
  abort();
}

/* Split off the text before `byte`, or all. */
static mk_str split(mk_str *rest, char byte) {
  const char *found = rest->size == 0 ? NULL : memchr(rest->data, byte, rest->size);
  mk_str first = {rest->data, found == NULL ? rest->size : (size_t)(found - rest->data)};
  *rest = found == NULL ? (mk_str){rest->data + rest->size, 0} : mk_str_skip(*rest, first.size + 1);
  return first;
}

static mk_str joined(mk_str a, mk_str b, mk_str c) {
  static char text[TEXT_MAX];
  size_t size = a.size + b.size + c.size;
  if (size > sizeof text) {
    return MK_STR_NONE;
  }
  memmove(text, a.data, a.size);
  memcpy(text + a.size, b.data, b.size);
  memcpy(text + a.size + b.size, c.data, c.size);
  return (mk_str){text, size};
}

/* A text spliced as `how` says; as it is where it says nothing. */
static mk_str spliced(mk_str text, mk_str how) {
  if (how.size < 3) {
    return text;
  }
  const unsigned char *how_bytes = (const unsigned char *)how.data;
  size_t at = ((size_t)how_bytes[0] * 64 + how_bytes[1]) % (text.size + 1);
  size_t removed = how_bytes[2] % 64;
  removed = removed < text.size - at ? removed : text.size - at;
  return joined((mk_str){text.data, at}, mk_str_skip(how, 3), mk_str_skip(text, at + removed));
}

static char letter_at(mk_str line, size_t at, char otherwise) {
  if (at < line.size) {
    return line.data[at];
  }
  return otherwise;
}

/* What a letter stands for, from '(' on. */
static int number_of(char letter) { return (unsigned char)(letter - '('); }

static const world_key *key_at(char letter, bool is_anyones) {
  int wanted = number_of(letter);
  for (size_t i = 0;; i = (i + 1) % run.world.count) {
    bool counts = is_anyones || run.world.keys[i].owner == WORLD_ADA;
    if (counts && wanted-- == 0) {
      return &run.world.keys[i];
    }
  }
}

static char domain_of(mk_str key) {
  static const char *const words[] = {"oobservational", "wworkflow",  "sscore", "kbackground_tasks",
                                      "tthread_state",  "rresources", "xschema"};
  for (size_t i = 0; i < COUNT_OF(words); i++) {
    if (world_shows(key, words[i] + 1)) {
      return words[i][0];
    }
  }
  return 'm';
}

static void touch(mk_str key) {
  char domain = domain_of(key);
  if (strchr(run.touched, domain) == NULL) {
    run.touched[strlen(run.touched)] = domain;
  }
}

/* Whether both keys are of one kind whose values say which key they belong under: so that the one's value under the other
 * is no right one. */
static bool are_records(mk_str a, mk_str b) {
  static const char *const words[] = {
      "devthreads:", "devmessages:", "devresources:", "devworkflow_snapshot:", "devscorers:", "devbackground_tasks:"};
  for (size_t i = 0; i < COUNT_OF(words); i++) {
    if (mk_str_starts_with(a, mk_str_of(words[i]))) {
      return mk_str_starts_with(b, mk_str_of(words[i]));
    }
  }
  return false;
}

static void put(uint32_t ns, mk_str name, mk_str value, mk_str metadata) {
  bool is_json = mk_str_is_present(metadata) && json_is_valid(metadata, 64);
  run.is_utf8 = run.is_utf8 && utf8_is_valid(value) && (!is_json || utf8_is_valid(metadata));
  if (mk_str_is_present(value)) {
    kv_seed_bytes(ns, name, value, is_json ? metadata : MK_STR_NONE);
    touch(name);
  }
}

static void put_value(const world_key *key, mk_str value) {
  put(key->ns, key->name, value, kv_metadata(key->ns, key->name.data));
}

static void put_metadata(const world_key *key, mk_str metadata) {
  put(key->ns, key->name, kv_value(key->ns, key->name.data), metadata);
}

/* Under a name that is neither bob's nor the other tenant's. */
static void put_under(const world_key *key, mk_str name) {
  if (name.data == NULL) {
    return;
  }
  bool is_foreign = !mk_str_starts_with(name, MK_STR("dev")) || mk_str_starts_with(name, MK_STR(WORLD_OTHER_PREFIX)) ||
                    name.size > MK_KV_KEY_BYTES_MAX || memchr(name.data, '\0', name.size) != NULL ||
                    !utf8_is_valid(name);
  for (size_t i = 0; i < run.world.count && !is_foreign; i++) {
    is_foreign = run.world.keys[i].owner == WORLD_BOB && mk_str_equal(run.world.keys[i].name, name);
  }
  if (!is_foreign) {
    char *kept = keep(name);
    put(key->ns, mk_str_of(kept), key->value, key->metadata);
    run.has_new_key = true;
  }
}

static void put_copy(const world_key *key, char letter) {
  const world_key *from = key_at(letter, true);
  if (from->owner == WORLD_ADA || (from->owner == WORLD_BOB && are_records(key->name, from->name))) {
    put_value(key, from->value);
  }
}

/* With members in front of all others, or behind them. */
static void put_members(const world_key *key, mk_str members, bool is_in_front) {
  mk_str value = key->value;
  size_t at = is_in_front ? 1 : value.size - 1;
  if (value.size > 2) {
    mk_str text = is_in_front ? joined(MK_STR("{"), members, MK_STR(",")) : joined(MK_STR(","), members, MK_STR(""));
    char *kept = mk_str_is_present(text) ? keep(text) : NULL;
    put_value(key, kept == NULL ? MK_STR_NONE
                                : joined((mk_str){value.data, is_in_front ? 0 : at}, (mk_str){kept, text.size},
                                         mk_str_skip(value, at)));
  }
}

static void change_key(mk_str line) {
  const world_key *key = key_at(line.data[0], false);
  char what = letter_at(line, 1, '-');
  mk_str rest = mk_str_skip(line, line.size > 1 ? 2 : 1);
  switch (what) {
    case '=':
      put_value(key, rest);
      break;
    case '~':
      put_value(key, spliced(key->value, rest));
      break;
    case '#':
      put_metadata(key, rest);
      break;
    case '^':
      put_metadata(key, mk_str_is_present(key->metadata) ? spliced(key->metadata, rest) : rest);
      break;
    case '{':
    case '}':
      put_members(key, rest, what == '{');
      break;
    case '<':
      put_copy(key, letter_at(rest, 0, '('));
      break;
    case '(':
      put_metadata(key, key_at(letter_at(rest, 0, '('), true)->metadata);
      break;
    case '/':
      put_under(key, spliced(key->name, rest));
      break;
    default:
      if (mk_str_is_present(kv_value(key->ns, key->name.data))) {
        kv_drop(key->ns, key->name.data);
      }
      touch(key->name);
  }
}

static void check_shown(mk_str text, scope of) {
  REQUIRE_OF(text, !world_shows(text, WORLD_OTHERS_MARK));
  REQUIRE_OF(text, of != HERS || !world_shows(text, WORLD_BOBS_MARK));
}

/* The records that an answer names by their tickets are shown, too, from where it says. */
static void check_references(mk_str result, scope of) {
  mk_cursor cursor = mk_json_walk(mk_json_get(result, "messages"));
  mk_member member;
  while (mk_json_next(&cursor, &member)) {
    int64_t numbers[2] = {0};
    mk_cursor pair = mk_json_walk(member.value);
    mk_member number;
    for (int i = 0; mk_json_is_array(member.value) && i < 2 && mk_json_next(&pair, &number); i++) {
      REQUIRE_OF(result, mk_json_integer(number.value, &numbers[i]));
    }
    if (mk_json_is_array(member.value)) {
      mk_str value = kv_ticket_value(numbers[0]);
      REQUIRE_OF(result, mk_str_is_present(value) && numbers[1] > 0 && (uint64_t)numbers[1] <= value.size);
      check_shown(mk_str_skip(value, (size_t)numbers[1]), of);
    }
  }
}

static void check_untouched(kv_moment before, scope of, mk_str answer) {
  for (size_t i = 0; i < run.world.count && kv_now() > before; i++) {
    const world_key *key = &run.world.keys[i];
    bool is_protected = key->owner == WORLD_OTHER || (key->owner == WORLD_BOB && of == HERS);
    if (is_protected && kv_was_touched(key->ns, key->name, before)) {
      (void)fprintf(stderr, "%.*s was written or deleted\n", MK_STR_ARG(key->name));
      broken("what is another's is left alone", __LINE__, answer);
    }
  }
}

/* Run one; its answer, an error or not. */
static mk_answer answer_to(const char *name, mk_str args, scope of) {
  kv_moment before = kv_now();
  mk_context *ctx = store_begin(&run.s);
  ctx->can_refer = !run.is_whole;
  mk_answer answer = mk_operation_run(ctx, mk_str_of(name), args);
  bool is_error = !mk_str_is_present(answer.dates);
  REQUIRE_OF(answer.text, json_is_valid(answer.text, MK_JSON_DEPTH_MAX + 8));
  REQUIRE_OF(answer.text, !run.is_utf8 || utf8_is_valid(answer.text));
  REQUIRE_OF(answer.text, !is_error || mk_json_is_string(mk_json_get(answer.text, "code")));
  check_shown(answer.text, of);
  if (!is_error) {
    check_references(answer.text, of);
  }
  check_untouched(before, of, answer.text);
  return answer;
}

/* All steps of a walk of data care, which judges whatever is stored and fails for none of it. Returns how many problems
 * it told of. */
static size_t walk(const char *name, const char *args, scope of) {
  char *cursor = keep(MK_STR("null"));
  char *state = keep(MK_STR("null"));
  size_t problems = 0;
  for (int steps = 0; strcmp(cursor, "null") != 0 || steps == 0; steps++) {
    mk_buf buf = mk_buf_make(store_begin(&run.s)->arena);
    mk_buf_literal(&buf, "{");
    mk_buf_literal(&buf, json("%s", args));
    mk_buf_literal(&buf, "\"limit\":100,\"most\":50,\"cursor\":");
    mk_buf_literal(&buf, cursor);
    mk_buf_literal(&buf, ",\"state\":");
    mk_buf_literal(&buf, state);
    mk_buf_literal(&buf, "}");
    mk_str given = mk_buf_take(&buf);
    mk_answer answer = answer_to(name, mk_str_of(keep(given)), of);
    if (!mk_str_is_present(answer.dates)) {
      REQUIRE_OF(answer.text, run.has_faults || !run.is_utf8);
      return 0;
    }
    REQUIRE_OF(given, steps < STEPS_MAX);
    problems += mk_json_count(mk_json_get(answer.text, "problems"));
    mk_str next = mk_json_get(answer.text, "cursor");
    mk_str next_state = mk_json_get(answer.text, "state");
    cursor = keep(next);
    state = mk_str_is_present(next_state) ? keep(next_state) : state;
  }
  return problems;
}

/* Ten minutes, after which nothing lags any more. */
static void pass_time(void) {
  kv_clock_set(kv_clock_last() + INT64_C(600000));
  kv_lists_show(KV_PRESENT);
  kv_gets_show(KV_PRESENT);
}

/* What was repaired is in order. */
static void repair(const char *args, scope of) {
  pass_time();
  (void)walk("careRepair", args, of);
  if (args[0] == '\0' && !run.has_faults && run.is_utf8) {
    size_t problems = walk("careVerify", "", ALL);
    REQUIRE_OF(MK_STR("careVerify"), problems == 0);
  }
}

static void run_call(const call *each, mk_str how) {
  run.is_written = run.is_written || each->domain == ' ';
  if (strcmp(each->name, "careRepair") == 0) {
    repair(each->args, each->of);
  } else if (strncmp(each->name, "care", 4) == 0) {
    (void)walk(each->name, each->args, each->of);
  } else {
    mk_str args = mk_str_of(json("%s", each->args));
    bool is_spliced = how.size >= 3;
    run.is_utf8 = run.is_utf8 && (!is_spliced || utf8_is_valid(spliced(args, how)));
    (void)answer_to(each->name, spliced(args, how), is_spliced ? ALL : each->of);
  }
}

static void run_line(mk_str line) {
  char first = line.data[0];
  char second = letter_at(line, 1, '(');
  if (first == '!') {
    run_call(&calls[(size_t)number_of(second) % COUNT_OF(calls)], mk_str_skip(line, line.size > 1 ? 2 : 1));
  } else if (first == '?') {
    kv_lists_show(kv_now());
    kv_gets_show(kv_now());
    run.is_written = true;
  } else if (first == '&') {
    run.is_whole = true;
  } else if (first == '@') {
    pass_time();
  } else if (first == '%') {
    kv_fail((kv_faults){.nth = 1 + ((unsigned char)second & 15), .and_after = true, .status = 500});
    run.has_faults = true;
  } else {
    change_key(line);
  }
}

static void read_all(void) {
  for (size_t i = 0; i < COUNT_OF(calls); i++) {
    if (strchr(run.touched, calls[i].domain) != NULL) {
      run_call(&calls[i], MK_STR(""));
    }
  }
  for (size_t i = 0; i < COUNT_OF(bobs) && !run.is_written && !run.has_new_key && !run.has_faults && !run.is_whole;
       i++) {
    mk_answer answer = answer_to(bobs[i].name, mk_str_of(json("%s", bobs[i].args)), BOBS);
    REQUIRE_OF(answer.text, mk_str_equal(answer.text, run.bobs_answers[i]));
  }
}

static void begin(void) {
  if (run.world.count == 0) {
    mk_str result;
    run.world = world_make();
    REQUIRE_OF(MK_STR("open"), store_open(&run.s, WORLD_OPTIONS, &result) == MK_OK);
    run.is_utf8 = true;
    for (size_t i = 0; i < COUNT_OF(bobs); i++) {
      mk_answer answer = answer_to(bobs[i].name, mk_str_of(json("%s", bobs[i].args)), BOBS);
      REQUIRE_OF(answer.text, mk_str_is_present(answer.dates) && !mk_json_is_null(answer.text));
      run.bobs_answers[i] = (mk_str){strndup(answer.text.data, answer.text.size), answer.text.size};
    }
  }
  kv_rewind(run.world.moment, run.world.clock_ms);
  forget_texts();
  memset(run.touched, 0, sizeof run.touched);
  run.is_utf8 = true;
  run.has_faults = false;
  run.is_written = false;
  run.has_new_key = false;
  run.is_whole = false;
}

/* A copy without the byte that begins a reference (base/json.h): what the host gives is text, which has none. */
static char *without_references(mk_str text) {
  char *copy = keep(text);
  for (size_t i = 0; i < text.size; i++) {
    if (copy[i] == MK_JSON_REFERENCE) {
      copy[i] = '?';
    }
  }
  return copy;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  mk_str rest = {(const char *)data, size};
  if (world_shows(rest, WORLD_BOBS_MARK) || world_shows(rest, WORLD_OTHERS_MARK)) {
    return 0;
  }
  begin();
  rest.data = without_references(rest);
  for (int i = 0; i < LINES_MAX && rest.size > 0; i++) {
    mk_str line = split(&rest, '\n');
    if (line.size > 0) {
      run_line(line);
    }
  }
  read_all();
  return 0;
}
