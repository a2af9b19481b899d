#include "upgrade.h"

#include <ctype.h>
#include <strings.h>

#include "libssl.h"
#include "tt/base/crypto.h"
#include "tt/base/mem.h"

size_t upgrade_head(const char *text, size_t len)
{
    const char *end = memmem(text, len, "\r\n\r\n", 4);
    return end ? (size_t)(end - text) + 4 : 0;
}

static void add_authority(const struct url *to, struct str *out)
{
    str_addf(out, to->numeric_v6 ? "[%s]:%d" : "%s:%d", to->host, to->port);
}

void upgrade_connect(const struct url *to, const struct url *proxy, struct str *out)
{
    str_add(out, "CONNECT ");
    add_authority(to, out);
    str_add(out, " HTTP/1.1\r\nHost: ");
    add_authority(to, out);
    str_add(out, "\r\n");
    if (proxy->user[0]) {
        str_add(out, "Proxy-Authorization: Basic ");
        crypto_base64(proxy->user, strlen(proxy->user), out);
        str_add(out, "\r\n");
    }
    str_add(out, "\r\n");
}

/* "HTTP/1.1 101 ..." -> 101, or -1. */
static int status_of(const char *head, size_t len)
{
    if (len < 12 || memcmp(head, "HTTP/1.", 7) != 0 || head[8] != ' ')
        return -1;
    for (int i = 9; i < 12; i++)
        if (!isdigit((unsigned char)head[i]))
            return -1;
    return (head[9] - '0') * 100 + (head[10] - '0') * 10 + (head[11] - '0');
}

int upgrade_check_connect(const char *head, size_t len, struct error *e)
{
    int status = status_of(head, len);
    if (status >= 200 && status < 300)
        return 0;
    return error_set(e, ERROR_REFUSED, NULL, "the proxy refused the tunnel (HTTP %d)", status);
}

void upgrade_request(const struct url *to, const char *path, char key[UPGRADE_KEY], struct str *out)
{
    unsigned char nonce[16];
    struct str text = STR_INIT;
    crypto_random(nonce, sizeof nonce);
    crypto_base64(nonce, sizeof nonce, &text);
    str_copy(key, UPGRADE_KEY, text.data);
    str_release(&text);
    str_addf(out, "GET %s HTTP/1.1\r\nHost: ", path);
    if (to->port == (to->tls ? 443 : 80))
        str_addf(out, to->numeric_v6 ? "[%s]" : "%s", to->host);
    else
        add_authority(to, out);
    str_addf(out,
             "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: %s\r\n"
             "User-Agent: DiscordBot (https://github.com/tenanttui/tenanttui, %s)\r\n\r\n",
             key, TENANTTUI_VERSION);
}

/* The value of a field, copied; false when absent, twice, or too long. */
static bool field(const char *head, size_t len, const char *name, char *to, size_t size)
{
    const char *end = head + len, *line = memmem(head, len, "\r\n", 2);
    size_t n = strlen(name);
    bool found = false;
    while (line && (size_t)(end - line) > 4) {
        line += 2;
        const char *stop = memmem(line, (size_t)(end - line), "\r\n", 2);
        if (!stop)
            break;
        if ((size_t)(stop - line) > n && strncasecmp(line, name, n) == 0 && line[n] == ':') {
            const char *v = line + n + 1;
            while (v < stop && (*v == ' ' || *v == '\t'))
                v++;
            const char *last = stop;
            while (last > v && (last[-1] == ' ' || last[-1] == '\t'))
                last--;
            if (found || (size_t)(last - v) >= size)
                return false;
            memcpy(to, v, (size_t)(last - v));
            to[last - v] = '\0';
            found = true;
        }
        line = stop;
    }
    return found;
}

static bool has_token(const char *list, const char *word)
{
    for (const char *p = list; *p;) {
        p += strspn(p, ", \t");
        size_t n = strcspn(p, ", \t");
        if (n == strlen(word) && strncasecmp(p, word, n) == 0)
            return true;
        p += n;
    }
    return false;
}

/* RFC 6455, 4.2.2: base64 of SHA-1 of the key and a fixed text. */
static void expected_accept(const char *key, struct str *out)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int n = 0;
    struct str text = STR_INIT;
    str_addf(&text, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    if (EVP_Digest(text.data, text.len, digest, &n, EVP_sha1(), NULL) == 1)
        crypto_base64(digest, n, out);
    str_release(&text);
}

int upgrade_check(const char *head, size_t len, const char *key, struct error *e)
{
    char value[128];
    if (libssl_load(e) < 0)
        return -1;
    int status = status_of(head, len);
    if (status != 101)
        return error_set(e, ERROR_REFUSED, NULL, "the gateway answered HTTP %d, not 101", status);
    if (!field(head, len, "Upgrade", value, sizeof value) || strcasecmp(value, "websocket") != 0 ||
        !field(head, len, "Connection", value, sizeof value) || !has_token(value, "upgrade"))
        return error_set(e, ERROR_REFUSED, NULL, "the answer is no upgrade to a WebSocket");
    struct str want = STR_INIT;
    expected_accept(key, &want);
    bool same =
        field(head, len, "Sec-WebSocket-Accept", value, sizeof value) && str_equal(value, str_text(&want));
    str_release(&want);
    if (!same)
        return error_set(e, ERROR_REFUSED, NULL, "the answer's Sec-WebSocket-Accept does not match");
    /* We offered none, so none may be chosen. */
    if (field(head, len, "Sec-WebSocket-Extensions", value, sizeof value) ||
        field(head, len, "Sec-WebSocket-Protocol", value, sizeof value))
        return error_set(e, ERROR_REFUSED, NULL, "the answer chooses an extension that was not offered");
    return 0;
}
