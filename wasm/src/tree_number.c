/* tree_number.c: the three libc functions by which cJSON reads and prints numbers, which it is
 * compiled to call here (Makefile, CJSON_DEFINES).
 *
 * Trees hold whole numbers only: what the store counts. The user's numbers travel as spans. So
 * whole numbers are all that is read, and numbers to print are added as spans (tree.c): libc's
 * exact conversions, a third of the module, are not needed. */
#include <stdint.h>

double mk_cjson_strtod(const char *text, char **end);
int mk_cjson_sprintf(char *out, const char *format, ...);
int mk_cjson_sscanf(const char *text, const char *format, ...);

/* A sign and digits; a fraction or exponent is left over, which cJSON then finds invalid. */
double mk_cjson_strtod(const char *text, char **end) {
  const char *at = text;
  double number = 0;
  if (*at == '-') {
    at++;
  }
  while (*at >= '0' && *at <= '9') {
    number = number * 10 + (*at++ - '0');
  }
  *end = (char *)(uintptr_t)at;
  return *text == '-' ? -number : number;
}

int mk_cjson_sprintf(char *out, const char *format, ...) {
  (void)format;
  *out = '\0';
  return -1; /* cJSON then fails to print, and says so */
}

int mk_cjson_sscanf(const char *text, const char *format, ...) {
  (void)text;
  (void)format;
  return 0;
}
