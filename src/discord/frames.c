#include "frames.h"

#include <wslay/wslay.h>

#include "tt/base/crypto.h"
#include "tt/base/mem.h"
#include "tt/base/text.h"

#define SPARE_BYTES (256u << 10) /* a larger buffer is not kept */
#define CONTROL_LIMIT 125

struct framer {
    wslay_frame_context_ptr wslay;
    const uint8_t *next; /* what may be read now */
    size_t left;
    uint64_t buffered; /* bytes that wslay took and has not used */
    uint64_t payload;  /* of the running frame: bytes still to come */
    bool running;
    struct framer *spare;
};

struct frames_pool {
    struct framer *idle;
    wslay_frame_context_ptr sender;
    struct str *sending; /* where the running write goes */
    struct str spare;
};

static ssize_t read_bytes(uint8_t *to, size_t n, int flags, void *context)
{
    struct framer *r = context;
    (void)flags;
    if (r->left == 0)
        return -1;
    if (n > r->left)
        n = r->left;
    memcpy(to, r->next, n);
    r->next += n;
    r->left -= n;
    r->buffered += n;
    return (ssize_t)n;
}

static ssize_t write_bytes(const uint8_t *data, size_t n, int flags, void *context)
{
    struct frames_pool *pool = context;
    (void)flags;
    str_add_bytes(pool->sending, data, n);
    return (ssize_t)n;
}

static int mask_bytes(uint8_t *to, size_t n, void *context)
{
    (void)context;
    crypto_random(to, n);
    return 0;
}

struct frames_pool *frames_pool_new(void)
{
    struct frames_pool *pool = mem_zero(1, sizeof *pool);
    struct wslay_frame_callbacks callbacks = {.send_callback = write_bytes, .genmask_callback = mask_bytes};
    if (wslay_frame_context_init(&pool->sender, &callbacks, pool) != 0)
        abort();
    return pool;
}

static void framer_free(struct framer *r)
{
    wslay_frame_context_free(r->wslay);
    free(r);
}

void frames_pool_free(struct frames_pool *pool)
{
    if (!pool)
        return;
    for (struct framer *r = pool->idle, *next; r; r = next) {
        next = r->spare;
        framer_free(r);
    }
    wslay_frame_context_free(pool->sender);
    str_release(&pool->spare);
    free(pool);
}

static struct framer *framer_get(struct frames_pool *pool)
{
    struct framer *r = pool->idle;
    if (r) {
        pool->idle = r->spare;
        r->spare = NULL;
        return r;
    }
    struct wslay_frame_callbacks callbacks = {.recv_callback = read_bytes};
    r = mem_zero(1, sizeof *r);
    if (wslay_frame_context_init(&r->wslay, &callbacks, r) != 0)
        abort();
    return r;
}

/* --- reading --- */

/* The bytes that a frame's head took; wslay accepts only the shortest form. */
static uint64_t head_size(const struct wslay_frame_iocb *io)
{
    return 2u + (io->payload_length > 65535 ? 8u : io->payload_length > 125 ? 2u : 0u) + (io->mask ? 4u : 0u);
}

static void give_back(struct str *s, struct frames_pool *pool)
{
    if (!pool->spare.data && s->cap <= SPARE_BYTES) {
        str_clear(s);
        pool->spare = *s;
        *s = (struct str)STR_INIT;
    } else {
        str_release(s);
    }
}

static int bad_frame(const struct frames *f, const struct wslay_frame_iocb *io)
{
    bool continues = io->opcode == WSLAY_CONTINUATION_FRAME;
    if (io->rsv || io->mask)
        return WSLAY_CODE_PROTOCOL_ERROR;
    if (wslay_is_ctrl_frame(io->opcode))
        return io->payload_length > CONTROL_LIMIT || !io->fin ? WSLAY_CODE_PROTOCOL_ERROR : 0;
    if (continues != f->fragmented)
        return WSLAY_CODE_PROTOCOL_ERROR;
    if (!continues && io->opcode != WSLAY_TEXT_FRAME)
        return WSLAY_CODE_UNSUPPORTED_DATA;
    if (io->payload_length > FRAMES_MESSAGE_LIMIT - f->message.len)
        return WSLAY_CODE_MESSAGE_TOO_BIG;
    return 0;
}

