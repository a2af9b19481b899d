#include "flood.h"

#include "events.h"
#include "present.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "verbs.h"

#define PIECE (256 * 1024)

/* As fast as one connection takes them: two ready-made events whose id and number are written in place. */
struct shape {
    struct str d;
    size_t id_at; /* of the message's id, always 19 digits */
};

struct flood_run {
    struct shape plain, special;
    int64_t left, every, made;
    struct box *box;
};

/* Paced: real messages of a member, whose answers are timed. */
struct paced {
    struct box *box;
    uv_timer_t timer;
    int64_t *ids; /* of the channels, in turn */
    size_t id_count;
    struct user *author;
    char *content;
    int64_t count, made, per_second, started; /* us */
    size_t next;
    bool over;
};

/* The moments at which events that still want an answer were made, oldest first. */
struct asked {
    int64_t channel;
    int64_t *times;
    size_t first, count, cap;
};

struct latency_set {
    struct list channels;
    struct table by_channel;
    int64_t *us;
    size_t count, cap;
};

static void shape_make(struct box *b, struct shape *s, struct channel *c, struct user *u, const char *content)
{
    struct message *m = channel_add_message(&b->world, c, u);
    world_set(&m->content, content);
    struct json *d = present_message(&b->world, m, NULL);
    const struct member *author = guild_member(c->guild, u->id);
    json_set_id(d, "guild_id", c->guild->id);
    if (author)
        json_set(d, "member", present_member_partial(author));
    json_print(d, &s->d);
    json_free(d);
    s->id_at = strlen("{\"id\":\"");
    channel_remove_message(&b->world, m);
}

/* Filler so that the event's document has about SIZE bytes. */
static void shape_sized(struct box *b, struct shape *s, struct channel *c, struct user *u, size_t size)
{
    struct str text = STR_INIT;
    shape_make(b, s, c, u, "");
    size_t bare = s->d.len, most = 4000;
    str_release(&s->d);
    str_add_repeat(&text, 'x', size > bare ? (size - bare < most ? size - bare : most) : 1);
    shape_make(b, s, c, u, text.data);
    str_release(&text);
}

void flood_drop(struct flood_run *f)
{
    if (!f)
        return;
    str_release(&f->plain.d);
    str_release(&f->special.d);
    free(f);
}

static void add_frame(struct str *out, const struct shape *s, int64_t seq, int64_t id)
{
    char head[80], digits[24];
    int n =
        snprintf(head, sizeof head, "{\"t\":\"MESSAGE_CREATE\",\"s\":%lld,\"op\":0,\"d\":", (long long)seq);
    size_t len = (size_t)n + s->d.len + 1;
    /* A server's frame is not masked: one byte of kind, the length, the text. */
    unsigned char size[10] = {0x81, 127};
    size_t size_len = len < 65536 ? 4 : 10;
    size[1] = size_len == 4 ? 126 : 127;
    for (size_t i = 2; i < size_len; i++)
        size[i] = (unsigned char)(len >> (8 * (size_len - 1 - i)));
    str_add_bytes(out, size, size_len);
    str_add_bytes(out, head, (size_t)n);
    size_t at = out->len + s->id_at;
    str_add_bytes(out, s->d.data, s->d.len);
    snprintf(digits, sizeof digits, "%019lld", (long long)id);
    memcpy(out->data + at, digits, 19);
    str_add_char(out, '}');
}

static const struct shape *next_shape(struct flood_run *f)
{
    f->made++;
    f->left--;
    return f->every > 0 && f->made % f->every == 0 ? &f->special : &f->plain;
}

/* Flooded events are not kept for a resume. */
static void forget_ring(struct session *s)
{
    while (s->count > 0) {
        payload_release(s->ring[s->first]);
        s->first = (s->first + 1) % s->cap;
        s->count--;
    }
}

static int write_compressed(struct socket *k, struct flood_run *f)
{
    struct str packed = STR_INIT, *room = &k->box->room;
    int wrote = 0;
    while (f->left > 0 && wrote >= 0 && !lws_send_pipe_choked(k->wsi)) {
        str_clear(room);
        add_frame(room, next_shape(f), k->session->seq = ++k->session->sent, world_new_id(&k->box->world));
        size_t head = (unsigned char)room->data[1] == 126 ? 4 : 10;
        str_clear(&packed);
        str_add_repeat(&packed, 0, LWS_PRE);
        zstream_add(k->zlib, room->data + head, room->len - head, &packed);
        wrote =
            lws_write(k->wsi, (unsigned char *)packed.data + LWS_PRE, packed.len - LWS_PRE, LWS_WRITE_BINARY);
    }
    str_release(&packed);
    return wrote < 0 ? -1 : 0;
}

