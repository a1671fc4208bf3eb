/* mutant.h: included in front of every rewritten source (rewrite.js): a mutated expression reads
 *
 *   (mk_is_mutant(17) ? (a <= b) : (a < b))
 *
 * so that one program is all mutants, and the environment says which. */
#ifndef MK_MUTANT_H
#define MK_MUTANT_H

extern unsigned mk_mutant;         /* that runs; 0: none */
extern unsigned char mk_reached[]; /* a byte for each, 1 once the run came to it */

static inline int mk_is_mutant(unsigned number) {
  mk_reached[number] = 1;
  return number == mk_mutant;
}

#endif
