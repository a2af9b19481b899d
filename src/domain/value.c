#include "value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tt/base/text.h"
#include "tt/base/time.h"
#include "tt/domain/message.h"
#include "tt/domain/tenant.h"

#define SNOWFLAKE_DIGITS 17 /* of the oldest ids that Discord has today */

int value_malformed(struct error *e, const char *field, const char *text, const char *expected)
{
    struct str shown = STR_INIT;
    error_set(e, ERROR_MALFORMED, field, "bad %s '%s'; expected %s", field, value_shown(text, &shown),
              expected);
    str_release(&shown);
    return -1;
}

int value_int(const char *field, const char *text, int64_t min, int64_t max, int64_t *out, struct error *e)
{
    char expected[80];
    int64_t n = 0;
    bool negative = *text == '-', good = text[negative] != '\0';
    for (const char *c = text + negative; *c && good; c++)
        good = *c >= '0' && *c <= '9' && !__builtin_mul_overflow(n, 10, &n) &&
               !__builtin_add_overflow(n, *c - '0', &n);
    if (negative)
        n = -n;
    if (good && n >= min && n <= max) {
        *out = n;
        return 0;
    }
    snprintf(expected, sizeof expected, "a whole number from %" PRId64 " to %" PRId64, min, max);
    return value_malformed(e, field, text, expected);
}

static bool is_space(uint32_t c)
{
    return c == ' ' || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200b) || c == 0x202f ||
           c == 0x205f || c == 0x3000 || c == 0xfeff;
}

int value_text(const char *field, const char *text, int64_t min, int64_t max, bool lines, struct error *e)
{
    size_t left = strlen(text);
    int64_t count = 0;
    uint32_t c;
    if (!text_valid(text, left))
        return value_malformed(e, field, text, "UTF-8 text");
    for (size_t n, at = 0; (n = text_decode(text + at, left - at, &c)) > 0; at += n, count++)
        if (text_char_unsafe(c) && !(lines && (c == '\n' || c == '\t')))
            return value_malformed(e, field, text, "text without control characters");
    if (count >= min && count <= max)
        return 0;
    char expected[80];
    snprintf(expected, sizeof expected, "%" PRId64 " to %" PRId64 " characters (it has %" PRId64 ")", min,
             max, count);
    return value_malformed(e, field, text, expected);
}

int tenant_id_check(const char *id, struct error *e)
{
    size_t n = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    if (!id[n] && n >= 3 && n <= TENANT_ID_MAX)
        return 0;
    return value_malformed(e, "tenant", id, "3 to 32 of a-z, 0-9, _ and -");
}

int value_name(const char *field, const char *text, int64_t max, struct error *e)
{
    if (value_text(field, text, 1, max, false, e) < 0)
        return -1;
    size_t left = strlen(text);
    uint32_t c;
    for (size_t n, at = 0; (n = text_decode(text + at, left - at, &c)) > 0; at += n)
        if (!is_space(c))
            return 0;
    return value_malformed(e, field, text, "more than white space");
}

int tenant_name_check(const char *name, struct error *e)
{
    return value_name("name", name, TENANT_NAME_MAX, e);
}

int snowflake_parse(const char *field, const char *text, int64_t *id, bool *short_id, struct error *e)
{
    const char *start = text + strspn(text, "0");
    int64_t n = 0;
    bool good = *start != '\0';
    for (const char *c = start; *c && good; c++)
        good = *c >= '0' && *c <= '9' && !__builtin_mul_overflow(n, 10, &n) &&
               !__builtin_add_overflow(n, *c - '0', &n);
    if (!good)
        return value_malformed(e, field, text, "a Discord id: digits, above 0 and below 2^63");
    *id = n;
    if (short_id)
        *short_id = strlen(start) < SNOWFLAKE_DIGITS;
    return 0;
}

int64_t snowflake_since(int64_t ms)
{
    return ms > DISCORD_EPOCH ? (ms - DISCORD_EPOCH) << 22 : 0;
}

/* --- bot_config --- */

