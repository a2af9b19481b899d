#include "check.h"

#include "tt/base/crypto.h"
#include "tt/discord/rest.h"
#include "upgrade.h"
#include "url.h"

static void plain_text_is_for_loopback_only(void **state)
{
    static const struct {
        enum url_kind kind;
        const char *text;
        int code; /* ERROR_NONE: taken */
    } rows[] = {
        {URL_REST, "https://discord.com/api/v10", ERROR_NONE},
        {URL_REST, "http://127.0.0.1:8080/api/v10", ERROR_NONE},
        {URL_REST, "http://127.8.9.10:1/", ERROR_NONE},
        {URL_REST, "http://[::1]:8080", ERROR_NONE},
        {URL_REST, "http://localhost:8080/api", ERROR_NONE},
        {URL_REST, "http://discord.com/api", ERROR_REFUSED},
        {URL_REST, "http://localhost.evil.example/", ERROR_REFUSED},
        {URL_REST, "http://127.0.0.1.evil.example/", ERROR_REFUSED},
        {URL_REST, "http://192.168.0.1/", ERROR_REFUSED},
        {URL_REST, "http://127.0.0.1@evil.example/", ERROR_MALFORMED},
        {URL_REST, "ftp://127.0.0.1/", ERROR_MALFORMED},
        {URL_REST, "127.0.0.1", ERROR_MALFORMED},
        {URL_REST, "", ERROR_MALFORMED},
        {URL_GATEWAY, "wss://gateway.discord.gg", ERROR_NONE},
        {URL_GATEWAY, "wss://gateway.discord.gg/?v=10", ERROR_NONE},
        {URL_GATEWAY, "ws://127.0.0.1:9/", ERROR_NONE},
        {URL_GATEWAY, "ws://gateway.discord.gg", ERROR_REFUSED},
        {URL_GATEWAY, "https://gateway.discord.gg", ERROR_MALFORMED},
        {URL_GATEWAY, NULL, ERROR_MALFORMED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct url u;
        struct error e = {0};
        int r = url_parse(rows[i].text, rows[i].kind, &u, &e);
        assert_int_equal(r == 0 ? ERROR_NONE : e.code, rows[i].code);
    }
}

/* What is taken before the libraries are loaded is taken afterwards, and the other way round. */
static void a_base_is_judged_alike_without_the_library(void **state)
{
    static const struct {
        const char *text;
        int code;
    } rows[] = {
        {"https://discord.com/api/v10", ERROR_NONE},
        {"HTTPS://Discord.com/api/v10/", ERROR_NONE},
        {"http://127.0.0.1:8080/api/v10", ERROR_NONE},
        {"http://localhost", ERROR_NONE},
        {"http://[::1]:8080/", ERROR_NONE},
        {"https://[2001:db8::1]/x", ERROR_NONE},
        {"http://discord.com/api", ERROR_REFUSED},
        {"http://[2001:db8::1]/", ERROR_REFUSED},
        {"http://localhost.evil.example/", ERROR_REFUSED},
        {"http://127.0.0.1@evil.example/", ERROR_MALFORMED},
        {"https://user:password@discord.com/", ERROR_MALFORMED},
        {"https://discord.com:70000/", ERROR_MALFORMED},
        {"https://discord.com:port/", ERROR_MALFORMED},
        {"https://[::1/", ERROR_MALFORMED},
        {"https://", ERROR_MALFORMED},
        {"ftp://127.0.0.1/", ERROR_MALFORMED},
        {"discord.com", ERROR_MALFORMED},
        {"nonsense", ERROR_MALFORMED},
        {"", ERROR_MALFORMED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct url u;
        struct error e = {0}, parsed = {0};
        int r = rest_base_check(rows[i].text, &e), p = url_parse(rows[i].text, URL_REST, &u, &parsed);
        assert_int_equal(r == 0 ? ERROR_NONE : e.code, rows[i].code);
        assert_int_equal(p == 0 ? ERROR_NONE : parsed.code, rows[i].code);
        assert_null(strstr(e.message, "password"));
    }
}

static void the_origin_of_a_long_address(void **state)
{
    struct url u;
    struct str text = STR_INIT;
    (void)state;
    str_add(&text, "https://cdn.discordapp.com/attachments/1/2/");
    str_add_repeat(&text, 'x', 2000);
    str_add(&text, ".txt?ex=1&is=2&hm=3&");
    assert_int_equal(url_parse_origin(str_text(&text), &u, NULL), 0);
    assert_string_equal(u.host, "cdn.discordapp.com");
    assert_true(u.tls && u.port == 443);
    static const char *const bad[] = {"https://cdn.discordapp.com\\@evil.example/",
                                      "https://a@cdn.discordapp.com/x",
                                      "file:///etc/passwd",
                                      "x",
                                      "",
                                      "http://cdn.discordapp.com/"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(url_parse_origin(bad[i], &u, NULL), -1);
    assert_int_equal(url_parse_origin("https://evil.example?https://cdn.discordapp.com/", &u, NULL), 0);
    assert_string_equal(u.host, "evil.example");
    str_clear(&text);
    str_add(&text, "https://");
    str_add_repeat(&text, 'x', 2000);
    assert_int_equal(url_parse_origin(str_text(&text), &u, NULL), -1);
    str_release(&text);
}

static void parts_of_an_address_are_taken_apart(void **state)
{
    struct url u;
    (void)state;
    assert_int_equal(url_parse("https://discord.com/api/v10/", URL_REST, &u, NULL), 0);
    assert_string_equal(u.host, "discord.com");
    assert_string_equal(u.path, "/api/v10");
    assert_int_equal(u.port, 443);
    assert_true(u.tls);
    assert_int_equal(url_parse("ws://[::1]:99", URL_GATEWAY, &u, NULL), 0);
    assert_string_equal(u.host, "::1");
    assert_true(u.numeric_v6);
    assert_int_equal(u.port, 99);
    assert_false(u.tls);
    assert_string_equal(u.path, "");
}

static void environment_names_the_proxy_and_its_exceptions(void **state)
{
    struct url to, proxy;
    struct error e;
    (void)state;
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy",
                                        "ALL_PROXY",   "no_proxy",    "NO_PROXY"};
    for (int i = 0; i < 6; i++)
        unsetenv(names[i]);
    assert_int_equal(url_parse("wss://gateway.discord.gg", URL_GATEWAY, &to, NULL), 0);
    assert_int_equal(url_proxy(&to, &proxy, &e), 0);
    setenv("https_proxy", "http://me:p%40ss@proxy.example:3128", 1);
    assert_int_equal(url_proxy(&to, &proxy, &e), 1);
    assert_string_equal(proxy.host, "proxy.example");
    assert_int_equal(proxy.port, 3128);
    assert_string_equal(proxy.user, "me:p@ss");
    url_release(&proxy);
    assert_string_equal(proxy.user, "");
    setenv("https_proxy", "proxy.example:3128", 1);
    assert_int_equal(url_proxy(&to, &proxy, &e), 1);
    assert_string_equal(proxy.host, "proxy.example");
    setenv("https_proxy", "socks5://proxy.example:1080", 1);
    assert_int_equal(url_proxy(&to, &proxy, &e), -1);
    setenv("no_proxy", "example.org, .discord.gg", 1);
    assert_int_equal(url_proxy(&to, &proxy, &e), 0);
    unsetenv("no_proxy");
    assert_int_equal(url_parse("wss://localhost:7", URL_GATEWAY, &to, NULL), 0);
    assert_int_equal(url_proxy(&to, &proxy, &e), 0);
    unsetenv("https_proxy");
    assert_true(url_bypassed("*", "any.example"));
    assert_true(url_bypassed("discord.gg", "gateway.discord.gg"));
    assert_false(url_bypassed("discord.gg", "notdiscord.gg"));
    assert_false(url_bypassed("", "discord.gg"));
    assert_false(url_bypassed(NULL, "discord.gg"));
}

static void segments_are_percent_encoded(void **state)
{
    struct str s = STR_INIT;
    (void)state;
    rest_path_segment(&s, "a/b c?\xf0\x9f\x91\x8d~.-_");
    assert_string_equal(s.data, "a%2Fb%20c%3F%F0%9F%91%8D~.-_");
    str_clear(&s);
    rest_path_segment(&s, "name:123");
    assert_string_equal(s.data, "name%3A123");
    str_release(&s);
}

static void a_limit_never_cuts_a_character(void **state)
{
    struct str s = STR_INIT;
    (void)state;
    url_encode(&s, "ab\xc3\xa9", 7);
    assert_string_equal(s.data, "ab");
    str_clear(&s);
    url_encode(&s, "ab\xc3\xa9", 8);
    assert_string_equal(s.data, "ab%C3%A9");
    str_release(&s);
}

static void upgrade_request_says_what_a_websocket_needs(void **state)
{
    struct url u;
    char key[UPGRADE_KEY], again[UPGRADE_KEY];
    struct str s = STR_INIT;
    (void)state;
    assert_int_equal(url_parse("ws://[::1]:99", URL_GATEWAY, &u, NULL), 0);
    upgrade_request(&u, "/?v=10&encoding=json", key, &s);
    assert_true(str_starts(s.data, "GET /?v=10&encoding=json HTTP/1.1\r\nHost: [::1]:99\r\n"));
    assert_non_null(strstr(s.data, "Sec-WebSocket-Version: 13\r\n"));
    assert_non_null(strstr(s.data, key));
    assert_int_equal(strlen(key), 24);
    str_clear(&s);
    upgrade_request(&u, "/", again, &s);
    assert_string_not_equal(key, again);
    str_release(&s);
}

#define KEY "dGhlIHNhbXBsZSBub25jZQ==" /* the example of RFC 6455 */
#define ACCEPT "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
#define HEAD "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"

static int check(const char *head)
{
    struct error e;
    return upgrade_check(head, strlen(head), KEY, &e);
}

static void only_a_true_upgrade_is_taken(void **state)
{
    (void)state;
    assert_int_equal(check(HEAD ACCEPT "\r\n"), 0);
    assert_int_equal(check(HEAD "\r\n"), -1);
    assert_int_equal(check(HEAD "Sec-WebSocket-Accept: AAAALMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"), -1);
    assert_int_equal(check(HEAD ACCEPT ACCEPT "\r\n"), -1);
    assert_int_equal(check(HEAD ACCEPT "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"), -1);
    assert_int_equal(check("HTTP/1.1 200 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" ACCEPT "\r\n"),
                     -1);
    assert_int_equal(check("HTTP/1.1 101 X\r\nConnection: Upgrade\r\n" ACCEPT "\r\n"), -1);
    assert_int_equal(check("HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: upgraded\r\n" ACCEPT "\r\n"),
                     -1);
    assert_int_equal(check("nonsense"), -1);
    assert_int_equal(check(""), -1);
}

static void heads_end_with_an_empty_line(void **state)
{
    (void)state;
    assert_int_equal(upgrade_head("a\r\n\r\nb", 6), 5);
    assert_int_equal(upgrade_head("a\r\n\r", 4), 0);
    assert_int_equal(upgrade_head("", 0), 0);
}

static void proxies_are_asked_for_a_tunnel(void **state)
{
    struct url to, proxy;
    struct str s = STR_INIT;
    struct error e;
    static const char yes[] = "HTTP/1.0 200 Connection established\r\n\r\n", no[] = "HTTP/1.1 407 No\r\n\r\n";
    (void)state;
    assert_int_equal(url_parse("wss://gateway.discord.gg", URL_GATEWAY, &to, NULL), 0);
    assert_int_equal(url_parse("http://a:b@p", URL_PROXY, &proxy, NULL), 0);
    upgrade_connect(&to, &proxy, &s);
    assert_string_equal(s.data, "CONNECT gateway.discord.gg:443 HTTP/1.1\r\nHost: gateway.discord.gg:443\r\n"
                                "Proxy-Authorization: Basic YTpi\r\n\r\n");
    assert_int_equal(upgrade_check_connect(yes, sizeof yes - 1, &e), 0);
    assert_int_equal(upgrade_check_connect(no, sizeof no - 1, &e), -1);
    assert_non_null(strstr(e.message, "407"));
    str_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_is_for_loopback_only),
        cmocka_unit_test(a_base_is_judged_alike_without_the_library),
        cmocka_unit_test(the_origin_of_a_long_address),
        cmocka_unit_test(parts_of_an_address_are_taken_apart),
        cmocka_unit_test(environment_names_the_proxy_and_its_exceptions),
        cmocka_unit_test(segments_are_percent_encoded),
        cmocka_unit_test(a_limit_never_cuts_a_character),
        cmocka_unit_test(upgrade_request_says_what_a_websocket_needs),
        cmocka_unit_test(only_a_true_upgrade_is_taken),
        cmocka_unit_test(heads_end_with_an_empty_line),
        cmocka_unit_test(proxies_are_asked_for_a_tunnel),
    };
    crypto_start();
    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
