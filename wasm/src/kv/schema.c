#include "kv/schema.h"

#include <string.h>

#define COUNT_OF(array) (int)(sizeof(array) / sizeof *(array))

static const char *const thread_families[] = {
    [MK_THREAD_TITLE] = "title", [MK_THREAD_METADATA] = "metadata", [MK_THREAD_ACTIVITY] = "activity"};

#define REQUIRED true, false, false, NULL
#define REQUIRED_OF(words) true, false, false, (words)
#define OPTIONAL false, false, false, NULL
#define OPTIONAL_OF(words) false, false, false, (words)
#define NULLABLE false, true, false, NULL /* what was never set is absent in answers, never null */
#define NONEMPTY false, false, true, NULL

static const mk_column thread_columns[] = {
    {"id", MK_TYPE_ID, REQUIRED, MK_NO_FAMILY},           {"resourceId", MK_TYPE_STRING, REQUIRED, MK_NO_FAMILY},
    {"title", MK_TYPE_STRING, NULLABLE, MK_THREAD_TITLE}, {"metadata", MK_TYPE_OBJECT, NULLABLE, MK_THREAD_METADATA},
    {"createdAt", MK_TYPE_DATE, REQUIRED, MK_NO_FAMILY},  {"updatedAt", MK_TYPE_DATE, REQUIRED, MK_THREAD_ACTIVITY},
};

static const char *const message_families[] = {
    [MK_MESSAGE_CONTENT] = "content", [MK_MESSAGE_METADATA] = "metadata", [MK_MESSAGE_FIELDS] = "fields"};

static const mk_column message_columns[] = {
    {"id", MK_TYPE_ID, REQUIRED, MK_NO_FAMILY},
    {"threadId", MK_TYPE_ID, REQUIRED, MK_NO_FAMILY},
    {"resourceId", MK_TYPE_STRING, NONEMPTY, MK_MESSAGE_FIELDS},
    {"role", MK_TYPE_ID, REQUIRED, MK_MESSAGE_FIELDS},
    {"type", MK_TYPE_STRING, OPTIONAL, MK_MESSAGE_FIELDS},
    {"createdAt", MK_TYPE_DATE, REQUIRED, MK_NO_FAMILY},
    {"content", MK_TYPE_ANY, REQUIRED, MK_MESSAGE_CONTENT},
};

static const char *const resource_families[] = {
    [MK_RESOURCE_WORKING_MEMORY] = "working_memory", [MK_RESOURCE_METADATA] = "metadata"};

static const mk_column resource_columns[] = {
    {"id", MK_TYPE_ID, REQUIRED, MK_NO_FAMILY},
    {"workingMemory", MK_TYPE_STRING, NULLABLE, MK_RESOURCE_WORKING_MEMORY},
    {"metadata", MK_TYPE_OBJECT, NULLABLE, MK_RESOURCE_METADATA},
    {"createdAt", MK_TYPE_DATE, REQUIRED, MK_NO_FAMILY},
    {"updatedAt", MK_TYPE_DATE, REQUIRED, MK_NO_FAMILY},
};

