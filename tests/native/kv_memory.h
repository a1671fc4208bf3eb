/* kv_memory.h: Workers KV in memory, for native tests: the other side of mk/kv.h and of
 * mk/platform.h, with KV's rules.
 *
 * It stands for the shim and for KV together. Calls are counted as the runtime counts them: gets
 * of one namespace that are started before one wait travel as bulk reads, 100 keys a call. Keys
 * are ordered by bytes. A breach of a limit is a failure with KV's HTTP status, and what the seam
 * forbids (a result read twice, or before the wait) ends the program.
 *
 * Nothing is ever overwritten: every key keeps all its versions, so that lists and gets can be
 * told to answer as of an earlier moment, as KV's caches do. */
#ifndef KV_MEMORY_H
#define KV_MEMORY_H

#include "base/str.h"
#include "host/kv.h"

#define KV_NAMESPACES 8

/* Keys that one bulk read takes. */
#define KV_BULK_KEYS 100

/* The first reading of the clock is the millisecond after: 2025-11-24T16:00:00.000Z. */
#define KV_CLOCK_START INT64_C(1764000000000)

/* The runtime's local time is ahead of UTC, and this is the start in words. */
#define KV_ZONE_MS INT64_C(3600000)
#define KV_DATE_IN_WORDS "Mon, 24 Nov 2025 16:00:00 GMT"

typedef enum kv_kind { KV_GET, KV_PUT, KV_DELETE, KV_LIST, KV_KINDS } kv_kind;

typedef struct kv_counts {
  int calls[KV_KINDS];
  int rounds; /* waits with something started */
} kv_counts;

/* Calls to fail. */
typedef struct kv_faults {
  int nth;        /* the n-th call from now on, counted from 1; 0: none */
  bool and_after; /* and all calls after it, as when the connection is lost */
  bool lands;     /* what it should do happens, and only then it fails: a lost answer */
  int status;     /* HTTP status of the failure; 0: it has none */
} kv_faults;

/* A moment in the history of all namespaces. */
typedef int64_t kv_moment;
#define KV_PRESENT INT64_MAX

/* Begin anew: no keys, no faults, everything visible at once, the clock at its start. */
void kv_reset(void);

/* Forget the results of the operation that is over; those of all its rounds can be read until then. */
void kv_forget_calls(void);

/* Keep a payload of the operation that is about to begin; the first one is reference 0. */
void kv_give(mk_str payload);

/* What was called since the last kv_count_reset. */
kv_counts kv_count(void);
int kv_count_calls(void);
void kv_count_reset(void);

/* Plan failures; {0} plans none. */
void kv_fail(kv_faults faults);
/* Whether a planned failure happened since it was planned. */
bool kv_has_failed(void);

kv_moment kv_now(void);
/* From now on lists, or gets, answer as of `moment`; KV_PRESENT: they are fresh. */
void kv_lists_show(kv_moment moment);
void kv_gets_show(kv_moment moment);

/* Let every page of a list hold `size` keys, whatever limit was asked for; 0: as asked. */
void kv_pages_hold(uint32_t size);
/* Let an empty page with a cursor come before every page of a list. */
void kv_pages_empty_first(bool is_on);
/* Let the next list answer with this text, a constant; NULL: what it should. */
void kv_list_answers(const char *text);

/* Write, delete, read and count keys behind KV's back: uncounted, unlimited, and always the present. */
void kv_seed(uint32_t ns, const char *key, const char *value, const char *metadata);
void kv_drop(uint32_t ns, const char *key); /* it must be there */
mk_str kv_value(uint32_t ns, const char *key);
mk_str kv_metadata(uint32_t ns, const char *key);
size_t kv_key_count(uint32_t ns);
/* The same with any bytes; over what is there. `metadata` may be absent. */
void kv_seed_bytes(uint32_t ns, mk_str key, mk_str value, mk_str metadata);
/* The name of the `index`-th key in order, deleted ones among them; absent behind the last. */
mk_str kv_key(uint32_t ns, size_t index);
/* Whether a key was written or deleted after `moment`. */
bool kv_was_touched(uint32_t ns, mk_str key, kv_moment moment);
/* Forget what happened after `moment`: back to the keys and, with the faults and views of a fresh KV, the clock of then. */
void kv_rewind(kv_moment moment, int64_t clock_ms);
/* What the last operation's call of that ticket read, and the key; absent where there is none. */
mk_str kv_ticket_value(int64_t ticket);
mk_str kv_ticket_key(int64_t ticket);
/* All keys of a namespace in order, a line each: `key = value` or `key = value | metadata`.
 * Valid until the next call. */
const char *kv_dump(uint32_t ns);

/* The next reading of the clock is at least `ms`. */
void kv_clock_set(int64_t ms);
/* The last reading. */
int64_t kv_clock_last(void);

#endif
