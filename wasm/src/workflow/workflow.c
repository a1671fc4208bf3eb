#include "workflow/workflow.h"

#include <stdlib.h>

#include "base/json.h"
#include "host/kv.h"
#include "host/platform.h"
#include "kv/key.h"

mk_status mk_run_arguments(mk_context *ctx, mk_str args, mk_run *out) {
  *out = (mk_run){0};
  MK_TRY(mk_argument_id(ctx, args, "workflowName", &out->workflow));
  return mk_argument_id(ctx, args, "runId", &out->id);
}

static mk_key key_of(const mk_context *ctx, const mk_run *run, mk_keyspace keyspace) {
  mk_key key = mk_key_begin(ctx, keyspace);
  mk_key_part(&key, run->workflow.part);
  mk_key_part(&key, run->id.part);
  return key;
}

mk_status mk_run_key(mk_context *ctx, const mk_run *run, mk_keyspace keyspace, mk_str *out) {
  mk_key key = key_of(ctx, run, keyspace);
  return mk_key_finish(ctx, &key, out);
}

mk_status mk_update_key(mk_context *ctx, const mk_run *run, mk_str name, mk_str *out) {
  mk_key key = key_of(ctx, run, MK_WORKFLOW_UPDATES);
  mk_key_part(&key, name);
  return mk_key_finish(ctx, &key, out);
}

bool mk_update_name_parse(mk_str name, int64_t *at_ms) {
  mk_str time;
  mk_str uuid;
  return mk_key_split(&name, &time) && mk_key_time_parse(time, at_ms) && mk_key_split(&name, &uuid) &&
         !mk_str_is_present(name);
}

static mk_status run_queue(mk_context *ctx, mk_run *run) {
  static const mk_keyspace keyspaces[] = {MK_WORKFLOW_RUNS, MK_WORKFLOW_MARKERS};
  for (size_t i = 0; i < sizeof keyspaces / sizeof *keyspaces; i++) {
    mk_str key;
    MK_TRY(mk_run_key(ctx, run, keyspaces[i], &key));
    MK_TRY(mk_io_get(ctx, keyspaces[i], key, &run->io[i]));
  }
  run->io[0]->is_lazy = true; /* its snapshot may be large */
  return MK_OK;
}

/* The updates that a marker names: one at least, and strings all of them. */
static mk_status marker_take(mk_context *ctx, mk_run *run, mk_io *marker) {
  mk_member member;
  MK_TRY(mk_record_take(ctx, marker, &run->marker_record));
  for (mk_cursor recent = mk_json_walk(mk_record_get(&run->marker_record, "_recent"));
       mk_json_next(&recent, &member);) {
    if (!mk_json_is_string(member.value)) {
      return mk_fail_corrupt(ctx, marker->key, "names what is no update");
    }
    run->marker = mk_str_is_present(run->marker) ? run->marker : member.value;
  }
  return mk_str_is_present(run->marker) ? MK_OK : mk_fail_corrupt(ctx, marker->key, "names what is no update");
}

static mk_status run_take(mk_context *ctx, mk_run *run) {
  mk_io *base = run->io[0];
  mk_io *marker = run->io[1];
  run->exists = mk_str_is_present(base->result);
  if (run->exists) {
    MK_TRY(mk_record_take(ctx, base, &run->record));
    run->newest_ms = run->record.written_at_ms;
  }
  if (!mk_str_is_present(marker->result)) {
    return MK_OK;
  }
  MK_TRY(marker_take(ctx, run, marker));
  mk_str known = mk_record_get(&run->record, "_recent");
  run->has_updates = !mk_str_is_present(known) || !mk_str_equal(known, run->marker);
  if (run->newest_ms < run->marker_record.written_at_ms) {
    run->newest_ms = run->marker_record.written_at_ms;
  }
  return MK_OK;
}

mk_status mk_run_peek(mk_context *ctx, mk_run *run) {
  MK_TRY(run_queue(ctx, run));
  MK_TRY(mk_io_flush(ctx));
  return run_take(ctx, run);
}

