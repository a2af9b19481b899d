/* Transaction ids that can be read out. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "tt/base/mem.h"
#include "tt/domain/receipt.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static int setup(void **state)
{
    struct receipt_key *key = mem_zero(1, sizeof *key);
    struct key sub = {.bytes = {1, 2, 3}};
    crypto_start();
    receipt_key_derive(&sub, key);
    *state = key;
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void every_number_has_one_id_and_every_id_one_number(void **state)
{
    enum { N = 20000 };
    char(*ids)[RECEIPT_TEXT] = mem_zero(N, sizeof *ids);
    for (int i = 0; i < N; i++) {
        int64_t tx = i < N / 2 ? i + 1 : RECEIPT_MAX - (N - 1 - i) * INT64_C(54321), back = 0;
        receipt_format(*state, tx, ids[i]);
        assert_int_equal(strlen(ids[i]), RECEIPT_TEXT - 1);
        assert_int_equal(strspn(ids[i], "0123456789ABCDEFGHJKMNPQRSTVWXYZ-"), RECEIPT_TEXT - 1);
        assert_int_equal(receipt_parse(*state, ids[i], &back, NULL), 0);
        assert_int_equal(back, tx);
    }
    qsort(ids, N, sizeof *ids, compare);
    for (int i = 1; i < N; i++)
        assert_string_not_equal(ids[i - 1], ids[i]);
    free(ids);
}

/* Ids of neighbours have no more symbols in common than chance gives (1 in 32). */
static void ids_do_not_tell_how_much_is_sold(void **state)
{
    int same = 0, n = 2000;
    for (int i = 1; i <= n; i++) {
        char one[RECEIPT_TEXT], two[RECEIPT_TEXT];
        receipt_format(*state, i, one);
        receipt_format(*state, i + 1, two);
        for (int j = 0; j < RECEIPT_TEXT - 1; j++)
            same += j != 3 && j != 7 && one[j] == two[j];
    }
    assert_in_range(same, 9 * n / 64, 9 * n / 16); /* 9 n / 32 on average */
}

static void another_key_gives_other_ids(void **state)
{
    struct receipt_key other;
    struct key sub = {.bytes = {1, 2, 4}};
    int equal = 0;
    receipt_key_derive(&sub, &other);
    for (int tx = 1; tx <= 1000; tx++) {
        char one[RECEIPT_TEXT], two[RECEIPT_TEXT];
        equal += strcmp(receipt_format(*state, tx, one), receipt_format(&other, tx, two)) == 0;
    }
    assert_int_equal(equal, 0);
}

static void expect_noticed(const struct receipt_key *key, const char *text)
{
    int64_t tx = 0;
    struct error e = {0};
    if (receipt_parse(key, text, &tx, &e) == 0)
        fail_msg("'%s' was taken as %lld", text, (long long)tx);
    assert_int_equal(e.code, ERROR_MALFORMED);
    assert_string_equal(e.field, "tx");
}

static void every_single_wrong_character_is_noticed(void **state)
{
    for (int64_t tx = 1; tx < 3000000000; tx = tx * 3 + 1) {
        char id[RECEIPT_TEXT];
        receipt_format(*state, tx, id);
        for (int i = 0; i < RECEIPT_TEXT - 1; i++) {
            char right = id[i];
            for (const char *c = alphabet; *c && right != '-'; c++) {
                if (*c == right)
                    continue;
                id[i] = *c;
                expect_noticed(*state, id);
            }
            id[i] = right;
        }
    }
}

static void every_two_swapped_characters_are_noticed(void **state)
{
    int swapped = 0;
    for (int64_t tx = 1; tx < 3000000000; tx = tx * 2 + 1) {
        char id[RECEIPT_TEXT];
        receipt_format(*state, tx, id);
        for (int i = 0; i < RECEIPT_TEXT - 1; i++)
            for (int j = i + 1; j < RECEIPT_TEXT - 1; j++) {
                char one = id[i], two = id[j];
                if (one == two || one == '-' || two == '-')
                    continue;
                id[i] = two;
                id[j] = one;
                expect_noticed(*state, id);
                id[i] = one;
                id[j] = two;
                swapped++;
            }
    }
    assert_true(swapped > 500);
}

static void what_people_type_is_forgiven(void **state)
{
    int seen = 0;
    for (int64_t tx = 1; tx < 500; tx++) {
        char id[RECEIPT_TEXT], typed[2 * RECEIPT_TEXT] = "";
        size_t n = 0;
        int64_t back = 0;
        receipt_format(*state, tx, id);
        for (const char *c = id; *c; c++) {
            char lower = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
            seen += *c == '0' || *c == '1';
            typed[n++] = *c == '0' ? 'o' : *c == '1' ? (tx % 2 ? 'l' : 'I') : *c == '-' ? ' ' : lower;
        }
        assert_int_equal(receipt_parse(*state, typed, &back, NULL), 0);
        assert_int_equal(back, tx);
    }
    assert_true(seen > 50);
}

static void what_is_no_id_is_told_apart(void **state)
{
    static const char *const bad[] = {"",
                                      "-",
                                      "7K3",
                                      "7K3-M9Q-PD",
                                      "7K3-M9Q-PD44",
                                      "7U3-M9Q-PD4",
                                      "TRX_12345",
                                      "7K3M9QPD\xc3\xa4",
                                      "7K3-M9Q-PD4\n",
                                      "0123456789012345678901234567890"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_false(receipt_form(bad[i]));
        expect_noticed(*state, bad[i]);
    }
    assert_true(receipt_form("7k3 m9q pd4"));
    char id[RECEIPT_TEXT] = "x";
    assert_string_equal(receipt_format(*state, 0, id), "");
    assert_string_equal(receipt_format(*state, -1, id), "");
    assert_string_equal(receipt_format(*state, RECEIPT_MAX + 1, id), "");
    assert_int_equal(strlen(receipt_format(*state, RECEIPT_MAX, id)), RECEIPT_TEXT - 1);
}

static void an_id_of_another_key_is_tidied_like_one_of_ours(void **state)
{
    char id[RECEIPT_TEXT], tidy[RECEIPT_TEXT];
    receipt_format(*state, 4711, id);
    char typed[RECEIPT_TEXT] = " ";
    size_t n = 1;
    for (const char *p = id; *p; p++) {
        char c = *p == '0' ? 'o' : *p == '1' ? 'l' : *p;
        if (c != '-')
            typed[n++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    typed[n] = '\0';
    assert_true(receipt_tidy(typed, tidy));
    assert_string_equal(tidy, id);
    assert_true(receipt_tidy(id, tidy));
    assert_string_equal(tidy, id);
    assert_false(receipt_tidy("TRX-1", tidy));
    assert_false(receipt_tidy("", tidy));
}

#define with_key(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_key(every_number_has_one_id_and_every_id_one_number),
        with_key(ids_do_not_tell_how_much_is_sold),
        with_key(another_key_gives_other_ids),
        with_key(every_single_wrong_character_is_noticed),
        with_key(every_two_swapped_characters_are_noticed),
        with_key(what_people_type_is_forgiven),
        with_key(what_is_no_id_is_told_apart),
        with_key(an_id_of_another_key_is_tidied_like_one_of_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