/* As @mastra/core's saveScorePayloadSchema has them. */
static const mk_column score_columns[] = {
    {"id", MK_TYPE_STRING, OPTIONAL, MK_NO_FAMILY},
    {"createdAt", MK_TYPE_STAMP, OPTIONAL, MK_FACET},
    {"updatedAt", MK_TYPE_STAMP, OPTIONAL, MK_NO_FAMILY},
    {"scorerId", MK_TYPE_STRING, REQUIRED, MK_NO_FAMILY},
    {"runId", MK_TYPE_STRING, REQUIRED, MK_NO_FAMILY},
    {"score", MK_TYPE_NUMBER, REQUIRED, MK_NO_FAMILY},
    {"scorer", MK_TYPE_OBJECT, REQUIRED, MK_NO_FAMILY},
    {"entity", MK_TYPE_OBJECT, REQUIRED, MK_NO_FAMILY},
    {"source", MK_TYPE_WORD, REQUIRED_OF("LIVE TEST"), MK_FACET},
    {"entityType", MK_TYPE_KIND, OPTIONAL_OF("AGENT WORKFLOW TRAJECTORY STEP EXTERNAL generic mapping"), MK_FACET},
    {"entityId", MK_TYPE_STRING, REQUIRED, MK_FACET},
    {"organizationId", MK_TYPE_STRING, NULLABLE, MK_FACET},
    {"projectId", MK_TYPE_STRING, NULLABLE, MK_FACET},
    {"batchId", MK_TYPE_STRING, NULLABLE, MK_NO_FAMILY},
    {"datasetId", MK_TYPE_STRING, NULLABLE, MK_NO_FAMILY},
    {"datasetItemId", MK_TYPE_STRING, NULLABLE, MK_NO_FAMILY},
    {"traceId", MK_TYPE_STRING, OPTIONAL, MK_NO_FAMILY},
    {"spanId", MK_TYPE_STRING, OPTIONAL, MK_NO_FAMILY},
    {"resourceId", MK_TYPE_STRING, OPTIONAL, MK_NO_FAMILY},
    {"threadId", MK_TYPE_STRING, OPTIONAL, MK_NO_FAMILY},
    {"input", MK_TYPE_JSON, OPTIONAL, MK_NO_FAMILY},
    {"output", MK_TYPE_JSON, REQUIRED, MK_NO_FAMILY},
    {"structuredOutput", MK_TYPE_BOOLEAN, OPTIONAL, MK_NO_FAMILY},
    {"reason", MK_TYPE_STRING, OPTIONAL, MK_NO_FAMILY},
    {"reasonPrompt", MK_TYPE_STRING, OPTIONAL, MK_NO_FAMILY},
    {"extractPrompt", MK_TYPE_STRING, OPTIONAL, MK_NO_FAMILY},
    {"analyzePrompt", MK_TYPE_STRING, OPTIONAL, MK_NO_FAMILY},
    {"preprocessPrompt", MK_TYPE_STRING, OPTIONAL, MK_NO_FAMILY},
    {"generateScorePrompt", MK_TYPE_STRING, OPTIONAL, MK_NO_FAMILY},
    {"generateReasonPrompt", MK_TYPE_STRING, OPTIONAL, MK_NO_FAMILY},
    {"additionalContext", MK_TYPE_OBJECT, OPTIONAL, MK_NO_FAMILY},
    {"requestContext", MK_TYPE_OBJECT, OPTIONAL, MK_NO_FAMILY},
    {"metadata", MK_TYPE_OBJECT, OPTIONAL, MK_NO_FAMILY},
    {"extractStepResult", MK_TYPE_OBJECT, OPTIONAL, MK_NO_FAMILY},
    {"analyzeStepResult", MK_TYPE_OBJECT, OPTIONAL, MK_NO_FAMILY},
    {"preprocessStepResult", MK_TYPE_OBJECT, OPTIONAL, MK_NO_FAMILY},
};

/* The dates and the status come first, so that they always fit KV metadata. */
static const mk_column task_columns[] = {
    {"id", MK_TYPE_ID, REQUIRED, MK_NO_FAMILY},
    {"createdAt", MK_TYPE_DATE, REQUIRED, MK_FACET},
    {"startedAt", MK_TYPE_DATE, NULLABLE, MK_FACET},
    {"suspendedAt", MK_TYPE_DATE, NULLABLE, MK_FACET},
    {"completedAt", MK_TYPE_DATE, NULLABLE, MK_FACET},
    {"status", MK_TYPE_STRING, REQUIRED, MK_FACET},
    {"agentId", MK_TYPE_STRING, REQUIRED, MK_FACET},
    {"threadId", MK_TYPE_STRING, NULLABLE, MK_FACET},
    {"resourceId", MK_TYPE_STRING, NULLABLE, MK_FACET},
    {"toolName", MK_TYPE_STRING, REQUIRED, MK_FACET},
    {"toolCallId", MK_TYPE_STRING, REQUIRED, MK_FACET},
    {"runId", MK_TYPE_STRING, REQUIRED, MK_FACET},
    {"args", MK_TYPE_OBJECT, NULLABLE, MK_NO_FAMILY},
    {"result", MK_TYPE_JSON, OPTIONAL, MK_NO_FAMILY},
    {"error", MK_TYPE_OBJECT, NULLABLE, MK_NO_FAMILY},
    {"suspendPayload", MK_TYPE_JSON, OPTIONAL, MK_NO_FAMILY},
    {"retryCount", MK_TYPE_NUMBER, NULLABLE, MK_NO_FAMILY},
    {"maxRetries", MK_TYPE_NUMBER, NULLABLE, MK_NO_FAMILY},
    {"timeoutMs", MK_TYPE_NUMBER, NULLABLE, MK_NO_FAMILY},
};

static const mk_column thread_state_columns[] = {
    {"value", MK_TYPE_JSON, REQUIRED, MK_NO_FAMILY},
    {"updatedAt", MK_TYPE_STAMP, OPTIONAL, MK_FACET},
};

