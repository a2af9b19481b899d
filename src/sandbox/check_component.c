#include "check.h"

#include "containers.h"
#include "tt/base/text.h"

enum component {
    COMPONENT_ROW = 1,
    COMPONENT_BUTTON = 2,
    COMPONENT_SELECT = 3,
    COMPONENT_INPUT = 4,
    COMPONENT_USERS = 5,
    COMPONENT_CHANNELS = 8,
    COMPONENT_SECTION = 9,
    COMPONENT_TEXT = 10,
    COMPONENT_SEPARATOR = 14,
    COMPONENT_CONTAINER = 17,
    COMPONENT_LABEL = 18
};

/* What one tree of components shares: numbers, custom ids seen, the count of all. */
struct tree {
    struct objections *o;
    int64_t next_id;
    struct table custom_ids;
    size_t count, texts;
    bool v2, modal;
};

static struct json *start(struct tree *t, const struct json *from, int64_t type)
{
    struct json *to = json_new_object();
    json_set_int(to, "type", type);
    int64_t id = json_get_int(from, "id", 0);
    json_set_int(to, "id", id > 0 ? id : t->next_id);
    t->next_id++;
    t->count++;
    return to;
}

static void copy_text(struct tree *t, const struct json *from, struct json *to, const char *key,
                      const char *path, size_t min, size_t max, bool required)
{
    char at[PATH_SIZE];
    snprintf(at, sizeof at, "%s.%s", path, key);
    const char *text = check_text(t->o, from, key, at, min, max, required);
    if (text)
        json_set_string(to, key, text);
}

static void custom_id(struct tree *t, const struct json *from, struct json *to, const char *path)
{
    copy_text(t, from, to, "custom_id", path, 1, 100, true);
    const char *id = json_get_string(to, "custom_id");
    if (!id)
        return;
    if (table_get(&t->custom_ids, table_key(id)))
        objection(t->o, "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated",
                  "%s.custom_id", path);
    table_put(&t->custom_ids, table_key(id), to);
}

static void emoji(const struct json *from, struct json *to)
{
    const struct json *e = json_get(from, "emoji");
    if (!json_is(e, JSON_OBJECT))
        return;
    struct json *out = json_set(to, "emoji", json_new_object());
    const char *name = json_get_string(e, "name");
    json_set_string(out, "name", name ? name : "");
    if (json_get_id(e, "id"))
        json_set_id(out, "id", json_get_id(e, "id"));
}

static struct json *button(struct tree *t, const struct json *from, const char *path)
{
    struct json *to = start(t, from, COMPONENT_BUTTON);
    char at[PATH_SIZE];
    snprintf(at, sizeof at, "%s.style", path);
    int64_t style = json_get_int(from, "style", 0);
    if (style < 1 || style > 6)
        objection_choices(t->o, at);
    json_set_int(to, "style", style);
    copy_text(t, from, to, "label", path, 0, 80, false);
    emoji(from, to);
    if (json_get_bool(from, "disabled", false))
        json_set_bool(to, "disabled", true);
    if (style == 5) {
        snprintf(at, sizeof at, "%s.url", path);
        const char *url = check_url(t->o, from, "url", at, false);
        if (url)
            json_set_string(to, "url", url);
        else
            objection_required(t->o, at);
        if (json_get_string(from, "custom_id"))
            objection(t->o, "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
                      "A custom id and url cannot both be specified", "%s", path);
    } else if (style != 6) {
        custom_id(t, from, to, path);
    }
    if (!json_get_string(to, "label") && !json_get(to, "emoji") && style != 6)
        objection(t->o, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A button must have a label or an emoji",
                  "%s", path);
    return to;
}

