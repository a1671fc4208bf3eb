/* Defects that a storage engine could have, each one change of one source: what `make mutants` builds, and the histories must
 * notice. `find` stands in `file` exactly once (mutants.test.js), and becomes `replace`. */

/** @typedef {{ name: string, file: string, find: string, replace: string, story: string }} Mutant */

/** @type {Mutant[]} */
export const MUTANTS = [
  {
    name: 'index-entry-stays',
    story: 'a thread that goes to another resource stays listed by the old one',
    file: 'wasm/src/thread/save.c',
    find: 'MK_TRY(mk_io_delete(ctx, MK_THREADS_BY_RESOURCE, left_key));',
    replace: '',
  },
  {
    name: 'record-written-back',
    story: 'an update writes the whole thread back as it was read, which may have been a minute ago',
    file: 'wasm/src/thread/update.c',
    find: 'return mk_activity_put(ctx, &thread->id, &thread->activity, now_ms);',
    replace:
      'MK_TRY(mk_thread_put(ctx, thread, now_ms));\n  return mk_activity_put(ctx, &thread->id, &thread->activity, now_ms);',
  },
  {
    name: 'family-not-given',
    story: 'an update without a title writes the title that was read',
    file: 'wasm/src/thread/update.c',
    find: 'if (mk_str_is_present(req->title)) {\n    MK_TRY(put_column(ctx, thread, MK_THREAD_TITLE, "title", req->title, now_ms));',
    replace:
      'mk_str title = mk_str_is_present(req->title) ? req->title : mk_record_get(&thread->record, "title");\n' +
      '  if (mk_str_is_present(title)) {\n    MK_TRY(put_column(ctx, thread, MK_THREAD_TITLE, "title", title, now_ms));',
  },
  {
    name: 'family-time-ignored',
    story: 'what was updated before a thread was saved anew is laid over it',
    file: 'wasm/src/record/family.c',
    find: 'bool is_due = ms > base_ms && (ms > laid_ms ||',
    replace: 'bool is_due = ms > 0 && (laid < 0 || ms > laid_ms ||',
  },
  {
    name: 'hint-not-written',
    story: 'lists lag, and nothing tells of the messages that they do not show yet',
    file: 'wasm/src/message/activity.c',
    find: 'if (activity->recent_count > 0) {\n    MK_TRY(format_recent',
    replace: 'if (activity->recent_count > MK_RECENT_MAX) {\n    MK_TRY(format_recent',
  },
  {
    name: 'hint-of-the-last-call',
    story: 'the hint tells of the last call’s messages alone',
    file: 'wasm/src/message/activity.c',
    find: 'if (mk_place_put_ms(&activity->recent[i]) > now_ms - MK_RECENT_MS) {',
    replace: 'if (false) {',
  },
  {
    name: 'ties-by-id',
    story: 'messages of one time stand by their ids, not as they were saved',
    file: 'wasm/src/message/place.c',
    find: 'order = order != 0 ? order : MK_COMPARE(a->seq, b->seq);',
    replace: '',
  },
  {
    name: 'order-of-the-last-save',
    story: 'a message that is saved again goes behind the others of its time',
    file: 'wasm/src/message/save.c',
    find: 'place->saved_ms = is_located ? old->saved_ms : new_ms;',
    replace: 'place->saved_ms = new_ms;',
  },
  {
    name: 'message-tombstone-not-written',
    story: 'a deleted message leaves no tombstone',
    file: 'wasm/src/message/delete.c',
    find: 'return found->is_located ? mk_locator_put(ctx, &tombstone, now_ms) : MK_OK;',
    replace:
      'MK_TRY(mk_locator_key(ctx, tombstone.place.id.part, &key));\n  return mk_io_delete(ctx, MK_MESSAGE_LOCATORS, key);',
  },
  {
    name: 'message-tombstone-not-honoured',
    story: 'who reads a message that moved does not look for a tombstone',
    file: 'wasm/src/message/message.c',
    find: '*out = locator.written_at_ms < put_ms;',
    replace: '*out = true;',
  },
  {
    name: 'thread-tombstone-not-written',
    story: 'a deleted thread leaves no mark, and what lists hid from the one who deleted it comes back',
    file: 'wasm/src/thread/delete.c',
    find: 'MK_TRY(put_tombstone(ctx, of));',
    replace: '',
  },
  {
    name: 'thread-tombstone-not-honoured',
    story: 'a listing shows what was saved before its thread was deleted',
    file: 'wasm/src/message/history.c',
    find: 'return !history->shows_deleted && put_ms <= entry->marks.at_ms[MK_MARK_DELETED];',
    replace: 'return !history->shows_deleted && put_ms == entry->marks.at_ms[MK_MARK_DELETED];',
  },
  {
    name: 'saved-as-deleted',
    story: 'a message that is saved by a clock behind the one that deleted its thread counts as deleted',
    file: 'wasm/src/message/save.c',
    find: 'known_ms = max_ms(known_ms, thread->marks.at_ms[MK_MARK_DELETED]);',
    replace: '',
  },
  {
    name: 'saved-before-the-update',
    story: 'a message that is saved again by a clock behind the one that updated it is older than the update',
    file: 'wasm/src/message/save.c',
    find: 'known_ms = max_ms(known_ms, thread->activity.written_at_ms); /* 0: there is none */',
    replace: '',
  },
  {
    name: 'locator-before-record',
    story: 'a locator points to the new place of a message that may not be written there',
    file: 'wasm/src/message/update.c',
    find: 'MK_TRY(mk_threads_put(ctx, &all->threads, now_ms));\n  mk_io_then(ctx);',
    replace: 'MK_TRY(mk_threads_put(ctx, &all->threads, now_ms));',
  },
  {
    name: 'old-place-goes-first',
    story: 'a message that moves is deleted at its old place while it is written at the new one',
    file: 'wasm/src/message/save.c',
    find: 'MK_TRY(mk_message_put(ctx, &message->place, &message->record, now_ms));',
    replace:
      'if (is_moving(message)) {\n      mk_str old_key;\n      MK_TRY(mk_message_key(ctx, &message->old.locator.place, &old_key));\n' +
      '      MK_TRY(mk_io_delete(ctx, MK_MESSAGES, old_key));\n    }\n' +
      '    MK_TRY(mk_message_put(ctx, &message->place, &message->record, now_ms));',
  },
  {
    name: 'old-place-stays',
    story: 'a message that moves stays at its old place, too',
    file: 'wasm/src/message/save.c',
    find: 'MK_TRY(is_moving(message) ? mk_locator_leave(ctx, &message->old.locator, &message->place) : MK_OK);',
    replace: '',
  },
  {
    name: 'updates-not-shown',
    story: 'an update of a message marks nothing, and readers do not know that there is more to read',
    file: 'wasm/src/message/update.c',
    find: '[MK_MARK_UPDATED] = mk_message_is_apart(&message->found.message, &message->change),',
    replace: '[MK_MARK_UPDATED] = false,',
  },
  {
    name: 'owner-of-the-first-save',
    story: 'a message that was given to another resource is listed by the one it was saved for',
    file: 'wasm/src/message/update.c',
    find: '[MK_MARK_RESCOPED] = mk_message_is_rescoped(&message->found.message, &message->change),',
    replace: '[MK_MARK_RESCOPED] = false,',
  },
  {
    name: 'updates-outlive-the-message',
    story: 'what was updated before a message was saved anew is laid over it',
    file: 'wasm/src/record/family.c',
    find: 'return families->records[family].written_at_ms > record->written_at_ms;',
    replace: 'return families->records[family].written_at_ms > 0;',
  },
  {
    name: 'total-counts-deleted',
    story: 'totals count what is gone',
    file: 'wasm/src/record/page.c',
    find: 'if (items[i]->is_gone) {\n      continue;',
    replace: 'if (items[i]->is_gone) {\n      out->total++;\n      continue;',
  },
  {
    name: 'page-off-by-one',
    story: 'a page begins one record late',
    file: 'wasm/src/record/paging.c',
    find: 'MK_JSON_INTEGER_MAX : page * per_page;',
    replace: 'MK_JSON_INTEGER_MAX : page * per_page + (page > 0);',
  },
  {
    name: 'last-page-not-listed',
    story: 'a listing ends before its last page of keys',
    file: 'wasm/src/kv/listing.c',
    find: 'while (!listing->is_complete) {',
    replace: 'while (!listing->is_complete && listing->count == 0) {',
  },
  {
    name: 'delete-ends-early',
    story: 'of several messages, the last is not deleted',
    file: 'wasm/src/message/delete.c',
    find: 'if (!is_known(&found[i])) {',
    replace: 'if (!is_known(&found[i]) || (i > 0 && i + 1 == count)) {',
  },
  {
    name: 'colon-not-escaped',
    story: 'a colon in an id separates parts of a key',
    file: 'wasm/src/kv/key.c',
    find: "byte != '%' && byte != ':'",
    replace: "byte != '%'",
  },
  {
    name: 'failed-write-acknowledged',
    story: 'a call that failed as often as it may is said to have succeeded',
    file: 'js-shim/kv/retry.js',
    find: 'if (attempt >= attempts || !mayPass(cause)) throw cause;',
    replace: 'if (!mayPass(cause)) throw cause;\n      if (attempt >= attempts) return /** @type {any} */ (undefined);',
  },
  {
    name: 'delete-not-remembered',
    story: 'the overlay shows what was deleted here a moment ago',
    file: 'js-shim/kv/overlay.js',
    find: 'this.#remember(key, { value: null, at: Date.now(), version });',
    replace: 'void version;',
  },
  {
    name: 'overlay-prefers-itself',
    story: 'the overlay shows what was written here, also when KV shows something newer',
    file: 'js-shim/kv/overlay.js',
    find: 'if (answered.version > written.version) {',
    replace: 'if (answered.version === Infinity) {',
  },
];
