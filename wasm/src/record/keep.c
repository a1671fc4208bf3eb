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

bool mk_keep_is_due(const mk_context *ctx, const mk_keeper *keeper) {
  return ctx->arena->used_bytes - keeper->base.used_bytes >= keeper->forget_bytes;
}

bool mk_keep_lacks(const mk_keeper *keeper, mk_item *const *items, size_t count, const mk_paging *paging) {
  int64_t live = 0;
  int64_t known = 0; /* up to the last that was kept: behind it are the others */
  for (size_t i = 0; i < count; i++) {
    live += !items[i]->is_gone;
    known = items[i]->is_certain ? live : known;
  }
  return keeper->counted > 0 && known < paging->offset + paging->per_page;
}

size_t mk_keep_cut(mk_keeper *keeper, mk_item **items, size_t count) {
  size_t kept = 0;
  int64_t certain = 0;
  for (size_t i = 0; i < count; i++) {
    mk_item *item = items[i];
    if (item->is_gone) {
      continue;
    }
    certain += item->is_certain;
    if (item->is_certain && keeper->keep > 0 && certain > keeper->keep) {
      keeper->counted++;
    } else {
      items[kept++] = item;
    }
  }
  return kept;
}

mk_status mk_keep(mk_context *ctx, mk_keeper *keeper, mk_item ***items, size_t *count_io, size_t size,
                  mk_str *const *texts, size_t text_count) {
  char *room = NULL;
  char *destination = mk_arena_at(ctx->arena, keeper->base);
  size_t count = mk_keep_cut(keeper, *items, *count_io);
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
  mk_arena_reset_keeping(ctx->arena, keeper->base, room, bytes);
  *items = (mk_item **)(void *)(destination + count * size);
  *count_io = count;
  keeper->forget_bytes = 2 * (ctx->arena->used_bytes - keeper->base.used_bytes);
  return MK_OK;
}
