#include "tt/render/notice.h"

#include <string.h>

#include "tt/base/str.h"
#include "tt/base/text.h"

#define CONTENT_MAX 2000
#define TITLE_MAX 256
#define DESCRIPTION_MAX 4096
#define LABEL_MAX 80
#define CUSTOM_ID_MAX 100
#define FENCE "```"
#define BLOCK_MAX (CONTENT_MAX - 2 * (int)(sizeof FENCE) - 2)

enum { COMPONENT_ROW = 1, COMPONENT_BUTTON = 2, BUTTON_SECONDARY = 2, BUTTON_DANGER = 4 };

/* Bytes of the longest beginning of TEXT that has at most UNITS UTF-16 units: the strictest way in which a
 * length can be counted. */
static size_t fitting(const char *text, size_t units)
{
    size_t left = strlen(text), at = 0;
    uint32_t c;
    for (size_t n; (n = text_decode(text + at, left - at, &c)) > 0; at += n) {
        size_t takes = c > 0xffff ? 2 : 1;
        if (takes > units)
            break;
        units -= takes;
    }
    return at;
}

static void set_fitted(struct json *object, const char *key, const char *text, size_t units)
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

static struct json *new_message(int64_t user_id)
{
    struct json *message = json_new_object();
    struct json *mentions = json_set(message, "allowed_mentions", json_new_object());
    json_set(mentions, "parse", json_new_array());
    if (user_id)
        json_push(json_set(mentions, "users", json_new_array()), json_new_id(user_id));
    return message;
}

struct json *render_text(const char *text, int64_t user_id)
{
    struct json *message = new_message(user_id);
    set_fitted(message, "content", text, CONTENT_MAX);
    return message;
}

/* Three backticks in a row would end the block early: an invisible space comes between. */
static void add_unfenced(struct str *out, const char *text)
{
    for (int run = 0; *text; text++) {
        run = *text == '`' ? run + 1 : 0;
        if (run == 3) {
            str_add(out, "\xe2\x80\x8b");
            run = 1;
        }
        str_add_char(out, *text);
    }
}

/* Bytes of the next block of TEXT: whole lines where one fits. */
static size_t next_block(const char *text)
{
    size_t n = fitting(text, BLOCK_MAX), end = n;
    if (!text[n])
        return n;
    while (end > 0 && text[end] != '\n')
        end--;
    return end > 0 ? end : n;
}

struct json *render_blocks(const char *text)
{
    struct json *messages = json_new_array();
    struct str safe = STR_INIT, block = STR_INIT;
    add_unfenced(&safe, text);
    const char *rest = str_text(&safe);
    do {
        size_t n = next_block(rest);
        str_clear(&block);
        str_add(&block, FENCE "\n");
        str_add_bytes(&block, n ? rest : " ", n ? n : 1); /* Discord shows no empty block */
        str_add(&block, "\n" FENCE);
        json_push(messages, render_text(str_text(&block), 0));
        rest += n;
        if (*rest == '\n')
            rest++;
    } while (*rest);
    str_release(&safe);
    str_release(&block);
    return messages;
}

/* `!rep give <member> [reason]` - help */
static void add_usage(struct str *out, const char *prefix, const struct buyer_command *c,
                      enum language language)
{
    str_addf(out, "`%s%s", prefix, c->name);
    for (const struct buyer_option *o = c->options; o && o->name; o++)
        str_addf(out, o->required ? " <%s>" : " [%s]", o->name);
    const char *help = language == LANGUAGE_ID && c->help_id ? c->help_id : c->help;
    str_addf(out, "` - %s\n", help ? help : "");
}

static bool add_features(struct str *out, const struct tenant *t, const struct feature_list *list,
                         enum language language)
{
    bool any = false;
    for (int f = 0; f < FEATURE_COUNT; f++) {
        const struct feature_spec *spec = feature_find(list, (enum feature)f);
        if (!spec || !tenant_feature_on(t, spec->feature))
            continue;
        for (const struct buyer_command *c = spec->commands; c && c->name; c++, any = true)
            add_usage(out, tenant_config(t, CONFIG_PREFIX), c, language);
    }
    if (!feature_find(list, FEATURE_CUSTOM_COMMANDS) || !tenant_feature_on(t, FEATURE_CUSTOM_COMMANDS))
        return any;
    for (size_t i = 0; i < t->setting_count; i++) {
        if (t->settings[i].feature != FEATURE_CUSTOM_COMMANDS)
            continue;
        str_addf(out, "`%s%s`\n", tenant_config(t, CONFIG_PREFIX), t->settings[i].key);
        any = true;
    }
    return any;
}

struct json *render_help(const struct tenant *t, const struct feature_list *list, const char *guild_name,
                         enum language language)
{
    struct str title = STR_INIT, lines = STR_INIT;
    message_add(&title, language, MESSAGE_HELP_TITLE, "server",
                guild_name ? guild_name
                : t->name  ? t->name
                           : t->id,
                NULL);
    if (!add_features(&lines, t, list, language))
        message_add(&lines, language, MESSAGE_HELP_EMPTY, NULL);
    str_trim(&lines);
    struct json *message = new_message(0);
    struct json *embed = json_push(json_set(message, "embeds", json_new_array()), json_new_object());
    set_fitted(embed, "title", str_text(&title), TITLE_MAX);
    set_fitted(embed, "description", str_text(&lines), DESCRIPTION_MAX);
    str_release(&title);
    str_release(&lines);
    return message;
}

static void add_button(struct json *row, int style, enum message label, const char *kind, const char *id,
                       enum language language)
{
    struct str text = STR_INIT;
    struct json *button =
        json_push(json_get(row, "components") ? (struct json *)json_get(row, "components")
                                              : json_set(row, "components", json_new_array()),
                  json_new_object());
    json_set_int(button, "type", COMPONENT_BUTTON);
    json_set_int(button, "style", style);
    message_add(&text, language, label, NULL);
    set_fitted(button, "label", str_text(&text), LABEL_MAX);
    str_clear(&text);
    str_addf(&text, "%s:%s", kind, id);
    str_cut(&text, text_prefix(str_text(&text), CUSTOM_ID_MAX));
    json_set_string(button, "custom_id", str_text(&text));
    str_release(&text);
}

struct json *render_question(const char *text, const char *id, enum language language)
{
    struct json *message = render_text(text, 0);
    struct json *row = json_push(json_set(message, "components", json_new_array()), json_new_object());
    json_set_int(row, "type", COMPONENT_ROW);
    add_button(row, BUTTON_DANGER, MESSAGE_CONFIRM_YES, "yes", id, language);
    add_button(row, BUTTON_SECONDARY, MESSAGE_CONFIRM_NO, "no", id, language);
    return message;
}
