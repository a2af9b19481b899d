/* Times and numbers as people type them. */
#include "fuzz.h"
#include "tt/base/crypto.h"
#include "tt/base/time.h"

static void read_time(const char *text)
{
    const int64_t now = INT64_C(1785585831042);
    char once[TIME_TEXT], twice[TIME_TEXT];
    int64_t ms, again;
    struct error e = {0};
    if (time_parse_rfc3339(text, &ms, NULL) == 0) {
        must(time_parse_rfc3339(time_format_ms(ms, once), &again, NULL) == 0);
        must(again == ms);
        must(time_parse_rfc3339(time_format(ms, twice), &again, NULL) == 0);
        must(again <= ms && ms - again < 1000);
        time_format_duration(ms, once);
    }
    if (time_parse(text, now, &ms, &e))
        must(e.code == ERROR_MALFORMED);
    time_zone_valid(text);
}

static void read_base64(const char *text, size_t size)
{
    struct str bytes = STR_INIT, back = STR_INIT, again = STR_INIT;
    if (crypto_unbase64(text, size, &bytes) == 0) {
        crypto_base64(str_text(&bytes), bytes.len, &back);
        must(crypto_unbase64(str_text(&back), back.len, &again) == 0);
        must(again.len == bytes.len && (!bytes.len || memcmp(again.data, bytes.data, bytes.len) == 0));
    }
    str_release(&bytes);
    str_release(&back);
    str_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    unsigned char raw[8];
    crypto_start();
    read_time(text);
    read_base64(text, strlen(text));
    crypto_unhex(text, raw, sizeof raw);
    free(text);
    return 0;
}