int flood_write(struct socket *k)
{
    struct flood_run *f = k->flood;
    forget_ring(k->session);
    int result = 0;
    if (k->zlib) {
        result = write_compressed(k, f);
    } else {
        struct str *room = &k->box->room;
        str_clear(room);
        str_add_repeat(room, 0, LWS_PRE);
        while (f->left > 0 && room->len < PIECE)
            add_frame(room, next_shape(f), k->session->seq = ++k->session->sent,
                      world_new_id(&k->box->world));
        if (lws_write(k->wsi, (unsigned char *)room->data + LWS_PRE, room->len - LWS_PRE, LWS_WRITE_RAW) < 0)
            result = -1;
    }
    if (f->left == 0) {
        k->flood = NULL;
        flood_drop(f);
        box_changed(k->box);
    } else {
        socket_wants_write(k);
    }
    return result;
}

/* --- paced --- */

static void asked_push(struct box *b, int64_t channel, int64_t us)
{
    struct latency_set *l = b->latencies;
    struct asked *a = table_get(&l->by_channel, channel);
    if (!a) {
        a = mem_zero(1, sizeof *a);
        a->channel = channel;
        table_put(&l->by_channel, channel, a);
        list_push(&l->channels, a);
    }
    if (a->first > 0 && a->first == a->count)
        a->first = a->count = 0;
    if (a->count == a->cap) {
        a->cap = a->cap ? a->cap * 2 : 4;
        a->times = mem_resize(a->times, a->cap, sizeof *a->times);
    }
    a->times[a->count++] = us;
}

void flood_answered(struct box *b, const struct channel *c)
{
    struct latency_set *l = b->latencies;
    struct asked *a = l ? table_get(&l->by_channel, c->id) : NULL;
    if (!a || a->first == a->count)
        return;
    if (l->count == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 256;
        l->us = mem_resize(l->us, l->cap, sizeof *l->us);
    }
    l->us[l->count++] = time_monotonic_us() - a->times[a->first++];
}

static void forget_latencies(struct box *b)
{
    struct latency_set *l = b->latencies;
    if (!l)
        return;
    for (size_t i = 0; i < l->channels.count; i++) {
        struct asked *a = l->channels.items[i];
        free(a->times);
        free(a);
    }
    list_drop(&l->channels);
    table_release(&l->by_channel);
    free(l->us);
    free(l);
    b->latencies = NULL;
}

static void paced_closed(uv_handle_t *h)
{
    struct paced *p = h->data;
    free(p->ids);
    free(p->content);
    free(p);
}

static void paced_end(struct paced *p)
{
    if (p->over)
        return;
    p->over = true;
    list_remove(&p->box->floods, p);
    uv_close((uv_handle_t *)&p->timer, paced_closed);
}

static void paced_tick(uv_timer_t *t)
{
    struct paced *p = t->data;
    struct box *b = p->box;
    int64_t due = (time_monotonic_us() - p->started) * p->per_second / 1000000 + 1;
    for (; p->made < due && p->made < p->count; p->made++) {
        struct channel *c = world_channel(&b->world, p->ids[p->next]);
        p->next = (p->next + 1) % p->id_count;
        if (!c)
            continue;
        struct message *m = channel_add_message(&b->world, c, p->author);
        world_set(&m->content, p->content);
        asked_push(b, c->id, time_monotonic_us());
        event_message(b, m, "MESSAGE_CREATE");
    }
    if (p->made == p->count) {
        paced_end(p);
        box_changed(b);
    }
}

/* --- starting --- */

