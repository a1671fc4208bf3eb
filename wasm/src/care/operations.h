/* operations.h: the operations that look after the data. Each is a step of a walk (walk.h):
 *
 *   arguments  {"cursor":{…}|null, "limit":100, …}
 *   result     {"cursor":{…}|null, "unit":"messages", …}     null: the walk is done
 *
 * A step makes a bounded number of KV calls, whatever is stored, and holds a page of keys; the shim
 * (js-shim/care) makes step after step. */
#ifndef MK_CARE_OPERATIONS_H
#define MK_CARE_OPERATIONS_H

#include "base/context.h"

/* Count a page: {"cursor":…,"table":"messages","tally":{…}}; `table` is "quarantine" for what was set
 * aside, and absent for what counts for none. SUSPENDS. */
mk_status mk_care_stats(mk_context *ctx, mk_str args, mk_str *result);
/* The same, and judge it (judge.h): also "problems":[…],"unsettled":n. SUSPENDS. */
mk_status mk_care_verify(mk_context *ctx, mk_str args, mk_str *result);

/* The same, and mend it: also "fixed":n,"setAside":n. With "dryRun":true nothing is written. What is
 * derived is written from its record; what cannot be read is set aside (quarantine.h). SUSPENDS. */
mk_status mk_care_repair(mk_context *ctx, mk_str args, mk_str *result);

/* Delete what a person owns (owner.h) of a page: takes "resourceId", and gives {"cursor":…,"table":…,
 * "tally":{…},"erased":n,"mentions":["…"]}, the keys that hold the id as a text and are not theirs. What
 * belongs to a thread comes before the thread, which tells its owner; what is derived from a record goes
 * before the record. SUSPENDS. */
mk_status mk_care_erase(mk_context *ctx, mk_str args, mk_str *result);
/* Delete records of "tables", one, that are older than "cutoff", milliseconds since 1970, or than
 * "maxAge" (duration.h), by what Mastra ages them by: at most "most". Gives {"cursor":…,"keys":n,"deleted":n}; the cursor stays at a page of which
 * some are left. SUSPENDS. */
mk_status mk_care_prune(mk_context *ctx, mk_str args, mk_str *result);
/* The lines (line.h) of a page: also "state":{…},"lines":["…"]. Takes "state", of the step before, and
 * "resourceId": only what a person owns. SUSPENDS. */
mk_status mk_care_export(mk_context *ctx, mk_str args, mk_str *result);
/* Write what lines bring, and what is derived from it. No walk: takes {"state":{…},"lines":["…"],"calls":…}
 * and gives {"cursor":null,"taken":n,"state":{…}}, where `taken` lines were written; where none could be, for
 * lack of calls, also "needs". SUSPENDS. */
mk_status mk_care_import(mk_context *ctx, mk_str args, mk_str *result);

#endif
