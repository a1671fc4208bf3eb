/* upgrade.h: bringing what older code stored up to date, in numbered steps that walk through it.
 *
 * Newer code reads older data as it is; what it must know of it at once, init does, with a constant
 * number of calls. A step is for what would have to be looked for in every record. Where one stands,
 * the schema document tells (document.h):
 *
 *   "steps":1        all data has been through so many
 *   "upgrade":{"step":1,"startedAt":…,"savedAt":…,"isRest":false,"walk":{…}}
 *                    the next one was begun, and `walk` (walk.h) is where it goes on
 *
 * so that an interrupted upgrade goes on in another process, and two at once do the same work twice.
 *
 * KV has no compare-and-swap, and an upgrade works beside writers whose edits and deletions it may
 * not have seen. So a step writes no key that anybody's data lies under: only pointers without
 * content, which follow from their record and which readers judge by it. One that comes late, when
 * its record was deleted or has left the place, is passed over as every such entry is.
 *
 *   1  index_entries   the entries in their indexes that threads and scores lack. The first version's
 *                      calls wrote a record and its entries side by side: one that failed in between, and
 *                      was not made again, left a record that its lists do not show */
#ifndef MK_UPGRADE_H
#define MK_UPGRADE_H

#include "base/context.h"

/* Operation `careUpgrade`: look at a page of keys, write what the step gives them, and behind the last put
 * down that it is done:
 *
 *   {"cursor":{"step":1,…}|null,"table":"threads","tally":{…},"written":0}
 *
 * Without a cursor it initializes the store before, goes on where the document says, and the answer also has
 * "from":1,"to":2,"steps":["index_entries"], the version of the data before and now, and what is due; `from` is 0
 * where there was no document. With "save":true it only puts down where the cursor is. With "dryRun":true
 * nothing is written, ever. MK_E_SCHEMA_TOO_NEW. SUSPENDS. */
mk_status mk_care_upgrade(mk_context *ctx, mk_str args, mk_str *result);

#endif