/* _savedAt, when the snapshot was written, and _status, the snapshot's, are of the metadata alone. */
static const mk_column workflow_columns[] = {
    {"workflowName", MK_TYPE_ID, REQUIRED, MK_NO_FAMILY}, {"runId", MK_TYPE_ID, REQUIRED, MK_NO_FAMILY},
    {"_savedAt", MK_TYPE_STAMP, OPTIONAL, MK_FACET},      {"createdAt", MK_TYPE_DATE, NULLABLE, MK_FACET},
    {"updatedAt", MK_TYPE_DATE, NULLABLE, MK_FACET},      {"_status", MK_TYPE_STRING, OPTIONAL, MK_FACET},
    {"resourceId", MK_TYPE_STRING, NULLABLE, MK_FACET},   {"snapshot", MK_TYPE_OBJECT, NULLABLE, MK_NO_FAMILY},
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
    {"id", MK_TYPE_ID, REQUIRED, MK_NO_FAMILY},
    {"scope", MK_TYPE_STRING, REQUIRED, MK_NO_FAMILY},
    {"_savedAt", MK_TYPE_STAMP, OPTIONAL, MK_FACET},
    {"createdAt", MK_TYPE_DATE, REQUIRED, MK_FACET},
    {"generationCount", MK_TYPE_NUMBER, REQUIRED, MK_FACET},
    {"resourceId", MK_TYPE_STRING, REQUIRED, MK_FACET},
    {"threadId", MK_TYPE_STRING, NULLABLE, MK_FACET},
    {"updatedAt", MK_TYPE_DATE, REQUIRED, MK_NO_FAMILY},
    {"originType", MK_TYPE_STRING, REQUIRED, MK_NO_FAMILY},
    {"activeObservations", MK_TYPE_STRING, REQUIRED, MK_OBSERVATION_TEXT},
    {"observationTokenCount", MK_TYPE_NUMBER, REQUIRED, MK_OBSERVATION_TEXT},
    {"totalTokensObserved", MK_TYPE_NUMBER, REQUIRED, MK_OBSERVATION_TEXT},
    {"lastObservedAt", MK_TYPE_DATE, NULLABLE, MK_OBSERVATION_TEXT},
    {"observedMessageIds", MK_TYPE_JSON, OPTIONAL, MK_OBSERVATION_TEXT},
    {"pendingMessageTokens", MK_TYPE_NUMBER, REQUIRED, MK_OBSERVATION_PENDING},
    {"isReflecting", MK_TYPE_BOOLEAN, REQUIRED, MK_OBSERVATION_REFLECTING},
    {"isObserving", MK_TYPE_BOOLEAN, REQUIRED, MK_OBSERVATION_OBSERVING},
    {"isBufferingObservation", MK_TYPE_BOOLEAN, REQUIRED, MK_OBSERVATION_BUFFERING},
    {"lastBufferedAtTokens", MK_TYPE_NUMBER, REQUIRED, MK_OBSERVATION_BUFFERED_AT},
    {"isBufferingReflection", MK_TYPE_BOOLEAN, REQUIRED, MK_OBSERVATION_BUFFERING_REFLECTION},
    {"lastBufferedAtTime", MK_TYPE_DATE, NULLABLE, MK_NO_FAMILY},
    {"config", MK_TYPE_OBJECT, REQUIRED, MK_OBSERVATION_CONFIG},
};

#define TABLE(short_name, long_name, record_noun, of_domain) \
  .name = (short_name), .mastra_name = (long_name), .noun = (record_noun), .domain = (of_domain)
#define COLUMNS(array) .columns = (array), .column_count = COUNT_OF(array)
#define FAMILIES(array) .families = (array), .family_count = COUNT_OF(array)

static const mk_table_def tables[MK_TABLE_COUNT] = {
    [MK_TABLE_THREADS] = {TABLE("threads", "mastra_threads", "thread", "memory"), .required = true,
                          COLUMNS(thread_columns), FAMILIES(thread_families)},
    [MK_TABLE_MESSAGES] = {TABLE("messages", "mastra_messages", "message", "memory"), .required = true,
                           COLUMNS(message_columns), FAMILIES(message_families)},
    [MK_TABLE_METADATA] = {TABLE("metadata", NULL, "metadata", NULL)},
    [MK_TABLE_RESOURCES] = {TABLE("resources", "mastra_resources", "resource", "memory"), COLUMNS(resource_columns),
                            FAMILIES(resource_families)},
    [MK_TABLE_WORKFLOW_SNAPSHOT] = {TABLE("workflow_snapshot", "mastra_workflow_snapshot", "workflow run", "workflows"),
                                    COLUMNS(workflow_columns)},
    [MK_TABLE_SCORERS] = {TABLE("scorers", "mastra_scorers", "score", "scores"), .is_closed = true,
                          COLUMNS(score_columns)},
    [MK_TABLE_BACKGROUND_TASKS] = {TABLE("background_tasks", "mastra_background_tasks", "background task",
                                         "backgroundTasks"),
                                   COLUMNS(task_columns)},
    [MK_TABLE_THREAD_STATE] = {TABLE("thread_state", "mastra_thread_state", "thread state", "threadState"),
                               COLUMNS(thread_state_columns)},
    [MK_TABLE_OBSERVATIONAL_MEMORY] = {TABLE("observational_memory", "mastra_observational_memory",
                                             "observational memory record", "memory"),
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
  for (int i = 0; i < MK_TABLE_COUNT; i++) {
    const mk_table_def *table = &tables[i];
    bool is_long_name = table->mastra_name != NULL && mk_str_equal(name, mk_str_of(table->mastra_name));
    if (is_long_name || mk_str_equal(name, mk_str_of(table->name))) {
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
  for (int i = 0; i < COUNT_OF(own); i++) {
    if (mk_str_equal(name, mk_str_of(own[i]))) {
      return true;
    }
  }
  return false;
}
