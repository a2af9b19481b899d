/* Reading REST answers: the head's rate limit fields and Discord's error document. Everything here comes from
 * outside. */
#ifndef TT_DISCORD_ANSWER_H
#define TT_DISCORD_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "limiter.h"
#include "tt/base/json.h"

#define ANSWER_LIMIT (8u << 20) /* bytes of a body; more is refused */

/* Forget what an earlier head said; before each status line. */
void answer_clear(struct limiter_answer *a);
/* One header line as it arrived ("Name: value\r\n"); others than the date and those of rate limits are
 * ignored. */
void answer_header(struct limiter_answer *a, const char *line, size_t len);
/* "1.337" seconds as ms, rounded up; -1 when it is no such number or above a day. Locale does not matter. */
int64_t answer_seconds(const char *text, size_t len);
/* What the body of a 429 adds: retry_after (the finer number), global. */
void answer_limited(struct limiter_answer *a, const struct json *body);
/* Does this answer count against the host? */
bool answer_invalid(const struct limiter_answer *a);
/* Discord's words for an error ("Invalid Form Body: name: Must be 1-32 in length."), or "HTTP 502" where it
 * sent none; one line, appended. */
void answer_message(int status, const struct json *body, struct str *out);

#endif
