/* arena.h: the memory of one operation. */
#include <string.h>

#include "support.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define IS_POISONED(at) (__asan_address_is_poisoned(at) != 0)
#endif
#endif

enum { LIMIT = 4 << 20 };

static int arena_setup(void **state) {
  static mk_arena arena;
  arena = mk_arena_make(LIMIT);
  *state = &arena;
  return 0;
}

static int arena_teardown(void **state) {
  mk_arena_free(*state);
  return 0;
}

#define ARENA_TEST(test) cmocka_unit_test_setup_teardown(test, arena_setup, arena_teardown)

static void new_arena_holds_no_memory(void **state) {
  mk_arena *arena = *state;
  assert_int_equal(arena->reserved_bytes, 0);
  assert_int_equal(mk_arena_end(arena).used_bytes, 0);
}

static void allocations_are_aligned_and_apart(void **state) {
  mk_arena *arena = *state;
  char *before = NULL;
  for (size_t size = 0; size < 300; size++) {
    char *bytes = mk_arena_push(arena, size);
    assert_non_null(bytes);
    assert_int_equal((uintptr_t)bytes % 16, 0);
    memset(bytes, (int)size, size);
    if (size > 1) {
      assert_true(bytes >= before + size - 1);
      assert_int_equal((unsigned char)before[size - 2], (size - 1) & 0xFF);
    }
    before = bytes;
  }
}

static void zeroed_elements_are_zero_also_in_used_memory(void **state) {
  mk_arena *arena = *state;
  mk_arena_mark start = mk_arena_end(arena);
  char *dirty = mk_arena_push(arena, 1000);
  assert_non_null(dirty);
  memset(dirty, 0xFF, 1000);
  mk_arena_reset(arena, start);
  const char *clean = mk_arena_push_zeroed(arena, 100, 10);
  assert_ptr_equal(clean, dirty);
  for (int i = 0; i < 1000; i++) {
    assert_int_equal(clean[i], 0);
  }
}

static void product_that_overflows_is_refused(void **state) {
  mk_arena *arena = *state;
  assert_null(mk_arena_push_zeroed(arena, SIZE_MAX / 8 + 1, 16));
  assert_null(mk_arena_push_zeroed(arena, 2, SIZE_MAX / 2 + 1));
}

static void memory_is_never_reserved_beyond_the_limit(void **state) {
  mk_arena *arena = *state;
  size_t pushed = 0;
  while (mk_arena_push(arena, 1000) != NULL) {
    pushed += 1000;
    assert_true(arena->used_bytes <= LIMIT && arena->reserved_bytes <= LIMIT);
  }
  assert_true(pushed > LIMIT / 2);
  assert_null(mk_arena_push(arena, LIMIT));
}

static void sizes_beyond_the_limit_are_refused_without_overflow(void **state) {
  mk_arena *arena = *state;
  assert_null(mk_arena_push(arena, LIMIT + 1));
  assert_null(mk_arena_push(arena, SIZE_MAX));
  assert_null(mk_arena_push(arena, SIZE_MAX - 15));
  assert_int_equal(arena->reserved_bytes, 0);
  char *bytes = mk_arena_push(arena, 8);
  assert_null(mk_arena_grow(arena, bytes, 8, SIZE_MAX));
  memset(bytes, 1, 8); /* still valid */
}

static void the_last_bit_of_the_limit_can_be_used(void **state) {
  mk_arena *arena = *state;
  /* Under AddressSanitizer each allocation is followed by 16 bytes of its own, which here fill the limit. */
  assert_non_null(mk_arena_push(arena, LIMIT - 4096));
  assert_non_null(mk_arena_push(arena, 4096 - 2 * 16));
  assert_null(mk_arena_push(arena, 2 * 16 + 1));
}

static void last_allocation_grows_in_place(void **state) {
  mk_arena *arena = *state;
  char *bytes = mk_arena_push(arena, 10);
  memcpy(bytes, "0123456789", 10);
  char *grown = mk_arena_grow(arena, bytes, 10, 5000);
  assert_ptr_equal(grown, bytes);
  memset(grown + 10, 'x', 4990);
  assert_memory_equal(grown, "0123456789x", 11);
}

