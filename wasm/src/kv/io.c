#include "kv/io.h"
#include "kv/expiration.h"

#include <string.h>

#include "base/format.h"
#include "base/json.h"
#include "host/kv.h"
#include "kv/config.h"

static const char *const io_names[] = {
    [MK_IO_GET] = "get", [MK_IO_PUT] = "put", [MK_IO_DELETE] = "delete", [MK_IO_LIST] = "list"};

static bool io_is_write(const mk_io *io) { return io->kind == MK_IO_PUT || io->kind == MK_IO_DELETE; }

/* Queue a call of which no more than this is to be said yet. */
static mk_status io_queue(mk_context *ctx, mk_io_kind kind, mk_keyspace keyspace, mk_str key, mk_io **out) {
  mk_io *io = NULL;
  MK_TRY(mk_push(ctx, 1, sizeof *io, &io));
  io->kind = kind;
  io->ns = ctx->config->ns[keyspace];
  io->key = key;
  io->stage = ctx->queue_stage;
  if (ctx->queue_last == NULL) {
    ctx->queue_first = io;
  } else {
    ctx->queue_last->next = io;
  }
  ctx->queue_last = io;
  *out = io;
  return MK_OK;
}

mk_status mk_io_get(mk_context *ctx, mk_keyspace keyspace, mk_str key, mk_io **out) {
  return io_queue(ctx, MK_IO_GET, keyspace, key, out);
}

mk_status mk_io_get_lazy(mk_context *ctx, mk_keyspace keyspace, mk_str key, mk_io **out) {
  MK_TRY(io_queue(ctx, MK_IO_GET, keyspace, key, out));
  (*out)->is_lazy = true;
  return MK_OK;
}

/* The bytes of a value with the payloads that it refers to in their places. */
static size_t whole_size(mk_str value) {
  size_t size = value.size;
  const char *end = value.data + value.size;
  const char *at = value.data;
  while ((at = memchr(at, (unsigned char)MK_JSON_REFERENCE, (size_t)(end - at))) != NULL) {
    const char *start = at++;
    uint32_t ticket = 0;
    for (; at < end && *at >= '0' && *at <= '9'; at++) {
      ticket = ticket * 10 + (uint32_t)(*at - '0');
    }
    size += mk_kv_size((int32_t)ticket) - (size_t)(at - start);
  }
  return size;
}

mk_status mk_io_check(mk_context *ctx, mk_str key, mk_str value, mk_str metadata) {
  size_t size = whole_size(value);
  if (size > MK_KV_VALUE_BYTES_MAX) {
    ctx->error.key = key;
    return mk_fail(ctx, MK_E_VALUE_TOO_LARGE, "VALUE_TOO_LARGE",
                   "A KV value holds at most %d MiB, and \"%.*s\" would take %d bytes. Split it, or keep large "
                   "parts such as attachments elsewhere.",
                   (int)(MK_KV_VALUE_BYTES_MAX >> 20), MK_STR_ARG(key), (int)size);
  }
  if (metadata.size > MK_KV_METADATA_BYTES_MAX) {
    ctx->error.key = key;
    return mk_fail(ctx, MK_E_VALUE_TOO_LARGE, "METADATA_TOO_LARGE",
                   "KV metadata holds at most %d bytes, and that of \"%.*s\" would take %d. Use a shorter resourceId.",
                   MK_KV_METADATA_BYTES_MAX, MK_STR_ARG(key), (int)metadata.size);
  }
  return MK_OK;
}

mk_status mk_io_put_until(mk_context *ctx, mk_keyspace keyspace, mk_str key, mk_str value, mk_str metadata,
                          uint32_t expiration_s) {
  MK_TRY(mk_io_check(ctx, key, value, metadata));
  mk_io *io;
  MK_TRY(io_queue(ctx, MK_IO_PUT, keyspace, key, &io));
  io->value = value;
  io->metadata = metadata;
  io->expiration_s = expiration_s;
  return MK_OK;
}

mk_status mk_io_put(mk_context *ctx, mk_keyspace keyspace, mk_str key, mk_str value, mk_str metadata) {
  return mk_io_put_until(ctx, keyspace, key, value, metadata, mk_expiration_of(ctx, keyspace, key, value));
}

mk_status mk_io_delete(mk_context *ctx, mk_keyspace keyspace, mk_str key) {
  mk_io *io;
  return io_queue(ctx, MK_IO_DELETE, keyspace, key, &io);
}

mk_status mk_io_list(mk_context *ctx, mk_keyspace keyspace, mk_str prefix, uint32_t limit, mk_str cursor, mk_io **out) {
  MK_TRY(io_queue(ctx, MK_IO_LIST, keyspace, prefix, out));
  (*out)->limit = limit;
  (*out)->cursor = cursor;
  return MK_OK;
}

static void io_start(mk_io *io) {
  const char *key = io->key.data;
  uint32_t key_size = (uint32_t)io->key.size;
  switch (io->kind) {
    case MK_IO_GET:
      io->ticket = mk_kv_get(io->ns, key, key_size);
      break;
    case MK_IO_PUT:
      io->ticket = mk_kv_put(io->ns, key, key_size, io->value.data, (uint32_t)io->value.size, io->metadata.data,
                             (uint32_t)io->metadata.size, io->expiration_s);
      break;
    case MK_IO_DELETE:
      io->ticket = mk_kv_delete(io->ns, key, key_size);
      break;
    case MK_IO_LIST:
      io->ticket = mk_kv_list(io->ns, key, key_size, io->limit, io->cursor.data, (uint32_t)io->cursor.size);
      break;
  }
}