static int compare_updates(const void *a, const void *b) {
  const mk_update *x = a;
  const mk_update *y = b;
  int order = (x->at_ms > y->at_ms) - (x->at_ms < y->at_ms);
  return order != 0 ? order : mk_str_compare(x->name, y->name);
}

/* Add an update, unless its name is no update's or is among the first `known`. */
static void add_update(mk_run *run, mk_str name, bool is_listed, size_t known) {
  mk_update update = {.name = name, .is_listed = is_listed};
  if (!mk_update_name_parse(name, &update.at_ms)) {
    return; /* not ours */
  }
  for (size_t i = 0; i < known; i++) {
    if (mk_str_equal(run->updates[i].name, name)) {
      run->updates[i].is_listed = run->updates[i].is_listed || is_listed;
      return;
    }
  }
  run->updates[run->update_count++] = update;
}

/* The union of what the list and the marker name. */
static mk_status gather_updates(mk_context *ctx, mk_run *run) {
  const mk_listing *listing = &run->listing;
  mk_member member;
  MK_TRY(mk_push(ctx, listing->count + MK_UPDATES_RECENT_MAX, sizeof *run->updates, &run->updates));
  mk_cursor recent = mk_json_walk(mk_record_get(&run->marker_record, "_recent"));
  while (run->update_count < MK_UPDATES_RECENT_MAX && mk_json_next(&recent, &member)) {
    mk_str name;
    if (mk_json_is_string(member.value)) {
      MK_TRY(mk_json_decode(ctx, member.value, &name));
      add_update(run, name, false, run->update_count);
    }
  }
  size_t known = run->update_count; /* a list names none twice */
  for (size_t i = 0; i < listing->count; i++) {
    add_update(run, mk_str_skip(listing->keys[i].name, listing->prefix.size), true, known);
  }
  qsort(run->updates, run->update_count, sizeof *run->updates, compare_updates);
  int64_t newest_ms = run->update_count == 0 ? 0 : run->updates[run->update_count - 1].at_ms;
  run->newest_ms = newest_ms > run->newest_ms ? newest_ms : run->newest_ms;
  return MK_OK;
}

static mk_status list_updates(mk_context *ctx, mk_run **runs, size_t count) {
  for (size_t i = 0; i < count; i++) {
    mk_key key = key_of(ctx, runs[i], MK_WORKFLOW_UPDATES);
    mk_str prefix;
    MK_TRY(mk_key_finish_prefix(ctx, &key, &prefix));
    runs[i]->listing = mk_listing_make(MK_WORKFLOW_UPDATES, prefix);
    runs[i]->listing.is_complete = !runs[i]->has_updates;
  }
  bool is_more = true;
  while (is_more) {
    is_more = false;
    for (size_t i = 0; i < count; i++) {
      is_more = is_more || !runs[i]->listing.is_complete;
      MK_TRY(mk_listing_queue(ctx, &runs[i]->listing, MK_KV_LIST_KEYS_MAX));
    }
    MK_TRY(mk_io_flush(ctx));
    for (size_t i = 0; i < count; i++) {
      MK_TRY(mk_listing_take(ctx, &runs[i]->listing));
    }
  }
  return MK_OK;
}

mk_status mk_runs_find_updates(mk_context *ctx, mk_run **runs, size_t count) {
  MK_TRY(list_updates(ctx, runs, count));
  for (size_t i = 0; i < count; i++) {
    if (runs[i]->has_updates) {
      MK_TRY(gather_updates(ctx, runs[i]));
    }
  }
  return MK_OK;
}

mk_status mk_run_delete_updates(mk_context *ctx, const mk_run *run, int64_t now_ms) {
  for (size_t i = 0; i < run->update_count; i++) {
    const mk_update *update = &run->updates[i];
    if (update->is_listed || update->at_ms > now_ms - MK_UPDATES_RECENT_MS) {
      mk_str key;
      MK_TRY(mk_update_key(ctx, run, update->name, &key));
      MK_TRY(mk_io_delete(ctx, MK_WORKFLOW_UPDATES, key));
    }
  }
  return MK_OK;
}

