#include "tt/render/notice.h"

#include "parts.h"

#include <string.h>

#include "tt/base/str.h"
#include "tt/base/text.h"

#define FENCE "```"
#define BLOCK_MAX (CONTENT_MAX - 2 * (int)(sizeof FENCE) - 2)

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
    struct json *embed = add_embed(message);
    set_fitted(embed, "title", str_text(&title), TITLE_MAX);
    set_fitted(embed, "description", str_text(&lines), DESCRIPTION_MAX);
    str_release(&title);
    str_release(&lines);
    return message;
}

struct json *render_question(const char *text, const char *id, enum language language)
{
    struct json *message = render_text(text, 0), *row = add_row(message);
    struct str custom_id = STR_INIT;
    str_addf(&custom_id, "yes:%s", id);
    add_button(row, BUTTON_DANGER, MESSAGE_CONFIRM_YES, str_text(&custom_id), language);
    str_clear(&custom_id);
    str_addf(&custom_id, "no:%s", id);
    add_button(row, BUTTON_SECONDARY, MESSAGE_CONFIRM_NO, str_text(&custom_id), language);
    str_release(&custom_id);
    return message;
}