static void select_options(struct tree *t, const struct json *from, struct json *to, const char *path)
{
    const struct json *options = json_get(from, "options");
    size_t n = json_count(options);
    if (n < 1 || n > 25)
        objection(t->o, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length.", "%s.options", path);
    struct json *list = json_set(to, "options", json_new_array());
    struct table values = {0};
    n = 0;
    json_each(option, options)
    {
        char at[PATH_SIZE];
        snprintf(at, sizeof at, "%s.options.%zu", path, n++);
        struct json *one = json_push(list, json_new_object());
        copy_text(t, option, one, "label", at, 1, 100, true);
        copy_text(t, option, one, "value", at, 1, 100, true);
        copy_text(t, option, one, "description", at, 0, 100, false);
        emoji(option, one);
        if (json_get_bool(option, "default", false))
            json_set_bool(one, "default", true);
        const char *value = json_get_string(one, "value");
        if (value && table_get(&values, table_key(value)))
            objection(t->o, "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                      "The specified option value is already used", "%s.value", at);
        if (value)
            table_put(&values, table_key(value), one);
    }
    table_release(&values);
}

static struct json *select_menu(struct tree *t, const struct json *from, const char *path)
{
    int64_t type = json_get_int(from, "type", 0);
    struct json *to = start(t, from, type);
    char at[PATH_SIZE];
    custom_id(t, from, to, path);
    copy_text(t, from, to, "placeholder", path, 0, 150, false);
    snprintf(at, sizeof at, "%s.min_values", path);
    json_set_int(to, "min_values", check_number(t->o, from, "min_values", at, 0, 25, 1));
    snprintf(at, sizeof at, "%s.max_values", path);
    json_set_int(to, "max_values", check_number(t->o, from, "max_values", at, 1, 25, 1));
    if (json_get_bool(from, "disabled", false))
        json_set_bool(to, "disabled", true);
    if (type == COMPONENT_SELECT)
        select_options(t, from, to, path);
    if (t->modal)
        json_set_bool(to, "required", json_get_bool(from, "required", true));
    return to;
}

static struct json *input(struct tree *t, const struct json *from, const char *path, bool labelled)
{
    struct json *to = start(t, from, COMPONENT_INPUT);
    char at[PATH_SIZE];
    custom_id(t, from, to, path);
    int64_t style = json_get_int(from, "style", 0);
    snprintf(at, sizeof at, "%s.style", path);
    if (style < 1 || style > 2)
        objection_choices(t->o, at);
    json_set_int(to, "style", style);
    json_set_null(to, "label");
    copy_text(t, from, to, "label", path, 1, 45, !labelled);
    copy_text(t, from, to, "value", path, 0, 4000, false);
    copy_text(t, from, to, "placeholder", path, 0, 100, false);
    json_set_bool(to, "required", json_get_bool(from, "required", true));
    snprintf(at, sizeof at, "%s.min_length", path);
    json_set_int(to, "min_length", check_number(t->o, from, "min_length", at, 0, 4000, 0));
    snprintf(at, sizeof at, "%s.max_length", path);
    json_set_int(to, "max_length", check_number(t->o, from, "max_length", at, 1, 4000, 4000));
    return to;
}

static void unknown(struct tree *t, const char *path)
{
    char at[PATH_SIZE];
    snprintf(at, sizeof at, "%s.type", path);
    objection_choices(t->o, at);
}

static bool is_select(int64_t type)
{
    return type == COMPONENT_SELECT || (type >= COMPONENT_USERS && type <= COMPONENT_CHANNELS);
}

/* Five buttons or one select; in a modal one text input. */
static struct json *row(struct tree *t, const struct json *from, const char *path)
{
    struct json *to = start(t, from, COMPONENT_ROW);
    struct json *list = json_set(to, "components", json_new_array());
    size_t n = 0, width = 0;
    json_each(part, json_get(from, "components"))
    {
        char at[PATH_SIZE];
        snprintf(at, sizeof at, "%s.components.%zu", path, n++);
        int64_t type = json_get_int(part, "type", 0);
        if (type == COMPONENT_BUTTON && !t->modal)
            json_push(list, button(t, part, at)), width += 1;
        else if (is_select(type) && !t->modal)
            json_push(list, select_menu(t, part, at)), width += 5;
        else if (type == COMPONENT_INPUT && t->modal)
            json_push(list, input(t, part, at, false)), width += 5;
        else
            unknown(t, at);
    }
    if (n < 1 || n > 5)
        objection(t->o, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.", "%s.components", path);
    else if (width > 5)
        objection(t->o, "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
                  "The specified component exceeds the maximum width", "%s.components", path);
    return to;
}

static struct json *text_display(struct tree *t, const struct json *from, const char *path)
{
    struct json *to = start(t, from, COMPONENT_TEXT);
    copy_text(t, from, to, "content", path, 1, 4000, true);
    if (json_get_string(to, "content"))
        t->texts += text_length(json_get_string(to, "content"));
    return to;
}

static struct json *section(struct tree *t, const struct json *from, const char *path)
{
    struct json *to = start(t, from, COMPONENT_SECTION);
    struct json *list = json_set(to, "components", json_new_array());
    size_t n = 0;
    char at[PATH_SIZE];
    json_each(part, json_get(from, "components"))
    {
        snprintf(at, sizeof at, "%s.components.%zu", path, n++);
        json_push(list, text_display(t, part, at));
    }
    if (n < 1 || n > 3)
        objection(t->o, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 3 in length.", "%s.components", path);
    snprintf(at, sizeof at, "%s.accessory", path);
    const struct json *accessory = json_get(from, "accessory");
    if (json_get_int(accessory, "type", 0) == COMPONENT_BUTTON)
        json_set(to, "accessory", button(t, accessory, at));
    else
        objection_required(t->o, at);
    return to;
}

static struct json *layout(struct tree *t, const struct json *from, const char *path, bool inside);

static struct json *container(struct tree *t, const struct json *from, const char *path)
{
    struct json *to = start(t, from, COMPONENT_CONTAINER);
    char at[PATH_SIZE];
    snprintf(at, sizeof at, "%s.accent_color", path);
    int64_t color = check_number(t->o, from, "accent_color", at, 0, 0xffffff, -1);
    json_set(to, "accent_color", color < 0 ? json_new_null() : json_new_int(color));
    json_set_bool(to, "spoiler", json_get_bool(from, "spoiler", false));
    struct json *list = json_set(to, "components", json_new_array());
    size_t n = 0;
    json_each(part, json_get(from, "components"))
    {
        snprintf(at, sizeof at, "%s.components.%zu", path, n++);
        json_push(list, layout(t, part, at, true));
    }
    return to;
}

static struct json *layout(struct tree *t, const struct json *from, const char *path, bool inside)
{
    int64_t type = json_get_int(from, "type", 0);
    if (type == COMPONENT_ROW)
        return row(t, from, path);
    if (t->v2 && type == COMPONENT_TEXT)
        return text_display(t, from, path);
    if (t->v2 && type == COMPONENT_SECTION)
        return section(t, from, path);
    if (t->v2 && type == COMPONENT_CONTAINER && !inside)
        return container(t, from, path);
    if (t->v2 && type == COMPONENT_SEPARATOR) {
        struct json *to = start(t, from, type);
        json_set_int(to, "spacing", json_get_int(from, "spacing", 1) == 2 ? 2 : 1);
        json_set_bool(to, "divider", json_get_bool(from, "divider", true));
        return to;
    }
    unknown(t, path);
    return json_new_object();
}

struct json *check_components(struct objections *o, const struct json *rows, const char *path, bool v2)
{
    struct json *out = json_new_array();
    if (!rows || json_is(rows, JSON_NULL))
        return out;
    if (!json_is(rows, JSON_ARRAY)) {
        objection(o, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType", "%s", path);
        return out;
    }
    struct tree t = {.o = o, .next_id = 1, .v2 = v2};
    if (!v2 && json_count(rows) > 5)
        objection(o, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.", "%s", path);
    size_t n = 0;
    json_each(one, rows)
    {
        char at[PATH_SIZE];
        snprintf(at, sizeof at, "%s.%zu", path, n++);
        json_push(out, layout(&t, one, at, false));
    }
    if (t.count > (v2 ? 40 : 30))
        objection(o, "BASE_TYPE_MAX_LENGTH", "Too many components", "%s", path);
    if (t.texts > 4000)
        objection(o, "COMPONENT_MAX_TOTAL_TEXT_SIZE_EXCEEDED",
                  "Components displayable text size exceeds 4000", "%s", path);
    table_release(&t.custom_ids);
    return out;
}

static struct json *label(struct tree *t, const struct json *from, const char *path)
{
    struct json *to = start(t, from, COMPONENT_LABEL);
    char at[PATH_SIZE];
    copy_text(t, from, to, "label", path, 1, 45, true);
    copy_text(t, from, to, "description", path, 1, 100, false);
    snprintf(at, sizeof at, "%s.component", path);
    const struct json *inner = json_get(from, "component");
    int64_t type = json_get_int(inner, "type", 0);
    if (type == COMPONENT_INPUT)
        json_set(to, "component", input(t, inner, at, true));
    else if (is_select(type))
        json_set(to, "component", select_menu(t, inner, at));
    else
        unknown(t, at);
    return to;
}

struct json *check_modal(struct objections *o, const struct json *data, const char *path)
{
    struct json *out = json_new_object();
    struct tree t = {.o = o, .next_id = 1, .modal = true};
    copy_text(&t, data, out, "custom_id", path, 1, 100, true);
    copy_text(&t, data, out, "title", path, 1, 45, true);
    const struct json *rows = json_get(data, "components");
    if (json_count(rows) < 1 || json_count(rows) > 5)
        objection(o, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.", "%s.components", path);
    struct json *list = json_set(out, "components", json_new_array());
    size_t n = 0;
    json_each(one, rows)
    {
        char at[PATH_SIZE];
        snprintf(at, sizeof at, "%s.components.%zu", path, n++);
        int64_t type = json_get_int(one, "type", 0);
        if (type == COMPONENT_ROW)
            json_push(list, row(&t, one, at));
        else if (type == COMPONENT_LABEL)
            json_push(list, label(&t, one, at));
        else if (type == COMPONENT_TEXT)
            json_push(list, text_display(&t, one, at));
        else
            unknown(&t, at);
    }
    table_release(&t.custom_ids);
    return out;
}
