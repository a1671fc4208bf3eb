/* filter.h: the filters of list methods: date ranges and metadata. */
#ifndef MK_FILTER_H
#define MK_FILTER_H

#include "base/context.h"
#include "base/date.h"
#include "record/record.h"

/* Times from oldest_ms to newest_ms, both included. */
typedef struct mk_range {
  int64_t oldest_ms;
  int64_t newest_ms;
} mk_range;

/* All of JavaScript's dates. */
#define MK_RANGE_ALL ((mk_range){-MK_DATE_MS_MAX, MK_DATE_MS_MAX})

/* Read {start?, end?, startExclusive?, endExclusive?}; absent is MK_RANGE_ALL.
 * MK_E_INVALID_ARGUMENT when start or end is no date. */
mk_status mk_range_read(mk_context *ctx, mk_str date_range, mk_range *out);

/* Read one bound, the member `name` of `args`; *ms stays where it is absent. Same error. */
mk_status mk_bound_read(mk_context *ctx, mk_str args, const char *name, int64_t *ms);

bool mk_range_has(const mk_range *range, int64_t ms);

/* Check a metadata filter on messages; `odd` has the members that JSON does not hold (key.h): an object with plain names and string, number, boolean or
 * null values. *out is absent when it filters nothing.
 * MK_E_INVALID_ARGUMENT with Mastra's texts. */
mk_status mk_message_filter_read(mk_context *ctx, mk_str metadata, mk_str odd, mk_str *out);
/* Whether content.metadata has every member of the filter with the same value. */
bool mk_message_filter_matches(mk_str filter, mk_str content);

/* Check the names of a metadata filter on threads; values may be any JSON. *out is absent when it
 * filters nothing. MK_E_INVALID_ARGUMENT, reason INVALID_METADATA_KEY, with Mastra's texts. */
mk_status mk_thread_filter_read(mk_context *ctx, mk_str metadata, mk_str *out);
/* Whether metadata has every member of the filter, deeply equal. */
bool mk_thread_filter_matches(mk_str filter, mk_str metadata);
/* Whether metadata is an object without any of the names in an array. */
bool mk_thread_filter_lacks(mk_str names, mk_str metadata);

#endif
