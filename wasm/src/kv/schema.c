#include "kv/schema.h"

#include <string.h>

#define COUNT_OF(array) (int)(sizeof(array) / sizeof *(array))

static const char *const thread_families[] = {
    [MK_THREAD_TITLE] = "title", [MK_THREAD_METADATA] = "metadata", [MK_THREAD_ACTIVITY] = "activity"};

/* Behind the family: whether it is required, whether null, and whether "", is absent, and the words. */
#define REQUIRED true, false, false, NULL
#define REQUIRED_OF(words) true, false, false, (words)
#define OPTIONAL false, false, false, NULL
#define OPTIONAL_OF(words) false, false, false, (words)
#define NULLABLE false, true, false, NULL /* what was never set is absent in answers, never null */
#define NONEMPTY false, false, true, NULL

static const mk_column thread_columns[] = {
    {"id", MK_TYPE_ID, MK_NO_FAMILY, REQUIRED},           {"resourceId", MK_TYPE_STRING, MK_NO_FAMILY, REQUIRED},
    {"title", MK_TYPE_STRING, MK_THREAD_TITLE, NULLABLE}, {"metadata", MK_TYPE_OBJECT, MK_THREAD_METADATA, NULLABLE},
    {"createdAt", MK_TYPE_DATE, MK_NO_FAMILY, REQUIRED},  {"updatedAt", MK_TYPE_DATE, MK_THREAD_ACTIVITY, REQUIRED},
};

static const char *const message_families[] = {
    [MK_MESSAGE_CONTENT] = "content", [MK_MESSAGE_METADATA] = "metadata", [MK_MESSAGE_FIELDS] = "fields"};

static const mk_column message_columns[] = {
    {"id", MK_TYPE_ID, MK_NO_FAMILY, REQUIRED},
    {"threadId", MK_TYPE_ID, MK_NO_FAMILY, REQUIRED},
    {"resourceId", MK_TYPE_STRING, MK_MESSAGE_FIELDS, NONEMPTY},
    {"role", MK_TYPE_ID, MK_MESSAGE_FIELDS, REQUIRED},
    {"type", MK_TYPE_STRING, MK_MESSAGE_FIELDS, OPTIONAL},
    {"createdAt", MK_TYPE_DATE, MK_NO_FAMILY, REQUIRED},
    {"content", MK_TYPE_ANY, MK_MESSAGE_CONTENT, REQUIRED},
};

static const char *const resource_families[] = {
    [MK_RESOURCE_WORKING_MEMORY] = "working_memory", [MK_RESOURCE_METADATA] = "metadata"};

static const mk_column resource_columns[] = {
    {"id", MK_TYPE_ID, MK_NO_FAMILY, REQUIRED},
    {"workingMemory", MK_TYPE_STRING, MK_RESOURCE_WORKING_MEMORY, NULLABLE},
    {"metadata", MK_TYPE_OBJECT, MK_RESOURCE_METADATA, NULLABLE},
    {"createdAt", MK_TYPE_DATE, MK_NO_FAMILY, REQUIRED},
    {"updatedAt", MK_TYPE_DATE, MK_NO_FAMILY, REQUIRED},
};

