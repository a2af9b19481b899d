/* Text of any bytes: widths, cutting, and making it safe for a terminal. */
#include "fuzz.h"
#include "tt/base/log.h"
#include "tt/base/text.h"

static void decode_all(const char *text, size_t size)
{
    struct str again = STR_INIT;
    bool valid = text_valid(text, size), whole = true;
    for (size_t at = 0, n; at < size; at += n) {
        uint32_t c;
        n = text_decode(text + at, size - at, &c);
        must(n >= 1 && n <= 4 && at + n <= size);
        must(text_char_width(c) >= 0 && text_char_width(c) <= 2);
        whole = whole && c != 0;
        text_encode(c, &again);
    }
    must(text_valid(str_text(&again), again.len) == whole);
    if (valid)
        must(again.len == size && (!size || memcmp(again.data, text, size) == 0));
    str_release(&again);
}

static void make_safe(const char *text)
{
    struct str safe = STR_INIT, twice = STR_INIT;
    text_safe(&safe, text);
    must(text_valid(str_text(&safe), safe.len));
    for (size_t at = 0, n; at < safe.len; at += n) {
        uint32_t c;
        n = text_decode(safe.data + at, safe.len - at, &c);
        must(!text_char_unsafe(c));
    }
    text_safe(&twice, str_text(&safe));
    must(str_equal(str_text(&twice), str_text(&safe)));
    log_redact(&safe);
    must(text_valid(str_text(&safe), safe.len));
    str_release(&safe);
    str_release(&twice);
}

static void cut(const char *text, size_t cells)
{
    size_t length = text_length(text);
    for (int form = 0; form < 4; form++) {
        struct str out = STR_INIT;
        text_fit(&out, text, cells, form & 1, form & 2);
        must(text_width(str_text(&out)) == cells);
        str_release(&out);
    }
    must(text_prefix(text, cells) <= strlen(text));
    must(text_prefix(text, length) == strlen(text));
    char small[24];
    must(str_copy(small, sizeof small, text) == (strlen(text) < sizeof small));
    must(strncmp(small, text, strlen(small)) == 0);
    if (text_valid(text, strlen(text)))
        must(text_valid(small, strlen(small)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const words[] = {"features", "channels", "permissions", "", "\xc3\xa9t\xc3\xa9", NULL};
    if (size < 1)
        return 0;
    char *text = fuzz_text(data + 1, size - 1);
    decode_all(text, size - 1);
    make_safe(text);
    cut(text, data[0] % 64);
    text_nearest(text, words);
    free(text);
    return 0;
}