/* What each key takes and where it starts. */
static const struct config_rule {
    int (*check)(const struct config_rule *rule, const char *field, const char *text, struct str *out,
                 struct error *e);
    int64_t min, max;
    const char *otherwise;
} config_rules[CONFIG_COUNT];

static int check_prefix(const struct config_rule *rule, const char *field, const char *text, struct str *out,
                        struct error *e)
{
    size_t left = strlen(text);
    uint32_t c;
    if (value_text(field, text, rule->min, rule->max, false, e) < 0)
        return -1;
    for (size_t n, at = 0; (n = text_decode(text + at, left - at, &c)) > 0; at += n)
        if (is_space(c) || text_char_width(c) == 0)
            return value_malformed(e, field, text, "1 to 5 printable characters without space");
    str_add(out, text);
    return 0;
}

static int check_language(const struct config_rule *rule, const char *field, const char *text,
                          struct str *out, struct error *e)
{
    (void)rule;
    int i = word_parse(field, text, language_words, e);
    if (i < 0)
        return -1;
    str_add(out, language_words[i]);
    return 0;
}

static int check_timezone(const struct config_rule *rule, const char *field, const char *text,
                          struct str *out, struct error *e)
{
    (void)rule;
    if (!time_zone_valid(text))
        return value_malformed(e, field, text, "an IANA time zone, as Asia/Jakarta");
    str_add(out, text);
    return 0;
}

static int check_bool(const struct config_rule *rule, const char *field, const char *text, struct str *out,
                      struct error *e)
{
    (void)rule;
    int on = bool_parse(field, text, e);
    if (on < 0)
        return -1;
    str_add(out, on ? "true" : "false");
    return 0;
}

static int check_number(const struct config_rule *rule, const char *field, const char *text, struct str *out,
                        struct error *e)
{
    int64_t n;
    if (value_int(field, text, rule->min, rule->max, &n, e) < 0)
        return -1;
    str_addf(out, "%" PRId64, n);
    return 0;
}

/* Discord takes white space off both ends, and what it shows is compared with what is stored. */
static int check_line(const struct config_rule *rule, const char *field, const char *text, struct str *out,
                      struct error *e)
{
    str_add(out, text);
    str_trim(out);
    return value_text(field, str_text(out), rule->min, rule->max, false, e);
}

static const struct config_rule config_rules[CONFIG_COUNT] = {
    [CONFIG_PREFIX] = {check_prefix, 1, 5, "!"},
    [CONFIG_LANGUAGE] = {check_language, 0, 0, "id"},
    [CONFIG_TIMEZONE] = {check_timezone, 0, 0, "Asia/Jakarta"},
    [CONFIG_AUTO_RESTART] = {check_bool, 0, 0, "true"},
    [CONFIG_MAX_RESTART_ATTEMPTS] = {check_number, 0, 100, "3"},
    [CONFIG_NICKNAME] = {check_line, 1, 32, NULL},
    [CONFIG_ACTIVITY] = {check_line, 1, 128, NULL},
    [CONFIG_COMMAND_COOLDOWN] = {check_number, 0, 3600, "3"},
    [CONFIG_COMMAND_RATE] = {check_number, 1, 100, "3"},
};

int config_check(enum config_key key, const char *text, char **out, struct error *e)
{
    const struct config_rule *rule = &config_rules[key];
    struct str value = STR_INIT;
    *out = NULL;
    if (str_equal(text, "none"))
        return 0;
    int status = rule->check(rule, config_words[key], text, &value, e);
    /* Between blanks it clears too: what is stored must mean the same when it is set again, as undo does. */
    if (status == 0 && !str_equal(str_text(&value), "none"))
        *out = str_take(&value);
    str_release(&value);
    return status;
}

const char *config_default(enum config_key key)
{
    return config_rules[key].otherwise;
}

struct json *config_json(enum config_key key, const char *text)
{
    const struct config_rule *rule = &config_rules[key];
    if (!text)
        return json_new_null();
    if (rule->check == check_bool)
        return json_new_bool(str_equal(text, "true"));
    if (rule->check == check_number)
        return json_new_int(strtoll(text, NULL, 10));
    return json_new_string(text);
}