static void earlier_allocation_grows_by_a_copy(void **state) {
  mk_arena *arena = *state;
  char *bytes = mk_arena_push(arena, 10);
  char *behind = mk_arena_push(arena, 10);
  memcpy(bytes, "0123456789", 10);
  memcpy(behind, "unchanged!", 10);
  char *grown = mk_arena_grow(arena, bytes, 10, 5000);
  assert_ptr_not_equal(grown, bytes);
  memset(grown + 10, 'x', 4990);
  assert_memory_equal(grown, "0123456789", 10);
  assert_memory_equal(bytes, "0123456789", 10);
  assert_memory_equal(behind, "unchanged!", 10);
}

static void growing_nothing_allocates(void **state) {
  mk_arena *arena = *state;
  char *bytes = mk_arena_grow(arena, NULL, 0, 100);
  assert_non_null(bytes);
  memset(bytes, 1, 100);
}

static void last_allocation_grows_in_place_up_to_the_limit(void **state) {
  mk_arena *arena = *state;
  char *bytes = mk_arena_push(arena, 10);
  size_t size = 10;
  memset(bytes, 'x', size);
  for (; size < LIMIT / 2; size *= 2) {
    assert_ptr_equal(mk_arena_grow(arena, bytes, size, 2 * size), bytes);
    memset(bytes + size, 'x', size);
  }
  assert_ptr_equal(mk_arena_grow(arena, bytes, size, LIMIT - 16), bytes);
  assert_null(mk_arena_grow(arena, bytes, LIMIT - 16, LIMIT + 1));
  assert_null(mk_arena_push(arena, 16 + 1));
  assert_int_equal(bytes[size - 1], 'x');
}

static void little_is_reserved_beyond_what_is_used(void **state) {
  mk_arena *arena = *state;
  enum { PAGE = 64 << 10 };
  for (int i = 0; i < 1500; i++) {
    assert_non_null(mk_arena_push(arena, i % 300 == 0 ? 500000 : 500));
    assert_true(arena->reserved_bytes <= arena->used_bytes + arena->used_bytes / 8 + PAGE);
  }
}

static void reset_to_a_mark_keeps_what_was_before_it(void **state) {
  mk_arena *arena = *state;
  char *kept = mk_arena_push(arena, 100);
  memset(kept, 'k', 100);
  mk_arena_mark mark = mk_arena_end(arena);
  char *first = mk_arena_push(arena, 50);
  for (int i = 0; i < 10; i++) {
    assert_non_null(mk_arena_push(arena, 200000)); /* more than was there */
  }
  mk_arena_reset(arena, mark);
  assert_ptr_equal(mk_arena_push(arena, 50), first);
  assert_int_equal(kept[99], 'k');
}

static void memory_is_used_again_after_a_reset(void **state) {
  mk_arena *arena = *state;
  size_t reserved = 0;
  for (int round = 0; round < 20; round++) {
    mk_arena_reset(arena, (mk_arena_mark){0});
    for (int i = 0; i < 8; i++) {
      char *bytes = mk_arena_push(arena, 150000);
      assert_non_null(bytes);
      memset(bytes, i, 150000);
    }
    assert_true(round == 0 || arena->reserved_bytes == reserved);
    reserved = arena->reserved_bytes;
  }
}

static void free_gives_all_back_and_leaves_a_usable_arena(void **state) {
  mk_arena *arena = *state;
  assert_non_null(mk_arena_push(arena, 1000000));
  mk_arena_free(arena);
  assert_int_equal(arena->reserved_bytes, 0);
  assert_non_null(mk_arena_push(arena, 10));
}

