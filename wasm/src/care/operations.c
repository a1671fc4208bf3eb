#include "care/operations.h"

#include "care/place.h"
#include "care/upgrade.h"
#include "engine/operation.h"

const mk_operation mk_care_operations[] = {
    {"careStats", mk_care_stats, NULL},     {"careVerify", mk_care_verify, NULL},
    {"careRepair", mk_care_repair, NULL},   {"carePlace", mk_place_records, NULL},
    {"careErase", mk_care_erase, NULL},     {"carePrune", mk_care_prune, NULL},
    {"careExport", mk_care_export, NULL},   {"careImport", mk_care_import, NULL},
    {"careUpgrade", mk_care_upgrade, NULL}, MK_OPERATIONS_END,
};
