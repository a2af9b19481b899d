/* Who buys what in the shop's bench: the same purchases in shop.c and in its peer. */
#ifndef TT_TESTS_BENCH_CHOICE_H
#define TT_TESTS_BENCH_CHOICE_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define CHOICE_TEXT 16
#define CHOICE_USER INT64_C(400000000000000000)

struct choice {
    int64_t tenants, products, customers; /* of each tenant */
    uint64_t seed;
    int64_t tenant, product, customer; /* the last one: from 0 */
};

static inline struct choice choice_begin(int64_t tenants, int64_t products, int64_t customers)
{
    return (struct choice){.tenants = tenants,
                           .products = products,
                           .customers = customers,
                           .seed = UINT64_C(88172645463325252)};
}

static inline int64_t choice_below(struct choice *c, int64_t n)
{
    c->seed ^= c->seed << 13;
    c->seed ^= c->seed >> 7;
    c->seed ^= c->seed << 17;
    return (int64_t)((c->seed >> 11) % (uint64_t)n);
}

static inline void choice_next(struct choice *c)
{
    c->tenant = choice_below(c, c->tenants);
    c->product = choice_below(c, c->products);
    c->customer = choice_below(c, c->customers);
}

static inline char *choice_tenant(int64_t n, char out[CHOICE_TEXT])
{
    snprintf(out, CHOICE_TEXT, "t%06" PRId64, n);
    return out;
}

static inline char *choice_code(int64_t n, char out[CHOICE_TEXT])
{
    snprintf(out, CHOICE_TEXT, "P%" PRId64, n + 1);
    return out;
}

#endif
