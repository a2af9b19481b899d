#include "answer.h"

#include <ctype.h>
#include <math.h>
#include <strings.h>

#include "tt/base/text.h"

#define DAY_MS 86400000

void answer_clear(struct limiter_answer *a)
{
    *a = (struct limiter_answer){.limit = -1, .remaining = -1, .reset_after = -1, .retry_after = -1};
}

int64_t answer_seconds(const char *text, size_t len)
{
    int64_t ms = 0, unit = 100;
    size_t i = 0;
    for (; i < len && isdigit((unsigned char)text[i]); i++) {
        ms = ms * 10 + (text[i] - '0');
        if (ms > DAY_MS / 1000)
            return -1;
    }
    if (i == 0)
        return -1;
    ms *= 1000;
    bool more = false;
    if (i < len && text[i] == '.') {
        for (i++; i < len && isdigit((unsigned char)text[i]); i++) {
            ms += unit * (text[i] - '0');
            more |= unit == 0 && text[i] != '0';
            unit /= 10;
        }
    }
    return i == len ? ms + more : -1;
}

static int whole(const char *text, size_t len)
{
    int n = 0;
    if (len == 0 || len > 6)
        return -1;
    for (size_t i = 0; i < len; i++) {
        if (!isdigit((unsigned char)text[i]))
            return -1;
        n = n * 10 + (text[i] - '0');
    }
    return n;
}

static void set_bucket(struct limiter_answer *a, const char *v, size_t n)
{
    if (n >= sizeof a->bucket)
        return;
    for (size_t i = 0; i < n; i++)
        if (!isgraph((unsigned char)v[i]))
            return;
    memcpy(a->bucket, v, n);
    a->bucket[n] = '\0';
}

static void set_limit(struct limiter_answer *a, const char *v, size_t n)
{
    a->limit = whole(v, n);
}

static void set_remaining(struct limiter_answer *a, const char *v, size_t n)
{
    a->remaining = whole(v, n);
}

static void set_reset_after(struct limiter_answer *a, const char *v, size_t n)
{
    a->reset_after = answer_seconds(v, n);
}

static void set_retry_after(struct limiter_answer *a, const char *v, size_t n)
{
    a->retry_after = answer_seconds(v, n);
}

static void set_global(struct limiter_answer *a, const char *v, size_t n)
{
    if (n == 4 && strncasecmp(v, "true", 4) == 0)
        a->scope = SCOPE_GLOBAL;
}

static void set_scope(struct limiter_answer *a, const char *v, size_t n)
{
    static const char *const words[] = {
        [SCOPE_USER] = "user", [SCOPE_GLOBAL] = "global", [SCOPE_SHARED] = "shared"};
    for (int i = SCOPE_USER; i <= SCOPE_SHARED; i++)
        if (n == strlen(words[i]) && strncasecmp(v, words[i], n) == 0)
            a->scope = (enum limiter_scope)i;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT", whatever the locale. */
static void set_date(struct limiter_answer *a, const char *v, size_t n)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char text[32], month[4];
    struct tm t = {0};
    int end = 0;
    if (n >= sizeof text)
        return;
    memcpy(text, v, n);
    text[n] = '\0';
    if (sscanf(text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n", &t.tm_mday, month, &t.tm_year,
               &t.tm_hour, &t.tm_min, &t.tm_sec, &end) != 6 ||
        (size_t)end != n)
        return;
    const char *at = strstr(months, month);
    if (!at || strlen(month) != 3 || (at - months) % 3)
        return;
    t.tm_mon = (int)(at - months) / 3;
    t.tm_year -= 1900;
    a->date = (int64_t)timegm(&t) * 1000;
}

static const struct {
    const char *name;
    void (*set)(struct limiter_answer *, const char *, size_t);
} fields[] = {
    {"X-RateLimit-Bucket", set_bucket},       {"X-RateLimit-Limit", set_limit},
    {"X-RateLimit-Remaining", set_remaining}, {"X-RateLimit-Reset-After", set_reset_after},
    {"X-RateLimit-Global", set_global},       {"X-RateLimit-Scope", set_scope},
    {"Retry-After", set_retry_after},         {"Date", set_date},
};

void answer_header(struct limiter_answer *a, const char *line, size_t len)
{
    const char *colon = memchr(line, ':', len);
    if (!colon)
        return;
    size_t name = (size_t)(colon - line);
    const char *v = colon + 1, *end = line + len;
    while (v < end && isspace((unsigned char)*v))
        v++;
    while (end > v && isspace((unsigned char)end[-1]))
        end--;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (strlen(fields[i].name) == name && strncasecmp(fields[i].name, line, name) == 0)
            fields[i].set(a, v, (size_t)(end - v));
}

void answer_limited(struct limiter_answer *a, const struct json *body)
{
    double seconds = json_number(json_get(body, "retry_after"), -1);
    if (seconds >= 0 && seconds <= DAY_MS / 1000.0)
        a->retry_after = (int64_t)ceil(seconds * 1000);
    if (json_get_bool(body, "global", false))
        a->scope = SCOPE_GLOBAL;
}

bool answer_invalid(const struct limiter_answer *a)
{
    return a->status == 401 || a->status == 403 || (a->status == 429 && a->scope != SCOPE_SHARED);
}

/* The first field error of `errors`, with the path to it: {"name":{"_errors":[{"message":...}]}}. */
static bool first_field(const struct json *errors, struct str *out, int depth)
{
    const char *words = json_get_string(json_first(json_get(errors, "_errors")), "message");
    if (words) {
        str_addf(out, ": %s", words);
        return true;
    }
    if (depth == 0)
        return false;
    json_each(child, errors)
    {
        size_t before = out->len;
        if (!json_is(child, JSON_OBJECT))
            continue;
        str_addf(out, "%s%s", depth == 8 ? ": " : ".", json_key(child) ? json_key(child) : "");
        if (first_field(child, out, depth - 1))
            return true;
        str_cut(out, before);
    }
    return false;
}

void answer_message(int status, const struct json *body, struct str *out)
{
    const char *words = json_get_string(body, "message");
    struct str full = STR_INIT;
    if (words)
        str_add(&full, words);
    else
        str_addf(&full, "HTTP %d", status);
    first_field(json_get(body, "errors"), &full, 8);
    str_cut(&full, text_prefix(str_text(&full), 300));
    text_safe(out, str_text(&full));
    str_release(&full);
}
