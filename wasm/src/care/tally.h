/* tally.h: how much there is. */
#ifndef MK_TALLY_H
#define MK_TALLY_H

#include "care/walk.h"

/* What a step counted of one table. */
typedef struct mk_tally {
  int64_t keys;
  int64_t records;
  int64_t bytes; /* of keys, values and KV metadata, as KV's price counts them */
  bool has_times;
  int64_t oldest_ms; /* of records: when they were created, or else last updated */
  int64_t newest_ms;
} mk_tally;

/* Count subjects that were read. Those that are gone do not count. */
void mk_tally_add(mk_tally *tally, const mk_subject *subjects, size_t count);
/* Write {"keys":…,"records":…,"bytes":…,"oldest":"…","newest":"…"}. */
void mk_tally_write(mk_buf *buf, const mk_tally *tally);

#endif
