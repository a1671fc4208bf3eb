#include "record/paging.h"

#include "base/json.h"
#include "base/writer.h"

/* About what an answer takes besides its items. */
#define ENVELOPE_BYTES 160

static mk_status fail_page(mk_context *ctx, const char *text) {
  return mk_fail(ctx, MK_E_INVALID_ARGUMENT, "INVALID_PAGE", "%s", text);
}

/* JSON prints NaN and the infinities as null, which is no number and so fails as they should. */
static bool was_number(mk_str value) {
  return mk_json_is_null(value) || value.data[0] == '-' || (value.data[0] >= '0' && value.data[0] <= '9');
}

/* Of "10" or true it is no use to say only that it must be >= 0: `mistyped` says what type it must have. */
static mk_status read_count(mk_context *ctx, mk_str value, const char *wrong, const char *mistyped, int64_t *out) {
  if (!mk_str_is_present(value)) {
    return MK_OK;
  }
  if (!was_number(value)) {
    return fail_page(ctx, mistyped);
  }
  return mk_json_integer(value, out) && *out >= 0 ? MK_OK : fail_page(ctx, wrong);
}

mk_status mk_paging_read_any(mk_context *ctx, mk_str args, int64_t per_page_default, mk_paging *out) {
  int64_t page = 0;
  int64_t per_page = per_page_default;
  mk_str per_page_span = mk_json_get(args, "perPage");
  bool is_all = mk_json_is_false(per_page_span);
  if (!is_all) {
    MK_TRY(read_count(ctx, per_page_span, "perPage must be >= 0", "perPage must be >= 0: a number, or false for all",
                      &per_page));
  }
  MK_TRY(read_count(ctx, mk_json_get(args, "page"), "page must be >= 0", "page must be >= 0: a number", &page));
  bool is_far = per_page > 0 && page > MK_JSON_INTEGER_MAX / per_page;
  int64_t offset = is_far ? MK_JSON_INTEGER_MAX : page * per_page;
  *out = (mk_paging){.page = page, .per_page = per_page, .offset = is_all ? 0 : offset, .is_all = is_all};
  return MK_OK;
}

static mk_status read_up_to(mk_context *ctx, mk_str args, int64_t per_page_default, int64_t offset_max,
                            mk_paging *out) {
  MK_TRY(mk_paging_read_any(ctx, args, per_page_default, out));
  bool is_far = !out->is_all && out->per_page > 0 && out->page > offset_max / out->per_page;
  return is_far ? fail_page(ctx, "page value too large") : MK_OK;
}

mk_status mk_paging_read(mk_context *ctx, mk_str args, int64_t per_page_default, mk_paging *out) {
  return read_up_to(ctx, args, per_page_default, MK_JSON_INTEGER_MAX / 2, out);
}

mk_status mk_paging_read_strict(mk_context *ctx, mk_str args, int64_t per_page_default, mk_paging *out) {
  mk_str per_page = mk_json_get(args, "perPage");
  mk_str page = mk_json_get(args, "page");
  bool is_false = mk_json_is_false(per_page);
  int64_t number = 0;
  if (mk_str_is_present(per_page) && !is_false && !mk_json_integer(per_page, &number)) {
    return fail_page(ctx, "perPage must be false or a safe integer");
  }
  if (is_false && mk_str_is_present(page) && !mk_str_equal(page, MK_STR("0"))) {
    return fail_page(ctx, "page must be 0 when perPage is false");
  }
  return read_up_to(ctx, args, per_page_default, MK_JSON_INTEGER_MAX, out);
}

bool mk_paging_has_more(const mk_paging *paging, int64_t total) {
  return !paging->is_all && paging->offset + paging->per_page < total;
}

void mk_paging_write(mk_buf *buf, const mk_paging *paging, int64_t total, bool has_more) {
  mk_json_member_int(buf, "total", total);
  mk_json_member_int(buf, "page", paging->page);
  if (paging->is_all) {
    mk_json_member_bool(buf, "perPage", false);
  } else {
    mk_json_member_int(buf, "perPage", paging->per_page);
  }
  mk_json_member_bool(buf, "hasMore", has_more);
}

mk_status mk_paging_answer(mk_context *ctx, const mk_paging *paging, const char *name, mk_str items, int64_t total,
                           bool has_more, mk_str *out) {
  mk_buf buf = mk_buf_make_for(ctx->arena, items.size + ENVELOPE_BYTES);
  mk_json_begin(&buf, '{');
  if (name != NULL) {
    mk_json_member(&buf, name, items);
  }
  mk_paging_write(&buf, paging, total, has_more);
  mk_json_end(&buf, '}');
  return mk_take(ctx, &buf, out);
}

mk_order mk_order_read(mk_str args, bool is_ascending_default) {
  mk_str order_by = mk_json_get(args, "orderBy");
  mk_str direction = mk_json_get(order_by, "direction");
  bool is_ascending = mk_str_equal(direction, MK_STR("\"ASC\""));
  bool is_known = is_ascending || mk_str_equal(direction, MK_STR("\"DESC\""));
  return (mk_order){
      .by_updated_at = mk_str_equal(mk_json_get(order_by, "field"), MK_STR("\"updatedAt\"")),
      .is_ascending = is_known ? is_ascending : is_ascending_default,
  };
}
