#include "gateway.h"

#include "faults.h"
#include "flood.h"
#include "http.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

#define MESSAGE_LIMIT 4096
#define SENDS_A_MINUTE 120
#define CLOSE_WAIT 2000 /* ms for the client's own close frame */

static const char *close_reason(int code)
{
    static const char *const words[] = {"Unknown error.",
                                        "Unknown opcode.",
                                        "Decode error.",
                                        "Not authenticated.",
                                        "Authentication failed.",
                                        "Already authenticated.",
                                        "",
                                        "Invalid seq.",
                                        "Rate limited.",
                                        "Session timed out.",
                                        "Invalid shard.",
                                        "Sharding required.",
                                        "Invalid API version.",
                                        "Invalid intent(s).",
                                        "Disallowed intent(s)."};
    return code >= 4000 && code <= 4014 ? words[code - 4000] : "";
}

void socket_wants_write(struct socket *k)
{
    if (k->wsi)
        lws_callback_on_writable(k->wsi);
}

void socket_control(struct socket *k, const char *text)
{
    uint32_t n = (uint32_t)strlen(text);
    str_add_bytes(&k->control, &n, sizeof n);
    str_add_bytes(&k->control, text, n);
    socket_wants_write(k);
}

void socket_close(struct socket *k, int code)
{
    if (k->close_code == 0)
        k->close_code = code;
    k->silent = false;
    socket_wants_write(k);
}

static void socket_abort(struct socket *k)
{
    k->abort = true;
    socket_wants_write(k);
}

void socket_reset_now(struct socket *k)
{
    if (k->wsi)
        socket_reset(lws_get_socket_fd(k->wsi));
    socket_abort(k);
}

void socket_forget_session(struct socket *k)
{
    k->session = NULL;
}

void socket_detach(struct socket *k)
{
    struct session *s = k->session;
    if (!s)
        return;
    if (s->ready)
        s->box->ready--;
    s->socket = NULL;
    s->cut_at = time_monotonic();
    k->session = NULL;
}

/* --- writing --- */

static int write_frame(struct socket *k, const char *text, size_t n)
{
    struct str packed = STR_INIT;
    enum lws_write_protocol kind = LWS_WRITE_TEXT;
    if (k->zlib) {
        zstream_add(k->zlib, text, n, &packed);
        text = packed.data;
        n = packed.len;
        kind = LWS_WRITE_BINARY;
    }
    /* One buffer for all connections; libwebsockets wants room for its header before the data. */
    struct str *room = &k->box->room;
    str_clear(room);
    str_add_repeat(room, 0, LWS_PRE);
    str_add_bytes(room, text, n);
    int wrote = lws_write(k->wsi, (unsigned char *)room->data + LWS_PRE, n, kind);
    str_release(&packed);
    return wrote < 0 ? -1 : 0;
}

static int write_control(struct socket *k)
{
    uint32_t n = 0;
    memcpy(&n, k->control.data, sizeof n);
    int result = write_frame(k, k->control.data + sizeof n, n);
    size_t used = sizeof n + n;
    memmove(k->control.data, k->control.data + used, k->control.len - used);
    str_cut(&k->control, k->control.len - used);
    return result;
}

static int write_event(struct socket *k)
{
    struct session *s = k->session;
    const struct payload *p = session_event(s, s->sent + 1);
    struct str *frame = &k->box->frame;
    s->sent++;
    if (!p)
        return 0;
    if (s->drop > 0) {
        s->drop--;
        return 0;
    }
    str_clear(frame);
    str_addf(frame, "{\"t\":\"%s\",\"s\":%lld,\"op\":0,\"d\":", p->name, (long long)s->sent);
    str_add_bytes(frame, p->data, p->len);
    str_add_char(frame, '}');
    if (s->repeat > 0) {
        s->repeat--;
        if (write_frame(k, frame->data, frame->len) < 0)
            return -1;
    }
    return write_frame(k, frame->data, frame->len);
}

static bool has_more(const struct socket *k)
{
    if (k->control.len > 0)
        return true;
    return k->session && k->session->sent < k->session->seq;
}

/* The close frame is written here and the connection kept until the client answers or a moment has passed:
 * with its libuv loop some builds of libwebsockets end a connection at once when a callback asks for the
 * close. */
static int send_close(struct socket *k)
{
    const char *reason = close_reason(k->close_code);
    unsigned char room[LWS_PRE + 128], *p = room + LWS_PRE;
    size_t n = strlen(reason);
    p[0] = 0x88; /* final, close */
    p[1] = (unsigned char)(n + 2);
    p[2] = (unsigned char)(k->close_code >> 8);
    p[3] = (unsigned char)(k->close_code & 255);
    memcpy(p + 4, reason, n);
    k->closing = true;
    k->beat_due = time_monotonic() + CLOSE_WAIT;
    return lws_write(k->wsi, p, n + 4, LWS_WRITE_RAW) < 0 ? -1 : 0;
}

