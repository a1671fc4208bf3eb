/* tree.h: cJSON, on the operation's arena.
 *
 * For what the store itself writes, such as the envelopes of failures. Never for the user's payload, which
 * joins a tree as a raw span. */
#ifndef MK_TREE_H
#define MK_TREE_H

#include <cJSON.h>

#include "base/context.h"

/* Parse a span; NULL when cJSON cannot (it refuses lone surrogates). Nothing is to be freed. */
cJSON *mk_tree_parse(mk_context *ctx, mk_str span);

/* A new object. NULL when memory is short; the functions below then do nothing. */
cJSON *mk_tree_object(mk_context *ctx);
/* Add a member. A span is borrowed and printed as it stands; it must end in NUL, as what mk_take
 * gives does. Texts are copied. */
void mk_tree_add_span(mk_context *ctx, cJSON *object, const char *name, mk_str span);
void mk_tree_add_text(mk_context *ctx, cJSON *object, const char *name, mk_str text);
void mk_tree_add_number(mk_context *ctx, cJSON *object, const char *name, int64_t number);
void mk_tree_add_bool(mk_context *ctx, cJSON *object, const char *name, bool value);

/* The tree's text. MK_E_OUT_OF_MEMORY also when an earlier addition failed for it. */
mk_status mk_tree_print(mk_context *ctx, const cJSON *tree, mk_str *out);

#endif