static struct json *start_fast(struct box *b, const struct json *doc, struct channel *c, struct user *u,
                               struct error *e)
{
    int64_t sessions = 0, count = json_get_int(doc, "count", 1000);
    const char *special = json_get_string(doc, "content");
    for (size_t i = 0; i < c->guild->bots.count; i++) {
        struct bot *bot = c->guild->bots.items[i];
        for (size_t n = 0; n < bot->sessions.count; n++) {
            struct session *s = bot->sessions.items[n];
            if (!s->socket || !(s->intents & INTENT_MESSAGES))
                continue;
            struct flood_run *f = mem_zero(1, sizeof *f);
            f->box = b;
            f->left = count;
            f->every = json_get_int(doc, "every", 0);
            shape_sized(b, &f->plain, c, u, (size_t)json_get_int(doc, "size", 900));
            shape_make(b, &f->special, c, u, special ? special : "!ping");
            flood_drop(s->socket->flood);
            s->socket->flood = f;
            socket_wants_write(s->socket);
            sessions++;
        }
    }
    if (sessions == 0) {
        error_set(e, ERROR_REFUSED, "channel", "no connected bot there reads messages");
        return NULL;
    }
    struct json *o = control_ok();
    json_set_int(o, "events", count);
    json_set_int(o, "sessions", sessions);
    return o;
}

static void add_id(struct paced *p, int64_t id)
{
    p->ids = mem_resize(p->ids, p->id_count + 1, sizeof *p->ids);
    p->ids[p->id_count++] = id;
}

/* "channels": a list, or absent: the channel alone. */
static int collect(struct box *b, const struct json *doc, struct paced *p, struct error *e)
{
    const struct json *list = json_get(doc, "channels");
    struct channel *one = list ? NULL : named_channel(b, doc, e);
    if (one)
        add_id(p, one->id);
    json_each(id, list)
    {
        struct channel *c = world_channel(&b->world, json_id(id));
        if (!c)
            return error_set(e, ERROR_NO_SUCH, "channels", "no such channel");
        add_id(p, c->id);
    }
    return p->id_count > 0 ? 0 : -1;
}

static struct json *start_paced(struct box *b, const struct json *doc, struct user *u, struct error *e)
{
    struct paced *p = mem_zero(1, sizeof *p);
    const char *content = json_get_string(doc, "content");
    p->box = b;
    p->author = u;
    p->per_second = json_get_int(doc, "per_second", 0);
    p->count = json_get_int(doc, "count", 1000);
    if (collect(b, doc, p, e) < 0) {
        free(p->ids);
        free(p);
        return NULL;
    }
    if (b->floods.count == 0) {
        forget_latencies(b);
        b->latencies = mem_zero(1, sizeof *b->latencies);
    }
    p->content = mem_strdup(content ? content : "!ping");
    p->started = time_monotonic_us();
    uv_timer_init(&b->loop, &p->timer);
    p->timer.data = p;
    uv_timer_start(&p->timer, paced_tick, 0, 1);
    list_push(&b->floods, p);
    struct json *o = control_ok();
    json_set_int(o, "events", p->count);
    return o;
}

struct json *flood_start(struct box *b, const struct json *doc, struct error *e)
{
    struct user *u = named_user(b, doc, "member", e);
    if (!u)
        return NULL;
    if (json_get_int(doc, "count", 1000) < 1 || json_get_int(doc, "count", 1000) > 100000000) {
        error_set(e, ERROR_MALFORMED, "count", "count must be between 1 and 100000000");
        return NULL;
    }
    if (json_get_int(doc, "per_second", 0) > 0)
        return start_paced(b, doc, u, e);
    struct channel *c = named_channel(b, doc, e);
    if (c && !c->guild) {
        error_set(e, ERROR_REFUSED, "channel", "a flood needs a guild's channel");
        return NULL;
    }
    return c ? start_fast(b, doc, c, u, e) : NULL;
}

/* --- reading --- */

bool floods_running(const struct box *b)
{
    if (b->floods.count > 0)
        return true;
    for (size_t i = 0; i < b->sockets.count; i++)
        if (((struct socket *)b->sockets.items[i])->flood)
            return true;
    return false;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

struct json *flood_report(const struct box *b)
{
    struct json *o = control_ok();
    json_set_bool(o, "running", floods_running(b));
    struct latency_set *l = b->latencies;
    json_set_int(o, "answered", l ? (int64_t)l->count : 0);
    if (!l || l->count == 0)
        return o;
    qsort(l->us, l->count, sizeof *l->us, by_value);
    json_set_int(o, "p50_us", l->us[l->count / 2]);
    json_set_int(o, "p99_us", l->us[(l->count * 99) / 100]);
    json_set_int(o, "max_us", l->us[l->count - 1]);
    return o;
}

void floods_release(struct box *b)
{
    while (b->floods.count > 0)
        paced_end(b->floods.items[0]);
    list_drop(&b->floods);
    forget_latencies(b);
}
