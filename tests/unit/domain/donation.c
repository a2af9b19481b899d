/* What the channel of donations says. */
#include "test.h"

#include <string.h>

#include "tt/domain/donation.h"

static const struct money_units common = {.dl = MONEY_DL, .bgl = MONEY_BGL};

static void donations_are_understood(void **state)
{
    (void)state;
    static const struct {
        const char *text, *growid;
        int64_t amount;
    } good[] = {
        {"GrowID: Rina99\nDeposit: 2 Diamond Lock, 5 World Lock", "Rina99", 205},
        {"GrowID: Rina99\nJumlah: 1,500 World Lock", "Rina99", 1500},
        {"growid:abc\r\ndeposit:15\r\n", "abc", 15},
        {"\n**New donation**\n**GrowID:** `Rina99`\n**Deposit:** 1 BGL, 2 DL\nThank you!", "Rina99", 10200},
        {"Deposit: 5 DL\nGrowID: Rina99", "Rina99", 500},
        {"> GrowID: Rina99\n> Deposit: 5 WL", "Rina99", 5},
        {"- **GrowID**: Rina99\n- **Deposit**: 5 WL", "Rina99", 5},
        {"World: SHOP\nTime: 12:30\nGrowID: Rina99\nDeposit: 1.500 WL", "Rina99", 1500},
    };
    for (size_t i = 0; i < COUNT(good); i++) {
        struct donation d;
        struct error e = {0};
        if (donation_parse(good[i].text, &common, &d, &e))
            fail_msg("'%s': %s", good[i].text, e.message);
        assert_string_equal(d.growid, good[i].growid);
        assert_int_equal(d.amount, good[i].amount);
    }
}

static void a_doubtful_one_is_refused_with_its_reason(void **state)
{
    (void)state;
    static const struct {
        const char *text, *reason, *growid;
    } bad[] = {
        {"GrowID: Rina99", "'Deposit: ...' is missing", "Rina99"},
        {"Deposit: 5 DL", "'GrowID: ...' is missing", ""},
        {"GrowID: Rina99\nGrowID: Budi\nDeposit: 5 DL", "'GrowID: ...' is there more than once", ""},
        {"GrowID: Rina99\nDeposit: 5 DL\nDeposit: 5 DL", "'Deposit: ...' is there more than once", "Rina99"},
        {"GrowID: Rina99\nDeposit: 5 DL\nJumlah: 6 DL", "'Deposit: ...' is there more than once", "Rina99"},
        {"GrowID: ab\nDeposit: 5 DL", "bad GrowID 'ab'", ""},
        {"GrowID: Rina 99\nDeposit: 5 DL", "bad GrowID 'Rina 99'", ""},
        {"GrowID: Ri*na\nDeposit: 5 DL", "bad GrowID 'Ri*na'", ""},
        {"GrowID: Rina99\n- Deposit: -5 DL", "bad deposit '-5 DL'", "Rina99"},
        {"GrowID: Rina99\nDeposit: -5 DL", "bad deposit '-5 DL'", "Rina99"},
        {"GrowID: Rina99\nDeposit: 1.5 DL", "bad deposit '1.5 DL'", "Rina99"},
        {"GrowID: Rina99\nDeposit: 0 WL", "expected more than nothing", "Rina99"},
        {"GrowID: Rina99\nDeposit: 99999999999999999999 BGL", "bad deposit", "Rina99"},
        {"GrowID: Rina99\nDeposit:", "bad deposit ''", "Rina99"},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct donation d;
        struct error e = {0};
        if (donation_parse(bad[i].text, &common, &d, &e) == 0)
            fail_msg("'%s' was taken", bad[i].text);
        assert_int_equal(e.code, ERROR_MALFORMED);
        if (!strstr(e.message, bad[i].reason))
            fail_msg("'%s': %s", bad[i].text, e.message);
        assert_string_equal(d.growid, bad[i].growid);
    }
}

