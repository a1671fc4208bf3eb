/* place.h: putting records that come from another store where they belong.
 *
 * A record is written as of the newest date that it tells itself (its createdAt, updatedAt, …), not
 * as of now. So the outcome follows from the record alone, and placing it again changes nothing; a
 * record that comes again with a later date replaces what came before; and what this store's own
 * users have saved, updated or deleted since is newer, wins, and stays. */
#ifndef MK_PLACE_H
#define MK_PLACE_H

#include "base/context.h"

/* Operation `carePlace`.
 *   args    {"table":"messages",
 *            "records":[{"record":{…},"seq":3,"isMoved":true},…],   seq and isMoved: of messages
 *            "maxCalls":200,    KV calls it may make, at least 16; reads of 100 keys count as one
 *            "dryRun":true}     judge, and write nothing
 *   result  {"calls":57,"outcomes":[…]}, an outcome for each of the first records, as many as
 *           maxCalls allowed:
 *             "written"     or would have been
 *             "unchanged"   it is there already
 *             "newer"       what is there was written, or deleted, after this record's dates, and stays so
 *             {"elsewhere":"{threadId}","isNewer":true}
 *                           the id of this message is taken by one in another thread. With isMoved,
 *                           which says that it is the same message, that place is given up instead,
 *                           unless it is newer
 *             {"code":"KEY_TOO_LONG","message":"…"}   it cannot be kept
 * MK_E_KV_FAILED: records may be half written; the same call completes them. SUSPENDS. */
mk_status mk_place_records(mk_context *ctx, mk_str args, mk_str *result);

#endif