static int on_writeable(struct socket *k)
{
    if (k->abort)
        return -1;
    if (k->closing)
        return 0;
    if (k->silent && k->close_code == 0)
        return 0;
    while (has_more(k)) {
        int wrote = k->control.len > 0 ? write_control(k) : write_event(k);
        if (wrote < 0)
            return -1;
        if (lws_send_pipe_choked(k->wsi)) {
            lws_callback_on_writable(k->wsi);
            return 0;
        }
    }
    if (k->close_code > 0)
        return send_close(k);
    if (k->flood && k->session)
        return flood_write(k);
    return 0;
}

/* --- reading --- */

static void receive(struct socket *k, const void *in, size_t len, bool last)
{
    if (k->close_code)
        return;
    str_add_bytes(&k->in, in, len);
    if (k->in.len > MESSAGE_LIMIT) {
        socket_close(k, 4002);
        return;
    }
    if (!last)
        return;
    int64_t now = time_monotonic();
    if (now - k->window >= 60000) {
        k->window = now;
        k->sends = 0;
    }
    if (++k->sends > SENDS_A_MINUTE && k->box->world.limits.rate)
        socket_close(k, 4008);
    else
        gateway_message(k, k->in.data ? k->in.data : "", k->in.len);
    str_clear(&k->in);
}

static struct socket *opened(struct box *b, struct lws *wsi)
{
    struct socket *k = mem_zero(1, sizeof *k);
    char compressed[32], version[32], encoding[32];
    k->wsi = wsi;
    k->box = b;
    lws_hdr_copy(wsi, k->host, sizeof k->host, WSI_TOKEN_HOST);
    const char *compress = lws_get_urlarg_by_name(wsi, "compress=", compressed, sizeof compressed);
    const char *v = lws_get_urlarg_by_name(wsi, "v=", version, sizeof version);
    const char *form = lws_get_urlarg_by_name(wsi, "encoding=", encoding, sizeof encoding);
    if (str_equal(compress, "zlib-stream"))
        k->zlib = zstream_new();
    list_push(&b->sockets, k);
    if ((v && !str_equal(v, "10") && !str_equal(v, "9")) || (form && !str_equal(form, "json")))
        k->close_code = 4012;
    k->beat_due = time_monotonic() + b->world.limits.heartbeat_ms * 3 / 2;
    k->no_hello = fault_for_handshake(b, FAULT_NO_HELLO);
    if (!k->no_hello) {
        struct str hello = STR_INIT;
        str_addf(
            &hello,
            "{\"t\":null,\"s\":null,\"op\":10,\"d\":{\"heartbeat_interval\":%d,\"_trace\":[\"sandbox\"]}}",
            b->world.limits.heartbeat_ms);
        socket_control(k, hello.data);
        str_release(&hello);
    }
    return k;
}

/* Codes of ours after which the client has to identify anew. */
static bool ends_session(int code)
{
    static const int codes[] = {1000, 1001, 4004, 4007, 4009, 4010, 4011, 4012, 4013, 4014};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i] == code)
            return true;
    return false;
}

static void closed(struct socket *k)
{
    struct box *b = k->box;
    struct session *s = k->session;
    k->wsi = NULL;
    socket_detach(k);
    if (s && ends_session(k->close_code))
        gateway_session_free(s);
    flood_drop(k->flood);
    list_remove(&b->sockets, k);
    zstream_free(k->zlib);
    str_release(&k->in);
    str_release(&k->control);
    free(k);
    box_changed(b);
}

/* The client's own close: its code decides whether the session lives on. */
static void peer_closes(struct socket *k, const unsigned char *in, size_t len)
{
    int code = len >= 2 ? in[0] << 8 | in[1] : 1005;
    if ((code == 1000 || code == 1001) && k->session && k->close_code == 0)
        gateway_session_free(k->session);
}

static int on_gateway(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
    struct socket **slot = user, *k = slot ? *slot : NULL;
    struct box *b = lws_context_user(lws_get_context(wsi));
    switch (reason) {
    case LWS_CALLBACK_HTTP: /* no WebSocket handshake */
        lws_return_http_status(wsi, 400, "WebSocket expected");
        return -1;
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        if (fault_for_handshake(b, FAULT_REFUSE)) {
            lws_return_http_status(wsi, 503, NULL);
            return -1;
        }
        break;
    case LWS_CALLBACK_ESTABLISHED:
        *slot = opened(b, wsi);
        break;
    case LWS_CALLBACK_RECEIVE:
        if (k)
            receive(k, in, len, lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0);
        break;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return k ? on_writeable(k) : -1;
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        if (k && k->closing)
            return -1;
        if (k)
            peer_closes(k, in, len);
        break;
    case LWS_CALLBACK_CLOSED:
        if (k)
            closed(k);
        if (slot)
            *slot = NULL;
        break;
    default:
        break;
    }
    return 0;
}

void gateway_sweep(struct box *b, int64_t now)
{
    for (size_t i = 0; i < b->sockets.count; i++) {
        struct socket *k = b->sockets.items[i];
        if (now <= k->beat_due || k->no_hello)
            continue;
        if (k->closing) {
            socket_abort(k);
        } else if (k->close_code == 0) {
            socket_close(k, 4009);
        }
    }
}

const struct lws_protocols gateway_protocol = {
    .name = "gateway",
    .callback = on_gateway,
    .per_session_data_size = sizeof(struct socket *),
    .rx_buffer_size = 8192,
    .tx_packet_size = 1 << 20,
};
