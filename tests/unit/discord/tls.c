/* Certificates and proxies: a server in a thread with blocking OpenSSL, made for these tests. */
#include "check.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hub.h"
#include "tt/base/crypto.h"
#include "tt/discord/gateway.h"
#include "tt/discord/rest.h"

struct authority {
    EVP_PKEY *key;
    X509 *certificate;
    char path[64];
};

struct server {
    uv_thread_t thread;
    int listener, port;
    SSL_CTX *tls;
    bool proxy;       /* a CONNECT comes before TLS */
    atomic_int taken; /* connections */
    char connect[300], head[600];
};

static struct authority ours, foreign;

/* --- certificates --- */

static X509 *certificate_new(EVP_PKEY *key, const char *name, const struct authority *by, const char *names,
                             long from, long until)
{
    X509 *x = X509_new();
    X509V3_CTX c;
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1 + (long)(name[0]));
    X509_gmtime_adj(X509_getm_notBefore(x), from);
    X509_gmtime_adj(X509_getm_notAfter(x), until);
    X509_set_pubkey(x, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (const unsigned char *)name, -1,
                               -1, 0);
    X509_set_issuer_name(x, by ? X509_get_subject_name(by->certificate) : X509_get_subject_name(x));
    X509V3_set_ctx(&c, by ? by->certificate : x, x, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &c, by ? NID_subject_alt_name : NID_basic_constraints,
                                            by ? names : "critical,CA:TRUE");
    X509_add_ext(x, e, -1);
    X509_EXTENSION_free(e);
    X509_sign(x, by ? by->key : key, EVP_sha256());
    return x;
}

static void authority_init(struct authority *a, const char *name)
{
    str_copy(a->path, sizeof a->path, "/tmp/tenanttui-unit-XXXXXX");
    int fd = mkstemp(a->path);
    FILE *f = fdopen(fd, "w");
    a->key = EVP_EC_gen("P-256");
    a->certificate = certificate_new(a->key, name, NULL, NULL, -86400, 86400);
    PEM_write_X509(f, a->certificate);
    fclose(f);
}

static void authority_release(struct authority *a)
{
    unlink(a->path);
    X509_free(a->certificate);
    EVP_PKEY_free(a->key);
}

/* --- the server --- */

static bool read_head(char *to, size_t size, ssize_t (*get)(void *, void *, size_t), void *from)
{
    size_t n = 0;
    while (n + 1 < size) {
        if (get(from, to + n, 1) != 1)
            return false;
        to[++n] = '\0';
        if (n >= 4 && memcmp(to + n - 4, "\r\n\r\n", 4) == 0)
            return true;
    }
    return false;
}

static ssize_t get_plain(void *from, void *to, size_t n)
{
    return recv(*(int *)from, to, n, 0);
}

static ssize_t get_tls(void *from, void *to, size_t n)
{
    return SSL_read(from, to, (int)n);
}

static void say(SSL *s, const char *text)
{
    SSL_write(s, text, (int)strlen(text));
}

static void say_frame(SSL *s, const char *text)
{
    unsigned char head[4] = {0x81, 126, (unsigned char)(strlen(text) >> 8), (unsigned char)strlen(text)};
    SSL_write(s, head, 4);
    say(s, text);
}

static void serve_websocket(SSL *s, const char *head)
{
    char text[128], accept[64], buffer[2000];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n;
    snprintf(text, sizeof text, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
             strstr(head, "Sec-WebSocket-Key: ") + 19);
    EVP_Digest(text, strlen(text), digest, &n, EVP_sha1(), NULL);
    EVP_EncodeBlock((unsigned char *)accept, digest, (int)n);
    say(s, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
           "Upgrade\r\nSec-WebSocket-Accept: ");
    say(s, accept);
    say(s, "\r\n\r\n");
    say_frame(s, "{\"t\":null,\"s\":null,\"op\":10,\"d\":{\"heartbeat_interval\":60000}}"
                 "                                                                  ");
    if (SSL_read(s, buffer, sizeof buffer) <= 0)
        return;
    /* One TLS record with more than one frame: what OpenSSL holds back must come too. */
    struct str both = STR_INIT;
    for (int i = 1; i <= 200; i++) {
        struct str f = STR_INIT;
        str_addf(&f, "{\"t\":\"%s\",\"s\":%d,\"op\":0,\"d\":{\"session_id\":\"s\",\"filler\":\"%0*d\"}}",
                 i == 1 ? "READY" : "A", i, 200, 0);
        str_add_char(&both, (char)0x81);
        str_add_char(&both, 126);
        str_add_char(&both, (char)(f.len >> 8));
        str_add_char(&both, (char)f.len);
        str_add_bytes(&both, f.data, f.len);
        str_release(&f);
    }
    SSL_write(s, both.data, (int)both.len);
    str_release(&both);
    while (SSL_read(s, buffer, sizeof buffer) > 0)
        ;
}

