/* config.h: what a store was opened with: its key prefix, and in which namespace each keyspace
 * is placed. A namespace is named after the table that was given it. */
#ifndef MK_CONFIG_H
#define MK_CONFIG_H

#include "base/context.h"
#include "kv/schema.h"

/* Namespaces a store can have: one a table. */
#define MK_NAMESPACES_MAX MK_TABLE_COUNT

/* The longest key prefix: it leaves 384 bytes of a key for tables, times and ids. */
#define MK_KEY_PREFIX_SIZE_MAX 128

struct mk_config {
  mk_str key_prefix;                  /* printable ASCII, may be empty */
  bool is_rest;                       /* Cloudflare's REST API instead of bindings */
  uint32_t ns[MK_KEYSPACE_COUNT];     /* the namespace of each keyspace */
  mk_str names[MK_NAMESPACES_MAX];    /* of each namespace: its binding's name, or its title (JSON text) */
  mk_table tables[MK_NAMESPACES_MAX]; /* the table that each namespace was given to */
  uint32_t ns_count;
  int64_t kept_ms[MK_TABLE_COUNT]; /* how long a table's records are kept (expiration.h); 0: for ever */
};

#endif
