/* court.h: what judging the keys of every table has in common: the subject, the keys it hangs
 * together with, and what is found. judge.c holds the court; judge_*.c know one table each. */
#ifndef MK_COURT_H
#define MK_COURT_H

#include "care/judge.h"
#include "message/marks.h"
#include "message/message.h"

#define MK_LINKS_MAX 4 /* of one subject: the most indexes that a table has */

/* A key that a subject hangs together with. */
typedef struct mk_link {
  mk_keyspace keyspace;
  mk_str key;
  mk_io *io;
} mk_link;

/* A subject that is being judged. */
typedef struct mk_trial {
  mk_subject *subject;
  mk_link links[MK_LINKS_MAX];
  int link_count;
  mk_place place; /* of a message: as its key and metadata say; of a locator: as its value says; of
                     a thread: the thread alone */
  bool has_place;
  mk_str expected;             /* the KV metadata it must have; absent: none */
  mk_io *marks[MK_MARK_COUNT]; /* of a thread or a message: whether the thread was deleted */
  bool is_guilty;
  bool is_condemned; /* it does not stay: nothing else of it matters */
} mk_trial;

/* Where findings go. */
typedef struct mk_court {
  const mk_walk *walk;
  mk_verdict *verdict;
  int64_t now_ms;
} mk_court;

/* A problem with the subject itself. */
mk_problem mk_court_about(const mk_court *of, const mk_trial *t, mk_problem_kind kind, mk_fix fix);
/* A problem with a key that the subject should have, to be put with this KV metadata; the caller sets the value. */
mk_problem mk_court_about_link(const mk_context *ctx, const mk_court *of, const mk_trial *t, const mk_link *to,
                               mk_problem_kind kind, mk_str metadata);
/* Find a problem, unless what was written at `newest_ms` is too young to tell; 0: no matter. */
mk_status mk_court_find(mk_context *ctx, const mk_court *of, mk_trial *t, const mk_problem *found, int64_t newest_ms);
/* Queue reading a key that the subject hangs together with. */
mk_status mk_court_add_link(mk_context *ctx, mk_trial *t, mk_keyspace keyspace, mk_str key);
/* Take apart a value of KV; *is_record is false where that cannot be done. */
mk_status mk_court_parse(mk_context *ctx, mk_str key, mk_str value, mk_record *out, bool *is_record);
int64_t mk_court_later(int64_t a, int64_t b);

#endif
