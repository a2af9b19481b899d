#include "tt/domain/money.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "value.h"

#define EXPECTED "an amount such as 1500, 1.500 WL, 15 DL or 1 BGL, 2 DL, 3 WL"

const struct money_units money_units_default = {.dl = MONEY_DL, .bgl = MONEY_BGL};

enum unit { UNIT_WL, UNIT_DL, UNIT_BGL, UNIT_COUNT };

static const char *const unit_words[UNIT_COUNT] = {"WL", "DL", "BGL"};
/* Words of the long names; the last may have an s. */
static const char *const unit_names[UNIT_COUNT][4] = {
    [UNIT_WL] = {"world", "lock"},
    [UNIT_DL] = {"diamond", "lock"},
    [UNIT_BGL] = {"blue", "gem", "lock"},
};

static int64_t rate(const struct tenant *t, const char *key, int64_t otherwise)
{
    const char *text = tenant_setting(t, FEATURE_SHOP, key);
    int64_t n;
    return text && value_int(key, text, 1, MONEY_MAX, &n, NULL) == 0 ? n : otherwise;
}

struct money_units money_units_of(const struct tenant *t)
{
    return (struct money_units){.dl = rate(t, "dl_rate", MONEY_DL), .bgl = rate(t, "bgl_rate", MONEY_BGL)};
}

static int64_t worth(const struct money_units *units, enum unit unit)
{
    return unit == UNIT_BGL ? units->bgl : unit == UNIT_DL ? units->dl : 1;
}

/* --- reading --- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static const char *skip_blank(const char *s)
{
    while (*s == ' ' || *s == '\t')
        s++;
    return s;
}

static bool add_digit(int64_t *n, char c)
{
    return !__builtin_mul_overflow(*n, 10, n) && !__builtin_add_overflow(*n, c - '0', n) && *n <= MONEY_MAX;
}

/* "1500", "1.500", "1,500,000": a separator groups only where exactly three digits follow it, after one to
 * three that do not begin with zero; the first one is that of all. */
static bool scan_number(const char **at, int64_t *n)
{
    const char *s = *at;
    char separator = '\0';
    size_t run = 0;
    bool zero = *s == '0';

    *n = 0;
    if (!is_digit(*s))
        return false;
    for (;; s++) {
        if (is_digit(*s)) {
            if (!add_digit(n, *s))
                return false;
            run++;
        } else if ((*s == '.' || *s == ',') && is_digit(s[1])) {
            if (separator ? *s != separator || run != 3 : run > 3 || zero)
                return false;
            separator = *s;
            run = 0;
        } else {
            break;
        }
    }
    *at = s;
    return !separator || run == 3;
}

/* Does the word WORD stand at S, in any capitals? */
static const char *scan_word(const char *s, const char *word, bool plural)
{
    size_t n = strlen(word);
    for (size_t i = 0; i < n; i++)
        if ((s[i] | 0x20) != (word[i] | 0x20))
            return NULL;
    s += n;
    if (plural && (*s | 0x20) == 's')
        s++;
    return s;
}

static const char *scan_name(const char *s, const char *const words[4])
{
    for (int i = 0; i < 4 && words[i]; i++) {
        bool last = i == 3 || !words[i + 1];
        s = scan_word(skip_blank(s), words[i], last);
        if (!s)
            return NULL;
    }
    return s;
}

static bool scan_unit(const char **at, enum unit *unit)
{
    for (int i = 0; i < UNIT_COUNT; i++) {
        const char *end = scan_word(*at, unit_words[i], false);
        if (!end || is_letter(*end))
            end = scan_name(*at, unit_names[i]);
        if (end && !is_letter(*end)) {
            *unit = (enum unit)i;
            *at = end;
            return true;
        }
    }
    return false;
}

static bool scan_amount(const char *s, const struct money_units *units, int64_t *wl)
{
    bool seen[UNIT_COUNT] = {false};
    *wl = 0;
    for (bool first = true;; first = false) {
        int64_t n, part;
        enum unit unit = UNIT_WL;
        s = skip_blank(s);
        if (!scan_number(&s, &n))
            return false;
        s = skip_blank(s);
        bool bare = first && *s == '\0';
        if ((!bare && !scan_unit(&s, &unit)) || seen[unit])
            return false;
        seen[unit] = true;
        if (__builtin_mul_overflow(n, worth(units, unit), &part) || __builtin_add_overflow(*wl, part, wl) ||
            *wl > MONEY_MAX)
            return false;
        const char *after = skip_blank(s);
        if (*after == '\0')
            return true;
        if (*after != ',' && after == s)
            return false;
        s = *after == ',' ? after + 1 : after;
    }
}

int money_parse(const char *field, const char *text, const struct money_units *units, int64_t *wl,
                struct error *e)
{
    int64_t value;
    if (!scan_amount(text, units, &value))
        return value_malformed(e, field, text, EXPECTED);
    *wl = value;
    return 0;
}

/* --- writing --- */

void money_format(int64_t wl, const struct money_units *units, struct str *out)
{
    uint64_t left = wl < 0 ? 0 - (uint64_t)wl : (uint64_t)wl;
    bool some = false;
    /* The larger of the two first, whatever a tenant set. */
    enum unit order[UNIT_COUNT] = {UNIT_BGL, UNIT_DL, UNIT_WL};
    if (units->dl > units->bgl) {
        order[0] = UNIT_DL;
        order[1] = UNIT_BGL;
    }
    if (wl < 0)
        str_add_char(out, '-');
    for (int i = 0; i < UNIT_COUNT; i++) {
        uint64_t one = (uint64_t)worth(units, order[i]), n = left / one;
        left -= n * one;
        if (n == 0 && (some || order[i] != UNIT_WL))
            continue;
        str_addf(out, "%s%" PRIu64 " %s", some ? ", " : "", n, unit_words[order[i]]);
        some = true;
    }
}
