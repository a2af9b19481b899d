#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "tt/base/mem.h"
#include "tt/domain/control.h"

#define NOW INT64_C(1785585831000)
#define SHA "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define NONCE "000102030405060708090a0b0c0d0e0f"

static struct key sub;
static struct str line;

static const struct control_message sample = {
    .tenant = "tenant01", .revision = 17, .sha256 = SHA, .nonce = NONCE, .time = NOW};

static const struct control_context own = {.author_id = 10,
                                           .bot_id = 10,
                                           .channel_id = 20,
                                           .control_channel_id = 20,
                                           .guild_id = 30,
                                           .tenant_guild_id = 30,
                                           .tenant = "tenant01",
                                           .now = NOW,
                                           .database_revision = 17};

static int setup(void **state)
{
    (void)state;
    struct key key = {{0}};
    crypto_start();
    key_derive(&key, SUBKEY_CONTROL, &sub);
    str_clear(&line);
    control_write(&sample, &sub, &line);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    str_release(&line);
    return 0;
}

static enum control_verdict judge(const struct control_context *context)
{
    struct control_message m;
    return control_read(line.data, line.len, &sub, context, &m);
}

/* Sign TEXT, the part before the last space, as if the key's owner had written it. */
static void sign(const char *text)
{
    char hmac[SHA256_TEXT];
    crypto_hmac_hex(&sub, text, strlen(text), hmac);
    str_clear(&line);
    str_addf(&line, "%s %s", text, hmac);
}

static void the_line_has_the_bytes_of_the_specification(void **state)
{
    (void)state;
    const char *signed_part = "tenanttui/1 {\"tenant\":\"tenant01\",\"revision\":17,\"sha256\":\"" SHA
                              "\",\"nonce\":\"" NONCE "\",\"time\":\"2026-08-01T12:03:51Z\"}";
    char hmac[SHA256_TEXT];
    crypto_hmac_hex(&sub, signed_part, strlen(signed_part), hmac);
    struct str expected = STR_INIT;
    str_addf(&expected, "%s %s", signed_part, hmac);
    assert_string_equal(line.data, expected.data);
    str_release(&expected);
}

static void what_was_written_is_read(void **state)
{
    (void)state;
    struct control_message m;
    assert_int_equal(control_read(line.data, line.len, &sub, &own, &m), CONTROL_OK);
    assert_string_equal(m.tenant, "tenant01");
    assert_true(m.revision == 17 && m.time == NOW);
    assert_string_equal(m.sha256, SHA);
    assert_string_equal(m.nonce, NONCE);
}

static void every_flipped_byte_is_noticed(void **state)
{
    (void)state;
    for (size_t i = 0; i < line.len; i++)
        for (int bit = 0; bit < 8; bit++) {
            line.data[i] = (char)(line.data[i] ^ 1 << bit);
            enum control_verdict v = judge(&own);
            assert_int_equal(v, i < strlen(CONTROL_PREFIX) ? CONTROL_NOT : CONTROL_FORGED);
            line.data[i] = (char)(line.data[i] ^ 1 << bit);
        }
    assert_int_equal(judge(&own), CONTROL_OK);
}

static void every_cut_and_added_byte_is_noticed(void **state)
{
    (void)state;
    struct control_message m;
    for (size_t n = 0; n < line.len; n++) {
        /* A copy of exactly that size, so that a sanitizer sees every step outside. */
        char *text = mem_alloc(n);
        memcpy(text, line.data, n);
        enum control_verdict v = control_read(text, n, &sub, &own, &m);
        assert_int_equal(v, n < strlen(CONTROL_PREFIX) ? CONTROL_NOT : CONTROL_FORGED);
        free(text);
    }
    static const char *const tails[] = {" ", "\n", "0", "x"};
    for (size_t i = 0; i < COUNT(tails); i++) {
        str_add(&line, tails[i]);
        assert_int_equal(judge(&own), CONTROL_FORGED);
        str_cut(&line, line.len - 1);
    }
}

static void another_key_is_forged(void **state)
{
    (void)state;
    struct key other = {{1}}, other_sub;
    struct control_message m;
    key_derive(&other, SUBKEY_CONTROL, &other_sub);
    assert_int_equal(control_read(line.data, line.len, &other_sub, &own, &m), CONTROL_FORGED);
    key_derive(&(struct key){{0}}, SUBKEY_HASH, &other_sub);
    assert_int_equal(control_read(line.data, line.len, &other_sub, &own, &m), CONTROL_FORGED);
}

static void verdicts_come_in_the_order_of_the_specification(void **state)
{
    (void)state;
    /* Everything is wrong at first; each step mends what was judged. */
    struct control_context c = {.author_id = 11,
                                .bot_id = 10,
                                .channel_id = 21,
                                .control_channel_id = 20,
                                .guild_id = 31,
                                .tenant_guild_id = 30,
                                .tenant = "tenant02",
                                .now = NOW + CONTROL_WINDOW_MS + 1,
                                .database_revision = 16};
    line.data[line.len - 1] = (char)(line.data[line.len - 1] ^ 1);
    assert_int_equal(judge(&c), CONTROL_FORGED);
    c.author_id = 10;
    assert_int_equal(judge(&c), CONTROL_FOREIGN);
    c.guild_id = 30;
    assert_int_equal(judge(&c), CONTROL_FOREIGN);
    c.channel_id = 20;
    assert_int_equal(judge(&c), CONTROL_FORGED);
    line.data[line.len - 1] = (char)(line.data[line.len - 1] ^ 1);
    assert_int_equal(judge(&c), CONTROL_FOREIGN);
    c.tenant = "tenant01";
    assert_int_equal(judge(&c), CONTROL_STALE);
    c.now = NOW;
    assert_int_equal(judge(&c), CONTROL_AHEAD);
    c.database_revision = 17;
    assert_int_equal(judge(&c), CONTROL_OK);
    c.database_revision = 18;
    assert_int_equal(judge(&c), CONTROL_OK);
}

