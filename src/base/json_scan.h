/* The strict reading of RFC 8259 that comes before the JSON library's own: grammar, depth, UTF-8, escapes and
 * number ranges. Private to json. */
#ifndef TT_BASE_JSON_SCAN_H
#define TT_BASE_JSON_SCAN_H

#include <stddef.h>

#define JSON_DEPTH_MAX 64

/* NULL when TEXT is one acceptable document; else what is wrong, and *AT where. */
const char *json_scan(const char *text, size_t len, size_t *at);

#endif
