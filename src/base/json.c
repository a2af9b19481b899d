/* A struct json is the library's node behind a cast; nothing outside this folder sees it. */
#include "tt/base/json.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_scan.h"
#include "tt/base/mem.h"
#include "tt/base/text.h"

#define WHOLE_MAX 9007199254740992.0 /* 2^53: beyond it doubles skip whole numbers */

static const cJSON *in(const struct json *j)
{
    return (const cJSON *)j;
}

static struct json *made(cJSON *j)
{
    return (struct json *)j;
}

/* With an allocator that never fails, the library's constructors never answer NULL. */
static void use_our_memory(void)
{
    cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = mem_alloc, .free_fn = free});
}

static void start(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, use_our_memory);
}

struct json *json_parse(const char *text, size_t len, struct error *e)
{
    start();
    size_t at = 0;
    const char *wrong = json_scan(text, len, &at);
    cJSON *j = wrong ? NULL : cJSON_ParseWithLength(text, len);
    if (!j)
        error_set(e, ERROR_MALFORMED, NULL, "not JSON: %s at byte %zu", wrong ? wrong : "unexpected text",
                  at);
    return made(j);
}

void json_free(struct json *j)
{
    cJSON_Delete((cJSON *)j);
}

static void wipe_texts(cJSON *j)
{
    for (; j; j = j->next) {
        if (j->valuestring)
            mem_wipe(j->valuestring, strlen(j->valuestring));
        wipe_texts(j->child);
    }
}

void json_wipe(struct json *j)
{
    wipe_texts((cJSON *)j);
    json_free(j);
}

struct json *json_clone(const struct json *j)
{
    start();
    return j ? made(cJSON_Duplicate(in(j), true)) : NULL;
}

struct json *json_new_object(void)
{
    start();
    return made(cJSON_CreateObject());
}

struct json *json_new_array(void)
{
    start();
    return made(cJSON_CreateArray());
}

/* S itself when it is valid, else a repaired copy in SPARE. */
static const char *repaired(const char *s, struct str *spare)
{
    size_t left = strlen(s);
    if (text_valid(s, left))
        return s;
    uint32_t c;
    for (size_t n; (n = text_decode(s, left, &c)) > 0; s += n, left -= n)
        text_encode(c, spare);
    return str_text(spare);
}

struct json *json_new_string(const char *s)
{
    start();
    if (!s)
        return made(cJSON_CreateNull());
    struct str spare = STR_INIT;
    cJSON *j = cJSON_CreateString(repaired(s, &spare));
    str_release(&spare);
    return made(j);
}

struct json *json_new_int(int64_t n)
{
    return json_new_number((double)n);
}

struct json *json_new_number(double n)
{
    start();
    return made(cJSON_CreateNumber(n));
}

struct json *json_new_bool(bool b)
{
    start();
    return made(cJSON_CreateBool(b));
}

struct json *json_new_null(void)
{
    start();
    return made(cJSON_CreateNull());
}

struct json *json_new_id(int64_t snowflake)
{
    if (snowflake == 0)
        return json_new_null();
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, snowflake);
    return json_new_string(text);
}

struct json *json_set(struct json *object, const char *key, struct json *value)
{
    cJSON *o = (cJSON *)object;
    struct str spare = STR_INIT;
    key = repaired(key, &spare);
    if (cJSON_GetObjectItemCaseSensitive(o, key))
        cJSON_ReplaceItemInObjectCaseSensitive(o, key, (cJSON *)value);
    else
        cJSON_AddItemToObject(o, key, (cJSON *)value);
    str_release(&spare);
    return value;
}

struct json *json_push(struct json *array, struct json *value)
{
    cJSON_AddItemToArray((cJSON *)array, (cJSON *)value);
    return value;
}

void json_set_string(struct json *object, const char *key, const char *s)
{
    json_set(object, key, json_new_string(s));
}

void json_set_int(struct json *object, const char *key, int64_t n)
{
    json_set(object, key, json_new_int(n));
}

void json_set_bool(struct json *object, const char *key, bool b)
{
    json_set(object, key, json_new_bool(b));
}

void json_set_null(struct json *object, const char *key)
{
    json_set(object, key, json_new_null());
}

void json_set_id(struct json *object, const char *key, int64_t snowflake)
{
    json_set(object, key, json_new_id(snowflake));
}

void json_remove(struct json *object, const char *key)
{
    cJSON_DeleteItemFromObjectCaseSensitive((cJSON *)object, key);
}

struct json *json_take(struct json *object, const char *key)
{
    return (struct json *)cJSON_DetachItemFromObjectCaseSensitive((cJSON *)object, key);
}

enum json_type json_type(const struct json *j)
{
    if (cJSON_IsObject(in(j)))
        return JSON_OBJECT;
    if (cJSON_IsArray(in(j)))
        return JSON_ARRAY;
    if (cJSON_IsString(in(j)))
        return JSON_STRING;
    if (cJSON_IsNumber(in(j)))
        return JSON_NUMBER;
    return cJSON_IsBool(in(j)) ? JSON_BOOL : JSON_NULL;
}

