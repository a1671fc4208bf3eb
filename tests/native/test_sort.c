/* sort.h: sorting in place, as qsort does. */
#include "base/sort.h"

#include <stdlib.h>
#include <string.h>

#include "support.h"

enum { COUNT_MAX = 700 };

/* Of no size that a word has, so that all its bytes have to move. */
typedef struct element {
  unsigned char key[2];
  unsigned char copy[3]; /* follows from the key */
} element;

static unsigned next_random(unsigned *state) { return (*state = *state * 1103515245u + 12345u) >> 16; }

static void set(element *one, unsigned key) {
  one->key[0] = (unsigned char)(key >> 8);
  one->key[1] = (unsigned char)key;
  one->copy[0] = (unsigned char)(key + 1);
  one->copy[1] = (unsigned char)(key * 3);
  one->copy[2] = (unsigned char)(key >> 3);
}

static int compare(const void *a, const void *b) {
  return memcmp(((const element *)a)->key, ((const element *)b)->key, 2);
}

/* Sort as qsort does what has `key_of` at each place. */
static void assert_sorts(size_t count, unsigned (*key_of)(size_t i, size_t count, unsigned *state), unsigned seed) {
  static element sorted[COUNT_MAX];
  static element expected[COUNT_MAX];
  for (size_t i = 0; i < count; i++) {
    set(&sorted[i], key_of(i, count, &seed));
  }
  memcpy(expected, sorted, sizeof sorted);
  qsort(expected, count, sizeof *expected, compare);
  mk_sort(sorted, count, sizeof *sorted, compare);
  assert_memory_equal(sorted, expected, sizeof sorted);
}

static unsigned any(size_t i, size_t count, unsigned *state) {
  (void)i;
  (void)count;
  return next_random(state);
}

static unsigned of_few(size_t i, size_t count, unsigned *state) {
  (void)i;
  (void)count;
  return next_random(state) % 3;
}

static unsigned rising(size_t i, size_t count, unsigned *state) {
  (void)count;
  (void)state;
  return (unsigned)i;
}

static unsigned falling(size_t i, size_t count, unsigned *state) {
  (void)state;
  return (unsigned)(count - i);
}

static void any_number_of_elements_is_sorted(void **state) {
  (void)state;
  for (size_t count = 0; count < COUNT_MAX; count += count < 40 ? 1 : 37) {
    assert_sorts(count, any, (unsigned)count);
    assert_sorts(count, of_few, (unsigned)count);
    assert_sorts(count, rising, 0);
    assert_sorts(count, falling, 0);
  }
}

static size_t comparisons;

static int counted(const void *a, const void *b) {
  comparisons++;
  return compare(a, b);
}

static void what_is_in_order_is_compared_few_times(void **state) {
  (void)state;
  static element elements[COUNT_MAX];
  for (size_t i = 0; i < COUNT_MAX; i++) {
    set(&elements[i], (unsigned)i);
  }
  comparisons = 0;
  mk_sort(elements, COUNT_MAX, sizeof *elements, counted);
  assert_true(comparisons < (size_t)8 * COUNT_MAX);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(any_number_of_elements_is_sorted),
      cmocka_unit_test(what_is_in_order_is_compared_few_times),
  };
  return cmocka_run_group_tests_name("sort", tests, NULL, NULL);
}
