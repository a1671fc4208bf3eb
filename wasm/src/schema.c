#include "mk/schema.h"

#include <string.h>

#define COUNT_OF(array) (int)(sizeof(array) / sizeof *(array))

static const char *const thread_families[] = {
    [MK_THREAD_TITLE] = "title", [MK_THREAD_METADATA] = "metadata", [MK_THREAD_ACTIVITY] = "activity"};

#define REQUIRED true, false, false
#define OPTIONAL false, false, false
#define NULLABLE false, true, false /* what was never set is absent in answers, never null */
#define NONEMPTY false, false, true

static const mk_column thread_columns[] = {
    {"id", MK_TYPE_ID, REQUIRED, MK_NO_FAMILY},
    {"resourceId", MK_TYPE_STRING, REQUIRED, MK_NO_FAMILY},
    {"title", MK_TYPE_STRING, NULLABLE, MK_THREAD_TITLE},
    {"metadata", MK_TYPE_OBJECT, NULLABLE, MK_THREAD_METADATA},
    {"createdAt", MK_TYPE_DATE, REQUIRED, MK_NO_FAMILY},
    {"updatedAt", MK_TYPE_DATE, REQUIRED, MK_THREAD_ACTIVITY},
};

static const mk_column message_columns[] = {
    {"id", MK_TYPE_ID, REQUIRED, MK_NO_FAMILY},
    {"threadId", MK_TYPE_ID, REQUIRED, MK_NO_FAMILY},
    {"resourceId", MK_TYPE_STRING, NONEMPTY, MK_NO_FAMILY},
    {"role", MK_TYPE_ID, REQUIRED, MK_NO_FAMILY},
    {"type", MK_TYPE_STRING, OPTIONAL, MK_NO_FAMILY},
    {"content", MK_TYPE_ANY, REQUIRED, MK_NO_FAMILY},
    {"createdAt", MK_TYPE_DATE, REQUIRED, MK_NO_FAMILY},
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

#define TABLE(short_name, long_name, record_noun) \
  .name = (short_name), .mastra_name = (long_name), .noun = (record_noun)
#define COLUMNS(array) .columns = (array), .column_count = COUNT_OF(array)
#define FAMILIES(array) .families = (array), .family_count = COUNT_OF(array)

static const mk_table_def tables[MK_TABLE_COUNT] = {
    [MK_TABLE_THREADS] = {TABLE("threads", "mastra_threads", "thread"), .required = true, COLUMNS(thread_columns),
                          FAMILIES(thread_families)},
    [MK_TABLE_MESSAGES] = {TABLE("messages", "mastra_messages", "message"), .required = true,
                           COLUMNS(message_columns)},
    [MK_TABLE_METADATA] = {TABLE("metadata", NULL, "metadata")},
    [MK_TABLE_RESOURCES] = {TABLE("resources", "mastra_resources", "resource"), COLUMNS(resource_columns),
                            FAMILIES(resource_families)},
    [MK_TABLE_WORKFLOW_SNAPSHOT] = {TABLE("workflow_snapshot", "mastra_workflow_snapshot", "workflow run")},
    [MK_TABLE_SCORERS] = {TABLE("scorers", "mastra_scorers", "score")},
    [MK_TABLE_BACKGROUND_TASKS] = {TABLE("background_tasks", "mastra_background_tasks", "background task")},
    [MK_TABLE_THREAD_STATE] = {TABLE("thread_state", "mastra_thread_state", "thread state")},
};

static const mk_keyspace_def keyspaces[MK_KEYSPACE_COUNT] = {
    [MK_THREADS] = {"threads:", MK_TABLE_THREADS, false},
    [MK_THREAD_FAMILIES] = {"metadata:threads:", MK_TABLE_THREADS, true},
    [MK_THREADS_BY_RESOURCE] = {"metadata:threads_by_resource:", MK_TABLE_THREADS, true},
    [MK_MESSAGES] = {"messages:", MK_TABLE_MESSAGES, false},
    [MK_MESSAGE_LOCATORS] = {"metadata:messages:", MK_TABLE_MESSAGES, true},
    [MK_RESOURCES] = {"resources:", MK_TABLE_RESOURCES, false},
    [MK_RESOURCE_FAMILIES] = {"metadata:resources:", MK_TABLE_RESOURCES, true},
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
