/* A server on loopback that runs on the test's own loop and does exactly what the test says: raw bytes in,
 * raw bytes out. Shares nothing with the client. */
#ifndef TT_TESTS_DISCORD_FAKE_H
#define TT_TESTS_DISCORD_FAKE_H

#include "check.h"

#include <stdlib.h>
#include <string.h>

struct fake;

struct fake_peer {
    struct fake_peer *next;
    uv_tcp_t tcp;
    struct fake *fake;
    struct str in;
    bool closing, upgraded;
    int number; /* from 1 */
};

struct fake {
    uv_loop_t *loop;
    uv_tcp_t listener;
    int port, accepted, open;
    bool stopped, listener_closed;
    struct fake_peer *peers;
    void (*received)(struct fake_peer *p); /* after each read; takes what it understood from p->in */
    void (*ended)(struct fake_peer *p);
    void *test;
};

static inline void fake_take(struct fake_peer *p, size_t n)
{
    memmove(p->in.data, p->in.data + n, p->in.len - n);
    str_cut(&p->in, p->in.len - n);
}

static inline void fake_on_closed(uv_handle_t *handle)
{
    struct fake_peer *p = handle->data, **at = &p->fake->peers;
    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
    p->fake->open--;
    str_release(&p->in);
    free(p);
}

static inline void fake_close(struct fake_peer *p)
{
    if (p->closing)
        return;
    p->closing = true;
    uv_close((uv_handle_t *)&p->tcp, fake_on_closed);
}

static inline void fake_reset(struct fake_peer *p)
{
    if (p->closing)
        return;
    p->closing = true;
    uv_tcp_close_reset(&p->tcp, fake_on_closed);
}

static inline void fake_on_written(uv_write_t *w, int status)
{
    (void)status;
    free(w->data);
    free(w);
}

static inline void fake_write(struct fake_peer *p, const void *data, size_t n)
{
    if (p->closing)
        return;
    uv_write_t *w = malloc(sizeof *w);
    w->data = malloc(n ? n : 1);
    memcpy(w->data, data, n);
    uv_buf_t buf = uv_buf_init(w->data, (unsigned)n);
    uv_write(w, (uv_stream_t *)&p->tcp, &buf, 1, fake_on_written);
}

static inline void fake_say(struct fake_peer *p, const char *text)
{
    fake_write(p, text, strlen(text));
}

static inline void fake_on_alloc(uv_handle_t *handle, size_t n, uv_buf_t *buf)
{
    (void)handle;
    *buf = uv_buf_init(malloc(n), (unsigned)n);
}

static inline void fake_on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct fake_peer *p = stream->data;
    if (n > 0) {
        str_add_bytes(&p->in, buf->base, (size_t)n);
        p->fake->received(p);
    } else if (n < 0) {
        if (p->fake->ended)
            p->fake->ended(p);
        fake_close(p);
    }
    free(buf->base);
}

static inline void fake_on_connection(uv_stream_t *listener, int status)
{
    struct fake *f = listener->data;
    (void)status;
    struct fake_peer *p = calloc(1, sizeof *p);
    uv_tcp_init(f->loop, &p->tcp);
    p->tcp.data = p;
    p->fake = f;
    p->number = ++f->accepted;
    p->next = f->peers;
    f->peers = p;
    f->open++;
    uv_accept(listener, (uv_stream_t *)&p->tcp);
    uv_tcp_nodelay(&p->tcp, 1);
    uv_read_start((uv_stream_t *)&p->tcp, fake_on_alloc, fake_on_read);
}

static inline void fake_start(struct fake *f, uv_loop_t *loop)
{
    struct sockaddr_in address;
    struct sockaddr_storage bound;
    int n = sizeof bound;
    f->loop = loop;
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_init(loop, &f->listener);
    f->listener.data = f;
    assert_int_equal(uv_tcp_bind(&f->listener, (const struct sockaddr *)&address, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&f->listener, 128, fake_on_connection), 0);
    assert_int_equal(uv_tcp_getsockname(&f->listener, (struct sockaddr *)&bound, &n), 0);
    f->port = ntohs(((struct sockaddr_in *)(void *)&bound)->sin_port);
}

static inline void fake_stop(struct fake *f)
{
    for (struct fake_peer *p = f->peers; p; p = p->next)
        fake_close(p);
    if (!f->stopped)
        uv_close((uv_handle_t *)&f->listener, NULL);
    f->stopped = true;
}

/* Let everything close, then the loop must be empty. */
static inline void finish_loop(uv_loop_t *loop)
{
    uv_run(loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(loop), 0);
}

#endif
