/* swap.c: from buffered chunks to active observations. */
#include "base/json.h"
#include "base/print.h"
#include "observation/observation.h"

/* Chunks of earlier swaps that one swap deletes. */
#define DELETES_MAX 6

static double smaller(double a, double b) { return a < b ? a : b; }

size_t mk_activation_count(const mk_activation *activation, const int64_t *message_tokens, size_t count) {
  double floor = activation->threshold * (1 - activation->ratio);
  double target = activation->pending - floor > 0 ? activation->pending - floor : 0;
  double sum = 0;
  double over_sum = 0;
  double under_sum = 0;
  size_t over = 0;
  size_t under = 0;
  for (size_t i = 0; i < count; i++) {
    sum += (double)message_tokens[i];
    if (sum >= target && (over == 0 || sum < over_sum)) {
      over = i + 1;
      over_sum = sum;
    } else if (sum < target && sum > under_sum) {
      under = i + 1;
      under_sum = sum;
    }
  }
  bool leaves_enough = activation->pending - over_sum >= smaller(1000, floor);
  if (over > 0 && leaves_enough && (activation->is_forced || over_sum - target <= floor * 0.95)) {
    return over;
  }
  if (under > 0 && activation->pending - under_sum >= smaller(1000, floor)) {
    return under;
  }
  return over > 0 ? over : 1;
}

/* A number argument, as JSON.stringify writes it without an exponent. Exact up to fifteen digits. */
static mk_status number_argument(mk_context *ctx, mk_str args, const char *name, double *out) {
  mk_str span = mk_json_get(args, name);
  double scale = 0;
  size_t i = 0;
  *out = 0;
  for (; i < span.size && ((span.data[i] >= '0' && span.data[i] <= '9') || span.data[i] == '.'); i++) {
    if (span.data[i] == '.') {
      scale = 1;
    } else {
      *out = *out * 10 + (span.data[i] - '0');
      scale *= 10;
    }
  }
  if (scale > 0) {
    *out /= scale;
  }
  bool is_number = i > 0 && i == span.size;
  return is_number ? MK_OK : mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "%s must be a number, at least 0", name);
}

static mk_status read_activation(mk_context *ctx, mk_str args, mk_activation *out) {
  MK_TRY(number_argument(ctx, args, "activationRatio", &out->ratio));
  MK_TRY(number_argument(ctx, args, "messageTokensThreshold", &out->threshold));
  MK_TRY(number_argument(ctx, args, "currentPendingTokens", &out->pending));
  out->is_forced = mk_json_is_true(mk_json_get(args, "forceMaxActivation"));
  return MK_OK;
}

/* The elements of an array; of chunks, their message tokens, too. */
static mk_status read_array(mk_context *ctx, mk_str array, mk_str **items, int64_t **message_tokens, size_t *count) {
  mk_member member;
  *count = 0;
  for (mk_cursor cursor = mk_json_walk(array); mk_json_next(&cursor, &member);) {
    ++*count;
  }
  MK_TRY(mk_push(ctx, *count, sizeof **items, items));
  MK_TRY(mk_push(ctx, *count, sizeof **message_tokens, message_tokens));
  *count = 0;
  for (mk_cursor cursor = mk_json_walk(array); mk_json_next(&cursor, &member);) {
    (*items)[*count] = member.value;
    (*message_tokens)[(*count)++] = mk_whole(mk_json_get(member.value, "messageTokens"));
  }
  return MK_OK;
}

/* What the chunks of a swap add up to, as texts. */
typedef struct sums {
  int64_t message_tokens;
  int64_t tokens;
  int64_t messages;
  mk_buf cycles;
  mk_buf messages_ids;
  mk_buf texts;
  mk_buf answered; /* perChunk */
  mk_buf kept;     /* what the swap's record has */
} sums;

static void separate(mk_buf *buf, const char *separator) { mk_buf_literal(buf, buf->size == 0 ? "" : separator); }

static void add_chunk(sums *all, mk_str chunk, int64_t message_tokens) {
  mk_str cycle = mk_chunk_cycle(chunk);
  mk_str text = mk_json_get(chunk, "observations");
  int64_t tokens = mk_whole(mk_json_get(chunk, "tokenCount"));
  int64_t messages = 0;
  mk_member id;
  for (mk_cursor ids = mk_json_walk(mk_json_get(chunk, "messageIds")); mk_json_next(&ids, &id); messages++) {
    separate(&all->messages_ids, ",");
    mk_buf_text(&all->messages_ids, id.value);
  }
  if (cycle.size > 2) {
    separate(&all->cycles, ",");
    mk_buf_text(&all->cycles, cycle);
  }
  mk_buf_print(&all->texts, "%s%i", all->kept.size == 0 ? "" : "\\n\\n", &text);
  separate(&all->answered, ",");
  mk_buf_print(&all->answered,
               "{\"cycleId\":%v,\"messageTokens\":%d,\"observationTokens\":%d,\"messageCount\":%d,"
               "\"observations\":\"%i\"}",
               &cycle, message_tokens, tokens, messages, &text);
  separate(&all->kept, ",");
  mk_buf_print(&all->kept, "{\"cycleId\":%v,\"messageTokens\":%d,\"tokenCount\":%d,\"observations\":\"%i\"}", &cycle,
               message_tokens, tokens, &text);
  all->message_tokens += message_tokens;
  all->tokens += tokens;
  all->messages += messages;
}

