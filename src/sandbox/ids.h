/* Some libraries send ids as numbers, which are too long for a double. */
#ifndef SANDBOX_IDS_H
#define SANDBOX_IDS_H

#include "tt/base/json.h"

/* A JSON document whose whole numbers of 16 digits and more are read as strings; NULL when it is none. */
struct json *parse_with_ids(const char *text, size_t n);

#endif
