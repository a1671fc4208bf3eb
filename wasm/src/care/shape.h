/* shape.h: what the keys of each keyspace are made of, and what they are to each other.
 *
 *   metadata:threads_by_resource:{resourceId}:{~createdAt}:{id}     an entry, of MK_THREADS
 *   threads:{id}                                                    a record
 *
 * A part is named after the column of the record that it repeats, so that an entry's record is
 * found from the entry's key, and a record's entries from its columns, by this table alone. All of
 * data care is driven by it: a keyspace that is declared here is walked, judged, exported and
 * erased; one that is only declared in schema.c is walked, and its values are read. */
#ifndef MK_SHAPE_H
#define MK_SHAPE_H

#include "kv/key.h"
#include "record/record.h"

typedef enum mk_shape_kind {
  MK_SHAPE_PART,    /* belongs to a record, and may well be there without it */
  MK_SHAPE_RECORD,  /* what was saved */
  MK_SHAPE_FAMILY,  /* columns of a record, as later updated: nothing without it */
  MK_SHAPE_ENTRY,   /* derived: an index's pointer to a record */
  MK_SHAPE_LOCATOR, /* derived: where a message is */
} mk_shape_kind;

#define MK_SHAPE_PARTS_MAX 4

/* Parts that are no column's. */
#define MK_SHAPE_ANY "*"         /* anything */
#define MK_SHAPE_FAMILY_NAME "^" /* the name of a family of the table */
#define MK_SHAPE_TIME "~"        /* begins the name of a falling time: "~createdAt"; alone, it is no column's */

typedef struct mk_shape {
  mk_keyspace keyspace;
  mk_shape_kind kind;
  mk_keyspace of;                        /* the records that these keys belong to; a record's own keyspace */
  const char *parts[MK_SHAPE_PARTS_MAX]; /* ends in NULL; none: any parts */
  bool has_facets;                       /* its KV metadata is the record's (facet.h) */
} mk_shape;

/* The shape of a keyspace's keys. */
const mk_shape *mk_shape_of(mk_keyspace keyspace);

/* Take a key apart, less the store's prefix and the keyspace's beginning. false: it is no key that
 * the store makes: of another number of parts, or with one that no id, time or family gives. */
bool mk_shape_split(const mk_shape *shape, mk_str rest, mk_str parts[MK_SHAPE_PARTS_MAX]);

/* The part of a key that repeats a column ("id", "~createdAt"); absent if there is none. */
mk_str mk_shape_part(const mk_shape *shape, const mk_str parts[MK_SHAPE_PARTS_MAX], const char *column);

/* The key of the record that a key belongs to. false: its parts do not tell. */
mk_status mk_shape_record_key(mk_context *ctx, const mk_shape *shape, const mk_str parts[MK_SHAPE_PARTS_MAX],
                              mk_str *out, bool *is_known);

/* The key that a record has in a keyspace, its own or an index's. *out is absent where a column
 * is missing, so that it has none, or where the key would be too long. */
mk_status mk_shape_key_of(mk_context *ctx, const mk_shape *shape, const mk_record *record, mk_str *out);

#endif