/* As @mastra/core's saveScorePayloadSchema has them. */
static const mk_column score_columns[] = {
    {"id", MK_TYPE_STRING, MK_NO_FAMILY, OPTIONAL},
    {"createdAt", MK_TYPE_STAMP, MK_FACET, OPTIONAL},
    {"updatedAt", MK_TYPE_STAMP, MK_NO_FAMILY, OPTIONAL},
    {"scorerId", MK_TYPE_STRING, MK_NO_FAMILY, REQUIRED},
    {"runId", MK_TYPE_STRING, MK_NO_FAMILY, REQUIRED},
    {"score", MK_TYPE_NUMBER, MK_NO_FAMILY, REQUIRED},
    {"scorer", MK_TYPE_OBJECT, MK_NO_FAMILY, REQUIRED},
    {"entity", MK_TYPE_OBJECT, MK_NO_FAMILY, REQUIRED},
    {"source", MK_TYPE_WORD, MK_FACET, REQUIRED_OF("LIVE TEST")},
    {"entityType", MK_TYPE_KIND, MK_FACET, OPTIONAL_OF("AGENT WORKFLOW TRAJECTORY STEP EXTERNAL generic mapping")},
    {"entityId", MK_TYPE_STRING, MK_FACET, REQUIRED},
    {"organizationId", MK_TYPE_STRING, MK_FACET, NULLABLE},
    {"projectId", MK_TYPE_STRING, MK_FACET, NULLABLE},
    {"batchId", MK_TYPE_STRING, MK_NO_FAMILY, NULLABLE},
    {"datasetId", MK_TYPE_STRING, MK_NO_FAMILY, NULLABLE},
    {"datasetItemId", MK_TYPE_STRING, MK_NO_FAMILY, NULLABLE},
    {"traceId", MK_TYPE_STRING, MK_NO_FAMILY, OPTIONAL},
    {"spanId", MK_TYPE_STRING, MK_NO_FAMILY, OPTIONAL},
    {"resourceId", MK_TYPE_STRING, MK_NO_FAMILY, OPTIONAL},
    {"threadId", MK_TYPE_STRING, MK_NO_FAMILY, OPTIONAL},
    {"input", MK_TYPE_JSON, MK_NO_FAMILY, OPTIONAL},
    {"output", MK_TYPE_JSON, MK_NO_FAMILY, REQUIRED},
    {"structuredOutput", MK_TYPE_BOOLEAN, MK_NO_FAMILY, OPTIONAL},
    {"reason", MK_TYPE_STRING, MK_NO_FAMILY, OPTIONAL},
    {"reasonPrompt", MK_TYPE_STRING, MK_NO_FAMILY, OPTIONAL},
    {"extractPrompt", MK_TYPE_STRING, MK_NO_FAMILY, OPTIONAL},
    {"analyzePrompt", MK_TYPE_STRING, MK_NO_FAMILY, OPTIONAL},
    {"preprocessPrompt", MK_TYPE_STRING, MK_NO_FAMILY, OPTIONAL},
    {"generateScorePrompt", MK_TYPE_STRING, MK_NO_FAMILY, OPTIONAL},
    {"generateReasonPrompt", MK_TYPE_STRING, MK_NO_FAMILY, OPTIONAL},
    {"additionalContext", MK_TYPE_OBJECT, MK_NO_FAMILY, OPTIONAL},
    {"requestContext", MK_TYPE_OBJECT, MK_NO_FAMILY, OPTIONAL},
    {"metadata", MK_TYPE_OBJECT, MK_NO_FAMILY, OPTIONAL},
    {"extractStepResult", MK_TYPE_OBJECT, MK_NO_FAMILY, OPTIONAL},
    {"analyzeStepResult", MK_TYPE_OBJECT, MK_NO_FAMILY, OPTIONAL},
    {"preprocessStepResult", MK_TYPE_OBJECT, MK_NO_FAMILY, OPTIONAL},
};

