/* Bytes of a gateway: the upgrade's answer, then frames in pieces. The first byte chooses the pieces' size.
 */
#include <stddef.h>
#include <stdint.h>

#include "frames.h"
#include "tt/base/crypto.h"
#include "upgrade.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t total;

static bool on_message(void *context, const char *text, size_t len)
{
    (void)context;
    for (size_t i = 0; i < len; i++)
        total += (unsigned char)text[i];
    return true;
}

static bool on_ping(void *context, const void *data, size_t len)
{
    struct str out = STR_INIT;
    if (len > 125)
        abort();
    frames_write(context, FRAMES_PONG, data, len, &out);
    str_release(&out);
    return true;
}

static bool on_closed(void *context, int code, const char *reason)
{
    (void)context;
    if (code < 0 || code > 65535 || strlen(reason) > 1000)
        abort();
    return false;
}

static const struct frames_hooks hooks = {on_message, on_ping, on_closed};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct frames_pool *pool;
    struct frames f = {0};
    struct error e;
    if (!pool) {
        crypto_start();
        pool = frames_pool_new();
    }
    if (size < 1)
        return 0;
    size_t step = data[0] ? data[0] : 100000;
    data++;
    size--;
    size_t head = upgrade_head((const char *)data, size);
    if (head > size)
        abort();
    upgrade_check((const char *)data, head, "dGhlIHNhbXBsZSBub25jZQ==", &e);
    upgrade_check_connect((const char *)data, head, &e);
    int code = 0;
    for (size_t at = head; at < size && !code; at += step)
        code = frames_feed(&f, pool, &hooks, pool, data + at, size - at < step ? size - at : step);
    if (code && code != 1002 && code != 1003 && code != 1009)
        abort();
    if (f.message.len > FRAMES_MESSAGE_LIMIT || f.message.len > size)
        abort();
    frames_release(&f, pool);
    return 0;
}