static void serve(struct server *v, int fd)
{
    if (v->proxy) {
        static const char yes[] = "HTTP/1.1 200 Connection established\r\n\r\n";
        if (!read_head(v->connect, sizeof v->connect, get_plain, &fd) || send(fd, yes, sizeof yes - 1, 0) < 0)
            return;
    }
    SSL *s = SSL_new(v->tls);
    SSL_set_fd(s, fd);
    if (SSL_accept(s) == 1 && read_head(v->head, sizeof v->head, get_tls, s)) {
        if (strstr(v->head, "Sec-WebSocket-Key"))
            serve_websocket(s, v->head);
        else
            say(s, "HTTP/1.1 200 OK\r\nContent-Length: 15\r\nConnection: close\r\n\r\n{\"text\":\"fine\"}");
    }
    SSL_shutdown(s);
    SSL_free(s);
}

static void run_server(void *context)
{
    struct server *v = context;
    int fd;
    while ((fd = accept(v->listener, NULL, NULL)) >= 0) {
        v->taken++;
        serve(v, fd);
        close(fd);
    }
    ERR_clear_error();
}

static void server_start(struct server *v, const struct authority *by, const char *names, long until)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof address;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *leaf = certificate_new(key, "server", by, names, -7200, until);
    v->tls = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(v->tls, leaf);
    SSL_CTX_use_PrivateKey(v->tls, key);
    X509_free(leaf);
    EVP_PKEY_free(key);
    v->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(v->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(v->listener, 16), 0);
    getsockname(v->listener, (struct sockaddr *)&address, &n);
    v->port = ntohs(address.sin_port);
    uv_thread_create(&v->thread, run_server, v);
}

static void server_stop(struct server *v)
{
    shutdown(v->listener, SHUT_RDWR);
    uv_thread_join(&v->thread);
    close(v->listener);
    SSL_CTX_free(v->tls);
}

/* --- the gateway over TLS --- */

struct outcome {
    int events;
    bool ready, untrusted;
    char trouble[300];
    int troubles;
    int64_t first_delay, delay; /* ms, the last */
};

static void on_event(void *context, const char *type, const struct json *d, int64_t sequence)
{
    struct outcome *o = context;
    (void)d;
    o->events++;
    o->ready |= str_equal(type, "READY");
    assert_int_equal(sequence, o->events);
}

static void on_trouble(void *context, enum gateway_trouble trouble, const char *message, int64_t delay)
{
    (void)trouble;
    struct outcome *o = context;
    if (o->troubles++ == 0)
        o->first_delay = delay;
    o->delay = delay;
    str_copy(o->trouble, sizeof o->trouble, message);
}

static bool gateway_settled(void *context)
{
    struct outcome *o = context;
    return o->events == 200 || o->trouble[0];
}

static bool troubled_twice(void *context)
{
    return ((struct outcome *)context)->troubles == 2;
}

static struct outcome connect_gateway(const char *url, const char *ca_file, const char *resume_url)
{
    struct gateway_resume resume = {.session_id = "s", .sequence = 1};
    static const struct gateway_hooks hooks = {.event = on_event, .trouble = on_trouble};
    struct outcome o = {0};
    struct gateway_hub *hub;
    struct error e;
    uv_loop_t loop;
    uv_loop_init(&loop);
    struct gateway_hub_options options = {.loop = &loop, .ca_file = ca_file};
    assert_int_equal(gateway_hub_new(&hub, &options, &e), 0);
    hub->hurry = 100;
    str_copy(resume.resume_url, sizeof resume.resume_url, resume_url ? resume_url : "");
    struct gateway_options go = {
        .url = url, .token = "t", .hooks = &hooks, .context = &o, .resume = resume_url ? &resume : NULL};
    struct gateway *g = gateway_new(hub, &go);
    gateway_start(g, 0);
    assert_runs_until(&loop, resume_url ? troubled_twice : gateway_settled, &o);
    gateway_free(g);
    gateway_hub_free(hub);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    return o;
}

