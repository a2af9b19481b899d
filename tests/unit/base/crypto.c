#include "test.h"

#include <fcntl.h>
#include <string.h>

#include "scratch.h"
#include "tt/base/crypto.h"
#include "tt/base/fs.h"

static const struct key zero_key;

static int start(void **state)
{
    (void)state;
    crypto_start();
    crypto_start();
    return 0;
}

static void hex_goes_both_ways(void **state)
{
    (void)state;
    unsigned char bytes[4] = {0x00, 0x9f, 0xab, 0xff}, back[4];
    char text[9];
    crypto_hex(bytes, 4, text);
    assert_string_equal(text, "009fabff");
    assert_int_equal(crypto_unhex("009FabFF", back, 4), 0);
    assert_memory_equal(bytes, back, 4);
    assert_int_equal(crypto_unhex("009fabf", back, 4), -1);
    assert_int_equal(crypto_unhex("009fabff0", back, 4), -1);
    assert_int_equal(crypto_unhex("009fabfg", back, 4), -1);
    assert_int_equal(crypto_unhex("", back, 4), -1);
}

/* FIPS 180-4 and RFC 4231 (case 1 with its key padded to 32 bytes is the same HMAC). */
static void hashes_are_the_published_ones(void **state)
{
    (void)state;
    char out[SHA256_TEXT];
    crypto_sha256_hex("abc", 3, out);
    assert_string_equal(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    crypto_sha256_hex("", 0, out);
    assert_string_equal(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    struct key k = {{0}};
    memset(k.bytes, 0x0b, 20);
    crypto_hmac_hex(&k, "Hi There", 8, out);
    assert_string_equal(out, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

static void subkeys_differ_and_are_stable(void **state)
{
    (void)state;
    struct key subs[SUBKEY_COUNT], again;
    for (int i = 0; i < SUBKEY_COUNT; i++) {
        key_derive(&zero_key, (enum subkey)i, &subs[i]);
        key_derive(&zero_key, (enum subkey)i, &again);
        assert_memory_equal(&subs[i], &again, sizeof again);
        assert_memory_not_equal(&subs[i], &zero_key, sizeof again);
        for (int j = 0; j < i; j++)
            assert_memory_not_equal(&subs[i], &subs[j], sizeof again);
    }
    char a[FINGERPRINT_TEXT], b[FINGERPRINT_TEXT];
    struct key other = {{1}};
    key_fingerprint(&zero_key, a);
    key_fingerprint(&other, b);
    assert_int_equal(strlen(a), 16);
    assert_string_not_equal(a, b);
}

static void sealed_text_opens_only_in_its_place(void **state)
{
    (void)state;
    struct str sealed = STR_INIT, again = STR_INIT, plain = STR_INIT;
    struct error e;
    struct key other = {{1}};
    crypto_seal(&zero_key, "token/tenant01", "secret\0text", 11, &sealed);
    crypto_seal(&zero_key, "token/tenant01", "secret\0text", 11, &again);
    assert_true(sealed.len == again.len && memcmp(sealed.data, again.data, sealed.len) != 0);
    assert_null(memmem(sealed.data, sealed.len, "secret", 6));
    str_add(&plain, "before ");
    assert_int_equal(crypto_open(&zero_key, "token/tenant01", sealed.data, sealed.len, &plain, &e), 0);
    assert_int_equal(plain.len, 18);
    assert_memory_equal(plain.data, "before secret\0text", 19);
    assert_int_equal(crypto_open(&zero_key, "token/tenant02", sealed.data, sealed.len, &plain, &e), -1);
    assert_int_equal(e.code, ERROR_DB_DAMAGED);
    assert_int_equal(crypto_open(&other, "token/tenant01", sealed.data, sealed.len, &plain, &e), -1);
    assert_int_equal(plain.len, 18);
    str_release(&sealed);
    str_release(&again);
    str_release(&plain);
}

static void any_changed_or_missing_byte_keeps_it_shut(void **state)
{
    (void)state;
    struct str sealed = STR_INIT, plain = STR_INIT;
    crypto_seal(&zero_key, "c", "text", 4, &sealed);
    for (size_t i = 0; i < sealed.len; i++) {
        sealed.data[i] = (char)(sealed.data[i] ^ 1);
        assert_int_equal(crypto_open(&zero_key, "c", sealed.data, sealed.len, &plain, NULL), -1);
        sealed.data[i] = (char)(sealed.data[i] ^ 1);
        assert_int_equal(crypto_open(&zero_key, "c", sealed.data, i, &plain, NULL), -1);
    }
    assert_int_equal(crypto_open(&zero_key, "c", sealed.data, sealed.len, &plain, NULL), 0);
    str_clear(&sealed);
    crypto_seal(&zero_key, "c", "", 0, &sealed);
    str_clear(&plain);
    assert_int_equal(crypto_open(&zero_key, "c", sealed.data, sealed.len, &plain, NULL), 0);
    assert_int_equal(plain.len, 0);
    str_release(&sealed);
    str_release(&plain);
}

static void a_made_key_is_private_and_reads_back(void **state)
{
    char *path = scratch_path(state, "conf/tenanttui/key"), *dir = scratch_path(state, "conf/tenanttui");
    struct key made, read, second;
    struct error e;
    struct str text = STR_INIT;
    mode_t before = umask(0);
    assert_int_equal(key_create(path, &made, NULL), 0);
    umask(before);
    assert_int_equal(mode_of(path), 0600);
    assert_int_equal(mode_of(dir), 0700);
    assert_int_equal(key_read(path, &read, NULL), 0);
    assert_memory_equal(&made, &read, sizeof made);
    assert_int_equal(fs_read(path, 100, &text, NULL), 0);
    assert_int_equal(text.len, 65);
    assert_int_equal(strspn(text.data, "0123456789abcdef"), 64);
    assert_int_equal(text.data[64], '\n');
    assert_int_equal(key_create(path, &second, &e), -1);
    assert_int_equal(e.code, ERROR_REFUSED);
    assert_int_equal(key_read(path, &read, NULL), 0);
    assert_memory_equal(&made, &read, sizeof made);
    str_release(&text);
    free(path);
    free(dir);
}

static void a_key_open_to_others_is_refused(void **state)
{
    char *path = scratch_path(state, "key");
    struct key key;
    assert_int_equal(key_create(path, &key, NULL), 0);
    static const mode_t unsafe[] = {0640, 0604, 0620, 0602, 0610, 0644, 0666};
    for (size_t i = 0; i < COUNT(unsafe); i++) {
        struct error e;
        chmod(path, unsafe[i]);
        assert_int_equal(key_read(path, &key, &e), -1);
        assert_int_equal(e.code, ERROR_KEY_UNSAFE);
        assert_non_null(strstr(e.hint, "chmod 600"));
    }
    chmod(path, 0400);
    assert_int_equal(key_read(path, &key, NULL), 0);
    if (geteuid() == 0) {
        struct error e;
        assert_int_equal(chown(path, 12345, (gid_t)-1), 0);
        assert_int_equal(key_read(path, &key, &e), -1);
        assert_int_equal(e.code, ERROR_KEY_UNSAFE);
    }
    free(path);
}

static void what_is_no_key_is_named(void **state)
{
    char *path = scratch_path(state, "key");
    struct key key;
    struct error e;
    assert_int_equal(key_read(path, &key, &e), -1);
    assert_int_equal(e.code, ERROR_KEY_MISSING);
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
    static const char *const bad[] = {"",
                                      "\n",
                                      "hello\n",
                                      ZEROS "0\n",
                                      ZEROS "\n\n",
                                      "0" ZEROS,
                                      "g000000000000000000000000000000000000000000000000000000000000000\n",
                                      ZEROS ZEROS};
    for (size_t i = 0; i < COUNT(bad); i++) {
        file_put(path, bad[i], strlen(bad[i]), 0600);
        assert_int_equal(key_read(path, &key, &e), -1);
        assert_int_equal(e.code, ERROR_KEY_WRONG);
        assert_null(strstr(e.message, "000000"));
    }
    file_put(path, ZEROS "\n", 65, 0600);
    assert_int_equal(key_read(path, &key, NULL), 0);
    assert_memory_equal(&key, &zero_key, sizeof key);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(key_read(path, &key, &e), -1);
    assert_int_equal(e.code, ERROR_KEY_WRONG);
    free(path);
}

/* RFC 4648, 10. */
static void base64_goes_both_ways(void **state)
{
    (void)state;
    static const char *const vectors[][2] = {{"", ""},
                                             {"f", "Zg=="},
                                             {"fo", "Zm8="},
                                             {"foo", "Zm9v"},
                                             {"foob", "Zm9vYg=="},
                                             {"fooba", "Zm9vYmE="},
                                             {"foobar", "Zm9vYmFy"}};
    struct str out = STR_INIT;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        str_clear(&out);
        crypto_base64(vectors[i][0], strlen(vectors[i][0]), &out);
        assert_string_equal(str_text(&out), vectors[i][1]);
        str_clear(&out);
        assert_int_equal(crypto_unbase64(vectors[i][1], strlen(vectors[i][1]), &out), 0);
        assert_string_equal(str_text(&out), vectors[i][0]);
        size_t bare = strcspn(vectors[i][1], "=");
        str_clear(&out);
        assert_int_equal(crypto_unbase64(vectors[i][1], bare, &out), 0);
        assert_string_equal(str_text(&out), vectors[i][0]);
    }
    str_clear(&out);
    assert_int_equal(crypto_unbase64("_-8", 3, &out), 0);
    assert_memory_equal(out.data, "\xff\xef", 2);
    str_clear(&out);
    assert_int_equal(crypto_unbase64("/+8=", 4, &out), 0);
    assert_memory_equal(out.data, "\xff\xef", 2);
    static const char *const bad[] = {"Z", "Zg=", "Zg===", "Zm9v=", "Z g=", "Zm9vZ", "=", "Zm\x80v", "===="};
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(crypto_unbase64(bad[i], strlen(bad[i]), &out), -1);
    str_release(&out);
}

static void keyed_hashes_depend_on_key_and_text(void **state)
{
    (void)state;
    struct key other = {{1}};
    unsigned char a[32], b[32], c[32], d[32];
    crypto_keyed_hash(&zero_key, "x", 1, a);
    crypto_keyed_hash(&zero_key, "x", 1, b);
    crypto_keyed_hash(&zero_key, "y", 1, c);
    crypto_keyed_hash(&other, "x", 1, d);
    assert_true(crypto_same(a, b, 32));
    assert_false(crypto_same(a, c, 32));
    assert_false(crypto_same(a, d, 32));
}

static void a_digest_is_that_of_all_its_pieces(void **state)
{
    (void)state;
    unsigned char whole[32], pieces[32], keyed[32], expected[32];
    struct crypto_digest *d = crypto_digest_new(NULL);
    crypto_digest_add(d, "abc", 3);
    crypto_digest_end(d, whole);
    /* BLAKE2b with 32 bytes, of "abc" */
    char hex[65];
    crypto_hex(whole, sizeof whole, hex);
    assert_string_equal(hex, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    d = crypto_digest_new(NULL);
    crypto_digest_add(d, "a", 1);
    crypto_digest_add(d, "", 0);
    crypto_digest_add(d, "bc", 2);
    crypto_digest_end(d, pieces);
    assert_memory_equal(whole, pieces, sizeof whole);
    d = crypto_digest_new(&zero_key);
    crypto_digest_add(d, "abc", 3);
    crypto_digest_end(d, keyed);
    crypto_keyed_hash(&zero_key, "abc", 3, expected);
    assert_memory_equal(keyed, expected, sizeof keyed);
    assert_memory_not_equal(keyed, whole, sizeof keyed);
    crypto_digest_end(crypto_digest_new(NULL), NULL);
    crypto_digest_end(NULL, NULL);
}

static void a_passphrase_makes_one_key_with_one_salt(void **state)
{
    (void)state;
    struct passphrase_cost cost, other;
    struct key one, again;
    struct error e = {0};
    passphrase_cost_new(&cost);
    passphrase_cost_new(&other);
    assert_memory_not_equal(cost.salt, other.salt, sizeof cost.salt);
    assert_true(cost.memory >= 64 << 20);
    cost.operations = other.operations = 1;
    cost.memory = other.memory = 8 << 20;
    assert_int_equal(passphrase_key("open sesame", 11, &cost, &one, &e), 0);
    assert_int_equal(passphrase_key("open sesame", 11, &cost, &again, &e), 0);
    assert_memory_equal(&one, &again, sizeof one);
    assert_int_equal(passphrase_key("open sesamE", 11, &cost, &again, &e), 0);
    assert_memory_not_equal(&one, &again, sizeof one);
    assert_int_equal(passphrase_key("open sesame", 11, &other, &again, &e), 0);
    assert_memory_not_equal(&one, &again, sizeof one);
}

/* A file says what its key costs, and anybody can write a file. */
static void a_key_that_costs_too_much_or_nothing_is_refused(void **state)
{
    (void)state;
    static const struct {
        int64_t operations, memory;
    } bad[] = {{0, 64 << 20},         {11, 64 << 20},
               {INT64_MAX, 64 << 20}, {-1, 64 << 20},
               {3, (8 << 20) - 1},    {3, INT64_C(1) << 40},
               {3, INT64_MAX},        {3, -1},
               {3, (1 << 30) + 1LL},  {3, 0}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct passphrase_cost cost = {.operations = bad[i].operations, .memory = bad[i].memory};
        struct error e = {0};
        struct key key;
        assert_int_equal(passphrase_key("x", 1, &cost, &key, &e), -1);
        assert_int_equal(e.code, ERROR_REFUSED);
        assert_non_null(strstr(e.message, "cost"));
    }
    struct passphrase_cost cost = {.operations = 1, .memory = 8 << 20};
    struct error e = {0};
    struct key key;
    assert_int_equal(passphrase_key("", 0, &cost, &key, &e), -1);
    assert_int_equal(e.code, ERROR_REFUSED);
}

int main(void)
{
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_open, scratch_close)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_digest_is_that_of_all_its_pieces),
        cmocka_unit_test(a_passphrase_makes_one_key_with_one_salt),
        cmocka_unit_test(a_key_that_costs_too_much_or_nothing_is_refused),
        cmocka_unit_test(hex_goes_both_ways),
        cmocka_unit_test(hashes_are_the_published_ones),
        cmocka_unit_test(subkeys_differ_and_are_stable),
        cmocka_unit_test(sealed_text_opens_only_in_its_place),
        cmocka_unit_test(any_changed_or_missing_byte_keeps_it_shut),
        IN_SCRATCH(a_made_key_is_private_and_reads_back),
        IN_SCRATCH(a_key_open_to_others_is_refused),
        IN_SCRATCH(what_is_no_key_is_named),
        cmocka_unit_test(base64_goes_both_ways),
        cmocka_unit_test(keyed_hashes_depend_on_key_and_text),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