static void nth_allocation_from_now_fails_once(void **state) {
  mk_arena *arena = *state;
  arena->fail_nth = 3;
  char *bytes = mk_arena_push(arena, 10);
  assert_non_null(bytes);
  assert_ptr_equal(mk_arena_grow(arena, bytes, 10, 20), bytes); /* growing counts */
  assert_null(mk_arena_push(arena, 10));
  assert_non_null(mk_arena_push(arena, 10));
  arena->fail_nth = 1;
  bytes = mk_arena_push(arena, 10);
  assert_null(bytes);
  bytes = mk_arena_push(arena, 10);
  arena->fail_nth = 1;
  assert_null(mk_arena_grow(arena, bytes, 10, 20));
  memset(bytes, 1, 10); /* still valid */
}

#ifdef IS_POISONED
static void bytes_around_every_allocation_are_poisoned(void **state) {
  mk_arena *arena = *state;
  for (size_t size = 1; size < 70; size++) {
    char *bytes = mk_arena_push(arena, size);
    assert_non_null(bytes);
    assert_false(IS_POISONED(bytes));
    assert_false(IS_POISONED(bytes + size - 1));
    assert_true(IS_POISONED(bytes + size));
    assert_true(IS_POISONED(bytes - 1) || size == 1);
  }
}

static void growing_in_place_moves_the_poison_behind_the_new_end(void **state) {
  mk_arena *arena = *state;
  char *bytes = mk_arena_push(arena, 10);
  assert_ptr_equal(mk_arena_grow(arena, bytes, 10, 100), bytes);
  assert_false(IS_POISONED(bytes + 99));
  assert_true(IS_POISONED(bytes + 100));
}

static void what_a_reset_forgot_is_poisoned(void **state) {
  mk_arena *arena = *state;
  const char *kept = mk_arena_push(arena, 10);
  mk_arena_mark mark = mk_arena_end(arena);
  const char *near = mk_arena_push(arena, 10);
  const char *far = mk_arena_push(arena, 1000000);
  mk_arena_reset(arena, mark);
  assert_false(IS_POISONED(kept));
  assert_true(IS_POISONED(near));
  assert_true(IS_POISONED(far));
  assert_true(IS_POISONED(far + 999999));
}
#endif

static void room_is_what_the_limit_leaves(void **state) {
  (void)state;
  mk_arena arena = mk_arena_make(1024);
  assert_true(mk_arena_has_room(&arena, 900));
  assert_false(mk_arena_has_room(&arena, 1025));
  assert_false(mk_arena_has_room(&arena, SIZE_MAX));
  assert_int_equal(arena.reserved_bytes, 0); /* asking takes nothing */
  assert_non_null(mk_arena_push(&arena, 500));
  assert_true(mk_arena_has_room(&arena, 400));
  assert_false(mk_arena_has_room(&arena, 600));
  assert_non_null(mk_arena_push(&arena, 400));
  mk_arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(room_is_what_the_limit_leaves),
      ARENA_TEST(new_arena_holds_no_memory),
      ARENA_TEST(allocations_are_aligned_and_apart),
      ARENA_TEST(zeroed_elements_are_zero_also_in_used_memory),
      ARENA_TEST(product_that_overflows_is_refused),
      ARENA_TEST(memory_is_never_reserved_beyond_the_limit),
      ARENA_TEST(sizes_beyond_the_limit_are_refused_without_overflow),
      ARENA_TEST(the_last_bit_of_the_limit_can_be_used),
      ARENA_TEST(last_allocation_grows_in_place),
      ARENA_TEST(earlier_allocation_grows_by_a_copy),
      ARENA_TEST(growing_nothing_allocates),
      ARENA_TEST(last_allocation_grows_in_place_up_to_the_limit),
      ARENA_TEST(little_is_reserved_beyond_what_is_used),
      ARENA_TEST(reset_to_a_mark_keeps_what_was_before_it),
      ARENA_TEST(memory_is_used_again_after_a_reset),
      ARENA_TEST(free_gives_all_back_and_leaves_a_usable_arena),
      ARENA_TEST(nth_allocation_from_now_fails_once),
#ifdef IS_POISONED
      ARENA_TEST(bytes_around_every_allocation_are_poisoned),
      ARENA_TEST(growing_in_place_moves_the_poison_behind_the_new_end),
      ARENA_TEST(what_a_reset_forgot_is_poisoned),
#endif
  };
  return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
