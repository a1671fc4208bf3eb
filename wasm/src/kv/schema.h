/* schema.h: the tables, their columns and families, and the keyspaces they are stored in, as
 * constants that validation, key formatting, placement and Date columns are driven by.
 *
 * A *table* is what a binding is named after. A *column* is a member of a record. The columns of
 * a *family* are stored under a key of their own once they were updated apart from a full save
 * (record.h). A *keyspace* is a set of keys that share a beginning. */
#ifndef MK_SCHEMA_H
#define MK_SCHEMA_H

#include "base/str.h"

/* The version of all this, which init keeps with the data (document.h). It rises whenever older code
 * would misread newer data:
 *
 *   1   0.1.0
 *   2   messages have families, a thread's marks tell of them, and what is deleted leaves tombstones:
 *       code of version 1 would take one at a message's locator for a broken record, show what was
 *       edited as it was before, and write over it */
#define MK_SCHEMA_VERSION 2

/* How many steps the upgrade has that walk through stored data (care/upgrade.h). None is needed for
 * reading it right. */
#define MK_SCHEMA_STEPS 1

typedef enum mk_table {
  MK_TABLE_THREADS,
  MK_TABLE_MESSAGES,
  MK_TABLE_METADATA,
  MK_TABLE_RESOURCES,
  MK_TABLE_WORKFLOW_SNAPSHOT,
  MK_TABLE_SCORERS,
  MK_TABLE_BACKGROUND_TASKS,
  MK_TABLE_THREAD_STATE,
  MK_TABLE_OBSERVATIONAL_MEMORY,
  MK_TABLE_COUNT,
} mk_table;

typedef enum mk_keyspace {
  MK_THREADS,             /* threads:{threadId} */
  MK_THREAD_FAMILIES,     /* metadata:threads:{threadId}:{family} */
  MK_THREAD_MARKS,        /* metadata:thread_marks:{threadId}:{mark} */
  MK_THREADS_BY_RESOURCE, /* metadata:threads_by_resource:{resourceId}:{desc(createdAt)}:{threadId} */
  MK_MESSAGES,            /* messages:{threadId}:{desc(createdAt)}:{messageId} */
  MK_MESSAGE_FAMILIES,    /* metadata:message_families:{messageId}:{family} */
  MK_MESSAGE_LOCATORS,    /* metadata:messages:{messageId} */
  MK_RESOURCES,           /* resources:{resourceId} */
  MK_RESOURCE_FAMILIES,   /* metadata:resources:{resourceId}:{family} */
  MK_SCORERS,             /* scorers:{scoreId} */
  MK_SCORES_BY_SCORER,    /* metadata:scores_by_scorer:{scorerId}:{desc(createdAt)}:{scoreId} */
  MK_SCORES_BY_RUN,       /* metadata:scores_by_run:{runId}:… */
  MK_SCORES_BY_ENTITY,    /* metadata:scores_by_entity:{entityType}:{entityId}:… */
  MK_SCORES_BY_SPAN,      /* metadata:scores_by_span:{traceId}:{spanId}:… */
  MK_BACKGROUND_TASKS,    /* background_tasks:{taskId} */
  MK_THREAD_STATE,        /* thread_state:{threadId}:{type} */
  MK_WORKFLOW_MARKERS,    /* metadata:workflow_snapshot:{workflowName}:{runId} */
  MK_WORKFLOW_UPDATES,    /* metadata:workflow_updates:{workflowName}:{runId}:{desc(time)}:{uuid} */
  MK_WORKFLOW_RUNS,       /* workflow_snapshot:{workflowName}:{runId} */
  MK_OBSERVATIONS,        /* observational_memory:{kind}:{owner}:{desc(rank)}:{id}… (observation.h) */
  MK_OBSERVATION_PLACES,  /* metadata:observational_memory:{id} */
  MK_OBSERVATION_OWNERS,  /* metadata:observational_memory_owners:{kind}:{owner}:{recent|cleared} */
  MK_KEYSPACE_COUNT,
} mk_keyspace;

/* Where and how the keys of a keyspace stand. */
typedef struct mk_keyspace_def {
  const char *beginning; /* after the key prefix: "metadata:threads:" */
  uint8_t describes;     /* the mk_table whose records, or whose records' metadata, these keys hold */
  bool is_metadata;      /* placed with table `metadata` where that has a binding of its own */
} mk_keyspace_def;

