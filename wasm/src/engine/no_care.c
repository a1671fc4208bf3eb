/* no_care.c: what stands in store.wasm for the operations that look after the data. They are in
 * the other build, so that no Worker's bundle grows by them. */
#include "engine/operation.h"

const mk_operation mk_care_operations[] = {MK_OPERATIONS_END};
