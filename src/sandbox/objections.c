#include "objections.h"

#include "tt/base/text.h"

void objections_release(struct objections *o)
{
    json_free(o->tree);
    o->tree = NULL;
}

/* The tree is ours alone, so a borrowed child of it may be changed. */
static struct json *child(struct json *parent, const char *key)
{
    const struct json *have = json_get(parent, key);
    return have ? (struct json *)have : json_set(parent, key, json_new_object());
}

void objection(struct objections *o, const char *code, const char *message, const char *path, ...)
{
    char full[256];
    va_list args;
    va_start(args, path);
    vsnprintf(full, sizeof full, path, args);
    va_end(args);
    if (!o->tree)
        o->tree = json_new_object();
    struct json *at = o->tree;
    for (char *p = full, *next; p && *p; p = next) {
        next = strchr(p, '.');
        if (next)
            *next++ = 0;
        at = child(at, p);
    }
    const struct json *have = json_get(at, "_errors");
    struct json *list = have ? (struct json *)have : json_set(at, "_errors", json_new_array());
    struct json *one = json_push(list, json_new_object());
    json_set_string(one, "code", code);
    json_set_string(one, "message", message);
}

void objection_length(struct objections *o, size_t min, size_t max, const char *path)
{
    char text[96];
    if (min == 0)
        snprintf(text, sizeof text, "Must be %zu or fewer in length.", max);
    else
        snprintf(text, sizeof text, "Must be between %zu and %zu in length.", min, max);
    objection(o, min == 0 ? "BASE_TYPE_MAX_LENGTH" : "BASE_TYPE_BAD_LENGTH", text, "%s", path);
}

void objection_required(struct objections *o, const char *path)
{
    objection(o, "BASE_TYPE_REQUIRED", "This field is required", "%s", path);
}

void objection_choices(struct objections *o, const char *path)
{
    objection(o, "BASE_TYPE_CHOICES", "Value is not one of the valid choices.", "%s", path);
}

const char *check_text(struct objections *o, const struct json *doc, const char *key, const char *path,
                       size_t min, size_t max, bool required)
{
    const struct json *value = json_get(doc, key);
    if (!value || json_is(value, JSON_NULL)) {
        if (required)
            objection_required(o, path);
        return NULL;
    }
    const char *text = json_string(value);
    if (!text) {
        objection(o, "STRING_TYPE_CONVERT", "Could not interpret value as string.", "%s", path);
        return NULL;
    }
    size_t n = text_length(text);
    if (n < min || n > max)
        objection_length(o, min, max, path);
    return text;
}
