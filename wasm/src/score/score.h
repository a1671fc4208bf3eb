/* score.h: scores, the results of scorers, and the four orders they are listed in.
 *
 *   scorers:{scoreId}                                                      the score as saved
 *   metadata:scores_by_scorer:{scorerId}:{desc(createdAt)}:{scoreId}       index, newest first
 *   metadata:scores_by_run:{runId}:{desc(createdAt)}:{scoreId}
 *   metadata:scores_by_entity:{entityType}:{entityId}:{desc(createdAt)}:{scoreId}
 *   metadata:scores_by_span:{traceId}:{spanId}:{desc(createdAt)}:{scoreId}
 *
 * A score is in an index if it has all of the index's columns. Every entry carries the same KV
 * metadata as the score (facet.h), so that lists filter without reading values. An entry is a
 * pointer, never a fact: readers drop one whose score is gone, or says otherwise (rows.h). */
#ifndef MK_SCORE_H
#define MK_SCORE_H

#include "base/operation.h"

extern const mk_operation mk_score_operations[];

#endif
