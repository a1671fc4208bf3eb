/* walk.h: all keys of a store, a page at a time, from a cursor to the next.
 *
 * A walk goes through units: every keyspace of the schema, in its order, in which records come
 * before what points to them; then what was set aside, `quarantine:`, in every namespace; then, to
 * find strange keys, all that begins with `metadata:` once more, without its values. Between two
 * pages nothing is kept but the cursor,
 *
 *   {"unit":"messages:","page":"<KV's own cursor>"}        {"unit":"quarantine:","ns":1}
 *
 * which names what it is at, so that another process, or a later version of the code, goes on. */
#ifndef MK_WALK_H
#define MK_WALK_H

#include "care/shape.h"
#include "kv/config.h"
#include "kv/io.h"

/* Where what cannot be read is moved: quarantine:{key}, the key less the store's prefix. */
#define MK_QUARANTINE "quarantine:"

/* Keys of one page: as many as one bulk get reads. */
#define MK_WALK_PAGE_MAX 100

typedef enum mk_walk_kind { MK_WALK_KEYS, MK_WALK_QUARANTINE, MK_WALK_STRANGE } mk_walk_kind;

/* A key that was listed, and its value once read. */
typedef struct mk_subject {
  mk_keyspace keyspace; /* meaningless where the key is strange */
  const mk_shape *shape;
  mk_str key;
  mk_str metadata;       /* span, or absent */
  uint32_t expiration_s; /* when KV drops it, seconds since 1970; 0: never */
  bool is_strange;       /* no key that the store makes */
  bool is_record;        /* a record's own key, by its form */
  mk_str parts[MK_SHAPE_PARTS_MAX];
  mk_io *io;        /* the get of its value */
  mk_str value;     /* absent: gone since it was listed, or not read */
  mk_record record; /* when is_readable */
  bool is_readable; /* the value is JSON to the letter, and a record */
} mk_subject;

typedef struct mk_walk {
  uint32_t tables;       /* a bit for each mk_table that is wanted */
  int position;          /* 0 and on; mk_walk_is_done tells the end */
  mk_str page;           /* KV's cursor within the unit; absent: its beginning */
  int64_t limit;         /* keys of a page */
  int64_t strange_limit; /* the same where no values are read: as many as KV's */
  int64_t calls;         /* KV calls that the step may make */
  bool is_new;           /* it begins: the schema document is still to be looked at */
  int64_t due;           /* of one that began: how many steps of an upgrade are due (upgrade.h), as far as known */
  uint32_t keyspaces;    /* a bit for each mk_keyspace that is wanted, and nothing else is; 0: as `tables` says */
  bool skips_derived;    /* only what nothing else tells: no entries, no locators, nothing strange */
  bool threads_last;     /* what belongs to a thread, also what of it was set aside, comes before the thread */
  /* The page that was listed last: */
  mk_walk_kind kind;
  mk_table table; /* that its keys are counted for; MK_TABLE_METADATA: none */
  uint32_t ns;
  mk_subject *subjects;
  size_t count;
} mk_walk;

/* Read where to go on and what is wanted from
 *   {"cursor":{…}|null,"tables":["threads",…],"limit":100,"calls":1000}
 * Without `tables`: all; without `calls`: as many as it takes. `keyspaces`, `skips_derived` and `threads_last`
 * are the caller's, set before. MK_E_INVALID_ARGUMENT: an unknown table, or no cursor of a walk. */
mk_status mk_walk_read(mk_context *ctx, mk_str args, mk_walk *out);
/* The same, with a cursor from elsewhere. */
mk_status mk_walk_read_from(mk_context *ctx, mk_str args, mk_str cursor, mk_walk *out);
bool mk_walk_is_done(const mk_context *ctx, const mk_walk *walk);
/* The answer of a step that may not make as many calls as it needs: {"cursor":…,"needs":16}. */
mk_status mk_walk_refuse(mk_context *ctx, const mk_walk *walk, int64_t needs, mk_str *result);
/* List the next page of keys into `subjects` and go on to the one behind it: one KV call, and where the walk
 * begins one for the schema document before. MK_E_SCHEMA_TOO_NEW. SUSPENDS. */
mk_status mk_walk_page(mk_context *ctx, mk_walk *walk);
/* Write the cursor; null when the walk is done. */
void mk_walk_write(const mk_context *ctx, const mk_walk *walk, mk_buf *buf);

/* Read the values of subjects, and take those apart that can be: one round. SUSPENDS. */
mk_status mk_subjects_read(mk_context *ctx, mk_subject *const *subjects, size_t count);

/* Make a subject of a key: its keyspace, shape and parts. */
mk_subject mk_subject_make(const mk_context *ctx, mk_str key, mk_str metadata);

/* The configuration with every keyspace in namespace `ns`: for calls there, whatever is placed in it. */
mk_config mk_walk_config_in(const mk_context *ctx, uint32_t ns);

/* Queue writing or deleting a key of namespace `ns`. What KV drops within a minute it would refuse to
 * take, and is given a minute more. */
mk_status mk_walk_put(mk_context *ctx, uint32_t ns, mk_str key, mk_str value, mk_str metadata, uint32_t expiration_s);
mk_status mk_walk_delete(mk_context *ctx, uint32_t ns, mk_str key);

#endif