typedef enum mk_type {
  MK_TYPE_STRING, /* a JSON string */
  MK_TYPE_ID,     /* a JSON string that is not empty */
  MK_TYPE_DATE,   /* an ISO date; stored with milliseconds and Z, answered as a Date */
  MK_TYPE_OBJECT, /* a JSON object */
  MK_TYPE_ANY,    /* any JSON value but null */
  MK_TYPE_JSON,   /* any JSON value */
  MK_TYPE_NUMBER,
  MK_TYPE_BOOLEAN,
  MK_TYPE_STAMP, /* a date that the store sets: what a caller gives is dropped */
  MK_TYPE_WORD,  /* one of the column's words */
  MK_TYPE_KIND,  /* the same, or any name in snake case such as agent_run */
} mk_type;

typedef struct mk_column {
  const char *name;
  uint8_t type;  /* an mk_type */
  int8_t family; /* index into the table's families, or one of these two */
  bool required : 1;
  bool null_is_absent : 1;  /* null is dropped; otherwise it is refused */
  bool empty_is_absent : 1; /* "" is dropped */
  const char *words;        /* of MK_TYPE_WORD and MK_TYPE_KIND: separated by spaces; else NULL */
} mk_column;

#define MK_NO_FAMILY (-1) /* only ever saved with the record */
#define MK_FACET (-2)     /* the same, and kept in the key's KV metadata as well (facet.h) */

/* Families of threads, in the order of their definition. */
enum { MK_THREAD_TITLE, MK_THREAD_METADATA, MK_THREAD_ACTIVITY, MK_THREAD_FAMILY_COUNT };

/* Families of messages: of their content all but metadata; content.metadata; and the other columns. */
enum { MK_MESSAGE_CONTENT, MK_MESSAGE_METADATA, MK_MESSAGE_FIELDS, MK_MESSAGE_FAMILY_COUNT };

/* Families of observational memory: what is set in one call, then what only the store knows of. */
enum {
  MK_OBSERVATION_TEXT, /* several columns; this and the next one first (generation.c) */
  MK_OBSERVATION_PENDING,
  MK_OBSERVATION_REFLECTING,
  MK_OBSERVATION_OBSERVING,
  MK_OBSERVATION_BUFFERING,
  MK_OBSERVATION_BUFFERED_AT,
  MK_OBSERVATION_BUFFERING_REFLECTION,
  MK_OBSERVATION_CONFIG,
  MK_OBSERVATION_REFLECTED,
  MK_OBSERVATION_CHUNKS, /* hints; one for each kind of part, in the order of those (observation.h) */
  MK_OBSERVATION_SWAPS,
  MK_OBSERVATION_REFLECTIONS,
  MK_OBSERVATION_FAMILY_COUNT,
};

/* Families of resources. */
enum { MK_RESOURCE_WORKING_MEMORY, MK_RESOURCE_METADATA, MK_RESOURCE_FAMILY_COUNT };

/* In front of a table's name, its other one, as which a binding may be named: "mastra_threads". `metadata` has none. */
#define MK_MASTRA_PREFIX "mastra_"

typedef struct mk_table_def {
  const char *name;   /* "threads": in keys, and as a binding's name */
  const char *noun;   /* "thread": in error texts */
  const char *domain; /* "memory": what is cleared together; NULL: nothing of its own */
  bool required;      /* a binding of its own is demanded */
  bool is_closed;     /* members that are no columns are dropped; otherwise they are kept */
  const mk_column *columns;
  int column_count;
  const char *const *families;
  int family_count;
} mk_table_def;

/* The most families a table has. */
#define MK_FAMILIES_MAX 3

const mk_table_def *mk_schema_table(mk_table table);
const mk_keyspace_def *mk_schema_keyspace(mk_keyspace keyspace);
/* The table that a binding named `name` is for, or MK_TABLE_COUNT. */
mk_table mk_schema_table_named(mk_str name);
/* The column named `name` of a table, or NULL. */
const mk_column *mk_schema_column(const mk_table_def *table, mk_str name);
/* Whether `name` is a member that the store itself keeps in records: never taken from a caller and
 * never answered. */
bool mk_schema_is_own(mk_str name);

#endif
