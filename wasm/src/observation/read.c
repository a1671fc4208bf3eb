#include "base/json.h"
#include "base/print.h"
#include "host/platform.h"
#include "observation/observation.h"
#include "record/filter.h"
#include "record/rows.h"

/* How long a tombstone stays, in milliseconds: long after every list has caught up. */
#define TOMBSTONE_MS INT64_C(86400000)

mk_status mk_get_observational_memory(mk_context *ctx, mk_str args, mk_str *result) {
  mk_owner owner;
  MK_TRY(mk_owner_read_arguments(ctx, args, &owner));
  MK_TRY(mk_owner_read(ctx, &owner, false));
  mk_generation *gen = owner.first;
  for (; gen != NULL; gen = gen->next) {
    gen->is_wanted = true;
    gen->is_older = false; /* than those that a list shows and that are gone */
    MK_TRY(mk_generations_read(ctx, gen));
    if (gen->exists) {
      break;
    }
  }
  return mk_row_answer(ctx, gen != NULL ? &gen->record : NULL, result);
}

/* Those of a range of creation times, from `offset` on, at most `limit`; the newest first. */
mk_status mk_get_observational_memory_history(mk_context *ctx, mk_str args, mk_str *result) {
  mk_owner owner;
  mk_range range = MK_RANGE_ALL;
  mk_str span = mk_json_get(args, "limit");
  int64_t limit = mk_str_is_present(span) ? mk_whole(span) : INT64_MAX;
  int64_t offset = mk_whole(mk_json_get(args, "offset"));
  MK_TRY(mk_bound_read(ctx, args, "from", &range.oldest_ms));
  MK_TRY(mk_bound_read(ctx, args, "to", &range.newest_ms));
  MK_TRY(mk_owner_read_arguments(ctx, args, &owner));
  MK_TRY(mk_owner_read(ctx, &owner, true));
  for (mk_generation *gen = owner.first; gen != NULL; gen = gen->next) {
    int64_t ms = INT64_MIN;
    MK_TRY(mk_bound_read(ctx, gen->facets, "createdAt", &ms));
    gen->is_wanted = mk_range_has(&range, ms) && offset-- <= 0 && limit-- > 0;
  }
  MK_TRY(mk_generations_read(ctx, owner.first));
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_char(&buf, '[');
  for (const mk_generation *gen = owner.first; gen != NULL; gen = gen->next) {
    if (gen->exists) {
      mk_record_answer(&buf, &gen->record);
    }
  }
  mk_buf_char(&buf, ']');
  return mk_take(ctx, &buf, result);
}

/* Remove all there is of an owner: first from sight, then key by key. What a failure leaves, the same
 * call finds: the places go first, for only the keys of a generation tell its id. */
mk_status mk_clear_observational_memory(mk_context *ctx, mk_str args, mk_str *result) {
  static const mk_str cleared = {"cleared", 7};
  static const mk_str recent = {"recent", 6};
  mk_owner owner;
  mk_str key;
  mk_str value;
  *result = MK_STR("null");
  MK_TRY(mk_owner_read_arguments(ctx, args, &owner));
  owner.keeps_gone = true;
  MK_TRY(mk_owner_read(ctx, &owner, true));
  int64_t now_ms = mk_clock_ms();
  MK_TRY(mk_observation_key(ctx, MK_OBSERVATION_OWNERS, &owner.at, &cleared, &key));
  MK_TRY(mk_print(ctx, &value, "{\"" MK_WRITTEN_AT "\":%d}", now_ms));
  MK_TRY(
      mk_io_put_until(ctx, MK_OBSERVATION_OWNERS, key, value, MK_STR_NONE, (uint32_t)((now_ms + TOMBSTONE_MS) / 1000)));
  for (const mk_generation *gen = owner.first; gen != NULL; gen = gen->next) {
    MK_TRY(mk_observation_delete(ctx, MK_OBSERVATION_PLACES, &gen->id_part, NULL));
  }
  mk_io_then(ctx);
  for (const mk_generation *gen = owner.first; gen != NULL; gen = gen->next) { /* also what no list shows yet */
    MK_TRY(mk_observation_delete(ctx, MK_OBSERVATIONS, &gen->at, NULL));
  }
  for (size_t i = 0; i < owner.listing.count; i++) {
    MK_TRY(mk_io_delete(ctx, MK_OBSERVATIONS, owner.listing.keys[i].name));
  }
  MK_TRY(mk_observation_delete(ctx, MK_OBSERVATION_OWNERS, &owner.at, &recent));
  return mk_io_flush(ctx);
}
