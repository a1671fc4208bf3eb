/* abi.c: what the wasm module exports, and the one instance of the store behind it.
 *
 *   keep(size) -> ptr      room for the instance's life, before open; the Asyncify build's
 *   open(size)             read the options written at input(size); once, first
 *   input(size) -> ptr     begin an operation: forget the last one, make room for its input
 *   call(ptr, name, args)  run it; the input is the operation's name and then its arguments
 *
 * open and call return a pointer to four words: address and size of the answer's text, and of the
 * paths of its dates; the latter's address is 0 where the answer is a failure (operation.h). They
 * stay valid until the next input. One instance runs one operation at a time: call suspends, and a second
 * call would overwrite the first one's stack in linear memory (js-shim/engine/engine.js sees to it). */
#include <string.h>

#include "engine/open.h"
#include "engine/operation.h"
#include "kv/config.h"

#define EXPORT(name) __attribute__((export_name(name)))

typedef struct answer {
  const char *text;
  uint32_t text_size;
  const char *dates;
  uint32_t dates_size;
} answer;

EXPORT("input") void *mk_export_input(uint32_t size);
EXPORT("keep") void *mk_export_keep(uint32_t size);
EXPORT("open") const answer *mk_export_open(const char *input, uint32_t size);
EXPORT("call") const answer *mk_export_call(const char *input, uint32_t name_size, uint32_t args_size);

/* The arena, and what lies at its bottom for the instance's life. */
static struct {
  mk_arena arena;
  mk_arena_mark bottom; /* above the configuration */
  mk_config config;
  answer answer;
} store;

static const answer *store_answer(mk_answer made) {
  mk_str text = made.text;
  mk_str dates = made.dates;
  store.answer = (answer){text.data, (uint32_t)text.size, dates.data, (uint32_t)dates.size};
  return &store.answer;
}

void *mk_export_input(uint32_t size) {
  if (store.arena.limit_bytes == 0) {
    store.arena = mk_arena_make(MK_ARENA_BYTES_MAX);
    store.bottom = mk_arena_end(&store.arena);
  }
  mk_arena_reset(&store.arena, store.bottom);
  return mk_arena_push(&store.arena, size);
}

void *mk_export_keep(uint32_t size) {
  void *room = mk_export_input(size);
  store.bottom = mk_arena_end(&store.arena);
  return room;
}

const answer *mk_export_open(const char *input, uint32_t size) {
  mk_context ctx = mk_context_make(&store.arena, &store.config);
  mk_arena_mark start = mk_arena_end(&store.arena);
  mk_str result = MK_STR_NONE;
  (void)mk_open(&ctx, (mk_str){input, size}, &store.config, &result);
  mk_answer made = mk_answer_make(&ctx, start, result, NULL);
  store.bottom = mk_arena_end(&store.arena);
  return store_answer(made);
}

const answer *mk_export_call(const char *input, uint32_t name_size, uint32_t args_size) {
  mk_context ctx = mk_context_make(&store.arena, &store.config);
  ctx.can_refer = true;
  return store_answer(mk_operation_run(&ctx, (mk_str){input, name_size}, (mk_str){input + name_size, args_size}));
}
