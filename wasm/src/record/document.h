/* document.h: the schema document, which tells later code and people what lies in the namespaces.
 *
 *   metadata:schema   {"_writtenAt":…,"version":2,"steps":0,"upgrade":{…},
 *                      "tables":{"threads":{"columns":{"id":"id","title":"string?",…},
 *                                           "families":{"title":"title",…}},…},
 *                      "placement":{"threads:":"threads","metadata:threads:":"threads",…}}
 *
 *   version    what code must know to read and write the data (schema.h)
 *   steps      how many of the upgrade's steps all data has been through (care/upgrade.h); absent: none
 *   upgrade    where the next one stands, if one was begun and not finished
 *   columns    name and type (mk_type); "?" where the column may be missing
 *   families   the family of each column that is in one
 *   placement  for each keyspace, the table in whose namespace its keys are
 *
 * It lies with the threads, whatever else has a namespace of its own: no other choice of bindings
 * can hide it. */
#ifndef MK_DOCUMENT_H
#define MK_DOCUMENT_H

#include "base/context.h"

typedef struct mk_document {
  mk_str key;
  mk_str tables; /* as this code has them: a span */
  bool exists;
  int64_t version;
  int64_t steps;
  mk_str upgrade;   /* span, or absent */
  mk_str placement; /* as it is recorded: a span; absent: it is not */
  bool is_current;  /* its version and its tables are this code's */
} mk_document;

/* Read the document: one KV call. MK_E_SCHEMA_TOO_NEW, MK_E_CORRUPT_RECORD. SUSPENDS. */
mk_status mk_document_read(mk_context *ctx, mk_document *out);
/* Write it, with this code's version, tables and placement, and the given `steps` and `upgrade`. SUSPENDS. */
mk_status mk_document_write(mk_context *ctx, const mk_document *document);

/* Operation `init`: compare the stored document with this code and these bindings. Where it is
 * missing, or of older code, it is written; otherwise this is one read. A document that is written
 * where nothing is stored says that no step of the upgrade is due.
 * MK_E_SCHEMA_TOO_NEW; MK_E_PLACEMENT_CHANGED if keys that are stored, or may be, would be looked for
 * in another namespace. A keyspace may move as long as the namespace it leaves is still there to
 * show that it holds none of its keys. */
mk_status mk_init(mk_context *ctx, mk_str args, mk_str *result);

/* Delete the document: there is no data any more that it could tell about. */
mk_status mk_schema_forget(mk_context *ctx);

#endif
