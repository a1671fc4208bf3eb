#include "record/keep.h"

#include <string.h>

/* Copy a text to where `offset` is in `room`, and let it be where that will be. */
static void keep_text(mk_str *text, char *room, char *destination, size_t *offset) {
  if (text->size > 0) {
    memcpy(room + *offset, text->data, text->size);
  }
  text->data = destination + *offset;
  *offset += text->size;
}

mk_status mk_keep(mk_context *ctx, mk_arena_mark base, mk_item ***items, size_t count, size_t size,
                  mk_str *const *texts, size_t text_count) {
  char *room = NULL;
  char *destination = mk_arena_at(ctx->arena, base);
  size_t offset = count * (size + sizeof(mk_item *));
  size_t bytes = offset;
  for (size_t i = 0; i < count; i++) {
    bytes += (*items)[i]->name.size;
  }
  for (size_t i = 0; i < text_count; i++) {
    bytes += texts[i]->size;
  }
  /* First the items, then the pointers to them, then the texts. */
  MK_TRY(mk_push(ctx, bytes, 1, &room));
  for (size_t i = 0; i < count; i++) {
    mk_item *item = (mk_item *)(void *)(room + i * size);
    memcpy(item, (*items)[i], size);
    keep_text(&item->name, room, destination, &offset);
    ((mk_item **)(void *)(room + count * size))[i] = (mk_item *)(void *)(destination + i * size);
  }
  for (size_t i = 0; i < text_count; i++) {
    keep_text(texts[i], room, destination, &offset);
  }
  mk_arena_reset_keeping(ctx->arena, base, room, bytes);
  *items = (mk_item **)(void *)(destination + count * size);
  return MK_OK;
}
