#include "base/index.h"

#define CAPACITY_MIN 16

/* FNV-1a (draft-eastlake-fnv), 32 bits. */
static uint32_t hash(mk_str text) {
  uint32_t value = 2166136261U;
  for (size_t i = 0; i < text.size; i++) {
    value = (value ^ (unsigned char)text.data[i]) * 16777619U;
  }
  return value;
}

/* The slot of a text, or the empty one where it would be. There is always an empty one. */
static mk_index_slot *find_slot(const mk_index *index, mk_str text) {
  size_t at = hash(text) & (index->capacity - 1);
  while (mk_str_is_present(index->slots[at].text) && !mk_str_equal(index->slots[at].text, text)) {
    at = (at + 1) & (index->capacity - 1);
  }
  return &index->slots[at];
}

static mk_status make_room(mk_context *ctx, mk_index *index) {
  if (index->count < index->capacity / 4 * 3) {
    return MK_OK;
  }
  mk_index larger = {.capacity = index->capacity == 0 ? CAPACITY_MIN : index->capacity * 2, .count = index->count};
  MK_TRY(mk_push(ctx, larger.capacity, sizeof *larger.slots, &larger.slots));
  for (size_t i = 0; i < index->capacity; i++) {
    if (mk_str_is_present(index->slots[i].text)) {
      *find_slot(&larger, index->slots[i].text) = index->slots[i];
    }
  }
  *index = larger;
  return MK_OK;
}

mk_status mk_index_add(mk_context *ctx, mk_index *index, mk_str text, size_t number, size_t *out) {
  MK_TRY(make_room(ctx, index));
  mk_index_slot *slot = find_slot(index, text);
  if (!mk_str_is_present(slot->text)) {
    *slot = (mk_index_slot){text, number};
    index->count++;
  }
  if (out != NULL) {
    *out = slot->number;
  }
  return MK_OK;
}

size_t mk_index_find(const mk_index *index, mk_str text) {
  if (index->capacity == 0) {
    return MK_INDEX_NONE;
  }
  const mk_index_slot *slot = find_slot(index, text);
  return mk_str_is_present(slot->text) ? slot->number : MK_INDEX_NONE;
}
