#include "care/forgive.h"

mk_status mk_forgive(mk_context *ctx, mk_status status, mk_str *reason) {
  *reason = MK_STR_NONE;
  if (status != MK_E_INVALID_ARGUMENT && status != MK_E_CORRUPT_RECORD && status != MK_E_KEY_TOO_LONG) {
    return status;
  }
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_literal(&buf, ctx->error.text);
  ctx->error = (mk_error){0};
  return mk_take(ctx, &buf, reason);
}
