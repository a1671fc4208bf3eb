#include "record/page.h"

mk_status mk_page_pick(mk_context *ctx, mk_item *const *items, size_t count, const mk_paging *paging, mk_page *out) {
  int64_t limit = paging->is_all ? INT64_MAX : paging->per_page;
  size_t room = limit < (int64_t)count ? (size_t)limit : count;
  *out = (mk_page){0};
  MK_TRY(mk_push(ctx, room, sizeof(mk_item *), &out->items));
  for (size_t i = 0; i < count; i++) {
    if (items[i]->is_gone) {
      continue;
    }
    if (out->total >= paging->offset && out->total - paging->offset < limit) {
      out->items[out->count++] = items[i];
    }
    out->total++;
  }
  return MK_OK;
}

mk_status mk_page_find(mk_context *ctx, const mk_page_source *source, void *of, const mk_paging *paging, mk_page *out) {
  bool has_read = true;
  while (has_read) {
    mk_item *const *items = NULL;
    size_t count = 0;
    MK_TRY(source->list(ctx, of, &items, &count));
    MK_TRY(mk_page_pick(ctx, items, count, paging, out));
    MK_TRY(source->read(ctx, of, out, &has_read));
  }
  return MK_OK;
}

void mk_items_reverse(mk_item **items, size_t count) {
  for (size_t i = 0; i < count / 2; i++) {
    mk_item *other = items[count - 1 - i];
    items[count - 1 - i] = items[i];
    items[i] = other;
  }
}