static mk_status io_read(mk_context *ctx, mk_io *io) {
  size_t size = mk_kv_size(io->ticket);
  char *bytes = mk_arena_push(ctx->arena, size + 1);
  if (bytes == NULL) {
    return mk_fail_memory(ctx);
  }
  mk_kv_read(io->ticket, bytes);
  bytes[size] = '\0';
  io->result = (mk_str){bytes, size};
  return MK_OK;
}

/* Read the beginning of a value, which often is all of it. */
static mk_status io_read_head(mk_context *ctx, mk_io *io) {
  char room[MK_IO_HEAD_BYTES];
  int32_t size = mk_kv_head(io->ticket, room, sizeof room);
  io->is_head = size >= 0;
  size_t bytes = (size_t)(io->is_head ? size : ~size);
  char *copy = mk_arena_push(ctx->arena, bytes + 1); /* no text is absent, not even an empty one */
  if (copy == NULL) {
    return mk_fail_memory(ctx);
  }
  memcpy(copy, room, bytes);
  io->result = (mk_str){copy, bytes};
  return MK_OK;
}

mk_status mk_io_head(mk_context *ctx, mk_io *io) {
  if (!io->is_lazy) {
    return MK_OK;
  }
  io->is_lazy = false;
  return io_read_head(ctx, io);
}

mk_status mk_io_load(mk_context *ctx, mk_io *io) {
  if (!io->is_head) {
    return MK_OK;
  }
  io->is_lazy = false;
  io->is_head = false;
  return io_read(ctx, io);
}

/* What to do about a failure. Workers' bindings know no permissions. */
static const char *io_advice(const mk_context *ctx, int32_t kv_status) {
  switch (kv_status) {
    case -401:
      return " Check apiToken: Cloudflare does not know it, or it has expired.";
    case -403:
      return " The API token needs the permission Workers KV Storage: Edit, on the account of accountId.";
    case -404:
      return " The namespace is gone, or of another account.";
    case -429:
      return ctx->config->is_rest
                 ? " Cloudflare's API takes 1,200 requests in five minutes, and Workers KV one write a second for one "
                   "key."
                 : " Workers KV takes one write a second for one key, and a daily number of calls on the Free plan.";
    default:
      return "";
  }
}

static mk_status io_fail(mk_context *ctx, mk_io *io, int32_t kv_status, int64_t failed_writes, int64_t writes) {
  if (ctx->error.status == MK_OK) {
    ctx->error.key = io->key;
    ctx->error.failed_writes = failed_writes;
  }
  mk_error error = ctx->error;
  if (io_read(ctx, io) != MK_OK) {
    ctx->error = error; /* KV's failure says more than that there is no room for its words */
    io->result = MK_STR("KV's own words are too long");
  }
  char progress[80] = "";
  if (io_is_write(io)) {
    mk_format(progress, sizeof progress, " %lld of the %lld writes under way failed.", (long long)failed_writes,
              (long long)writes);
  }
  /* A write that is made again completes what is missing; a read may meet a KV that is well. */
  bool helps_again = io_is_write(io) || kv_status <= -500;
  return mk_fail(ctx, kv_status == -429 ? MK_E_KV_RATE_LIMITED : MK_E_KV_FAILED, NULL,
                 "KV %s of \"%.*s\" failed: %.*s.%s%s%s", io_names[io->kind], MK_STR_ARG(io->key),
                 MK_STR_ARG(io->result), progress, io_advice(ctx, kv_status),
                 helps_again ? " Make the same call again." : "");
}

/* Run the calls of one stage, from `first` on; *rest: the first of a later stage, or NULL. */
static mk_status run_stage(mk_context *ctx, mk_io *first, mk_io **rest) {
  int64_t writes = 0;
  mk_io *end = first;
  for (; end != NULL && end->stage == first->stage; end = end->next) {
    io_start(end);
    writes += io_is_write(end);
  }
  *rest = end;
  mk_kv_wait();
  mk_io *failed = NULL;
  int64_t failed_writes = 0;
  for (mk_io *io = first; io != end; io = io->next) {
    if (mk_kv_status(io->ticket) < 0) {
      failed_writes += io_is_write(io);
      failed = failed == NULL ? io : failed;
    }
  }
  if (failed != NULL) {
    return io_fail(ctx, failed, mk_kv_status(failed->ticket), failed_writes, writes);
  }
  for (mk_io *io = first; io != end; io = io->next) {
    if (io_is_write(io) || mk_kv_status(io->ticket) != MK_KV_DONE) {
      continue;
    }
    if (io->is_lazy) {
      io->is_head = true;
      io->result = MK_STR("");
    } else {
      MK_TRY(io_read(ctx, io));
    }
  }
  return MK_OK;
}

void mk_io_then(mk_context *ctx) { ctx->queue_stage++; }

mk_status mk_io_flush(mk_context *ctx) {
  mk_io *next = ctx->queue_first;
  ctx->queue_first = NULL;
  ctx->queue_last = NULL;
  ctx->queue_stage = 0;
  while (next != NULL) {
    MK_TRY(run_stage(ctx, next, &next));
  }
  return MK_OK;
}
