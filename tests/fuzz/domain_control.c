/* Control messages. The first byte says where the message was seen; with its high bit the text is signed
 * rightly, so that what stands behind the signature is reached too. Whoever has no key gets nothing accepted.
 */
#include "fuzz.h"
#include "tt/domain/control.h"

#define NOW INT64_C(1785585831000)

static const struct key key = {{1, 2, 3}};

static struct control_context seen(uint8_t where)
{
    return (struct control_context){
        .author_id = where & 1 ? 12 : 11,
        .bot_id = 11,
        .channel_id = where & 2 ? 22 : 21,
        .control_channel_id = where & 4 ? 0 : 21,
        .guild_id = where & 8 ? 32 : 31,
        .tenant_guild_id = 31,
        .tenant = where & 16 ? "tenant02" : "tenant01",
        .now = where & 32 ? NOW + 2 * CONTROL_WINDOW_MS : NOW,
        .database_revision = 17,
    };
}

static void judge(const char *text, size_t len, uint8_t where, bool is_signed)
{
    struct control_context context = seen(where);
    struct control_message m = {.revision = -1};
    enum control_verdict verdict = control_read(text, len, &key, &context, &m);
    bool taken = verdict == CONTROL_OK || verdict == CONTROL_AHEAD;
    must(verdict != CONTROL_REPLAYED);
    must(taken || m.revision == -1);
    if (!taken)
        return;
    must(is_signed && !(where & (1 | 2 | 4 | 8)));
    must(str_equal(m.tenant, context.tenant));
    must((m.revision > context.database_revision) == (verdict == CONTROL_AHEAD));
    struct str again = STR_INIT;
    control_write(&m, &key, &again);
    must(again.len == len && memcmp(again.data, text, len) == 0);
    str_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    crypto_start();
    uint8_t where = data[0];
    struct str line = STR_INIT;
    bool is_signed = where & 128;
    str_add_bytes(&line, data + 1, size - 1);
    if (is_signed) {
        char hmac[SHA256_TEXT];
        crypto_hmac_hex(&key, str_text(&line), line.len, hmac);
        str_addf(&line, " %s", hmac);
    }
    char *exact = fuzz_bytes((const uint8_t *)str_text(&line), line.len);
    judge(exact, line.len, where, is_signed);
    free(exact);
    str_release(&line);
    return 0;
}
