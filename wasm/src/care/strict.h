/* strict.h: whether a text is JSON to the letter (RFC 8259).
 *
 * The engine's scanner (json.h) trusts numbers, literals and escapes, for it reads what
 * JSON.stringify or the engine itself printed. Here damage is looked for: what passes this check is
 * what JSON.parse reads. */
#ifndef MK_STRICT_H
#define MK_STRICT_H

#include "base/str.h"

/* Whether `text` is one JSON value, nested at most MK_JSON_DEPTH_MAX, with white space around it
 * allowed. */
bool mk_json_is_strict(mk_str text);

#endif