static bool control_frame(struct frames *f, const struct frames_hooks *hooks, void *context, uint8_t opcode)
{
    const struct str *c = &f->control;
    if (opcode == WSLAY_PING)
        return hooks->ping(context, str_text(c), c->len);
    if (opcode != WSLAY_CONNECTION_CLOSE)
        return true;
    int code = WSLAY_CODE_NO_STATUS_RCVD;
    struct str reason = STR_INIT;
    if (c->len >= 2) {
        code = (unsigned char)c->data[0] << 8 | (unsigned char)c->data[1];
        if (text_valid(c->data + 2, c->len - 2))
            text_safe(&reason, c->data + 2);
    }
    hooks->closed(context, code, str_text(&reason));
    str_release(&reason);
    return false;
}

/* One piece of a frame. A message that arrives in one piece is handed on where it lies. */
static bool piece(struct frames *f, struct frames_pool *pool, const struct frames_hooks *hooks, void *context,
                  const struct wslay_frame_iocb *io)
{
    bool whole = f->framer->payload == 0;
    if (wslay_is_ctrl_frame(io->opcode)) {
        str_add_bytes(&f->control, io->data, io->data_length);
        if (!whole)
            return true;
        bool on = control_frame(f, hooks, context, io->opcode);
        str_release(&f->control);
        return on;
    }
    bool ends = whole && io->fin;
    f->fragmented = !io->fin;
    if (ends && f->message.len == 0)
        return hooks->message(context, io->data_length ? (const char *)io->data : "", io->data_length);
    if (!f->message.data) {
        f->message = pool->spare;
        pool->spare = (struct str)STR_INIT;
    }
    str_add_bytes(&f->message, io->data, io->data_length);
    if (!ends)
        return true;
    /* Taken out first: the hook may end in frames_release. */
    struct str message = f->message;
    f->message = (struct str)STR_INIT;
    bool on = hooks->message(context, str_text(&message), message.len);
    give_back(&message, pool);
    return on;
}

int frames_feed(struct frames *f, struct frames_pool *pool, const struct frames_hooks *hooks, void *context,
                const void *bytes, size_t n)
{
    int code = 0;
    if (f->stopped)
        return 0;
    if (!f->framer)
        f->framer = framer_get(pool);
    struct framer *r = f->framer;
    r->next = bytes;
    r->left = n;
    for (;;) {
        struct wslay_frame_iocb io;
        memset(&io, 0, sizeof io);
        ssize_t got = wslay_frame_recv(r->wslay, &io);
        if (got == WSLAY_ERR_WANT_READ)
            break;
        if (got < 0) {
            code = WSLAY_CODE_PROTOCOL_ERROR;
            break;
        }
        if (!r->running) {
            code = bad_frame(f, &io);
            if (code)
                break;
            r->running = true;
            r->payload = io.payload_length;
            r->buffered -= head_size(&io);
        }
        r->payload -= io.data_length;
        r->buffered -= io.data_length;
        if (r->payload == 0)
            r->running = false;
        if (!piece(f, pool, hooks, context, &io)) {
            f->stopped = true;
            break;
        }
    }
    if (code)
        f->stopped = true;
    if (!f->stopped && !r->running && r->buffered == 0) {
        f->framer = NULL;
        r->spare = pool->idle;
        pool->idle = r;
    }
    return code;
}

void frames_release(struct frames *f, struct frames_pool *pool)
{
    (void)pool;
    if (f->framer)
        framer_free(f->framer);
    f->framer = NULL;
    str_release(&f->message);
    str_release(&f->control);
    f->stopped = true;
}

/* --- writing --- */

void frames_write(struct frames_pool *pool, enum frames_kind kind, const void *data, size_t n,
                  struct str *out)
{
    struct wslay_frame_iocb io = {.fin = 1, .opcode = (uint8_t)kind, .mask = 1, .payload_length = n};
    const uint8_t *p = data;
    size_t left = n;
    pool->sending = out;
    do {
        io.data = p;
        io.data_length = left;
        ssize_t sent = wslay_frame_send(pool->sender, &io);
        if (sent < 0)
            abort(); /* the sink takes everything: only a wrong argument of ours can fail */
        p += sent;
        left -= (size_t)sent;
    } while (left > 0);
    pool->sending = NULL;
}

void frames_write_close(struct frames_pool *pool, int code, struct str *out)
{
    unsigned char data[2] = {(unsigned char)(code >> 8), (unsigned char)code};
    frames_write(pool, FRAMES_CLOSE, data, sizeof data, out);
}
