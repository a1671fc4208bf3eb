#include "message/entry.h"

#include <stdlib.h>

mk_status mk_entries_add(mk_context *ctx, mk_entries *entries, mk_entry *entry) {
  MK_TRY(mk_grow(ctx, &entries->items, entries->count, &entries->capacity, sizeof(mk_entry *)));
  entries->items[entries->count++] = entry;
  return MK_OK;
}

/* By key; of two entries for one key, what was listed or read first says more than the hint. */
MK_POINTER_COMPARATOR(compare_keys, mk_entry) {
  int order = mk_str_compare(x->item.name, y->item.name);
  order = order != 0 ? order : (int)y->item.is_certain - (int)x->item.is_certain;
  return order != 0 ? order : (int)y->item.is_read - (int)x->item.is_read;
}

void mk_entries_drop_repeated(mk_entries *entries) {
  if (entries->count == 0) {
    return;
  }
  qsort(entries->items, entries->count, sizeof(mk_entry *), compare_keys);
  size_t kept = 0;
  mk_entry *last = NULL;
  for (size_t i = 0; i < entries->count; i++) {
    mk_entry *entry = entries->items[i];
    if (last == NULL || !mk_str_equal(entry->item.name, last->item.name)) {
      last = entry;
      entries->items[kept++] = entry;
    } else if (entry->place.saved_ms > last->place.saved_ms) {
      last->place.saved_ms = entry->place.saved_ms;
      last->place.seq = entry->place.seq;
    }
  }
  entries->count = kept;
}

MK_POINTER_COMPARATOR(compare_entries, mk_entry) {
  int order = mk_place_compare(&x->place, &y->place);
  return order != 0 ? order : mk_str_compare(x->place.thread.part, y->place.thread.part);
}

void mk_entries_sort(mk_entry **entries, size_t count) {
  if (count > 0) {
    qsort(entries, count, sizeof(mk_entry *), compare_entries);
  }
}
