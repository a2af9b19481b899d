/* The server's side of a WebSocket on top of fake.h, made by hand: nothing of the client's framing is used.
 */
#ifndef TT_TESTS_DISCORD_FAKEWS_H
#define TT_TESTS_DISCORD_FAKEWS_H

#include "fake.h"

#include <openssl/evp.h>

static inline void fakews_frame(struct fake_peer *p, int opcode, const void *data, size_t n)
{
    struct str s = STR_INIT;
    str_add_char(&s, (char)(0x80 | opcode));
    if (n < 126)
        str_add_char(&s, (char)n);
    else if (n < 65536) {
        str_add_char(&s, 126);
        str_add_char(&s, (char)(n >> 8));
        str_add_char(&s, (char)n);
    } else {
        str_add_char(&s, 127);
        for (int i = 7; i >= 0; i--)
            str_add_char(&s, (char)(n >> (8 * i)));
    }
    str_add_bytes(&s, data, n);
    fake_write(p, s.data, s.len);
    str_release(&s);
}

static inline void fakews_text(struct fake_peer *p, const char *text)
{
    fakews_frame(p, 1, text, strlen(text));
}

static inline void fakews_close(struct fake_peer *p, int code, const char *reason)
{
    struct str s = STR_INIT;
    str_add_char(&s, (char)(code >> 8));
    str_add_char(&s, (char)code);
    str_add(&s, reason);
    fakews_frame(p, 8, s.data, s.len);
    str_release(&s);
}

/* The answer to the upgrade in p->in: true when it was a whole one; PATH is filled. */
static inline bool fakews_upgrade(struct fake_peer *p, char *path, size_t size)
{
    char *end = strstr(str_text(&p->in), "\r\n\r\n"), *key = strstr(str_text(&p->in), "Sec-WebSocket-Key: ");
    char text[128], accept[64];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n;
    if (!end)
        return false;
    assert_non_null(key);
    snprintf(path, size, "%.*s", (int)strcspn(p->in.data + 4, " "), p->in.data + 4);
    snprintf(text, sizeof text, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key + 19);
    EVP_Digest(text, strlen(text), digest, &n, EVP_sha1(), NULL);
    EVP_EncodeBlock((unsigned char *)accept, digest, (int)n);
    struct str s = STR_INIT;
    str_addf(&s,
             "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Accept: %s\r\n\r\n",
             accept);
    fake_write(p, s.data, s.len);
    str_release(&s);
    fake_take(p, (size_t)(end - p->in.data) + 4);
    p->upgraded = true;
    return true;
}

/* The next whole frame of the client's: its opcode, or -1. */
static inline int fakews_next(struct fake_peer *p, struct str *out)
{
    const unsigned char *b = (const unsigned char *)p->in.data;
    size_t at = 2;
    if (p->in.len < 2)
        return -1;
    size_t n = b[1] & 127u;
    assert_true(b[1] & 128);
    if (n == 126) {
        if (p->in.len < 4)
            return -1;
        n = (size_t)b[2] << 8 | b[3];
        at = 4;
    }
    assert_true(n < 65536);
    if (p->in.len < at + 4 + n)
        return -1;
    int opcode = b[0] & 15;
    for (size_t i = 0; i < n; i++)
        str_add_char(out, (char)(b[at + 4 + i] ^ b[at + i % 4]));
    fake_take(p, at + 4 + n);
    return opcode;
}

#endif
