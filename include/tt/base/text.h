/* UTF-8 text: validity, width in terminal cells, cutting and padding; words that are near others. */
#ifndef TT_BASE_TEXT_H
#define TT_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tt/base/str.h"

bool text_valid(const char *s, size_t len); /* well-formed UTF-8, no NUL, no surrogates */
/* Decode one character; returns its bytes (0 at the end). An invalid byte decodes as U+FFFD, 1 byte. */
size_t text_decode(const char *s, size_t len, uint32_t *codepoint);
void text_encode(uint32_t codepoint, struct str *out);
size_t text_length(const char *s);                    /* characters */
size_t text_prefix(const char *s, size_t characters); /* bytes of the first that many characters */

/* Terminal cells, whatever the locale: 0 combining, 1, 2 wide; control characters count 0. */
int text_char_width(uint32_t codepoint);
size_t text_width(const char *s);
/* Append S cut or padded to exactly CELLS; a cut text ends in "…" (or "~" when ASCII). RIGHT aligns right. */
void text_fit(struct str *out, const char *s, size_t cells, bool right, bool ascii);
/* Characters that do not belong in a line of text: control characters, line separators, and what turns the
 * reading direction, so that one name reads as another. */
bool text_char_unsafe(uint32_t codepoint);
/* Append S made safe for a terminal or a one-line log: control characters, bidi overrides and invalid
 * bytes become visible escapes (\n, \x1b, \u202e). */
void text_safe(struct str *out, const char *s);

/* "did you mean": the candidate nearest to WORD by edit distance (transpositions count once), or NULL
 * when none is near. Candidates end with NULL. Borrowed. */
const char *text_nearest(const char *word, const char *const *candidates);

#endif
