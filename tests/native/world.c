#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct call {
  const char *operation;
  const char *args; /* as json() takes them; @ stands for the person's letter, $ for its mark */
} call;

#define TIMES "'createdAt':'2025-11-24T10:00:00.000Z','updatedAt':'2025-11-24T10:00:00.000Z'"
#define AT(second) "'createdAt':'2025-11-24T10:00:0" #second ".000Z'"
#define MESSAGE(id, role, second) "'id':'" id "@','threadId':'t@','resourceId':'r@','role':'" role "'," AT(second)
/* Longer than the head of a record that the engine is given (kv/io.h). */
#define LONG_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define LONG LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64
#define RUN "'workflowName':'w','runId':'run@'"
#define MEMORY "'threadId':'t@','resourceId':'r@'"

static const call of_a_person[] = {
    {"saveThread", "{'thread':{'id':'t@','resourceId':'r@','title':'a $','metadata':{'k':'$'}," TIMES "}}"},
    {"saveThread", "{'thread':{'id':'u@','resourceId':'r@','title':'b $'," TIMES "}}"},
    {"saveMessages",
     "{'messages':[{" MESSAGE("m1", "user", 1) ",'type':'text','content':'$'},{" MESSAGE(
         "m2", "assistant", 1) ",'content':{'format':2,'parts':[{'type':'text','text':'" LONG
                               " $'}],'metadata':{'k':'$'}}},{" MESSAGE("m3", "tool", 2) ",'content':[1,'$']}]}"},
    {"saveMessages", "{'messages':[{'id':'n1@','threadId':'u@','role':'user'," AT(3) ",'content':'$'}]}"},
    {"saveMessages", "{'messages':[{" MESSAGE("m4", "user", 4) ",'content':'$'},{" MESSAGE(
                         "m5", "user", 5) ",'content':'$'},{" MESSAGE("m6", "user", 6) ",'content':'$'}]}"},
    {"updateMessages", "{'messages':[{'id':'m4@','createdAt':'2025-11-24T10:00:07.000Z'},"
                       "{'id':'m2@','content':{'metadata':{'more':'$'}}},{'id':'m3@','role':'user','content':'$'}]}"},
    {"deleteMessages", "{'messageIds':['m5@']}"},
    {"updateThread", "{'id':'t@','title':'c $','metadata':{'l':'$'}}"},
    {"deleteThread", "{'threadId':'u@'}"},
    {"copyThread", "{'sourceThreadId':'t@','newThreadId':'v@','resourceId':'r@','title':'$'}"},
    {"saveResource", "{'resource':{'id':'r@','workingMemory':'$','metadata':{'k':'$'}," TIMES "}}"},
    {"updateResource", "{'resourceId':'r@','workingMemory':'a $','metadata':{'l':'$'}}"},
    {"persistWorkflowSnapshot",
     "{" RUN ",'resourceId':'r@'," TIMES ",'snapshot':{'status':'running','context':{'a':'$'},'value':{}}}"},
    {"updateWorkflowResults", "{" RUN ",'stepId':'b','result':'$','requestContext':{'k':'$'}}"},
    {"updateWorkflowState", "{" RUN ",'opts':{'status':'suspended','error':'$'}}"},
    {"saveScore", "{'score':{'id':'s@','scorerId':'sc@','runId':'run@','entityId':'e@','entityType':'AGENT',"
                  "'traceId':'x@','spanId':'y@','threadId':'t@','resourceId':'r@','source':'LIVE','score':1,"
                  "'scorer':{'k':'$'},'entity':{},'output':'$','reason':'$'}}"},
    {"createTask", "{'task':{'id':'k@','status':'running','agentId':'ag@','runId':'run@','toolName':'n','toolCallId':"
                   "'c','threadId':'t@','resourceId':'r@','args':{'k':'$'},'startedAt':'2025-11-24'," AT(1) "}}"},
    {"updateTask", "{'id':'k@','update':{'status':'failed','completedAt':'2025-11-25','error':{'message':'$'}}}"},
    {"setState", "{'threadId':'t@','type':'goal','value':{'k':'$'}}"},
    {"insertObservationalMemoryRecord",
     "{'record':{'id':'om@'," MEMORY ",'scope':'thread'," TIMES ",'originType':'initial','generationCount':0,"
     "'activeObservations':'$','observationTokenCount':1,'totalTokensObserved':1,'pendingMessageTokens':1,"
     "'isReflecting':false,'isObserving':false,'isBufferingObservation':false,'lastBufferedAtTokens':0,"
     "'isBufferingReflection':false,'lastBufferedAtTime':null,'config':{'k':'$'}}}"},
    {"updateActiveObservations", "{'id':'om@','observations':'a $','tokenCount':5,'lastObservedAt':'2025-11-24T10:00:"
                                 "09.000Z','observedMessageIds':['m1@']}"},
    {"updateBufferedObservations",
     "{'id':'om@','chunk':{'cycleId':'cy','observations':'$','tokenCount':3,'messageIds':['m2@'],'messageTokens':9,"
     "'lastObservedAt':'2025-11-24T10:00:09.000Z'}}"},
    {"updateBufferedReflection",
     "{'id':'om@','reflection':'$','tokenCount':2,'inputTokenCount':4,'reflectedObservationLineCount':1}"},
    {"setObservationalMemory", "{'id':'om@','isReflecting':true}"},
};