static void other_talk_is_no_donation(void **state)
{
    (void)state;
    static const char *const other[] = {
        "", "hello", "My GrowID is Rina99, deposit 5 DL", ":::", "Grow ID: x\nAmount: 5", "a:\xff\xfe:b"};
    for (size_t i = 0; i < COUNT(other); i++) {
        struct donation d;
        struct error e = {0};
        assert_int_equal(donation_parse(other[i], &common, &d, &e), -1);
        assert_int_equal(e.code, ERROR_NO_SUCH);
    }
}

static void a_long_line_is_not_read_in_part(void **state)
{
    (void)state;
    struct str text = STR_INIT;
    struct donation d;
    struct error e = {0};
    str_add(&text, "GrowID: Rina99\nDeposit: 5 WL");
    str_add_repeat(&text, ' ', 400);
    str_add(&text, ", 5 DL");
    assert_int_equal(donation_parse(str_text(&text), &common, &d, &e), -1);
    assert_int_equal(e.code, ERROR_MALFORMED);
    assert_non_null(strstr(e.message, "too long"));
    str_release(&text);
}

static void embeds_are_read_like_text(void **state)
{
    (void)state;
    static const char *const messages[] = {
        "{\"content\":\"GrowID: Rina99\\nDeposit: 5 DL\",\"embeds\":[]}",
        "{\"content\":\"\",\"embeds\":[{\"title\":\"Donation\",\"description\":\"GrowID: Rina99\\nJumlah: 5 "
        "DL\"}]}",
        "{\"content\":\"\",\"embeds\":[{\"fields\":[{\"name\":\"GrowID\",\"value\":\"Rina99\"},"
        "{\"name\":\"Deposit:\",\"value\":\"5 DL\"}]}]}",
    };
    for (size_t i = 0; i < COUNT(messages); i++) {
        struct str text = STR_INIT;
        struct donation d;
        struct error e = {0};
        struct json *message = json_parse(messages[i], strlen(messages[i]), &e);
        assert_non_null(message);
        donation_text(message, &text);
        if (donation_parse(str_text(&text), &common, &d, &e))
            fail_msg("%s: %s", messages[i], e.message);
        assert_string_equal(d.growid, "Rina99");
        assert_int_equal(d.amount, 500);
        json_free(message);
        str_release(&text);
    }
}

static void a_message_of_odd_parts_does_no_harm(void **state)
{
    (void)state;
    static const char *const odd[] = {
        "{}", "[]", "{\"content\":5,\"embeds\":\"x\"}", "{\"embeds\":[1,null,[],{}]}",
        "{\"embeds\":[{\"fields\":[{},{\"value\":\"x\"},{\"name\":\"\",\"value\":\"y\"}]}]}"};
    for (size_t i = 0; i < COUNT(odd); i++) {
        struct str text = STR_INIT;
        struct donation d;
        struct json *message = json_parse(odd[i], strlen(odd[i]), NULL);
        assert_non_null(message);
        donation_text(message, &text);
        assert_int_equal(donation_parse(str_text(&text), &common, &d, NULL), -1);
        json_free(message);
        str_release(&text);
    }
}

static void growids_have_3_to_18_letters_and_digits(void **state)
{
    (void)state;
    static const char *const good[] = {"abc", "A1b", "123456789012345678"};
    static const char *const bad[] = {"",     "ab",    "1234567890123456789", "ab c",
                                      "ab_c", "abc\n", "r\xc3\xa9na"};
    for (size_t i = 0; i < COUNT(good); i++)
        assert_int_equal(growid_check("growid", good[i], NULL), 0);
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct error e = {0};
        assert_int_equal(growid_check("growid", bad[i], &e), -1);
        assert_int_equal(e.code, ERROR_MALFORMED);
        assert_string_equal(e.field, "growid");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(donations_are_understood),
        cmocka_unit_test(a_doubtful_one_is_refused_with_its_reason),
        cmocka_unit_test(other_talk_is_no_donation),
        cmocka_unit_test(a_long_line_is_not_read_in_part),
        cmocka_unit_test(embeds_are_read_like_text),
        cmocka_unit_test(a_message_of_odd_parts_does_no_harm),
        cmocka_unit_test(growids_have_3_to_18_letters_and_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
