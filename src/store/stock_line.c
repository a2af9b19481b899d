#include "stock.h"

#include <inttypes.h>

#include "tt/base/mem.h"

#define CONTEXT_TEXT (TENANT_ID_TEXT + 32)
#define KIND_PLAIN                                                                           \
    0 /* the first byte of contents that are not sealed; crypto_seal's is its version, not 0 \
       */

static bool keep_plain;

void stock_keep_plain(bool plain)
{
    keep_plain = plain;
}

int stock_keys_of(struct store *s, struct stock_keys *keys, struct error *e)
{
    keys->secret = store_secret_key(s, e);
    keys->hash = keys->secret ? store_hash_key(s, e) : NULL;
    return keys->hash ? 0 : -1;
}

void stock_hash(const struct stock_keys *keys, const char *tenant, const char *line, size_t n,
                unsigned char out[LINE_HASH])
{
    char place[TENANT_ID_TEXT + STOCK_LINE_MAX];
    unsigned char hash[32];
    size_t length = strlen(tenant) + 1;
    memcpy(place, tenant, length);
    memcpy(place + length, line, n);
    crypto_keyed_hash(keys->hash, place, length + n, hash);
    memcpy(out, hash, LINE_HASH);
}

static void context_of(const char *tenant, int64_t item, char out[CONTEXT_TEXT])
{
    snprintf(out, CONTEXT_TEXT, "stock/%s/%" PRId64, tenant, item);
}

void stock_close(const struct stock_keys *keys, const char *tenant, int64_t item, const char *line, size_t n,
                 struct str *out)
{
    char context[CONTEXT_TEXT];
    str_clear(out);
    if (keep_plain) {
        str_add_char(out, KIND_PLAIN);
        str_add_bytes(out, line, n);
        return;
    }
    context_of(tenant, item, context);
    crypto_seal(keys->secret, context, line, n, out);
}

int stock_open(struct store *s, const char *tenant, int64_t item, const void *content, size_t n,
               struct str *out, struct error *e)
{
    char context[CONTEXT_TEXT];
    if (n > 0 && *(const unsigned char *)content == KIND_PLAIN) {
        str_add_bytes(out, (const char *)content + 1, n - 1);
        return 0;
    }
    const struct key *key = store_secret_key(s, e);
    context_of(tenant, item, context);
    return key ? crypto_open(key, context, content, n, out, e) : -1;
}

/* --- who has a line --- */

enum holder {
    HOLDER_NONE,   /* no such item */
    HOLDER_SEEN,   /* it is there, or was sold */
    HOLDER_GHOST,  /* of an import that nobody will see any more */
    HOLDER_REMOVED /* of a removed product */
};

/* A batch that gives up an item can never come back. */
static int holder_of(const struct tenant_scope *c, int64_t item, enum holder *out, int64_t *product,
                     int64_t *batch, struct error *e)
{
    struct query q;
    int step = query_open(&q, c->store, e,
                          "SELECT s.product, s.batch, s.state, coalesce(b.state, 'erased'),"
                          " coalesce(p.removed_at, 1) FROM stock s"
                          " LEFT JOIN stock_batches b ON b.tenant_id = s.tenant_id AND b.product = s.product"
                          " AND b.batch = s.batch"
                          " LEFT JOIN products p ON p.tenant_id = s.tenant_id AND p.product = s.product"
                          " WHERE s.tenant_id = ?1 AND s.item = ?2",
                          "ti", c->tenant, item);
    *out = HOLDER_NONE;
    if (step == 0 && (step = query_step(&q, e)) == 1) {
        const char *state = query_text(&q, 3);
        *product = query_int(&q, 0);
        *batch = query_int(&q, 1);
        bool staging = str_equal(state, "staging");
        if (staging ? !stock_import_alive(c->store, c->tenant, *batch) : !str_equal(state, "published"))
            *out = HOLDER_GHOST;
        else
            *out = query_int(&q, 4) && query_int(&q, 2) < STOCK_SOLD ? HOLDER_REMOVED : HOLDER_SEEN;
    }
    query_close(&q);
    return step < 0 ? -1 : 0;
}

static int give_up(const struct tenant_scope *c, enum holder holder, int64_t item, int64_t product,
                   int64_t batch, struct error *e)
{
    struct store *s = c->store;
    if (holder == HOLDER_REMOVED)
        return sql_run(s, e, "UPDATE stock SET state = 3 WHERE tenant_id = ?1 AND item = ?2", "ti", c->tenant,
                       item);
    if (sql_run(s, e,
                "UPDATE stock_batches SET state = 'erased'"
                " WHERE tenant_id = ?1 AND product = ?2 AND batch = ?3 AND state <> 'erased'",
                "tii", c->tenant, product, batch))
        return -1;
    return sql_run(s, e, "DELETE FROM stock WHERE tenant_id = ?1 AND item = ?2", "ti", c->tenant, item);
}

static int insert_line(struct store *s, const unsigned char *hash, int64_t item, struct error *e)
{
    if (sql_run(s, e, "INSERT INTO stock_lines (line_hash, item) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                "bi", (const void *)hash, (size_t)LINE_HASH, item))
        return -1;
    return store_changes(s) > 0;
}

/* 1: item *HOLDER has it, and *WHO says what that is; 0: none; -1 */
static int find_holder(const struct tenant_scope *c, const unsigned char *hash, int64_t *holder,
                       enum holder *who, int64_t *product, int64_t *batch, struct error *e)
{
    int found = sql_int(c->store, e, holder, "SELECT item FROM stock_lines WHERE line_hash = ?1", "b",
                        (const void *)hash, (size_t)LINE_HASH);
    *who = HOLDER_NONE;
    return found < 1 ? found : holder_of(c, *holder, who, product, batch, e) ? -1 : 1;
}

int stock_line_free(const struct tenant_scope *c, const unsigned char hash[LINE_HASH], struct error *e)
{
    enum holder who;
    int64_t holder = 0, product = 0, batch = 0;
    int found = find_holder(c, hash, &holder, &who, &product, &batch, e);
    return found < 0 ? -1 : who != HOLDER_SEEN;
}

int stock_line_take(const struct tenant_scope *c, const unsigned char hash[LINE_HASH], int64_t item,
                    int64_t *holder, struct error *e)
{
    struct store *s = c->store;
    enum holder who = HOLDER_NONE;
    int64_t product = 0, batch = 0;
    int taken = insert_line(s, hash, item, e);

    *holder = 0;
    if (taken)
        return taken;
    if (find_holder(c, hash, holder, &who, &product, &batch, e) < 0)
        return -1;
    if (who == HOLDER_SEEN)
        return 0;
    if (who != HOLDER_NONE) {
        journal_aside(s, true); /* it is nothing that anybody could put back */
        int given = give_up(c, who, *holder, product, batch, e);
        journal_aside(s, false);
        if (given)
            return -1;
    }
    return sql_run(s, e,
                   "INSERT INTO stock_lines (line_hash, item) VALUES (?1, ?2)"
                   " ON CONFLICT (line_hash) DO UPDATE SET item = excluded.item",
                   "bi", (const void *)hash, (size_t)LINE_HASH, item)
               ? -1
               : 1;
}
