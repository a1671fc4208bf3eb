/* json_reference.h: an independent judge of JSON texts: RFC 8259's grammar, written down by
 * recursion and nothing else. The scanner under test (mk/json.h) must agree with it. */
#ifndef JSON_REFERENCE_H
#define JSON_REFERENCE_H

#include "base/str.h"

/* Whether `text` is one JSON value, nested at most `depth_max`, with white space around it. */
bool json_is_valid(mk_str text, int depth_max);

/* Whether text is well-formed UTF-8: no overlong forms, no surrogates, nothing past U+10FFFF. */
bool utf8_is_valid(mk_str text);

#endif
