/* problem.h: what can be wrong with stored data, and what mends it. */
#ifndef MK_PROBLEM_H
#define MK_PROBLEM_H

#include "care/walk.h"

typedef enum mk_problem_kind {
  MK_PROBLEM_UNREADABLE,     /* the value is no JSON, or no object */
  MK_PROBLEM_INVALID,        /* a record without a column it must have, or with one of another type */
  MK_PROBLEM_WRONG_KEY,      /* a record that says it belongs under another key */
  MK_PROBLEM_WRONG_METADATA, /* KV metadata that disagrees with the value */
  MK_PROBLEM_MISSING_ENTRY,  /* a record without its index entry, or a message without its locator */
  MK_PROBLEM_WRONG_ENTRY,    /* an entry or locator that says otherwise than its record */
  MK_PROBLEM_STRAY_ENTRY,    /* an entry or locator without a record */
  MK_PROBLEM_ORPHAN,         /* a family without its record */
  MK_PROBLEM_DUPLICATE,      /* a second message of one id */
  MK_PROBLEM_LEFTOVER,       /* what a deletion that stopped halfway left of a message */
  MK_PROBLEM_STRANGE_KEY,    /* no key that the store makes */
} mk_problem_kind;

/* What mends it, at the key of the problem. */
typedef enum mk_fix { MK_FIX_PUT, MK_FIX_DELETE, MK_FIX_SET_ASIDE } mk_fix;

typedef struct mk_problem mk_problem;
struct mk_problem {
  mk_problem_kind kind;
  mk_keyspace keyspace; /* of the key */
  mk_table table;       /* that it is reported for */
  uint32_t ns;
  mk_str key;
  mk_str reason; /* what exactly, in words; or absent */
  mk_fix fix;
  mk_str value;          /* what to put; or what to set aside */
  mk_str metadata;       /* the same; or absent */
  uint32_t expiration_s; /* of what is put; 0: never */
  mk_str moved_to;       /* once set aside: where it is now */
  mk_problem *next;
};

/* "missing_entry": the name of a kind, in reports. */
const char *mk_problem_name(mk_problem_kind kind);
/* What a person may do about it, in a sentence. */
const char *mk_problem_advice(mk_problem_kind kind);

/* Write a problem as {"kind":…,"table":…,"key":…,"reason":…,"fix":…,"movedTo":…,"advice":…}. */
void mk_problem_write(mk_buf *buf, const mk_problem *problem);

#endif
