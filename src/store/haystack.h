/* What a search looks through, kept in memory by a connection that searches: with many tenants, reading them
 * all for each letter that a person types would take longer than a frame may. */
#ifndef STORE_HAYSTACK_H
#define STORE_HAYSTACK_H

#include "internal.h"
#include "tt/base/json.h"

struct haystack;

/* Append the ids of tenants, at most MOST, whose id, name, guild or renter contains SEARCH, ASCII letters in
 * either case, in the order of ids; deleted ones too. */
int haystack_find(struct store *s, const char *search, size_t most, struct json *ids, struct error *e);
void haystack_free(struct haystack *h); /* NULL is fine */

#endif