static struct outcome gateway_to(const struct server *v, const char *host, const char *ca_file)
{
    char url[100];
    snprintf(url, sizeof url, "wss://%s:%d", host, v->port);
    return connect_gateway(url, ca_file, NULL);
}

static void on_done(void *context, const struct rest_answer *a)
{
    struct outcome *o = context;
    o->events++;
    o->ready = a->result == REST_OK;
    o->untrusted = a->untrusted;
    str_copy(o->trouble, sizeof o->trouble, a->message);
}

static bool rest_settled(void *context)
{
    struct outcome *o = context;
    return o->events > 0;
}

static struct outcome rest_to(const struct server *v, const char *host, const char *ca_file)
{
    struct outcome o = {0};
    struct rest *r;
    struct error e;
    char base[100];
    uv_loop_t loop;
    uv_loop_init(&loop);
    snprintf(base, sizeof base, "https://%s:%d/api", host, v->port);
    struct rest_options options = {.loop = &loop, .base = base, .ca_file = ca_file};
    assert_int_equal(rest_new(&r, &options, &e), 0);
    struct rest_bot *b = rest_bot_new(r, "t");
    struct rest_request q = {
        .method = "GET", .path = "/x", .max_attempts = 20, .done = on_done, .context = &o};
    rest_send(b, &q);
    assert_runs_until(&loop, rest_settled, &o);
    rest_free(r);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    return o;
}

/* --- tests --- */

static void a_private_authority_is_taken_by_name_and_by_number(void **state)
{
    struct server v = {0};
    (void)state;
    server_start(&v, &ours, "DNS:localhost,IP:127.0.0.1", 86400);
    struct outcome o = gateway_to(&v, "localhost", ours.path);
    assert_string_equal(o.trouble, "");
    assert_true(o.ready);
    assert_int_equal(o.events, 200);
    assert_true(gateway_to(&v, "127.0.0.1", ours.path).ready);
    assert_true(rest_to(&v, "localhost", ours.path).ready);
    assert_true(rest_to(&v, "127.0.0.1", ours.path).ready);
    server_stop(&v);
}

static void a_strange_authority_is_refused(void **state)
{
    struct server v = {0};
    (void)state;
    server_start(&v, &foreign, "DNS:localhost,IP:127.0.0.1", 86400);
    struct outcome o = gateway_to(&v, "localhost", ours.path);
    assert_false(o.ready);
    assert_non_null(strstr(o.trouble, "issuer certificate"));
    assert_non_null(strstr(gateway_to(&v, "localhost", NULL).trouble, "certificate"));
    o = rest_to(&v, "localhost", ours.path);
    assert_false(o.ready);
    assert_non_null(strstr(o.trouble, "certificate"));
    server_stop(&v);
}

/* Another try would meet the same certificate. */
static void what_is_not_trusted_is_asked_once(void **state)
{
    struct server v = {0};
    (void)state;
    server_start(&v, &ours, "DNS:gateway.example", 86400);
    struct outcome o = rest_to(&v, "localhost", ours.path);
    assert_false(o.ready);
    assert_true(o.untrusted);
    assert_int_equal(v.taken, 1);
    o = gateway_to(&v, "localhost", ours.path);
    assert_true(o.delay >= 5 * 60 * 1000);
    assert_int_equal(v.taken, 2);
    server_stop(&v);
}

/* The address of a session may be a strange one while the gateway's own is right: that one is next, soon. */
static void the_address_to_resume_at_is_given_up_when_it_is_not_trusted(void **state)
{
    struct server v = {0};
    char url[100];
    (void)state;
    server_start(&v, &ours, "DNS:gateway.example", 86400);
    snprintf(url, sizeof url, "wss://localhost:%d", v.port);
    struct outcome o = connect_gateway(url, ours.path, url);
    assert_true(o.first_delay < 60 * 1000);
    assert_true(o.delay >= 5 * 60 * 1000);
    server_stop(&v);
}