static void unset_ids_never_match(void **state)
{
    (void)state;
    struct control_context c = own;
    c.channel_id = c.control_channel_id = 0;
    assert_int_equal(judge(&c), CONTROL_FOREIGN);
    c = own;
    c.author_id = c.bot_id = 0;
    assert_int_equal(judge(&c), CONTROL_FORGED);
}

static void the_window_is_ten_minutes_either_way(void **state)
{
    (void)state;
    struct control_context c = own;
    for (int sign_of = -1; sign_of <= 1; sign_of += 2) {
        c.now = NOW + sign_of * CONTROL_WINDOW_MS;
        assert_int_equal(judge(&c), CONTROL_OK);
        c.now += sign_of;
        assert_int_equal(judge(&c), CONTROL_STALE);
    }
}

static void a_right_signature_over_another_form_is_forged(void **state)
{
    (void)state;
#define PART(members) CONTROL_PREFIX "{" members "}"
#define TENANT "\"tenant\":\"tenant01\""
#define REVISION "\"revision\":17"
#define HASH "\"sha256\":\"" SHA "\""
#define UNIQUE "\"nonce\":\"" NONCE "\""
#define WHEN "\"time\":\"2026-08-01T12:03:51Z\""
    static const char *const bad[] = {
        PART(REVISION "," TENANT "," HASH "," UNIQUE "," WHEN),
        PART(TENANT ", " REVISION "," HASH "," UNIQUE "," WHEN),
        PART(TENANT "," REVISION "," HASH "," UNIQUE "," WHEN ",\"x\":1"),
        PART(TENANT "," TENANT "," REVISION "," HASH "," UNIQUE "," WHEN),
        PART(TENANT "," REVISION "," HASH "," UNIQUE),
        PART(TENANT ",\"revision\":\"17\"," HASH "," UNIQUE "," WHEN),
        PART(TENANT ",\"revision\":17.0," HASH "," UNIQUE "," WHEN),
        PART(TENANT ",\"revision\":-17," HASH "," UNIQUE "," WHEN),
        PART(TENANT "," REVISION ",\"sha256\":\"ab\"," UNIQUE "," WHEN),
        PART(TENANT "," REVISION "," HASH ",\"nonce\":\"\"," WHEN),
        PART(TENANT "," REVISION "," HASH "," UNIQUE ",\"time\":\"2026-08-01T19:03:51+07:00\""),
        PART(TENANT "," REVISION "," HASH "," UNIQUE ",\"time\":\"2026-08-01T12:03:51.000Z\""),
        PART("\"tenant\":\"T\\\"\"," REVISION "," HASH "," UNIQUE "," WHEN),
        CONTROL_PREFIX "[]",
        CONTROL_PREFIX,
        CONTROL_PREFIX "{",
    };
    sign(PART(TENANT "," REVISION "," HASH "," UNIQUE "," WHEN));
    assert_int_equal(judge(&own), CONTROL_OK);
    for (size_t i = 0; i < COUNT(bad); i++) {
        sign(bad[i]);
        if (judge(&own) != CONTROL_FORGED)
            fail_msg("%s", line.data);
    }
}

static void the_message_is_filled_on_ok_and_ahead_only(void **state)
{
    (void)state;
    struct control_message m = {.revision = -5};
    struct control_context c = own;
    c.tenant = "tenant02";
    assert_int_equal(control_read(line.data, line.len, &sub, &c, &m), CONTROL_FOREIGN);
    assert_true(m.revision == -5);
    c = own;
    c.database_revision = 1;
    assert_int_equal(control_read(line.data, line.len, &sub, &c, &m), CONTROL_AHEAD);
    assert_true(m.revision == 17);
}

static void it_fits_a_discord_message_at_its_longest(void **state)
{
    (void)state;
    struct control_message m = sample;
    memset(m.tenant, 'x', TENANT_ID_MAX);
    m.tenant[TENANT_ID_MAX] = '\0';
    m.revision = INT64_C(1) << 53;
    str_clear(&line);
    control_write(&m, &sub, &line);
    assert_true(line.len <= 2000);
}

int main(void)
{
#define WITH_LINE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        WITH_LINE(the_line_has_the_bytes_of_the_specification),
        WITH_LINE(what_was_written_is_read),
        WITH_LINE(every_flipped_byte_is_noticed),
        WITH_LINE(every_cut_and_added_byte_is_noticed),
        WITH_LINE(another_key_is_forged),
        WITH_LINE(verdicts_come_in_the_order_of_the_specification),
        WITH_LINE(unset_ids_never_match),
        WITH_LINE(the_window_is_ten_minutes_either_way),
        WITH_LINE(a_right_signature_over_another_form_is_forged),
        WITH_LINE(the_message_is_filled_on_ok_and_ahead_only),
        WITH_LINE(it_fits_a_discord_message_at_its_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
