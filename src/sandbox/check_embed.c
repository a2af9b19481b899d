#include "check.h"

#include <ctype.h>

#include "tt/base/text.h"
#include "tt/base/time.h"
#include "present.h"

#define EMBED_TOTAL 6000

int64_t check_number(struct objections *o, const struct json *doc, const char *key, const char *path,
                     int64_t min, int64_t max, int64_t otherwise)
{
    const struct json *value = json_get(doc, key);
    if (!value || json_is(value, JSON_NULL))
        return otherwise;
    int64_t n = json_int(value, INT64_MIN);
    char text[96];
    if (n == INT64_MIN) {
        objection(o, "NUMBER_TYPE_COERCE", "Value is not an integer.", "%s", path);
        return otherwise;
    }
    if (n < min) {
        snprintf(text, sizeof text, "int value should be greater than or equal to %lld.", (long long)min);
        objection(o, "NUMBER_TYPE_MIN", text, "%s", path);
    } else if (n > max) {
        snprintf(text, sizeof text, "int value should be less than or equal to %lld.", (long long)max);
        objection(o, "NUMBER_TYPE_MAX", text, "%s", path);
    }
    return n;
}

const char *check_url(struct objections *o, const struct json *doc, const char *key, const char *path,
                      bool media)
{
    const char *url = check_text(o, doc, key, path, 0, 2048, false);
    if (!url)
        return NULL;
    bool known = str_starts(url, "http://") || str_starts(url, "https://") ||
                 (media && str_starts(url, "attachment://"));
    if (known)
        return url;
    objection(o, "URL_TYPE_INVALID_SCHEME",
              media ? "Scheme must be one of ('http', 'https', 'attachment')."
                    : "Scheme must be one of ('http', 'https').",
              "%s", path);
    return NULL;
}

/* One text member of an embed: checked, copied, counted towards the total. */
static void text_member(struct objections *o, const struct json *from, struct json *to, const char *key,
                        const char *path, size_t max, bool required, size_t *total)
{
    char at[PATH_SIZE];
    snprintf(at, sizeof at, "%s.%s", path, key);
    const char *text = check_text(o, from, key, at, required ? 1 : 0, max, required);
    if (!text)
        return;
    *total += text_length(text);
    if (*text)
        json_set_string(to, key, text);
}

static void url_member(struct objections *o, const struct json *from, struct json *to, const char *key,
                       const char *path, bool media)
{
    char at[PATH_SIZE];
    snprintf(at, sizeof at, "%s.%s", path, key);
    const char *url = check_url(o, from, key, at, media);
    if (url)
        json_set_string(to, key, url);
}

static void fields(struct objections *o, const struct json *embed, struct json *to, const char *path,
                   size_t *total)
{
    const struct json *list = json_get(embed, "fields");
    if (json_count(list) == 0)
        return;
    if (json_count(list) > 25)
        objection(o, "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.", "%s.fields", path);
    struct json *out = json_set(to, "fields", json_new_array());
    size_t n = 0;
    json_each(field, list)
    {
        char at[PATH_SIZE];
        snprintf(at, sizeof at, "%s.fields.%zu", path, n++);
        struct json *one = json_push(out, json_new_object());
        text_member(o, field, one, "name", at, 256, true, total);
        text_member(o, field, one, "value", at, 1024, true, total);
        json_set_bool(one, "inline", json_get_bool(field, "inline", false));
    }
}

/* author, footer, image, thumbnail, provider */
static void parts(struct objections *o, const struct json *embed, struct json *to, const char *path,
                  size_t *total)
{
    static const struct {
        const char *key, *text;
        size_t max;
        const char *url, *media;
    } kinds[] = {{"author", "name", 256, "url", "icon_url"},
                 {"footer", "text", 2048, NULL, "icon_url"},
                 {"image", NULL, 0, NULL, "url"},
                 {"thumbnail", NULL, 0, NULL, "url"}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const struct json *part = json_get(embed, kinds[i].key);
        if (!json_is(part, JSON_OBJECT))
            continue;
        char at[PATH_SIZE];
        snprintf(at, sizeof at, "%s.%s", path, kinds[i].key);
        struct json *one = json_set(to, kinds[i].key, json_new_object());
        if (kinds[i].text)
            text_member(o, part, one, kinds[i].text, at, kinds[i].max, true, total);
        if (kinds[i].url)
            url_member(o, part, one, kinds[i].url, at, false);
        url_member(o, part, one, kinds[i].media, at, true);
        if (kinds[i].text && !json_get(one, kinds[i].text))
            json_remove(to, kinds[i].key);
    }
}

static struct json *check_embed(struct objections *o, const struct json *embed, const char *path,
                                size_t *total)
{
    struct json *to = json_new_object();
    char at[PATH_SIZE];
    if (!json_is(embed, JSON_OBJECT)) {
        objection(o, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType", "%s", path);
        return to;
    }
    json_set_string(to, "type", "rich");
    text_member(o, embed, to, "title", path, 256, false, total);
    text_member(o, embed, to, "description", path, 4096, false, total);
    url_member(o, embed, to, "url", path, false);
    snprintf(at, sizeof at, "%s.color", path);
    int64_t color = check_number(o, embed, "color", at, 0, 0xffffff, -1);
    if (color >= 0)
        json_set_int(to, "color", color);
    const char *time = json_get_string(embed, "timestamp");
    int64_t ms = 0;
    if (time && time_parse_rfc3339(time, &ms, NULL) == 0)
        present_set_time(to, "timestamp", ms);
    else if (time)
        objection(o, "DATETIME_TYPE_PARSE", "Could not parse. Should be ISO8601.", "%s.timestamp", path);
    fields(o, embed, to, path, total);
    parts(o, embed, to, path, total);
    return to;
}

struct json *check_embeds(struct objections *o, const struct json *embeds, const char *path)
{
    struct json *out = json_new_array();
    if (!embeds || json_is(embeds, JSON_NULL))
        return out;
    if (!json_is(embeds, JSON_ARRAY)) {
        objection(o, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType", "%s", path);
        return out;
    }
    if (json_count(embeds) > 10)
        objection(o, "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.", "%s", path);
    size_t total = 0, n = 0;
    json_each(embed, embeds)
    {
        char at[PATH_SIZE];
        snprintf(at, sizeof at, "%s.%zu", path, n++);
        json_push(out, check_embed(o, embed, at, &total));
    }
    if (total > EMBED_TOTAL)
        objection(o, "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000", "%s", path);
    return out;
}

void check_allowed_mentions(struct objections *o, const struct json *allowed)
{
    if (!json_is(allowed, JSON_OBJECT))
        return;
    size_t n = 0;
    json_each(word, json_get(allowed, "parse"))
    {
        const char *text = json_string(word);
        char at[PATH_SIZE];
        snprintf(at, sizeof at, "allowed_mentions.parse.%zu", n++);
        if (!text || (!str_equal(text, "users") && !str_equal(text, "roles") && !str_equal(text, "everyone")))
            objection_choices(o, at);
    }
    static const char *const lists[] = {"users", "roles"};
    for (size_t i = 0; i < 2; i++) {
        bool parsed = false;
        json_each(word, json_get(allowed, "parse"))
        {
            parsed = parsed || str_equal(json_string(word), lists[i]);
        }
        if (json_count(json_get(allowed, lists[i])) > 100)
            objection(o, "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.", "allowed_mentions.%s",
                      lists[i]);
        if (parsed && json_count(json_get(allowed, lists[i])) > 0)
            objection(o, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                      "parse and an explicit list are mutually exclusive.", "allowed_mentions");
    }
}
