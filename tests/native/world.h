/* world.h: a filled store, for those who attack it: two tenants in the same namespaces, of which one's key prefix begins
 * the other's, and of the first tenant two persons, ada and bob. What is bob's and what is the other tenant's holds a
 * mark in its content, which no answer may show that did not ask for it. */
#ifndef WORLD_H
#define WORLD_H

#include "support.h"

#define WORLD_OPTIONS OPTIONS_PREFIX("dev")
#define WORLD_OTHER_PREFIX "dev_"
#define WORLD_OTHER_OPTIONS OPTIONS_PREFIX(WORLD_OTHER_PREFIX)

#define WORLD_BOBS_MARK "BoBsSeCrEt"
#define WORLD_OTHERS_MARK "OtHeRsSeCrEt"

typedef enum world_owner { WORLD_ADA, WORLD_BOB, WORLD_OTHER } world_owner;

typedef struct world_key {
  uint32_t ns;
  mk_str name;
  mk_str value;
  mk_str metadata; /* absent: none */
  world_owner owner;
} world_key;

typedef struct world {
  world_key *keys; /* by namespace, then by name */
  size_t count;
  kv_moment moment; /* when it was made */
  int64_t clock_ms;
} world;

/* Fill the KV in memory, which is emptied before; the texts last as long as the program. */
world world_make(void);

/* Whether a text holds a mark. (Not by memmem, which a fuzzer looks over the shoulder of.) */
bool world_shows(mk_str text, const char *mark);

#endif
