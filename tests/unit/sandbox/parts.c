/* Small parts: containers, patterns, ids as numbers, forms, the compressed stream, mentions. */
#include <zlib.h>

#include "containers.h"
#include "faults.h"
#include "ids.h"
#include "request.h"
#include "test.h"
#include "world.h"
#include "zstream.h"

static void a_table_finds_what_was_put_and_not_removed(void **state)
{
    (void)state;
    struct table t = {0};
    static int values[5000];
    assert_null(table_get(&t, 7));
    for (int64_t i = 1; i < 5000; i++)
        table_put(&t, i << 22, &values[i]); /* snowflakes of consecutive moments */
    for (int64_t i = 1; i < 5000; i += 2)
        assert_ptr_equal(table_remove(&t, i << 22), &values[i]);
    assert_int_equal(t.count, 2499);
    for (int64_t i = 1; i < 5000; i++)
        assert_ptr_equal(table_get(&t, i << 22), i % 2 ? NULL : &values[i]);
    assert_null(table_remove(&t, 1 << 22));
    for (int64_t n = 0; n < 100000; n++) { /* removed entries do not fill the table */
        table_put(&t, 1000000007 + n, &values[0]);
        table_remove(&t, 1000000007 + n);
    }
    assert_true(t.cap < 100000);
    table_release(&t);
}

static void a_list_keeps_its_order(void **state)
{
    (void)state;
    struct list l = {0};
    int a, b, c;
    list_push(&l, &a);
    list_push(&l, &b);
    list_push(&l, &c);
    assert_true(list_remove(&l, &b));
    assert_false(list_remove(&l, &b));
    assert_ptr_equal(l.items[1], &c);
    list_remove_at(&l, 5);
    assert_int_equal(l.count, 2);
    list_drop(&l);
}

static void patterns_have_stars(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool fits;
    } samples[] = {{"*", "", true},          {"*", "/a/b", true},        {"/a", "/a", true},
                   {"/a", "/ab", false},     {"/a*", "/ab/c", true},     {"*/c", "/ab/c", true},
                   {"*/c", "/ab/cd", false}, {"/*/c/*", "/x/c/", true},  {"", "", true},
                   {"", "x", false},         {"a*b*c", "a-b-b-c", true}, {"a*b*c", "a-c-b", false}};
    for (size_t i = 0; i < COUNT(samples); i++)
        assert_int_equal(pattern_matches(samples[i].pattern, samples[i].text), samples[i].fits);
}

static void long_numbers_are_ids(void **state)
{
    (void)state;
    static const char text[] =
        "{\"a\":1574322045150298112,\"b\":[ 9223372036854775807 ],\"c\":12,\"d\":1.5e300,"
        "\"e\":\"x 1574322045150298112 \\\" ,1574322045150298112\",\"f\":12345678901234567.5}";
    struct json *j = parse_with_ids(text, sizeof text - 1);
    assert_non_null(j);
    assert_int_equal(json_get_id(j, "a"), 1574322045150298112);
    assert_int_equal(json_id(json_at(j, "b.0")), INT64_MAX);
    assert_int_equal(json_get_int(j, "c", 0), 12);
    assert_string_equal(json_get_string(j, "e"), "x 1574322045150298112 \" ,1574322045150298112");
    assert_true(json_is(json_get(j, "f"), JSON_NUMBER));
    json_free(j);
    assert_null(parse_with_ids("{\"a\":\"", 6));
    assert_null(parse_with_ids("\"\\", 2));
    assert_null(parse_with_ids("", 0));
}

static void forms_are_taken_apart(void **state)
{
    (void)state;
    static const char body[] =
        "--b\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\r\n{}\r\n"
        "--b\r\ncontent-disposition: form-data; name=\"files[0]\"; filename=\"a b.txt\"\r\n"
        "Content-Type: text/plain\r\n\r\none\r\n\r\ntwo\r\n--b--\r\n";
    struct list uploads = {0};
    assert_int_equal(multipart_parse("multipart/form-data; boundary=b", body, sizeof body - 1, &uploads), 0);
    assert_int_equal(uploads.count, 2);
    const struct upload *first = uploads.items[0], *second = uploads.items[1];
    assert_string_equal(first->name, "payload_json");
    assert_null(first->filename);
    assert_string_equal(second->filename, "a b.txt");
    assert_string_equal(second->type, "text/plain");
    assert_int_equal(second->size, 10);
    assert_memory_equal(second->data, "one\r\n\r\ntwo", 10);
    /* Cut anywhere, it is refused and nothing is read behind its end. */
    for (size_t n = 0; n < sizeof body - 6; n++) {
        struct list some = {0};
        assert_int_equal(multipart_parse("multipart/form-data; boundary=b", body, n, &some), -1);
        for (size_t i = 0; i < some.count; i++)
            upload_free(some.items[i]);
        list_drop(&some);
    }
    assert_int_equal(multipart_parse("multipart/form-data", body, sizeof body - 1, &uploads), -1);
    for (size_t i = 0; i < uploads.count; i++)
        upload_free(uploads.items[i]);
    list_drop(&uploads);
}

