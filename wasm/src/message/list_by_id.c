#include <stdlib.h>

#include "message/lookup.h"
#include "message/operations.h"

static int compare_by_time(const void *a, const void *b) {
  const mk_found *x = *(mk_found *const *)a;
  const mk_found *y = *(mk_found *const *)b;
  bool is_later = x->place.created_ms > y->place.created_ms;
  bool is_earlier = x->place.created_ms < y->place.created_ms;
  return is_later || is_earlier ? is_later - is_earlier : (x > y) - (x < y);
}

/* The messages with these ids, oldest first; what is unknown is left out. Two rounds. */
mk_status mk_list_messages_by_id(mk_context *ctx, mk_str args, mk_str *result) {
  mk_found *found = NULL;
  size_t count = 0;
  MK_TRY(mk_lookup_ids(ctx, mk_json_get(args, "messageIds"), "messageIds", &found, &count));
  MK_TRY(mk_lookup_queue(ctx, found, count));
  MK_TRY(mk_io_flush(ctx));
  MK_TRY(mk_lookup_locate(ctx, found, count));
  MK_TRY(mk_lookup_queue_records(ctx, found, count));
  MK_TRY(mk_io_flush(ctx));
  MK_TRY(mk_lookup_take(ctx, found, count));

  mk_found **sorted = NULL;
  size_t size = 0;
  size_t bytes = sizeof "{\"messages\":[]}";
  MK_TRY(mk_push(ctx, count, sizeof *sorted, &sorted));
  for (size_t i = 0; i < count; i++) {
    if (found[i].is_read) {
      sorted[size++] = &found[i];
      bytes += found[i].io->result.size;
    }
  }
  qsort(sorted, size, sizeof *sorted, compare_by_time);
  mk_buf buf = mk_buf_make_for(ctx->arena, bytes);
  mk_buf_literal(&buf, "{\"messages\":[");
  for (size_t i = 0; i < size; i++) {
    if (i > 0) {
      mk_buf_char(&buf, ',');
    }
    mk_message_answer(&buf, &sorted[i]->record);
  }
  mk_buf_literal(&buf, "]}");
  return mk_take(ctx, &buf, result);
}
