/* JSON documents. The only door to the JSON library: everything above uses these functions.
 *
 * Ids travel as strings, because numbers are doubles. Text is always valid UTF-8 without NUL.
 * Builders take ownership of the values handed to them; getters return borrowed pointers that live
 * as long as the document. Getters accept NULL and wrong types and answer the default, so that a
 * hostile document needs no ladder of checks. Nesting deeper than 64 is refused. */
#ifndef TT_BASE_JSON_H
#define TT_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tt/base/error.h"
#include "tt/base/str.h"

struct json;

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* One whole document; trailing bytes other than white space, invalid UTF-8, NUL (raw or escaped) and
 * unpaired surrogates are ERROR_MALFORMED; so are numbers of more than 63 characters or near the end of a
 * double's range. Returns NULL on error. The caller frees. */
struct json *json_parse(const char *text, size_t len, struct error *e);
void json_free(struct json *j);                /* NULL is fine */
void json_wipe(struct json *j);                /* the same of what holds secrets: zeroes its texts first */
struct json *json_clone(const struct json *j); /* NULL gives NULL */

struct json *json_new_object(void);
struct json *json_new_array(void);
struct json *json_new_string(const char *s); /* NULL gives null; invalid UTF-8 is repaired with U+FFFD */
struct json *json_new_int(int64_t n);        /* |n| <= 2^53 */
struct json *json_new_number(double n);
struct json *json_new_bool(bool b);
struct json *json_new_null(void);
struct json *json_new_id(int64_t snowflake); /* a string of decimal digits; 0 gives null */

/* Set a member (replacing one of the same name) / append; J owns VALUE afterwards. Return VALUE. */
struct json *json_set(struct json *object, const char *key, struct json *value);
struct json *json_push(struct json *array, struct json *value);
void json_set_string(struct json *object, const char *key, const char *s);
void json_set_int(struct json *object, const char *key, int64_t n);
void json_set_bool(struct json *object, const char *key, bool b);
void json_set_null(struct json *object, const char *key);
void json_set_id(struct json *object, const char *key, int64_t snowflake);
void json_remove(struct json *object, const char *key); /* absent: nothing */
/* The member, which is the caller's afterwards; NULL when absent. */
struct json *json_take(struct json *object, const char *key);

enum json_type json_type(const struct json *j);                          /* NULL: JSON_NULL */
bool json_is(const struct json *j, enum json_type type);                 /* false for a NULL pointer */
const struct json *json_get(const struct json *object, const char *key); /* NULL when absent */
/* Members by path, "author.id"; array elements by number, "embeds.0.title". */
const struct json *json_at(const struct json *j, const char *path);
const char *json_string(const struct json *j);             /* NULL unless a string */
int64_t json_int(const struct json *j, int64_t otherwise); /* a whole number in range */
double json_number(const struct json *j, double otherwise);
bool json_bool(const struct json *j, bool otherwise);
int64_t json_id(const struct json *j); /* a string (or whole number) of digits below 2^63; 0 otherwise */

/* The same on a member of an object, by key. */
const char *json_get_string(const struct json *object, const char *key);
int64_t json_get_int(const struct json *object, const char *key, int64_t otherwise);
bool json_get_bool(const struct json *object, const char *key, bool otherwise);
int64_t json_get_id(const struct json *object, const char *key);

/* Children of an array or object in order; json_key is a member's name. */
size_t json_count(const struct json *j);
const struct json *json_first(const struct json *j);
const struct json *json_next(const struct json *child);
const char *json_key(const struct json *child);
#define json_each(child, parent) \
    for (const struct json *child = json_first(parent); child; child = json_next(child))

bool json_same(const struct json *a, const struct json *b); /* member order does not matter */

void json_print(const struct json *j, struct str *out);        /* compact, members in their order */
void json_print_pretty(const struct json *j, struct str *out); /* for people */
/* RFC 8785: members sorted by UTF-16 units, shortest numbers, minimal escapes. */
void json_print_canonical(const struct json *j, struct str *out);
/* S as a JSON string with quotes, appended; for writers that stream. */
void json_print_string(const char *s, struct str *out);

#endif
