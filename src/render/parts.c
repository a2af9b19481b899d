#include "parts.h"

#include <string.h>

#include "tt/base/text.h"

static size_t units_of_character(uint32_t c)
{
    return c > 0xffff ? 2 : 1;
}

size_t units_of(const char *text)
{
    size_t left = strlen(text), units = 0;
    uint32_t c;
    for (size_t at = 0, n; (n = text_decode(text + at, left - at, &c)) > 0; at += n)
        units += units_of_character(c);
    return units;
}

size_t fitting(const char *text, size_t units)
{
    size_t left = strlen(text), at = 0;
    uint32_t c;
    for (size_t n; (n = text_decode(text + at, left - at, &c)) > 0; at += n) {
        if (units_of_character(c) > units)
            break;
        units -= units_of_character(c);
    }
    return at;
}

void set_fitted(struct json *object, const char *key, const char *text, size_t units)
{
    size_t n = fitting(text, units);
    if (!text[n]) {
        json_set_string(object, key, text);
        return;
    }
    struct str cut = STR_INIT;
    str_add_bytes(&cut, text, fitting(text, units - 1));
    str_add(&cut, "…");
    json_set_string(object, key, str_text(&cut));
    str_release(&cut);
}

struct json *new_message(int64_t user_id)
{
    struct json *message = json_new_object();
    struct json *mentions = json_set(message, "allowed_mentions", json_new_object());
    json_set(mentions, "parse", json_new_array());
    if (user_id)
        json_push(json_set(mentions, "users", json_new_array()), json_new_id(user_id));
    return message;
}

/* The array KEY of OBJECT, made when it is not there. */
static struct json *array_of(struct json *object, const char *key)
{
    struct json *array = (struct json *)json_get(object, key);
    return array ? array : json_set(object, key, json_new_array());
}

struct json *add_embed(struct json *message)
{
    return json_push(array_of(message, "embeds"), json_new_object());
}

struct json *add_row(struct json *message)
{
    struct json *row = json_push(array_of(message, "components"), json_new_object());
    json_set_int(row, "type", COMPONENT_ROW);
    return row;
}

void add_button(struct json *row, int style, enum message label, const char *custom_id,
                enum language language)
{
    struct str text = STR_INIT;
    struct json *button = json_push(array_of(row, "components"), json_new_object());
    json_set_int(button, "type", COMPONENT_BUTTON);
    json_set_int(button, "style", style);
    message_add(&text, language, label, NULL);
    set_fitted(button, "label", str_text(&text), LABEL_MAX);
    str_clear(&text);
    str_add_bytes(&text, custom_id, fitting(custom_id, CUSTOM_ID_MAX));
    json_set_string(button, "custom_id", str_text(&text));
    str_release(&text);
}

void add_plain(struct str *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("\\*_~`|>[]()#-<", *text))
            str_add_char(out, '\\');
        str_add_char(out, *text);
    }
}