bool json_is(const struct json *j, enum json_type type)
{
    return j && json_type(j) == type;
}

const struct json *json_get(const struct json *object, const char *key)
{
    return json_is(object, JSON_OBJECT) ? made(cJSON_GetObjectItemCaseSensitive(in(object), key)) : NULL;
}

static const struct json *element(const struct json *array, const char *number)
{
    char *end;
    if (*number < '0' || *number > '9')
        return NULL;
    unsigned long n = strtoul(number, &end, 10);
    if (*end)
        return NULL;
    const struct json *child = json_first(array);
    while (child && n-- > 0)
        child = json_next(child);
    return child;
}

const struct json *json_at(const struct json *j, const char *path)
{
    char part[128];
    while (j) {
        size_t n = strcspn(path, ".");
        if (n >= sizeof part)
            return NULL;
        memcpy(part, path, n);
        part[n] = '\0';
        j = json_is(j, JSON_ARRAY) ? element(j, part) : json_get(j, part);
        if (!path[n])
            break;
        path += n + 1;
    }
    return j;
}

const char *json_string(const struct json *j)
{
    return cJSON_IsString(in(j)) ? in(j)->valuestring : NULL;
}

int64_t json_int(const struct json *j, int64_t otherwise)
{
    if (!cJSON_IsNumber(in(j)))
        return otherwise;
    double n = in(j)->valuedouble;
    if (!(n >= -WHOLE_MAX && n <= WHOLE_MAX))
        return otherwise;
    int64_t whole = (int64_t)n;
    double back = (double)whole;
    return back < n || back > n ? otherwise : whole;
}

double json_number(const struct json *j, double otherwise)
{
    return cJSON_IsNumber(in(j)) ? in(j)->valuedouble : otherwise;
}

bool json_bool(const struct json *j, bool otherwise)
{
    return cJSON_IsBool(in(j)) ? cJSON_IsTrue(in(j)) : otherwise;
}

int64_t json_id(const struct json *j)
{
    const char *s = json_string(j);
    if (!s) {
        int64_t n = json_int(j, 0);
        return n > 0 ? n : 0;
    }
    int64_t id = 0;
    if (!*s)
        return 0;
    for (; *s; s++) {
        if (*s < '0' || *s > '9')
            return 0;
        if (__builtin_mul_overflow(id, 10, &id) || __builtin_add_overflow(id, *s - '0', &id))
            return 0;
    }
    return id;
}

const char *json_get_string(const struct json *object, const char *key)
{
    return json_string(json_get(object, key));
}

int64_t json_get_int(const struct json *object, const char *key, int64_t otherwise)
{
    return json_int(json_get(object, key), otherwise);
}

bool json_get_bool(const struct json *object, const char *key, bool otherwise)
{
    return json_bool(json_get(object, key), otherwise);
}

int64_t json_get_id(const struct json *object, const char *key)
{
    return json_id(json_get(object, key));
}

size_t json_count(const struct json *j)
{
    size_t n = 0;
    json_each(child, j) n++;
    return n;
}

const struct json *json_first(const struct json *j)
{
    return cJSON_IsObject(in(j)) || cJSON_IsArray(in(j)) ? made(in(j)->child) : NULL;
}

const struct json *json_next(const struct json *child)
{
    return child ? made(in(child)->next) : NULL;
}

const char *json_key(const struct json *child)
{
    return child ? in(child)->string : NULL;
}

static bool same_numbers(double a, double b)
{
    return a >= b && a <= b;
}

/* Members usually stand in the same order, so the walk goes along both and looks up only where they differ.
 */
static bool same_children(const struct json *a, const struct json *b, bool object)
{
    if (json_count(a) != json_count(b))
        return false;
    const struct json *beside = json_first(b);
    json_each(child, a)
    {
        const struct json *other = beside;
        if (object && !str_equal(json_key(child), json_key(beside)))
            other = json_get(b, json_key(child));
        if (!other || !json_same(child, other))
            return false;
        beside = json_next(beside);
    }
    return true;
}

bool json_same(const struct json *a, const struct json *b)
{
    if (a == b)
        return true;
    if (!a || !b || json_type(a) != json_type(b))
        return false;
    switch (json_type(a)) {
    case JSON_NULL:
        return true;
    case JSON_BOOL:
        return json_bool(a, false) == json_bool(b, false);
    case JSON_NUMBER:
        return same_numbers(in(a)->valuedouble, in(b)->valuedouble);
    case JSON_STRING:
        return str_equal(json_string(a), json_string(b));
    case JSON_ARRAY:
    case JSON_OBJECT:
        return same_children(a, b, json_is(a, JSON_OBJECT));
    }
    return false;
}