/* The dates and the status come first, so that they always fit KV metadata. */
static const mk_column task_columns[] = {
    {"id", MK_TYPE_ID, MK_NO_FAMILY, REQUIRED},
    {"createdAt", MK_TYPE_DATE, MK_FACET, REQUIRED},
    {"startedAt", MK_TYPE_DATE, MK_FACET, NULLABLE},
    {"suspendedAt", MK_TYPE_DATE, MK_FACET, NULLABLE},
    {"completedAt", MK_TYPE_DATE, MK_FACET, NULLABLE},
    {"status", MK_TYPE_STRING, MK_FACET, REQUIRED},
    {"agentId", MK_TYPE_STRING, MK_FACET, REQUIRED},
    {"threadId", MK_TYPE_STRING, MK_FACET, NULLABLE},
    {"resourceId", MK_TYPE_STRING, MK_FACET, NULLABLE},
    {"toolName", MK_TYPE_STRING, MK_FACET, REQUIRED},
    {"toolCallId", MK_TYPE_STRING, MK_FACET, REQUIRED},
    {"runId", MK_TYPE_STRING, MK_FACET, REQUIRED},
    {"args", MK_TYPE_OBJECT, MK_NO_FAMILY, NULLABLE},
    {"result", MK_TYPE_JSON, MK_NO_FAMILY, OPTIONAL},
    {"error", MK_TYPE_OBJECT, MK_NO_FAMILY, NULLABLE},
    {"suspendPayload", MK_TYPE_JSON, MK_NO_FAMILY, OPTIONAL},
    {"retryCount", MK_TYPE_NUMBER, MK_NO_FAMILY, NULLABLE},
    {"maxRetries", MK_TYPE_NUMBER, MK_NO_FAMILY, NULLABLE},
    {"timeoutMs", MK_TYPE_NUMBER, MK_NO_FAMILY, NULLABLE},
};

static const mk_column thread_state_columns[] = {
    {"value", MK_TYPE_JSON, MK_NO_FAMILY, REQUIRED},
    {"updatedAt", MK_TYPE_STAMP, MK_FACET, OPTIONAL},
};

/* _savedAt, when the snapshot was written, and _status, the snapshot's, are of the metadata alone. */
static const mk_column workflow_columns[] = {
    {"workflowName", MK_TYPE_ID, MK_NO_FAMILY, REQUIRED}, {"runId", MK_TYPE_ID, MK_NO_FAMILY, REQUIRED},
    {"_savedAt", MK_TYPE_STAMP, MK_FACET, OPTIONAL},      {"createdAt", MK_TYPE_DATE, MK_FACET, NULLABLE},
    {"updatedAt", MK_TYPE_DATE, MK_FACET, NULLABLE},      {"_status", MK_TYPE_STRING, MK_FACET, OPTIONAL},
    {"resourceId", MK_TYPE_STRING, MK_FACET, NULLABLE},   {"snapshot", MK_TYPE_OBJECT, MK_NO_FAMILY, NULLABLE},
};

static const char *const observation_families[] = {
    [MK_OBSERVATION_TEXT] = "observations",
    [MK_OBSERVATION_PENDING] = "pending",
    [MK_OBSERVATION_REFLECTING] = "reflecting",
    [MK_OBSERVATION_OBSERVING] = "observing",
    [MK_OBSERVATION_BUFFERING] = "buffering_observation",
    [MK_OBSERVATION_BUFFERED_AT] = "buffered_at_tokens",
    [MK_OBSERVATION_BUFFERING_REFLECTION] = "buffering_reflection",
    [MK_OBSERVATION_CONFIG] = "config",
    [MK_OBSERVATION_REFLECTED] = "reflected",
    [MK_OBSERVATION_CHUNKS] = "chunks",
    [MK_OBSERVATION_SWAPS] = "swaps",
    [MK_OBSERVATION_REFLECTIONS] = "reflections",
};

/* As @mastra/core's ObservationalMemoryRecord has them; _savedAt, when it was created here, is of the KV metadata
 * alone. */