static void percent_signs_are_decoded(void **state)
{
    (void)state;
    char text[] = "a%20b+%E2%9C%85%zz%", query[] = "a+b";
    percent_decode(text, false);
    assert_string_equal(text, "a b+\xe2\x9c\x85%zz%");
    percent_decode(query, true);
    assert_string_equal(query, "a b");
}

/* One inflating context over all messages, as a client has it. */
static void each_compressed_message_ends_in_the_flush_mark(void **state)
{
    (void)state;
    struct zstream *z = zstream_new();
    z_stream in = {0};
    assert_int_equal(inflateInit(&in), Z_OK);
    for (size_t n = 0; n < 200; n++) {
        struct str text = STR_INIT, packed = STR_INIT;
        str_addf(&text, "{\"n\":%zu,\"text\":\"", n);
        str_add_repeat(&text, (char)('a' + n % 26), n * 50);
        str_add(&text, "\"}");
        zstream_add(z, text.data, text.len, &packed);
        assert_true(packed.len >= 4);
        assert_memory_equal(packed.data + packed.len - 4, "\x00\x00\xff\xff", 4);
        char *out = test_malloc(text.len + 1);
        in.next_in = (unsigned char *)packed.data;
        in.avail_in = (unsigned)packed.len;
        in.next_out = (unsigned char *)out;
        in.avail_out = (unsigned)text.len + 1;
        assert_int_equal(inflate(&in, Z_SYNC_FLUSH), Z_OK);
        assert_int_equal(in.avail_out, 1);
        assert_memory_equal(out, text.data, text.len);
        test_free(out);
        str_release(&text);
        str_release(&packed);
    }
    inflateEnd(&in);
    zstream_free(z);
}

static void ids_rise_and_tell_their_time(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    int64_t last = 0;
    for (int i = 0; i < 10000; i++) {
        int64_t id = world_new_id(&w);
        assert_true(id > last);
        last = id;
    }
    assert_true(snowflake_time(last) - world_now(&w) < 1000);
    assert_int_equal(snowflake_time(175928847299117063), 1462015105796); /* the documentation's example */
    w.clock_offset = -100000000;
    assert_true(world_new_id(&w) > last);
    world_release(&w);
}

static void mentions_are_found_and_silenced(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct guild *g = world_add_guild(&w, 10, "g", 1);
    struct channel *c = guild_add_channel(&w, g, 20, CHANNEL_TEXT, "c");
    struct user *u = world_add_user(&w, 5, "u", false);
    guild_add_role(g, 30, "r");
    struct message *m = channel_add_message(&w, c, u);
    world_set(&m->content, "<@5> <@!5> <@&30> <@6> <@> <@5 @everyone <@&99>");
    message_find_mentions(&w, m, NULL);
    assert_int_equal(m->mention_count, 1);
    assert_int_equal(m->mention_role_count, 1);
    assert_true(m->mention_everyone);
    struct json *none = doc("{'parse':[]}"), *roles = doc("{'parse':['roles']}"),
                *one = doc("{'users':['5']}");
    message_find_mentions(&w, m, none);
    assert_int_equal(m->mention_count + m->mention_role_count + m->mention_everyone, 0);
    message_find_mentions(&w, m, roles);
    assert_true(m->mention_count == 0 && m->mention_role_count == 1);
    message_find_mentions(&w, m, one);
    assert_true(m->mention_count == 1 && m->mention_role_count == 0);
    json_free(none);
    json_free(roles);
    json_free(one);
    world_release(&w);
}

static void old_messages_make_room(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    w.limits.history = 100;
    struct guild *g = world_add_guild(&w, 10, "g", 1);
    struct channel *c = guild_add_channel(&w, g, 20, CHANNEL_TEXT, "c");
    struct user *u = world_add_user(&w, 5, "u", false);
    int64_t first = channel_add_message(&w, c, u)->id, last = 0;
    for (int i = 0; i < 1000; i++) {
        last = channel_add_message(&w, c, u)->id;
        assert_true(c->messages.count <= 100);
    }
    assert_null(channel_message(c, first));
    assert_non_null(channel_message(c, last));
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_finds_what_was_put_and_not_removed),
        cmocka_unit_test(a_list_keeps_its_order),
        cmocka_unit_test(patterns_have_stars),
        cmocka_unit_test(long_numbers_are_ids),
        cmocka_unit_test(forms_are_taken_apart),
        cmocka_unit_test(percent_signs_are_decoded),
        cmocka_unit_test(each_compressed_message_ends_in_the_flush_mark),
        cmocka_unit_test(ids_rise_and_tell_their_time),
        cmocka_unit_test(mentions_are_found_and_silenced),
        cmocka_unit_test(old_messages_make_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
