#include "confirmation.h"

#include "tt/base/crypto.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "tt/command/command.h"

#define LIFE_MS (5 * 60 * 1000)
#define MOST 256

struct confirmation *confirmation_new(void)
{
    struct confirmation *q = mem_zero(1, sizeof *q);
    unsigned char random[16];
    crypto_random(random, sizeof random);
    crypto_hex(random, sizeof random, q->id);
    q->expires = time_monotonic() + LIFE_MS;
    return q;
}

void confirmation_free(struct confirmation *q)
{
    if (q->argv)
        words_free(q->argv, q->argc);
    free(q);
}

static void drop_oldest(struct confirmations *all)
{
    struct confirmation **last = &all->first;
    while ((*last)->next)
        last = &(*last)->next;
    confirmation_free(*last);
    *last = NULL;
    all->count--;
}

void confirmations_keep(struct confirmations *all, struct confirmation *q)
{
    if (all->count >= MOST)
        drop_oldest(all);
    q->next = all->first;
    all->first = q;
    all->count++;
}

struct confirmation *confirmations_take(struct confirmations *all, const char *id)
{
    for (struct confirmation **at = &all->first; *at; at = &(*at)->next) {
        struct confirmation *q = *at;
        if (!str_equal(q->id, id))
            continue;
        *at = q->next;
        q->next = NULL;
        all->count--;
        return q;
    }
    return NULL;
}

void confirmations_release(struct confirmations *all)
{
    while (all->first) {
        struct confirmation *q = all->first;
        all->first = q->next;
        confirmation_free(q);
    }
    all->count = 0;
}