/* Text with a person's letter and mark, kept. */
static mk_str filled(const char *args, char letter, const char *mark) {
  const char *text = json("%s", args);
  char *out = calloc(strlen(text) * (strlen(mark) + 1) + 1, 1);
  char *end = out;
  if (out == NULL) {
    abort();
  }
  for (; *text != '\0'; text++) {
    if (*text == '$') {
      end = stpcpy(end, mark);
    } else {
      *end = *text;
      if (*text == '@') {
        *end = letter;
      }
      end++;
    }
  }
  return (mk_str){out, (size_t)(end - out)};
}

static void must(store *s, const char *operation, mk_str args) {
  mk_str answer = store_run(s, operation, args);
  if (!mk_str_is_present(mk_json_get(answer, "result"))) {
    (void)fprintf(stderr, "world.c: %s(%.*s) answered %.*s\n", operation, MK_STR_ARG(args), MK_STR_ARG(answer));
    abort();
  }
}

static void live(store *s, char letter, const char *mark) {
  for (size_t i = 0; i < COUNT_OF(of_a_person); i++) {
    mk_str args = filled(of_a_person[i].args, letter, mark);
    must(s, of_a_person[i].operation, args);
    free((char *)args.data);
  }
}

/* A copy for the program's life; forget_texts does not know it. */
static mk_str own(mk_str text) {
  char *copy = mk_str_is_present(text) ? malloc(text.size + 1) : NULL;
  if (copy == NULL) {
    return MK_STR_NONE;
  }
  memcpy(copy, text.data, text.size);
  copy[text.size] = '\0';
  return (mk_str){copy, text.size};
}

static bool is_in(const world *of, uint32_t ns, mk_str name) {
  for (size_t i = 0; i < of->count; i++) {
    if (of->keys[i].ns == ns && mk_str_equal(of->keys[i].name, name)) {
      return true;
    }
  }
  return false;
}

/* Note the keys that are not noted yet as `owner`'s. */
static void note(world *into, world_owner owner) {
  for (uint32_t ns = 0; ns <= NS_MESSAGES; ns++) {
    mk_str name = kv_key(ns, 0);
    for (size_t i = 0; mk_str_is_present(name); name = kv_key(ns, ++i)) {
      if (is_in(into, ns, name) || !mk_str_is_present(kv_value(ns, name.data))) {
        continue;
      }
      into->keys = realloc(into->keys, (into->count + 1) * sizeof *into->keys);
      if (into->keys == NULL) {
        abort();
      }
      into->keys[into->count++] = (world_key){ns, own(name), MK_STR_NONE, MK_STR_NONE, owner};
    }
  }
}

static int compare_keys(const void *a, const void *b) {
  const world_key *x = a;
  const world_key *y = b;
  return x->ns != y->ns ? (x->ns < y->ns ? -1 : 1) : mk_str_compare(x->name, y->name);
}

/* What `repair` sets aside is one of the keys, too. */
static void break_and_repair(store *s) {
  kv_seed(NS_THREADS, "devthreads:broken", "{\"id\":", NULL);
  kv_clock_set(kv_clock_last() + INT64_C(600000));
  must(s, "careRepair", MK_STR("{\"tables\":[\"threads\"]}"));
}

world world_make(void) {
  world made = {0};
  store s = {0};
  kv_reset();
  store_reopen(&s, WORLD_OTHER_OPTIONS);
  must(&s, "init", MK_STR("{}"));
  live(&s, 'a', WORLD_OTHERS_MARK);
  note(&made, WORLD_OTHER);
  store_reopen(&s, WORLD_OPTIONS);
  live(&s, 'b', WORLD_BOBS_MARK);
  note(&made, WORLD_BOB);
  must(&s, "init", MK_STR("{}"));
  live(&s, 'a', "hers");
  break_and_repair(&s);
  note(&made, WORLD_ADA);
  if (made.keys == NULL) {
    abort();
  }
  qsort(made.keys, made.count, sizeof *made.keys, compare_keys);
  for (size_t i = 0; i < made.count; i++) {
    world_key *each = &made.keys[i];
    mk_str metadata = kv_metadata(each->ns, each->name.data);
    each->value = own(kv_value(each->ns, each->name.data));
    each->metadata = metadata.size > 0 ? own(metadata) : MK_STR_NONE;
  }
  made.moment = kv_now();
  made.clock_ms = kv_clock_last();
  mk_arena_free(&s.arena);
  return made;
}

__attribute__((no_sanitize("coverage"))) bool world_shows(mk_str text, const char *mark) {
  size_t size = 0;
  while (mark[size] != '\0') {
    size++;
  }
  for (size_t i = 0; i + size <= text.size; i++) {
    size_t same = 0;
    while (same < size && text.data[i + same] == mark[same]) {
      same++;
    }
    if (same == size) {
      return true;
    }
  }
  return false;
}
