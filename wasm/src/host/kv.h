/* kv.h: the seam to Workers KV, and the only way out of the engine.
 *
 * get, put, delete and list START a call and return a ticket at once; mk_kv_wait suspends until
 * everything started has settled; then results are read by ticket. Gets of one namespace that
 * are started before one wait travel as bulk reads. In wasm these are the imports of module
 * `kv` (js-shim/engine/kv-imports.js is the other side); natively tests/native/kv_memory.c.
 *
 * Only integers and pointers cross. `ns` numbers the namespaces that mk_config_open answered.
 *
 * A text of the caller's that the engine has no need to look into, a *payload*, may stay with the host. An
 * operation's payloads have its first tickets, settled before it begins; in its arguments a reference
 * (base/json.h) stands for each. The host puts them back into what refers to them: values that are written,
 * and the answer. */
#ifndef MK_KV_H
#define MK_KV_H

#include <stdint.h>

/* Limits of Workers KV (its documentation, "Limits"). */
#define MK_KV_KEY_BYTES_MAX 512
#define MK_KV_METADATA_BYTES_MAX 1024
#define MK_KV_VALUE_BYTES_MAX (25u << 20)
#define MK_KV_LIST_KEYS_MAX 1000

/* What mk_kv_status answers; below 0 it is a failure: minus the HTTP status that KV failed with,
 * or MK_KV_FAILED where it gave none. */
#define MK_KV_DONE 0
#define MK_KV_ABSENT 1
#define MK_KV_FAILED (-1)

#if defined(__wasm__)
#define MK_KV_IMPORT(name) __attribute__((import_module("kv"), import_name(name)))
#else
#define MK_KV_IMPORT(name)
#endif

/* Start reading the value of a key. */
MK_KV_IMPORT("get") int32_t mk_kv_get(uint32_t ns, const char *key, uint32_t key_size);

/* Start writing a key.
 *   value         may hold references
 *   metadata      text of a JSON object; size 0: none
 *   expiration_s  seconds since 1970 at which KV drops the key; 0: never
 * The texts are copied before this returns. */
MK_KV_IMPORT("put")
int32_t mk_kv_put(uint32_t ns, const char *key, uint32_t key_size, const char *value, uint32_t value_size,
                  const char *metadata, uint32_t metadata_size, uint32_t expiration_s);

/* Start deleting a key; deleting an absent one succeeds. */
MK_KV_IMPORT("delete") int32_t mk_kv_delete(uint32_t ns, const char *key, uint32_t key_size);

/* Start listing keys, ascending by bytes.
 *   limit   1 to MK_KV_LIST_KEYS_MAX; an answer may hold more (the overlay adds fresh keys) or
 *           fewer, even none, while there are more to come
 *   cursor  of the page before; size 0: from the start
 * The result is the JSON text of KVNamespace's answer:
 * {"keys":[{"name":"…","metadata":{…}}],"list_complete":false,"cursor":"…"} */
MK_KV_IMPORT("list")
int32_t mk_kv_list(uint32_t ns, const char *prefix, uint32_t prefix_size, uint32_t limit, const char *cursor,
                   uint32_t cursor_size);

/* Return when all that was started has settled. SUSPENDS: the one call that does. */
MK_KV_IMPORT("wait") void mk_kv_wait(void);

/* How a settled call ended: MK_KV_DONE, MK_KV_ABSENT (get only) or a failure. */
MK_KV_IMPORT("status") int32_t mk_kv_status(int32_t ticket);

/* Bytes of a settled call's result: a get's value, a list's JSON, a failure's message. Of a payload that is
 * far from too large for a value, at least its bytes: they are not worth counting. */
MK_KV_IMPORT("size") uint32_t mk_kv_size(int32_t ticket);

/* Copy the beginning of a get's value to `out`: whole characters, at most `size` bytes. It stays where it
 * is, for mk_kv_read or for an answer that names it by its ticket. Returns the bytes that were copied,
 * or ~bytes where that is the whole value. */
MK_KV_IMPORT("head") int32_t mk_kv_head(int32_t ticket, char *out, uint32_t size);

/* Forget the results of a settled call and of all that were started after it: their tickets are given anew. */
MK_KV_IMPORT("forget") void mk_kv_forget(int32_t ticket);

/* Copy the result, mk_kv_size(ticket) bytes, to `out` and let go of it. */
MK_KV_IMPORT("read") void mk_kv_read(int32_t ticket, char *out);

#endif
