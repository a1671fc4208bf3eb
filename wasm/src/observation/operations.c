#include "observation/observation.h"

/* MK_DATES takes literals only. */
#define DATES_OF(at) \
  "[\"" at "createdAt\",\"" at "updatedAt\",\"" at "lastObservedAt\",\"" at "lastBufferedAtTime\",\"" at \
  "bufferedObservationChunks.*.lastObservedAt\",\"" at "bufferedObservationChunks.*.createdAt\"]"

const mk_operation mk_observation_operations[] = {
    {"getObservationalMemory", mk_get_observational_memory, DATES_OF("")},
    {"getObservationalMemoryHistory", mk_get_observational_memory_history, DATES_OF("*.")},
    {"initializeObservationalMemory", mk_initialize_observational_memory, DATES_OF("")},
    {"insertObservationalMemoryRecord", mk_insert_observational_memory, NULL},
    {"updateActiveObservations", mk_update_active_observations, NULL},
    {"updateBufferedObservations", mk_update_buffered_observations, NULL},
    {"swapBufferedToActive", mk_swap_buffered_to_active, NULL},
    {"createReflectionGeneration", mk_create_reflection_generation, DATES_OF("")},
    {"updateBufferedReflection", mk_update_buffered_reflection, NULL},
    {"swapBufferedReflectionToActive", mk_swap_buffered_reflection, DATES_OF("")},
    {"setObservationalMemory", mk_set_observational_memory, NULL},
    {"updateObservationalMemoryConfig", mk_update_observational_memory_config, NULL},
    {"clearObservationalMemory", mk_clear_observational_memory, NULL},
    MK_OPERATIONS_END,
};
