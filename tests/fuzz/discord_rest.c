/* REST answers: lines of a head, an empty line, a body; what they teach the limiter must leave it usable. */
#include <stddef.h>
#include <stdint.h>

#include "answer.h"
#include "limiter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_answer(struct limiter_answer *a, const char *text, size_t size)
{
    const char *p = text, *end = text + size;
    answer_clear(a);
    while (p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        size_t n = stop ? (size_t)(stop - p) + 1 : (size_t)(end - p);
        answer_header(a, p, n);
        p += n;
        if (n <= 2)
            break;
    }
    struct json *body = json_parse(p, (size_t)(end - p), NULL);
    struct str words = STR_INIT;
    answer_limited(a, body);
    answer_message(a->status, body, &words);
    if (strchr(str_text(&words), '\n'))
        abort();
    str_release(&words);
    json_free(body);
}

/* Send until nothing is left, on a clock that jumps to when the limiter says; it must not need more than a
 * few days. */
static void drain(struct limiter *l, const struct limiter_owner *owners, const struct limiter_answer *a)
{
    int64_t now = 0, when, other;
    int answers = 0;
    while (owners[0].waiting || owners[1].waiting) {
        struct limiter_item *item = limiter_pop(l, &owners[0], now, &when);
        if (!item && (item = limiter_pop(l, &owners[1], now, &other), other < when))
            when = other;
        if (item) {
            struct limiter_answer none;
            answer_clear(&none);
            none.status = 200;
            limiter_done(l, item, answers++ < 2 ? a : &none, now);
            limiter_release(l, item);
        } else if (when == LIMITER_NEVER || when <= now || when > INT64_C(86400000) * 5)
            abort();
        else
            now = when;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int statuses[] = {200, 204, 400, 401, 403, 404, 429, 500};
    static const char *const methods[] = {"GET", "POST"};
    struct limiter_item items[6] = {0};
    struct limiter_owner owners[2] = {0};
    struct limiter_answer a;
    if (size < 2)
        return 0;
    read_answer(&a, (const char *)data + 2, size - 2);
    a.status = statuses[data[0] % 8];
    struct limiter *l = limiter_new();
    char path[64];
    size_t n = size - 2 < sizeof path - 1 ? size - 2 : sizeof path - 1;
    memcpy(path, data + 2, n);
    path[n] = '\0';
    for (int i = 0; i < 6; i++)
        limiter_push(l, &owners[i / 3], &items[i], methods[data[1] >> i & 1],
                     i & 1 ? "/channels/1/messages" : path, 0);
    drain(l, owners, &a);
    limiter_free(l);
    return 0;
}
