/* Finds op, t and s of a gateway frame without parsing it, so that events nobody wants cost next to nothing.
 */
#ifndef TT_DISCORD_SCAN_H
#define TT_DISCORD_SCAN_H

#include <stddef.h>
#include <stdint.h>

enum scan_result {
    SCAN_OK,    /* op is known; what a JSON parser would say, if it takes the text at all */
    SCAN_UNSURE /* escapes, odd numbers, damaged text: only a JSON parser can tell */
};

struct scan {
    const char *type; /* inside the text, not terminated; NULL: null or absent */
    size_t type_len;
    int64_t op;
    int64_t sequence; /* -1: null or absent */
};

/* Of a member that comes twice the first counts. Reads no further than it must: what follows may be damaged.
 */
enum scan_result scan_frame(const char *text, size_t len, struct scan *out);

#endif
