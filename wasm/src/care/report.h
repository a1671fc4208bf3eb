/* report.h: the answers of steps that count and judge. */
#ifndef MK_REPORT_H
#define MK_REPORT_H

#include "care/judge.h"
#include "care/tally.h"

/* Read the values of a page, wherever it is. SUSPENDS. */
mk_status mk_report_read(mk_context *ctx, const mk_walk *walk);

/* Begin an answer with {"cursor":…,"table":…,"tally":…, without the closing brace. One to a walk that began
 * has "due":1, too, where so many steps of an upgrade are due. */
void mk_report_begin(mk_context *ctx, const mk_walk *walk, const mk_tally *tally, mk_buf *buf);
/* Go on with ,"table":…,"tally":… where the page counts for a table. */
void mk_report_count(const mk_walk *walk, const mk_tally *tally, mk_buf *buf);
/* Go on with ,"unsettled":…,"problems":[…]} and the closing brace. */
void mk_report_end(const mk_verdict *verdict, mk_buf *buf);

#endif
