#include "http.h"

#include "tt/base/mem.h"
#include "tt/discord/libcurl.h"

#define USER_AGENT "DiscordBot (https://github.com/tenanttui/tenanttui, " TENANTTUI_VERSION ")"
#define CONNECT_MS 10000
#define SPARE_HANDLES 32
#define CONNECTIONS 64

struct http {
    uv_loop_t *loop;
    CURLM *multi;
    uv_timer_t *timer;
    char *ca_file;
    bool local;
    struct http_call *calls;
    CURL *spare[SPARE_HANDLES];
    int spares;
};

struct http_call {
    struct http_call *next, **link;
    struct http *http;
    CURL *easy;
    struct curl_slist *headers;
    curl_mime *mime;
    http_done done;
    void *context;
    struct limiter_answer head;
    struct str body;
    bool (*take)(void *context, const char *bytes, size_t n);
    void *take_context;
    bool too_large;
    char trouble[CURL_ERROR_SIZE];
};

/* One socket of libcurl's on the loop. */
struct watch {
    uv_poll_t poll;
    struct http *http;
    curl_socket_t fd;
};

static void handle_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void finish(CURL *easy, CURLcode code);

/* Calls end here only, outside libcurl's own callbacks, because done may start or cancel others. */
static void collect(struct http *h)
{
    CURLMsg *m;
    int left;
    while ((m = curl_multi_info_read(h->multi, &left)))
        if (m->msg == CURLMSG_DONE)
            finish(m->easy_handle, m->data.result);
}

static void on_socket(uv_poll_t *poll, int status, int events)
{
    struct watch *w = poll->data;
    struct http *h = w->http;
    int flags = (events & UV_READABLE ? CURL_CSELECT_IN : 0) | (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0);
    int running;
    if (status < 0)
        flags = CURL_CSELECT_ERR;
    curl_multi_socket_action(h->multi, w->fd, flags, &running);
    collect(h);
}

static void on_timer(uv_timer_t *timer)
{
    struct http *h = *(struct http **)(timer + 1);
    int running;
    curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    collect(h);
}

static int timer_callback(CURLM *multi, long ms, void *context)
{
    struct http *h = context;
    (void)multi;
    if (ms < 0)
        uv_timer_stop(h->timer);
    else
        uv_timer_start(h->timer, on_timer, (uint64_t)ms, 0);
    return 0;
}

static int socket_callback(CURL *easy, curl_socket_t fd, int what, void *context, void *socket)
{
    struct http *h = context;
    struct watch *w = socket;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (w) {
            uv_poll_stop(&w->poll);
            uv_close((uv_handle_t *)&w->poll, handle_closed);
            curl_multi_assign(h->multi, fd, NULL);
        }
        return 0;
    }
    if (!w) {
        w = mem_zero(1, sizeof *w);
        w->http = h;
        w->fd = fd;
        if (uv_poll_init_socket(h->loop, &w->poll, fd) < 0) {
            free(w);
            return -1;
        }
        w->poll.data = w;
        curl_multi_assign(h->multi, fd, w);
    }
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    uv_poll_start(&w->poll, events, on_socket);
    return 0;
}

struct http *http_new(uv_loop_t *loop, const char *ca_file, bool local)
{
    struct http *h = mem_zero(1, sizeof *h);
    h->loop = loop;
    h->ca_file = mem_strdup(ca_file);
    h->local = local;
    h->multi = curl_multi_init();
    /* The timer outlives us until the loop has closed it, so it is a block of its own with a pointer behind.
     */
    h->timer = mem_zero(1, sizeof *h->timer + sizeof h);
    *(struct http **)(h->timer + 1) = h;
    if (!h->multi || uv_timer_init(loop, h->timer) < 0)
        abort();
    h->timer->data = h->timer;
    curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, socket_callback);
    curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
    curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, timer_callback);
    curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
    curl_multi_setopt(h->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)CONNECTIONS);
    curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS);
    return h;
}

static void call_free(struct http_call *c)
{
    for (struct curl_slist *s = c->headers; s; s = s->next)
        mem_wipe(s->data, strlen(s->data));
    curl_slist_free_all(c->headers);
    curl_mime_free(c->mime);
    str_wipe(&c->body); /* it may repeat what was sent */
    free(c);
}

/* Take the call out of libcurl; its handle is kept for the next one. */
static void detach(struct http_call *c)
{
    struct http *h = c->http;
    curl_multi_remove_handle(h->multi, c->easy);
    curl_easy_reset(c->easy);
    if (h->spares < SPARE_HANDLES)
        h->spare[h->spares++] = c->easy;
    else
        curl_easy_cleanup(c->easy);
    c->easy = NULL;
    *c->link = c->next;
    if (c->next)
        c->next->link = c->link;
}

void http_cancel(struct http_call *call)
{
    detach(call);
    call_free(call);
}

void http_free(struct http *h)
{
    if (!h)
        return;
    while (h->calls)
        http_cancel(h->calls);
    while (h->spares > 0)
        curl_easy_cleanup(h->spare[--h->spares]);
    curl_multi_cleanup(h->multi);
    uv_timer_stop(h->timer);
    uv_close((uv_handle_t *)h->timer, handle_closed);
    free(h->ca_file);
    free(h);
}

