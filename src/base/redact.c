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

/* Of each secret so many of its first bytes are hashed: the longest window that it fills. A text is read
 * once, with one rolling hash a window, however many secrets there are. */
static const size_t windows[] = {SECRET_MIN, 8, 16, 32};
#define WINDOWS (sizeof windows / sizeof *windows)
#define HASH_BASE UINT64_C(0x100000001b3)
#define HASH_SPREAD UINT64_C(0x9e3779b97f4a7c15)

struct secret {
    struct secret *next;
    uint64_t hash; /* of its window */
    size_t window; /* index of windows */
    size_t len;
    unsigned users; /* a token may be registered by more than one part of the program */
    char text[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct secret **table;
static size_t table_size, secret_count; /* the size is a power of two */
static size_t filled[WINDOWS];          /* secrets of each window */

static uint64_t hash_of(const char *text, size_t n)
{
    uint64_t h = 0;
    for (size_t i = 0; i < n; i++)
        h = h * HASH_BASE + (unsigned char)text[i];
    return h;
}

static struct secret **bucket_of(uint64_t hash, size_t window)
{
    return &table[((hash + window) * HASH_SPREAD >> 32) & (table_size - 1)];
}

static size_t window_of(size_t len)
{
    size_t w = WINDOWS - 1;
    while (windows[w] > len)
        w--;
    return w;
}

/* Where the pointer to TEXT's entry is, or would be. */
static struct secret **find(const char *text, size_t len, size_t window, uint64_t hash)
{
    struct secret **at = bucket_of(hash, window);
    while (*at && !((*at)->hash == hash && (*at)->len == len && memcmp((*at)->text, text, len) == 0))
        at = &(*at)->next;
    return at;
}

static void grow(void)
{
    struct secret **old = table;
    size_t old_size = table_size;
    table_size = old_size ? old_size * 2 : 64;
    table = mem_zero(table_size, sizeof(struct secret *));
    for (size_t i = 0; i < old_size; i++) {
        while (old[i]) {
            struct secret *s = old[i], **to = bucket_of(s->hash, s->window);
            old[i] = s->next;
            s->next = *to;
            *to = s;
        }
    }
    free(old);
}

static void add(const char *text)
{
    size_t len = strlen(text);
    if (len < SECRET_MIN)
        return;
    if (secret_count == table_size)
        grow();
    size_t window = window_of(len);
    uint64_t hash = hash_of(text, windows[window]);
    struct secret **at = find(text, len, window, hash);
    if (!*at) {
        struct secret *s = mem_zero(1, sizeof *s + len);
        *s = (struct secret){.hash = hash, .window = window, .len = len};
        memcpy(s->text, text, len);
        *at = s;
        secret_count++;
        filled[window]++;
    }
    (*at)->users++;
}

static void drop(const char *text)
{
    size_t len = strlen(text);
    if (len < SECRET_MIN || !table)
        return;
    size_t window = window_of(len);
    struct secret **at = find(text, len, window, hash_of(text, windows[window])), *s = *at;
    if (!s || --s->users > 0)
        return;
    *at = s->next;
    secret_count--;
    filled[window]--;
    mem_wipe(s->text, s->len);
    free(s);
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

/* Of the secrets that begin at TEXT, N bytes long: the length of the longest, 0 none. */
static size_t longest_here(const char *text, size_t n, size_t window, uint64_t hash)
{
    size_t longest = 0;
    for (const struct secret *s = *bucket_of(hash, window); s; s = s->next) {
        if (s->hash == hash && s->window == window && s->len <= n && s->len > longest &&
            memcmp(s->text, text, s->len) == 0)
            longest = s->len;
    }
    return longest;
}

struct scan {
    uint64_t hash[WINDOWS], leaving[WINDOWS]; /* the factor of the byte that leaves the window */
};

static void scan_begin(struct scan *scan, const struct str *text)
{
    for (size_t w = 0; w < WINDOWS; w++) {
        scan->leaving[w] = 1;
        for (size_t i = 1; i < windows[w]; i++)
            scan->leaving[w] *= HASH_BASE;
        scan->hash[w] = windows[w] <= text->len ? hash_of(text->data, windows[w]) : 0;
    }
}

/* The longest secret at AT; the hashes move on to the next byte. */
static size_t scan_step(struct scan *scan, const struct str *text, size_t at)
{
    size_t longest = 0;
    for (size_t w = 0; w < WINDOWS && at + windows[w] <= text->len; w++) {
        if (!filled[w])
            continue;
        size_t len = longest_here(text->data + at, text->len - at, w, scan->hash[w]);
        if (len > longest)
            longest = len;
        scan->hash[w] -= scan->leaving[w] * (unsigned char)text->data[at];
        scan->hash[w] = scan->hash[w] * HASH_BASE + (unsigned char)text->data[at + windows[w]];
    }
    return longest;
}

/* Secrets that overlap go together, so that nothing is left of either. */
static void redact_registered(struct str *text)
{
    struct scan scan;
    struct str out = STR_INIT;
    size_t kept = 0, start = 0, end = 0; /* what is before KEPT is in OUT; a hit is START to END */
    scan_begin(&scan, text);
    for (size_t at = 0; at < text->len; at++) {
        size_t len = scan_step(&scan, text, at);
        if (!len)
            continue;
        if (at >= end) {
            if (end) {
                str_add_bytes(&out, text->data + kept, start - kept);
                str_add(&out, MARK);
                kept = end;
            }
            start = at;
        }
        end = at + len > end ? at + len : end;
    }
    if (!end)
        return;
    str_add_bytes(&out, text->data + kept, start - kept);
    str_add(&out, MARK);
    str_add_bytes(&out, text->data + end, text->len - end);
    str_wipe(text);
    *text = out;
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
    if (secret_count)
        redact_registered(text);
    pthread_mutex_unlock(&lock);
    redact_credentials(text);
    redact_shapes(text);
}
