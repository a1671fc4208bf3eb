/* date.h: dates as JavaScript writes them. */
#ifndef MK_DATE_H
#define MK_DATE_H

#include "base/str.h"

/* The largest JavaScript Date, in milliseconds either side of 1970 (ECMA-262, "Time Values"). */
#define MK_DATE_MS_MAX INT64_C(8640000000000000)

/* Bytes of the longest date: "+275760-09-13T00:00:00.000Z". */
#define MK_DATE_SIZE_MAX 27

typedef struct mk_date_text {
  char data[MK_DATE_SIZE_MAX + 1]; /* ends in NUL */
  size_t size;
} mk_date_text;

/* Milliseconds since 1970 of a stored date, in ECMA-262's format of ISO 8601: "2026-01-31", or with
 * a time "T12:30", seconds, a fraction of any length (cut to milliseconds), and a zone "Z" or
 * "+01:00". A time without a zone, which the store never writes, is read as UTC, wherever it is
 * read. Years may have a sign and six digits. false: not such a date, or outside JavaScript's. */
bool mk_date_parse(mk_str text, int64_t *ms);
/* The same of a span of JSON; false also where it is absent, or no string. */
bool mk_date_take(mk_str span, int64_t *ms);

/* The same of a date that a caller gives, as JavaScript reads it: a time without a zone is in the
 * runtime's local time, which in Workers is UTC. Besides that format there are those that ECMA-262
 * says every runtime reads, toUTCString's and toString's: "Sat, 31 Jan 2026 12:30:00 GMT". What else
 * a runtime makes of a text is its own matter, and is refused. */
bool mk_date_read(mk_str text, int64_t *ms);

/* As Date.prototype.toISOString writes it. `ms` must be within MK_DATE_MS_MAX. */
mk_date_text mk_date_format(int64_t ms);

#endif