/* Take what was read of a run's updates apart. A list may show what is deleted. */
static mk_status take_updates(mk_context *ctx, mk_run *run) {
  MK_TRY(mk_push(ctx, run->update_count, sizeof *run->laid, &run->laid));
  for (size_t i = 0; i < run->update_count; i++) {
    mk_io *io = run->updates[i].io;
    mk_record *record = &run->laid[run->laid_count];
    if (io == NULL || !mk_str_is_present(io->result)) {
      continue;
    }
    MK_TRY(mk_record_take(ctx, io, record));
    if (!mk_str_is_present(mk_record_get(record, "state")) && !mk_json_is_string(mk_record_get(record, "stepId"))) {
      return mk_fail_corrupt(ctx, io->key, "is no update of a workflow run");
    }
    run->laid_count++;
  }
  return MK_OK;
}

mk_status mk_run_load(mk_context *ctx, mk_run *run) {
  if (run->is_loaded) {
    return MK_OK;
  }
  MK_TRY(mk_io_load(ctx, run->io[0]));
  MK_TRY(mk_record_take(ctx, run->io[0], &run->record));
  run->is_loaded = true;
  run->persisted = mk_record_get(&run->record, "snapshot");
  run->before_laid = mk_arena_end(ctx->arena);
  return MK_OK;
}

mk_status mk_run_refer(mk_context *ctx, mk_run *run, bool *is_referred) {
  *is_referred = ctx->can_refer && run->exists && run->laid_count == 0;
  return *is_referred ? MK_OK : mk_run_load(ctx, run);
}

/* Lay a run's updates over its snapshot. */
static mk_status lay_updates(mk_context *ctx, mk_run *run) {
  mk_str snapshot;
  MK_TRY(take_updates(ctx, run));
  if (run->laid_count == 0) {
    return MK_OK;
  }
  MK_TRY(mk_run_load(ctx, run));
  MK_TRY(mk_snapshot_lay(ctx, run, run->persisted, run->laid, run->laid_count, &snapshot));
  return mk_record_set(ctx, &run->record, "snapshot", snapshot);
}

mk_status mk_runs_read(mk_context *ctx, mk_run **runs, size_t count) {
  for (size_t i = 0; i < count; i++) {
    MK_TRY(run_queue(ctx, runs[i]));
  }
  MK_TRY(mk_io_flush(ctx));
  for (size_t i = 0; i < count; i++) {
    MK_TRY(run_take(ctx, runs[i]));
    runs[i]->has_updates = runs[i]->has_updates && runs[i]->exists;
  }
  MK_TRY(mk_runs_find_updates(ctx, runs, count));
  for (size_t i = 0; i < count; i++) {
    const mk_run *run = runs[i];
    for (size_t j = 0; j < run->update_count; j++) {
      mk_update *update = &run->updates[j];
      if (update->at_ms > run->record.written_at_ms) {
        mk_str key;
        MK_TRY(mk_update_key(ctx, run, update->name, &key));
        MK_TRY(mk_io_get(ctx, MK_WORKFLOW_UPDATES, key, &update->io));
      }
    }
  }
  MK_TRY(mk_io_flush(ctx));
  for (size_t i = 0; i < count; i++) {
    MK_TRY(lay_updates(ctx, runs[i]));
  }
  return MK_OK;
}

mk_status mk_run_read(mk_context *ctx, mk_str args, mk_run *out) {
  MK_TRY(mk_run_arguments(ctx, args, out));
  return mk_runs_read(ctx, &out, 1);
}

int64_t mk_run_write_time(const mk_run *run) {
  int64_t now_ms = mk_clock_ms();
  return now_ms > run->newest_ms ? now_ms : run->newest_ms + 1;
}

mk_status mk_run_set_status(mk_context *ctx, mk_record *record) {
  mk_str status = mk_json_get(mk_record_get(record, "snapshot"), "status");
  return mk_str_is_present(status) ? mk_record_set(ctx, record, "_status", status) : MK_OK;
}
