/* observation.h: observational memory: what an agent has observed of a conversation.
 *
 *   observational_memory:{kind}:{owner}:{desc(rank)}:{id}      a generation as it was created
 *       {"_writtenAt":…,"_since":…?,"id":…,"scope":…,"activeObservations":…,…}
 *       KV metadata {"_savedAt":"…","createdAt":"…","generationCount":…,"resourceId":"…","threadId":"…"?}
 *   …:{id}:{family}             what was set since (schema.h), each with its time
 *   …:{id}:chunk:{cycleId}      {"_writtenAt":…,"chunk":{…},"lastBufferedAtTime":"…"?}
 *   …:{id}:swap:{uuid}          {"_writtenAt":…,"lastObservedAt":"…","chunks":[{cycleId,observations,…},…],
 *                                "_bufferedAt":…,"lastBufferedAtTime":"…"?}
 *   …:{id}:reflection:{uuid}    {"_writtenAt":…,"bufferedReflection":…,…}
 *   metadata:observational_memory:{id}
 *       the place: {"_writtenAt":…,"at":"{kind}:{owner}:{desc(rank)}:{id}","threadId":…,"resourceId":…}
 *   metadata:observational_memory_owners:{kind}:{owner}:recent
 *       the hint: {"_writtenAt":…,"_recent":[{"at":…,"metadata":…},…]}
 *   metadata:observational_memory_owners:{kind}:{owner}:cleared
 *       the tombstone: {"_writtenAt":…}: what was written until then is gone
 *
 * An *owner* is thread:{threadId} or resource:{resourceId}; Mastra's record is a *generation* of
 * it, the newest first; chunks, swaps and reflections are its *parts*. Parts are only added, under
 * keys that follow from what they are, so that writers who know nothing of each other and calls
 * made again add nothing twice. What a generation is gets derived from its parts (derive.c): no
 * text that another writer extends is read, changed and written back.
 *
 * KV's lists lag behind its gets. So the hints name the generations and the parts of the last
 * minutes, as far as their writers knew; they are never needed for correctness. */
#ifndef MK_OBSERVATION_H
#define MK_OBSERVATION_H

#include "base/operation.h"
#include "kv/io.h"
#include "kv/key.h"
#include "kv/listing.h"
#include "record/record.h"

/* How long a hint counts, in milliseconds. KV's lists are said to lag 60 s "or more". */
#define MK_HINT_MS INT64_C(300000)

/* Between the ranks of two generations, so that others can be inserted. */
#define MK_RANK_STEP 1000

typedef struct mk_setting {
  mk_io *io;
  mk_record record; /* empty where it was never set */
} mk_setting;

typedef struct mk_part mk_part;
struct mk_part {
  mk_part *next;
  mk_str name; /* the end of its key: "chunk:c1" */
  mk_io *io;
  mk_record record; /* empty where there is none */
};

typedef struct mk_generation mk_generation;
struct mk_generation {
  mk_generation *next; /* the one before it in time, of the same owner */
  mk_str at;           /* "thread:t1:08639999999999000:{id}" */
  mk_str id_part;
  int64_t rank;       /* orders the generations of an owner */
  mk_str facets;      /* KV metadata of its own key, where a list or the hint tells it */
  mk_str metadata;    /* KV metadata of its other keys: whose they are */
  bool is_wanted;     /* to be read */
  bool is_older;      /* there is a newer generation */
  bool lists_parts;   /* its parts are not known from a list of its owner */
  bool exists;        /* once read */
  int64_t floor_ms;   /* what was written until then is not its own */
  int64_t newest_ms;  /* of its writes, as far as seen */
  int64_t touched_ms; /* of those that updatedAt tells */
  mk_io *io;
  mk_io *place; /* NULL: not asked for */
  mk_listing listing;
  mk_setting families[MK_OBSERVATION_FAMILY_COUNT];
  mk_part *parts;      /* once read: in the order of their times */
  mk_record record;    /* once read: as the caller gets to see it */
  mk_record activated; /* once read: chunks that swaps have, by their cycles' ids */
  mk_str buffered_at;  /* once read: lastBufferedAtTime of the newest chunk that has one, and that chunk's time */
  int64_t buffered_ms;
};

typedef struct mk_owner {
  mk_str at;            /* "thread:t1" */
  int64_t cleared_ms;   /* what was written until then is gone; 0: never cleared */
  bool keeps_gone;      /* do not pass over what is gone */
  mk_str recent;        /* the hint's array, or absent */
  mk_listing listing;   /* of all keys of its generations, as far as they were asked for */
  mk_generation *first; /* the newest; NULL: none */
} mk_owner;

/* The key {keyspace}{at}, or {keyspace}{at}:{part} where part is not NULL. */
mk_status mk_observation_key(mk_context *ctx, mk_keyspace keyspace, const mk_str *at, const mk_str *part, mk_str *out);
/* Queue reading that key. */
mk_status mk_observation_get(mk_context *ctx, mk_keyspace keyspace, const mk_str *at, const mk_str *part, mk_io **out);
mk_status mk_observation_delete(mk_context *ctx, mk_keyspace keyspace, const mk_str *at, const mk_str *part);