static const mk_column observation_columns[] = {
    {"id", MK_TYPE_ID, MK_NO_FAMILY, REQUIRED},
    {"scope", MK_TYPE_STRING, MK_NO_FAMILY, REQUIRED},
    {"_savedAt", MK_TYPE_STAMP, MK_FACET, OPTIONAL},
    {"createdAt", MK_TYPE_DATE, MK_FACET, REQUIRED},
    {"generationCount", MK_TYPE_NUMBER, MK_FACET, REQUIRED},
    {"resourceId", MK_TYPE_STRING, MK_FACET, REQUIRED},
    {"threadId", MK_TYPE_STRING, MK_FACET, NULLABLE},
    {"updatedAt", MK_TYPE_DATE, MK_NO_FAMILY, REQUIRED},
    {"originType", MK_TYPE_STRING, MK_NO_FAMILY, REQUIRED},
    {"activeObservations", MK_TYPE_STRING, MK_OBSERVATION_TEXT, REQUIRED},
    {"observationTokenCount", MK_TYPE_NUMBER, MK_OBSERVATION_TEXT, REQUIRED},
    {"totalTokensObserved", MK_TYPE_NUMBER, MK_OBSERVATION_TEXT, REQUIRED},
    {"lastObservedAt", MK_TYPE_DATE, MK_OBSERVATION_TEXT, NULLABLE},
    {"observedMessageIds", MK_TYPE_JSON, MK_OBSERVATION_TEXT, OPTIONAL},
    {"pendingMessageTokens", MK_TYPE_NUMBER, MK_OBSERVATION_PENDING, REQUIRED},
    {"isReflecting", MK_TYPE_BOOLEAN, MK_OBSERVATION_REFLECTING, REQUIRED},
    {"isObserving", MK_TYPE_BOOLEAN, MK_OBSERVATION_OBSERVING, REQUIRED},
    {"isBufferingObservation", MK_TYPE_BOOLEAN, MK_OBSERVATION_BUFFERING, REQUIRED},
    {"lastBufferedAtTokens", MK_TYPE_NUMBER, MK_OBSERVATION_BUFFERED_AT, REQUIRED},
    {"isBufferingReflection", MK_TYPE_BOOLEAN, MK_OBSERVATION_BUFFERING_REFLECTION, REQUIRED},
    {"lastBufferedAtTime", MK_TYPE_DATE, MK_NO_FAMILY, NULLABLE},
    {"config", MK_TYPE_OBJECT, MK_OBSERVATION_CONFIG, REQUIRED},
};

#define TABLE(short_name, record_noun, of_domain) .name = (short_name), .noun = (record_noun), .domain = (of_domain)
#define COLUMNS(array) .columns = (array), .column_count = COUNT_OF(array)
#define FAMILIES(array) .families = (array), .family_count = COUNT_OF(array)

static const mk_table_def tables[MK_TABLE_COUNT] = {
    [MK_TABLE_THREADS] = {TABLE("threads", "thread", "memory"), .required = true, COLUMNS(thread_columns),
                          FAMILIES(thread_families)},
    [MK_TABLE_MESSAGES] = {TABLE("messages", "message", "memory"), .required = true, COLUMNS(message_columns),
                           FAMILIES(message_families)},
    [MK_TABLE_METADATA] = {TABLE("metadata", "metadata", NULL)},
    [MK_TABLE_RESOURCES] = {TABLE("resources", "resource", "memory"), COLUMNS(resource_columns),
                            FAMILIES(resource_families)},
    [MK_TABLE_WORKFLOW_SNAPSHOT] = {TABLE("workflow_snapshot", "workflow run", "workflows"), COLUMNS(workflow_columns)},
    [MK_TABLE_SCORERS] = {TABLE("scorers", "score", "scores"), .is_closed = true, COLUMNS(score_columns)},
    [MK_TABLE_BACKGROUND_TASKS] = {TABLE("background_tasks", "background task", "backgroundTasks"),
                                   COLUMNS(task_columns)},
    [MK_TABLE_THREAD_STATE] = {TABLE("thread_state", "thread state", "threadState"), COLUMNS(thread_state_columns)},
    [MK_TABLE_OBSERVATIONAL_MEMORY] = {TABLE("observational_memory", "observational memory record", "memory"),
                                       COLUMNS(observation_columns), FAMILIES(observation_families)},
};

