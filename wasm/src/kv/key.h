/* key.h: KV keys and the parts they are made of.
 *
 *   {keyPrefix}{keyspace's beginning}{part}:{part}…
 *   dev_messages:t_9f2c:08638232774399877:m1
 *
 * A part is an id with every byte outside printable ASCII, and '%' and ':', as %XX with upper
 * case digits: so ':' only ever separates parts, no id is a prefix of another's keys, and names
 * hold just what the REST API allows. The encoding is injective, so parts are compared instead
 * of ids.
 *
 * A falling time is MK_DATE_MS_MAX minus the milliseconds since 1970, in 17 digits: KV's only
 * order, ascending by bytes, then lists newest first, over all of JavaScript's dates. */
#ifndef MK_KEY_H
#define MK_KEY_H

#include "base/context.h"
#include "base/date.h"
#include "host/kv.h"
#include "kv/schema.h"

/* Digits of a falling time: 2 * MK_DATE_MS_MAX has 17. */
#define MK_KEY_TIME_SIZE 17

/* An id, both as JSON text and as a part of a key. */
typedef struct mk_id {
  mk_str json; /* span with its quotes */
  mk_str part;
} mk_id;

/* Read an id from a string span. MK_E_OUT_OF_MEMORY; the span must be a JSON string. */
mk_status mk_id_make(mk_context *ctx, mk_str span, mk_id *out);
/* The id that a part was made from: the inverse of mk_id_make. */
mk_status mk_id_parse(mk_context *ctx, mk_str part, mk_id *out);

/* A new id, which nothing else has. */
mk_status mk_id_new(mk_context *ctx, mk_id *out);

/* The required argument `name` of `args`, a non-empty string, as an id.
 * MK_E_INVALID_ARGUMENT names it. */
mk_status mk_argument_id(mk_context *ctx, mk_str args, const char *name, mk_id *out);
/* The same where the string may be empty. */
mk_status mk_argument_string(mk_context *ctx, mk_str args, const char *name, mk_id *out);

/* An optional argument, a string or an object, as a span: absent where it is not given, for which null
 * counts, too. MK_E_INVALID_ARGUMENT names it. */
mk_status mk_argument_text(mk_context *ctx, mk_str args, const char *name, mk_str *span);
mk_status mk_argument_object(mk_context *ctx, mk_str args, const char *name, mk_str *span);

/* Whether JSON does not say what member `name` (a span) of the object is that the operation names for it
 * (base/operation.h). The shim puts such members into the arguments apart, {"odd":{"a":"undefined","b":"number"}}:
 *   undefined  what is left out: undefined, a function, a symbol
 *   number     NaN and the infinities, which become null
 *   object     what is written as something else, such as a Date
 * *kind is one of these, as a span, or absent. */
void mk_argument_odd(mk_str args, mk_str name, mk_str *kind);
/* The names of those that are undefined, as the text of an array; absent: there is none. */
mk_status mk_argument_undefined(mk_context *ctx, mk_str args, mk_str *names);

/* A key under construction. Bytes past the limit are counted and not kept. */
typedef struct mk_key {
  char data[MK_KV_KEY_BYTES_MAX];
  size_t size; /* may exceed the limit */
  bool has_part;
} mk_key;

/* Begin a key with the store's prefix and the keyspace's beginning. */
mk_key mk_key_begin(const mk_context *ctx, mk_keyspace keyspace);
/* Append an encoded part, after a ':' unless it is the first. */
void mk_key_part(mk_key *key, mk_str part);
/* Write the falling time's MK_KEY_TIME_SIZE digits, without a NUL. */
void mk_key_time_format(int64_t ms, char *digits);
/* Append a falling time as a part; `ms` must be within MK_DATE_MS_MAX. */
void mk_key_time(mk_key *key, int64_t ms);
/* The key, in the arena. MK_E_KEY_TOO_LONG with its length and limit. */
mk_status mk_key_finish(mk_context *ctx, const mk_key *key, mk_str *out);
/* The prefix of all keys that begin with these parts: the key and a ':'. Same errors. */
mk_status mk_key_finish_prefix(mk_context *ctx, mk_key *key, mk_str *out);

/* A key that a stored record names in `span` and is to be deleted: one of `keyspace`, under the store's prefix, that ends
 * in the same part as the record's own key, `by`. Anything else, which the store never writes, and what was imported
 * from under another prefix, is absent, so that no stored bytes lead to another record or another tenant's. */
mk_status mk_key_named(mk_context *ctx, mk_keyspace keyspace, mk_str by, mk_str span, mk_str *out);

/* Split off the first part of `*rest`, what follows a known prefix. false: no part is left. */
bool mk_key_split(mk_str *rest, mk_str *part);
/* The time of a falling time's 17 digits. false: not such a part. */
bool mk_key_time_parse(mk_str part, int64_t *ms);

#endif