/* The answer about chunks that were activated, the last of which says how to go on; absent: none were. */
static mk_status answer(mk_context *ctx, const sums *all, int64_t count, mk_str last, mk_str *result) {
  static const char *const names[] = {"suggestedContinuation", "currentTask"};
  mk_str texts[4] = {{all->cycles.data, all->cycles.size},
                     {all->messages_ids.data, all->messages_ids.size},
                     {all->texts.data, all->texts.size},
                     {all->answered.data, all->answered.size}};
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_print(&buf,
               "{\"chunksActivated\":%d,\"messageTokensActivated\":%d,\"observationTokensActivated\":%d,"
               "\"messagesActivated\":%d,\"activatedCycleIds\":[%v],\"activatedMessageIds\":[%v]",
               count, all->message_tokens, all->tokens, all->messages, &texts[0], &texts[1]);
  if (count > 0) {
    mk_buf_print(&buf, ",\"observations\":\"%v\",\"perChunk\":[%v]", &texts[2], &texts[3]);
  }
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    mk_str value = mk_json_get(last, names[i]);
    if (mk_json_is_string(value)) {
      mk_buf_print(&buf, ",\"%s\":%v", names[i], &value);
    }
  }
  mk_buf_char(&buf, '}');
  return mk_take(ctx, &buf, result);
}

/* Queue writing the swap, and deleting chunks of swaps before it: theirs are surely stored. */
static mk_status put_swap(mk_context *ctx, const mk_generation *gen, const sums *all, mk_str observed_at) {
  mk_str kept = {all->kept.data, all->kept.size};
  mk_str members;
  mk_id id;
  int64_t now_ms = mk_generation_write_time(gen);
  int deletes = 0;
  if (!mk_json_is_string(observed_at)) {
    MK_TRY(mk_record_date_span(ctx, now_ms, &observed_at));
  }
  MK_TRY(mk_print(ctx, &members, "\"lastObservedAt\":%v,\"chunks\":[%v],\"_bufferedAt\":%d%s%v}", &observed_at, &kept,
                  gen->buffered_ms, gen->buffered_ms > 0 ? ",\"lastBufferedAtTime\":" : "", &gen->buffered_at));
  MK_TRY(mk_id_new(ctx, &id));
  MK_TRY(mk_part_put(ctx, gen, MK_OBSERVATION_SWAPS, id.part, members, now_ms));
  for (const mk_part *part = gen->parts; part != NULL && deletes < DELETES_MAX; part = part->next) {
    mk_str chunk = mk_record_get(&part->record, "chunk");
    if (mk_str_is_present(chunk) && mk_record_has(&gen->activated, mk_chunk_cycle(chunk))) {
      MK_TRY(mk_observation_delete(ctx, MK_OBSERVATIONS, &gen->at, &part->name));
      deletes++;
    }
  }
  return MK_OK;
}

/* Activate the first chunks, of those that the caller saw or of all. Which ones is recorded, and what they add up to is
 * derived (derive.c): so a chunk that another swap activates, too, is there once. */
mk_status mk_swap_buffered_to_active(mk_context *ctx, mk_str args, mk_str *result) {
  mk_str given = mk_json_get(args, "bufferedChunks");
  mk_str observed_at = mk_json_get(args, "lastObservedAt");
  mk_arena *arena = ctx->arena;
  sums all = {.cycles = {.arena = arena},
              .messages_ids = {.arena = arena},
              .texts = {.arena = arena},
              .answered = {.arena = arena},
              .kept = {.arena = arena}};
  mk_generation gen;
  mk_activation activation;
  mk_str *chunks = NULL;
  int64_t *message_tokens = NULL;
  size_t count = 0;
  mk_str last = MK_STR_NONE;
  MK_TRY(read_activation(ctx, args, &activation));
  MK_TRY(mk_generation_find(ctx, args, &gen));
  MK_TRY(mk_generations_read(ctx, &gen));
  given = mk_json_is_array(given) ? given : mk_record_get(&gen.record, "bufferedObservationChunks");
  MK_TRY(read_array(ctx, given, &chunks, &message_tokens, &count));
  count = count == 0 ? 0 : mk_activation_count(&activation, message_tokens, count);
  for (size_t i = 0; i < count; i++) {
    last = chunks[i];
    add_chunk(&all, last, message_tokens[i]);
  }
  if (all.cycles.failed || all.messages_ids.failed || all.texts.failed || all.answered.failed || all.kept.failed) {
    return mk_fail_memory(ctx);
  }
  MK_TRY(answer(ctx, &all, (int64_t)count, last, result));
  if (count == 0) {
    return MK_OK;
  }
  MK_TRY(put_swap(ctx, &gen, &all, mk_json_is_string(observed_at) ? observed_at : mk_json_get(last, "lastObservedAt")));
  return mk_io_flush(ctx);
}
