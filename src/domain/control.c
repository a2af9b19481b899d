#include "tt/domain/control.h"

#include <inttypes.h>
#include <string.h>

#include "tt/base/time.h"

#define HMAC_TEXT (SHA256_TEXT - 1)

const char *const control_verdict_words[] = {
    [CONTROL_OK] = "ok",         [CONTROL_NOT] = "not",
    [CONTROL_FORGED] = "forged", [CONTROL_FOREIGN] = "foreign",
    [CONTROL_STALE] = "stale",   [CONTROL_REPLAYED] = "replayed",
    [CONTROL_AHEAD] = "ahead",   NULL,
};

/* The signed part. The tenant id needs no escapes: its characters are a-z, 0-9, _ and -. */
static void write_signed(const struct control_message *m, struct str *out)
{
    char time[TIME_TEXT];
    str_addf(out,
             CONTROL_PREFIX "{\"tenant\":\"%s\",\"revision\":%" PRId64
                            ",\"sha256\":\"%s\",\"nonce\":\"%s\",\"time\":\"%s\"}",
             m->tenant, m->revision, m->sha256, m->nonce, time_format(m->time, time));
}

void control_write(const struct control_message *m, const struct key *sub, struct str *out)
{
    char hmac[SHA256_TEXT];
    size_t start = out->len;
    write_signed(m, out);
    crypto_hmac_hex(sub, out->data + start, out->len - start, hmac);
    str_addf(out, " %s", hmac);
}

static bool signature_right(const char *text, size_t len, const struct key *sub)
{
    char hmac[SHA256_TEXT];
    if (len <= HMAC_TEXT + 1 || text[len - HMAC_TEXT - 1] != ' ')
        return false;
    crypto_hmac_hex(sub, text, len - HMAC_TEXT - 1, hmac);
    return crypto_same(hmac, text + len - HMAC_TEXT, HMAC_TEXT);
}

static bool copy_member(const struct json *j, const char *key, size_t exact, char *to, size_t size)
{
    const char *s = json_get_string(j, key);
    return s && (exact == 0 || strlen(s) == exact) && str_copy(to, size, s);
}

/* To the last digit, which a JSON number is not read to. What is wrong is found when it is written again. */
static int64_t read_revision(const char *text, size_t len)
{
    static const char key[] = "\"revision\":";
    const char *at = memmem(text, len, key, sizeof key - 1), *end = text + len;
    int64_t n = 0;
    for (at = at ? at + sizeof key - 1 : end; at < end && *at >= '0' && *at <= '9'; at++) {
        if (n > (INT64_MAX - (*at - '0')) / 10)
            return 0;
        n = n * 10 + (*at - '0');
    }
    return n;
}

/* Read the signed part; only what control_write would write again byte for byte is accepted. */
static bool read_signed(const char *text, size_t len, struct control_message *m)
{
    const size_t prefix = sizeof CONTROL_PREFIX - 1;
    struct json *j = json_parse(text + prefix, len - prefix, NULL);
    struct str again = STR_INIT;
    const char *time = json_get_string(j, "time");
    m->revision = json_is(json_get(j, "revision"), JSON_NUMBER) ? read_revision(text, len) : 0;
    bool good = copy_member(j, "tenant", 0, m->tenant, sizeof m->tenant) &&
                tenant_id_check(m->tenant, NULL) == 0 &&
                copy_member(j, "sha256", SHA256_TEXT - 1, m->sha256, sizeof m->sha256) &&
                copy_member(j, "nonce", CONTROL_NONCE_TEXT - 1, m->nonce, sizeof m->nonce) &&
                m->revision > 0 && time && time_parse_rfc3339(time, &m->time, NULL) == 0;
    if (good) {
        write_signed(m, &again);
        good = again.len == len && memcmp(again.data, text, len) == 0;
    }
    str_release(&again);
    json_free(j);
    return good;
}

enum control_verdict control_read(const char *text, size_t len, const struct key *sub,
                                  const struct control_context *context, struct control_message *m)
{
    const size_t prefix = sizeof CONTROL_PREFIX - 1;
    struct control_message read = {0};
    if (len < prefix || memcmp(text, CONTROL_PREFIX, prefix) != 0)
        return CONTROL_NOT;
    if (context->author_id != context->bot_id || context->bot_id == 0)
        return CONTROL_FORGED;
    if (context->guild_id != context->tenant_guild_id || context->channel_id != context->control_channel_id ||
        context->control_channel_id == 0)
        return CONTROL_FOREIGN;
    /* The signature comes before anything that the text says; all tenants of one key file share it. */
    if (len <= prefix + HMAC_TEXT || !signature_right(text, len, sub) ||
        !read_signed(text, len - HMAC_TEXT - 1, &read))
        return CONTROL_FORGED;
    if (!str_equal(read.tenant, context->tenant))
        return CONTROL_FOREIGN;
    if (read.time < context->now - CONTROL_WINDOW_MS || read.time > context->now + CONTROL_WINDOW_MS)
        return CONTROL_STALE;
    *m = read;
    return read.revision > context->database_revision ? CONTROL_AHEAD : CONTROL_OK;
}
