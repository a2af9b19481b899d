/* Checks that configuration and settings share. Private to domain. */
#ifndef TT_DOMAIN_VALUE_H
#define TT_DOMAIN_VALUE_H

#include <stdint.h>
#include <stdlib.h>

#include "tt/base/error.h"
#include "tt/base/mem.h"
#include "tt/base/str.h"

/* A person's text as an error may show it: safe and short. Appended; returns OUT's text. */
const char *value_shown(const char *text, struct str *out);
/* "FIELD 'TEXT' ...; expected EXPECTED", ERROR_MALFORMED; returns -1. */
int value_malformed(struct error *e, const char *field, const char *text, const char *expected);
/* A whole number from MIN to MAX. */
int value_int(const char *field, const char *text, int64_t min, int64_t max, int64_t *out, struct error *e);
/* 1 to MAX characters of one line, not only white space. */
int value_name(const char *field, const char *text, int64_t max, struct error *e);
/* MIN to MAX characters of valid UTF-8 without control characters (LINES: but tab and newline) and without
 * characters that turn the reading direction. */
int value_text(const char *field, const char *text, int64_t min, int64_t max, bool lines, struct error *e);

#endif