static void finish(CURL *easy, CURLcode code)
{
    struct http_call *c = NULL;
    long status = 0, request = 0;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&c);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &request);
    c->head.status = (int)status;
    struct http_answer a = {
        .head = c->head, .body = &c->body, .complete = code == CURLE_OK && status > 0, .sent = request > 0};
    a.untrusted = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
                  code == CURLE_SSL_ISSUER_ERROR || code == CURLE_SSL_INVALIDCERTSTATUS;
    if (!a.complete)
        a.trouble = c->too_large    ? "the answer is larger than 8 MiB"
                    : c->trouble[0] ? c->trouble
                                    : curl_easy_strerror(code);
    detach(c);
    c->done(c->context, &a);
    call_free(c);
}

static size_t header_callback(char *data, size_t size, size_t n, void *context)
{
    struct http_call *c = context;
    if (size * n > 5 && memcmp(data, "HTTP/", 5) == 0)
        answer_clear(&c->head);
    answer_header(&c->head, data, size * n);
    return size * n;
}

static size_t body_callback(char *data, size_t size, size_t n, void *context)
{
    struct http_call *c = context;
    long status = 0;
    if (c->take)
        curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status == 200)
        return c->take(c->take_context, data, size * n) ? size * n : 0;
    if (size * n > ANSWER_LIMIT - c->body.len) {
        c->too_large = true;
        return 0;
    }
    str_add_bytes(&c->body, data, size * n);
    return size * n;
}

static void add_header(struct http_call *c, const char *name, const char *value)
{
    struct str line = STR_INIT;
    str_addf(&line, "%s%s", name, value);
    c->headers = curl_slist_append(c->headers, line.data);
    str_wipe(&line);
}

static void set_headers(struct http_call *c, const struct http_request *r)
{
    if (r->token)
        add_header(c, "Authorization: Bot ", r->token);
    if (r->reason && *r->reason)
        add_header(c, "X-Audit-Log-Reason: ", r->reason);
    /* libcurl would say "form" where there is a body and we say nothing. */
    if (!r->files)
        add_header(c, r->body ? "Content-Type: application/json" : "Content-Type:", "");
    add_header(c, "Expect:", "");
    curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->headers);
}

static void set_files(struct http_call *c, const struct http_request *r)
{
    c->mime = curl_mime_init(c->easy);
    curl_mimepart *p = curl_mime_addpart(c->mime);
    curl_mime_name(p, "payload_json");
    curl_mime_type(p, "application/json");
    curl_mime_data(p, r->body ? r->body : "{}", r->body ? r->body_len : 2);
    for (size_t i = 0; i < r->file_count; i++) {
        char name[32];
        snprintf(name, sizeof name, "files[%zu]", i);
        p = curl_mime_addpart(c->mime);
        curl_mime_name(p, name);
        curl_mime_filename(p, r->files[i].name);
        curl_mime_data(p, r->files[i].data, r->files[i].size);
    }
    curl_easy_setopt(c->easy, CURLOPT_MIMEPOST, c->mime);
    curl_easy_setopt(c->easy, CURLOPT_CUSTOMREQUEST, r->method);
}

static void set_body(struct http_call *c, const struct http_request *r)
{
    bool get = strcmp(r->method, "GET") == 0;
    if (r->files) {
        set_files(c, r);
        return;
    }
    if (r->body || (!get && strcmp(r->method, "DELETE") != 0)) {
        curl_easy_setopt(c->easy, CURLOPT_POST, 1L);
        curl_easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(r->body ? r->body_len : 0));
        curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, r->body ? r->body : "");
    }
    if (!get)
        curl_easy_setopt(c->easy, CURLOPT_CUSTOMREQUEST, r->method);
}

static void set_connection(const struct http *h, CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, h->local ? "http" : "https,http");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    /* Without TLS libcurl learns from the first answer only that it cannot multiplex, and would wait for it.
     */
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, h->local ? 0L : 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (h->ca_file) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, h->ca_file);
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    if (h->local)
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, USER_AGENT);
}

struct http_call *http_start(struct http *h, const struct http_request *r, http_done done, void *context)
{
    struct http_call *c = mem_zero(1, sizeof *c);
    c->http = h;
    c->done = done;
    c->context = context;
    c->take = r->take;
    c->take_context = r->take_context;
    c->easy = h->spares ? h->spare[--h->spares] : curl_easy_init();
    if (!c->easy)
        abort();
    answer_clear(&c->head);
    set_connection(h, c->easy);
    curl_easy_setopt(c->easy, CURLOPT_URL, r->url);
    curl_easy_setopt(c->easy, CURLOPT_PRIVATE, c);
    curl_easy_setopt(c->easy, CURLOPT_ERRORBUFFER, c->trouble);
    curl_easy_setopt(c->easy, CURLOPT_TIMEOUT_MS, (long)r->timeout_ms);
    curl_easy_setopt(c->easy, CURLOPT_HEADERFUNCTION, header_callback);
    curl_easy_setopt(c->easy, CURLOPT_HEADERDATA, c);
    curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, body_callback);
    curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, c);
    set_headers(c, r);
    set_body(c, r);
    c->next = h->calls;
    c->link = &h->calls;
    if (c->next)
        c->next->link = &c->next;
    h->calls = c;
    curl_multi_add_handle(h->multi, c->easy);
    return c;
}