static const mk_keyspace_def keyspaces[MK_KEYSPACE_COUNT] = {
    [MK_THREADS] = {"threads:", MK_TABLE_THREADS, false},
    [MK_THREAD_FAMILIES] = {"metadata:threads:", MK_TABLE_THREADS, true},
    [MK_THREAD_MARKS] = {"metadata:thread_marks:", MK_TABLE_THREADS, true},
    [MK_THREADS_BY_RESOURCE] = {"metadata:threads_by_resource:", MK_TABLE_THREADS, true},
    [MK_MESSAGES] = {"messages:", MK_TABLE_MESSAGES, false},
    [MK_MESSAGE_FAMILIES] = {"metadata:message_families:", MK_TABLE_MESSAGES, true},
    [MK_MESSAGE_LOCATORS] = {"metadata:messages:", MK_TABLE_MESSAGES, true},
    [MK_RESOURCES] = {"resources:", MK_TABLE_RESOURCES, false},
    [MK_RESOURCE_FAMILIES] = {"metadata:resources:", MK_TABLE_RESOURCES, true},
    [MK_SCORERS] = {"scorers:", MK_TABLE_SCORERS, false},
    [MK_SCORES_BY_SCORER] = {"metadata:scores_by_scorer:", MK_TABLE_SCORERS, true},
    [MK_SCORES_BY_RUN] = {"metadata:scores_by_run:", MK_TABLE_SCORERS, true},
    [MK_SCORES_BY_ENTITY] = {"metadata:scores_by_entity:", MK_TABLE_SCORERS, true},
    [MK_SCORES_BY_SPAN] = {"metadata:scores_by_span:", MK_TABLE_SCORERS, true},
    [MK_BACKGROUND_TASKS] = {"background_tasks:", MK_TABLE_BACKGROUND_TASKS, false},
    [MK_THREAD_STATE] = {"thread_state:", MK_TABLE_THREAD_STATE, false},
    [MK_WORKFLOW_MARKERS] = {"metadata:workflow_snapshot:", MK_TABLE_WORKFLOW_SNAPSHOT, true},
    [MK_WORKFLOW_UPDATES] = {"metadata:workflow_updates:", MK_TABLE_WORKFLOW_SNAPSHOT, true},
    [MK_WORKFLOW_RUNS] = {"workflow_snapshot:", MK_TABLE_WORKFLOW_SNAPSHOT, false},
    [MK_OBSERVATIONS] = {"observational_memory:", MK_TABLE_OBSERVATIONAL_MEMORY, false},
    [MK_OBSERVATION_PLACES] = {"metadata:observational_memory:", MK_TABLE_OBSERVATIONAL_MEMORY, true},
    [MK_OBSERVATION_OWNERS] = {"metadata:observational_memory_owners:", MK_TABLE_OBSERVATIONAL_MEMORY, true},
};

const mk_table_def *mk_schema_table(mk_table table) { return &tables[table]; }

const mk_keyspace_def *mk_schema_keyspace(mk_keyspace keyspace) { return &keyspaces[keyspace]; }

mk_table mk_schema_table_named(mk_str name) {
  bool is_long = mk_str_starts_with(name, MK_STR(MK_MASTRA_PREFIX));
  mk_str own = is_long ? mk_str_skip(name, sizeof MK_MASTRA_PREFIX - 1) : name;
  for (int i = 0; i < MK_TABLE_COUNT; i++) {
    if (mk_str_equal(own, mk_str_of(tables[i].name)) && !(is_long && i == MK_TABLE_METADATA)) {
      return (mk_table)i;
    }
  }
  return MK_TABLE_COUNT;
}

const mk_column *mk_schema_column(const mk_table_def *table, mk_str name) {
  for (int i = 0; i < table->column_count; i++) {
    if (mk_str_equal(name, mk_str_of(table->columns[i].name))) {
      return &table->columns[i];
    }
  }
  return NULL;
}

bool mk_schema_is_own(mk_str name) {
  static const char *const own[] = {"_writtenAt", "_patchedAt", "_recent", "_movedFrom",
                                    "_status",    "_replaced",  "_since",  "_covers"};
  bool may_be = name.size > 0 && *name.data == '_'; /* every member that is read is asked about */
  for (int i = 0; may_be && i < COUNT_OF(own); i++) {
    if (mk_str_equal(name, mk_str_of(own[i]))) {
      return true;
    }
  }
  return false;
}