static void a_wrong_host_name_is_refused(void **state)
{
    struct server v = {0};
    (void)state;
    server_start(&v, &ours, "DNS:gateway.example,DNS:*.example", 86400);
    static const char *const hosts[] = {"localhost", "127.0.0.1"};
    for (int i = 0; i < 2; i++) {
        struct outcome o = gateway_to(&v, hosts[i], ours.path);
        assert_false(o.ready);
        assert_non_null(strstr(o.trouble, "mismatch"));
        assert_false(rest_to(&v, hosts[i], ours.path).ready);
    }
    server_stop(&v);
}

static void an_expired_certificate_is_refused(void **state)
{
    struct server v = {0};
    (void)state;
    server_start(&v, &ours, "DNS:localhost", -3600);
    struct outcome o = gateway_to(&v, "localhost", ours.path);
    assert_false(o.ready);
    assert_non_null(strstr(o.trouble, "expired"));
    assert_false(rest_to(&v, "localhost", ours.path).ready);
    server_stop(&v);
}

static void the_proxy_of_the_environment_tunnels_tls(void **state)
{
    struct server v = {.proxy = true};
    char proxy[100];
    (void)state;
    server_start(&v, &ours, "DNS:gateway.example", 86400);
    snprintf(proxy, sizeof proxy, "http://me:secret@127.0.0.1:%d", v.port);
    setenv("https_proxy", proxy, 1);
    struct outcome o = connect_gateway("wss://gateway.example", ours.path, NULL);
    assert_string_equal(o.trouble, "");
    assert_true(o.ready);
    assert_true(str_starts(v.connect, "CONNECT gateway.example:443 HTTP/1.1\r\n"));
    assert_non_null(strstr(v.connect, "Proxy-Authorization: Basic bWU6c2VjcmV0\r\n"));
    assert_null(strstr(v.connect, "Bot "));
    o = connect_gateway("wss://other.example", ours.path, NULL);
    assert_non_null(strstr(o.trouble, "mismatch"));
    unsetenv("https_proxy");
    server_stop(&v);
}

static void a_missing_authority_file_is_said_at_once(void **state)
{
    struct gateway_hub *hub;
    struct error e;
    uv_loop_t loop;
    (void)state;
    uv_loop_init(&loop);
    struct gateway_hub_options options = {.loop = &loop, .ca_file = "/nonexistent/ca.pem"};
    assert_int_equal(gateway_hub_new(&hub, &options, &e), -1);
    assert_non_null(strstr(e.message, "/nonexistent/ca.pem"));
    struct rest *r;
    struct rest_options rest = {.loop = &loop, .base = "https://localhost", .ca_file = "/nonexistent/ca.pem"};
    assert_int_equal(rest_new(&r, &rest, &e), -1);
    uv_loop_close(&loop);
}

static int group_setup(void **state)
{
    (void)state;
    authority_init(&ours, "ours");
    authority_init(&foreign, "foreign");
    return 0;
}

static int group_teardown(void **state)
{
    (void)state;
    authority_release(&ours);
    authority_release(&foreign);
    return 0;
}

int main(void)
{
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy",
                                        "ALL_PROXY",   "no_proxy",    "NO_PROXY"};
    for (int i = 0; i < 6; i++)
        unsetenv(names[i]);
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_private_authority_is_taken_by_name_and_by_number),
        cmocka_unit_test(a_strange_authority_is_refused),
        cmocka_unit_test(a_wrong_host_name_is_refused),
        cmocka_unit_test(what_is_not_trusted_is_asked_once),
        cmocka_unit_test(the_address_to_resume_at_is_given_up_when_it_is_not_trusted),
        cmocka_unit_test(an_expired_certificate_is_refused),
        cmocka_unit_test(the_proxy_of_the_environment_tunnels_tls),
        cmocka_unit_test(a_missing_authority_file_is_said_at_once),
    };
    crypto_start();
    libssl_load(NULL);
    return cmocka_run_group_tests_name("tls", tests, group_setup, group_teardown);
}
