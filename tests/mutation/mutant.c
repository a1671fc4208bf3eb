/* What a library of mutants runs with: MK_MUTANT is the number of the one, and to the file MK_REACHED goes which of them the
 * run came to. Compiled with -DMK_MUTANTS, how many there are. */
#define _GNU_SOURCE /* NOLINT(readability-identifier-naming): for setrlimit */
#include "mutant.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define MEMORY_BYTES_MAX ((rlim_t)2 << 30) /* a loop that never ends may allocate in every turn */

unsigned mk_mutant;
unsigned char mk_reached[MK_MUTANTS + 1];

__attribute__((constructor)) static void begin(void) {
  const char *number = getenv("MK_MUTANT");
  struct rlimit memory = {MEMORY_BYTES_MAX, MEMORY_BYTES_MAX};
  struct rlimit core = {0, 0};
  mk_mutant = number == NULL ? 0 : (unsigned)strtoul(number, NULL, 10);
  (void)setrlimit(RLIMIT_AS, &memory);
  (void)setrlimit(RLIMIT_CORE, &core);
}

__attribute__((destructor)) static void end(void) {
  const char *path = getenv("MK_REACHED");
  FILE *file = path == NULL ? NULL : fopen(path, "wb");
  if (file != NULL) {
    (void)fwrite(mk_reached, 1, sizeof mk_reached, file);
    (void)fclose(file);
  }
}
