/* One running sandbox: the world, the two listening sockets (REST and gateway) and everything that waits. All
 * of it belongs to one thread, the loop's. */
#ifndef SANDBOX_BOX_H
#define SANDBOX_BOX_H

#include <stdio.h>
#include <uv.h>

#include "tt/sandbox/sandbox.h"
#include "world.h"

struct lws_context;

struct box {
    uv_loop_t loop;
    struct lws_context *lws;
    uv_timer_t sweep;
    uv_signal_t signals[2];
    struct world world;
    char host[64]; /* as in an address: "127.0.0.1", "[::1]" */
    int port, gateway_port;
    bool tls, stopping;
    char base[96]; /* "http://127.0.0.1:4000" */
    FILE *record;
    struct list conns;    /* open REST connections */
    struct list sockets;  /* open gateway connections */
    struct list sessions; /* gateway sessions, cut ones that can still resume too */
    struct table session_table;
    size_t ready; /* sessions that are connected and READY */
    struct list faults;
    struct list waits;
    struct list pending; /* requests that are answered later */
    struct list log;     /* requests answered, the oldest first */
    int64_t requests;    /* number of the last one */
    int64_t invalid[3];  /* answers of 401, 403, 429 */
    struct table buckets;
    struct list bucket_list;
    struct list floods;
    struct script *script;
    struct str room, frame;        /* buffers of the gateway, shared by all connections */
    struct latency_set *latencies; /* see flood.c */
};

/* Something happened that a wait may be waiting for. */
void box_changed(struct box *b);
/* End the loop after what is under way has been written. */
void box_stop(struct box *b);
/* "ws://127.0.0.1:4001": HOST is a Host header, so that a client which came by a name stays with it; may be
 * NULL. */
void box_gateway_url(const struct box *b, const char *host, struct str *out);

#endif
