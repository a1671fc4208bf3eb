/* tree_libc.c: what cJSON would take from libc, which it is compiled to call here instead
 * (Makefile, CJSON_DEFINES).
 *
 * Numbers: trees hold whole numbers only, what the store counts; the user's travel as spans. So
 * whole numbers are all that is read, and numbers to print are added as spans (tree.c): libc's
 * exact conversions, a third of the module, are not needed.
 *
 * Memory: cJSON's default hooks name libc's allocator. tree.c sets others before any use, so
 * these are never called and keep the allocator out of the module. */
#include <stddef.h>
#include <string.h>

double mk_cjson_strtod(const char *text, char **end);
int mk_cjson_sprintf(char *out, const char *format, ...);
int mk_cjson_sscanf(const char *text, const char *format, ...);
void *mk_cjson_malloc(size_t size);
void mk_cjson_free(void *bytes);
void *mk_cjson_realloc(void *bytes, size_t size);

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
  memcpy(end, &at, sizeof at); /* as strtod has it: the text is const, its end is not */
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

void *mk_cjson_malloc(size_t size) {
  (void)size;
  return NULL;
}

void mk_cjson_free(void *bytes) { (void)bytes; }

void *mk_cjson_realloc(void *bytes, size_t size) {
  (void)bytes;
  (void)size;
  return NULL;
}
