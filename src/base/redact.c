/* What leaves the process carries no secret: registered ones are replaced wherever they stand, others by
 * their shape. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tt/base/json.h"
#include "tt/base/log.h"
#include "tt/base/mem.h"

#define MARK "[redacted]"
#define SECRET_MIN 4      /* shorter ones would black out ordinary words */
#define TOKEN_MIN 50      /* bytes of three base64url parts with their dots */
#define CREDENTIAL_MIN 16 /* "Bot started" is English, "Bot " and this many letters in one run is not */

struct secret {
    char *text;
    size_t len;
    unsigned users; /* a token may be registered by more than one part of the program */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct secret *secrets; /* the longest first, so that one that contains another goes whole */
static size_t secret_count;

static void add(const char *text)
{
    size_t len = strlen(text), i = 0;
    if (len < SECRET_MIN)
        return;
    for (; i < secret_count && secrets[i].len >= len; i++)
        if (str_equal(secrets[i].text, text)) {
            secrets[i].users++;
            return;
        }
    secrets = mem_resize(secrets, secret_count + 1, sizeof *secrets);
    memmove(secrets + i + 1, secrets + i, (secret_count - i) * sizeof *secrets);
    secrets[i] = (struct secret){mem_strdup(text), len, 1};
    secret_count++;
}

static void drop(const char *text)
{
    for (size_t i = 0; i < secret_count; i++) {
        if (!str_equal(secrets[i].text, text))
            continue;
        if (--secrets[i].users > 0)
            return;
        mem_wipe(secrets[i].text, secrets[i].len);
        free(secrets[i].text);
        memmove(secrets + i, secrets + i + 1, (secret_count - i - 1) * sizeof *secrets);
        secret_count--;
        return;
    }
}

/* A secret and, where it differs, its form within a JSON string. */
static void each_form(const char *secret, void (*act)(const char *))
{
    if (!secret)
        return;
    struct str form = STR_INIT;
    json_print_string(secret, &form);
    str_cut(&form, form.len - 1);
    pthread_mutex_lock(&lock);
    act(secret);
    if (!str_equal(form.data + 1, secret))
        act(form.data + 1);
    pthread_mutex_unlock(&lock);
    str_wipe(&form);
}

void log_secret_add(const char *secret)
{
    each_form(secret, add);
}

void log_secret_remove(const char *secret)
{
    each_form(secret, drop);
}

static bool token_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool credential_char(char c)
{
    return token_char(c) || c == '.' || c == '~' || c == '+' || c == '/' || c == '=';
}

/* Replace N bytes at AT; returns where to go on. */
static size_t replace(struct str *text, size_t at, size_t n)
{
    struct str out = STR_INIT;
    str_add_bytes(&out, text->data, at);
    str_add(&out, MARK);
    size_t next = out.len;
    str_add(&out, text->data + at + n);
    str_wipe(text);
    *text = out;
    return next;
}

static void redact_registered(struct str *text)
{
    for (size_t i = 0; i < secret_count; i++) {
        const struct secret *s = &secrets[i];
        const char *found;
        for (size_t at = 0;
             at < text->len && (found = memmem(text->data + at, text->len - at, s->text, s->len));)
            at = replace(text, (size_t)(found - text->data), s->len);
    }
}

/* Does what stands before AT end in the header's name, whatever quotes and colons lie between? */
static bool after_header(const char *text, size_t at)
{
    static const char name[] = "authorization";
    while (at > 0 && strchr(" \t\"':=\\,[", text[at - 1]))
        at--;
    if (at < sizeof name - 1)
        return false;
    char word[sizeof name];
    memcpy(word, text + at - (sizeof name - 1), sizeof name - 1);
    word[sizeof name - 1] = '\0';
    return str_equal_nocase(word, name);
}

static void redact_credentials(struct str *text)
{
    static const char *const schemes[] = {"Bot ", "Bearer "};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t scheme = strlen(schemes[i]);
        const char *found;
        for (size_t at = 0; text->data && (found = strstr(text->data + at, schemes[i]));) {
            size_t start = (size_t)(found - text->data);
            at = start + scheme;
            while (text->data[at] == ' ')
                at++;
            size_t n = 0;
            while (credential_char(text->data[at + n]))
                n++;
            if (n >= CREDENTIAL_MIN || (n > 0 && after_header(text->data, start)))
                at = replace(text, at, n);
        }
    }
}

/* Three parts in a row with TOKEN_MIN bytes: the whole run goes, since more parts may belong to it. */
static bool token_shaped(const char *run, size_t n)
{
    size_t starts[3] = {0}, parts = 0;
    for (size_t at = 0; at < n;) {
        size_t end = at;
        while (end < n && run[end] != '.')
            end++;
        if (end == at) {
            parts = 0;
        } else {
            if (parts == 3) {
                starts[0] = starts[1];
                starts[1] = starts[2];
                parts = 2;
            }
            starts[parts++] = at;
            if (parts == 3 && end - starts[0] >= TOKEN_MIN)
                return true;
        }
        at = end + 1;
    }
    return false;
}

static void redact_shapes(struct str *text)
{
    for (size_t at = 0; at < text->len;) {
        size_t n = 0;
        while (at + n < text->len && (token_char(text->data[at + n]) || text->data[at + n] == '.'))
            n++;
        if (n >= TOKEN_MIN && token_shaped(text->data + at, n))
            at = replace(text, at, n);
        else
            at += n + 1;
    }
}

void log_redact(struct str *text)
{
    if (text->len == 0)
        return;
    pthread_mutex_lock(&lock);
    redact_registered(text);
    pthread_mutex_unlock(&lock);
    redact_credentials(text);
    redact_shapes(text);
}
