#include "session.h"

#include "gateway.h"
#include "tt/base/crypto.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

struct payload *payload_raw(const char *name, const char *d, size_t n)
{
    struct payload *p = mem_alloc(sizeof *p + n + 1);
    *p = (struct payload){.refs = 1, .len = n};
    str_copy(p->name, sizeof p->name, name);
    memcpy(p->data, d, n);
    p->data[n] = 0;
    return p;
}

struct payload *payload_new(const char *name, const struct json *d)
{
    struct str text = STR_INIT;
    json_print(d, &text);
    struct payload *p = payload_raw(name, text.data, text.len);
    str_release(&text);
    return p;
}

void payload_release(struct payload *p)
{
    if (p && --p->refs == 0)
        free(p);
}

struct session *gateway_session_new(struct box *b, struct bot *bot)
{
    struct session *s = mem_zero(1, sizeof *s);
    unsigned char id[16];
    crypto_random(id, sizeof id);
    crypto_hex(id, sizeof id, s->id);
    s->box = b;
    s->bot = bot;
    s->shards = 1;
    table_put(&b->session_table, table_key(s->id), s);
    list_push(&b->sessions, s);
    list_push(&bot->sessions, s);
    return s;
}

void gateway_session_free(struct session *s)
{
    if (!s)
        return;
    table_remove(&s->box->session_table, table_key(s->id));
    list_remove(&s->box->sessions, s);
    list_remove(&s->bot->sessions, s);
    if (s->ready && s->socket)
        s->box->ready--;
    if (s->socket)
        socket_forget_session(s->socket);
    for (size_t i = 0; i < s->count; i++)
        payload_release(s->ring[(s->first + i) % s->cap]);
    free(s->ring);
    free(s);
}

int64_t session_oldest(const struct session *s)
{
    return s->seq - (int64_t)s->count + 1;
}

struct payload *session_event(const struct session *s, int64_t seq)
{
    if (seq < session_oldest(s) || seq > s->seq)
        return NULL;
    return s->ring[(s->first + (size_t)(seq - session_oldest(s))) % s->cap];
}

static void grow(struct session *s)
{
    size_t cap = s->cap ? s->cap * 2 : 8;
    struct payload **ring = mem_zero(cap, sizeof *ring);
    for (size_t i = 0; i < s->count; i++)
        ring[i] = s->ring[(s->first + i) % s->cap];
    free(s->ring);
    s->ring = ring;
    s->first = 0;
    s->cap = cap;
}

static void drop_oldest(struct session *s)
{
    payload_release(s->ring[s->first]);
    s->first = (s->first + 1) % s->cap;
    s->count--;
}

void session_push(struct session *s, struct payload *p)
{
    /* Events that wait for a slow or silent connection are kept too, up to a length at which Discord would
     * have cut it. */
    size_t most = (size_t)s->box->world.limits.replay;
    while (s->count >= most && (!s->socket || session_oldest(s) <= s->sent || s->count > most + 100000))
        drop_oldest(s);
    if (s->count == s->cap)
        grow(s);
    p->refs++;
    s->ring[(s->first + s->count++) % s->cap] = p;
    s->seq++;
    if (s->sent < session_oldest(s) - 1)
        s->sent = session_oldest(s) - 1;
    if (s->socket)
        socket_wants_write(s->socket);
}

struct session *session_find(struct box *b, const char *id)
{
    struct session *s = table_get(&b->session_table, table_key(id));
    return s && str_equal(s->id, id) ? s : NULL;
}

bool session_serves(const struct session *s, int64_t guild_id)
{
    return s->shards <= 1 || (guild_id >> 22) % s->shards == s->shard;
}

void sessions_sweep(struct box *b, int64_t now)
{
    for (size_t i = b->sessions.count; i > 0; i--) {
        struct session *s = b->sessions.items[i - 1];
        if (!s->socket && now - s->cut_at > b->world.limits.resume_ms)
            gateway_session_free(s);
    }
}