/* The value of a generation's place, by its record and where that is; its time is the record's. */
mk_status mk_observation_format_place(mk_context *ctx, const mk_record *record, const mk_str *at, mk_str *out);

/* The owner that the arguments threadId and resourceId name; an empty or no threadId is a
 * resource's. MK_E_INVALID_ARGUMENT. */
mk_status mk_owner_read_arguments(mk_context *ctx, mk_str args, mk_owner *out);
/* Find an owner's generations: one list and one bulk get, side by side; all of them, or as many as
 * one page of the list shows, the newest whole. SUSPENDS. */
mk_status mk_owner_read(mk_context *ctx, mk_owner *owner, bool all);

/* Find a generation by the argument `id`: one get. MK_E_NOT_FOUND with Mastra's text. SUSPENDS. */
mk_status mk_generation_find(mk_context *ctx, mk_str args, mk_generation *out);
/* The error of an id, a string span, that there is no generation of. */
mk_status mk_generation_fail(mk_context *ctx, mk_str id);
/* Take apart where a generation is. false: that is no such place. */
bool mk_generation_parse(mk_str at, mk_generation *out);
mk_status mk_generation_add_part(mk_context *ctx, mk_generation *gen, mk_str name);
/* Queue reading one family; after the flush, take it. */
mk_status mk_generation_queue(mk_context *ctx, mk_generation *gen, int family);
mk_status mk_generation_take(mk_context *ctx, mk_generation *gen, int family);
/* Read what a chain of generations is, those that are wanted, but for their parts, whose names are
 * gathered: one bulk get, and one list side by side where lists_parts. SUSPENDS. MK_E_CORRUPT_RECORD. */
mk_status mk_generations_peek(mk_context *ctx, mk_generation *first);
/* Read them whole: the same, and a bulk get where there are parts still unread. SUSPENDS. */
mk_status mk_generations_read(mk_context *ctx, mk_generation *first);
/* Let a generation's record be what it is by its families and parts. */
mk_status mk_generation_derive(mk_context *ctx, mk_generation *gen);

/* A buffered reflection as columns, an object: its text, tokens, input tokens, and the lines it reflects. What is absent
 * becomes null. */
#define MK_REFLECTION_VALUES 4
mk_status mk_reflection_format(mk_context *ctx, mk_str values[MK_REFLECTION_VALUES], mk_str *out);

/* Now, or just after the newest write of a generation where clocks disagree. */
int64_t mk_generation_write_time(const mk_generation *gen);
/* Queue writing a family: {"_writtenAt":…,{members}. `members` ends in the brace. */
mk_status mk_generation_put(mk_context *ctx, const mk_generation *gen, int family, mk_str members, int64_t now_ms);
/* Queue writing a part, and the hint of its kind, which must have been read: MK_OBSERVATION_CHUNKS and so on. */
mk_status mk_part_put(mk_context *ctx, const mk_generation *gen, int hint, mk_str id_part, mk_str members,
                      int64_t now_ms);
/* The name of a part of the kind that a hint is for. */
mk_status mk_part_name(mk_context *ctx, int hint, mk_str id_part, mk_str *out);
bool mk_part_is(const mk_part *part, int hint);
/* The names of a generation's parts of one kind, as an array. */
mk_status mk_part_names(mk_context *ctx, const mk_generation *gen, int hint, mk_str *out);

/* A chunk's cycle, a string span. */
mk_str mk_chunk_cycle(mk_str chunk);
/* Whether there is a member of that name, a span. */
bool mk_record_has(const mk_record *record, mk_str name);
/* A whole number, or 0. */
int64_t mk_whole(mk_str span);
mk_status mk_record_set_whole(mk_context *ctx, mk_record *record, const char *name, int64_t number);
/* An argument that must be a string, or a whole number. MK_E_INVALID_ARGUMENT. */
mk_status mk_argument_span(mk_context *ctx, mk_str args, const char *name, bool is_text, mk_str *out);

/* Which chunks a swap activates: the first so many, as Mastra's in-memory store has it.
 *   message_tokens  of each chunk, in order; count is at least 1
 *   ratio           of the threshold, 0 to 1, to be activated
 *   pending         tokens of the messages that are not observed */
typedef struct mk_activation {
  double ratio;
  double threshold;
  double pending;
  bool is_forced;
} mk_activation;
size_t mk_activation_count(const mk_activation *activation, const int64_t *message_tokens, size_t count);

/* The operations of other files than operations.c. */
mk_status mk_get_observational_memory(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_get_observational_memory_history(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_clear_observational_memory(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_initialize_observational_memory(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_insert_observational_memory(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_create_reflection_generation(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_swap_buffered_reflection(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_swap_buffered_to_active(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_set_observational_memory(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_update_active_observations(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_update_buffered_observations(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_update_buffered_reflection(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_update_observational_memory_config(mk_context *ctx, mk_str args, mk_str *result);

extern const mk_operation mk_observation_operations[];

#endif
