#include "test.h"

#include "tt/base/mem.h"
#include "tt/command/writer.h"

static struct str data, messages;

static void to_str(void *context, const char *bytes, size_t n)
{
    str_add_bytes(context, bytes, n);
}

static struct writer *open_writer(struct writer_options options)
{
    str_clear(&data);
    str_clear(&messages);
    options.data = (struct sink){to_str, &data};
    options.messages = (struct sink){to_str, &messages};
    return writer_new(&options);
}

static int teardown(void **state)
{
    (void)state;
    str_release(&data);
    str_release(&messages);
    return 0;
}

static const struct column columns[] = {
    {"tenant_id", "TENANT", false},
    {"guild_id", NULL, false},
    {"status", "STATUS", false},
    {"revision", "REV", true},
    {"bot", "BOT", false},
    {"at", "AT", false},
    {"on", "ON", false},
};

static void two_rows(struct writer *w)
{
    static const char state[] = "{\"state\":\"running\",\"latency_ms\":41}";
    struct json *bot = json_parse(state, strlen(state), NULL);
    const struct cell first[] = {
        {CELL_TEXT, "a,\"b\"\n", 0, NULL}, {CELL_ID, NULL, 223456789012345678, NULL},
        {CELL_TEXT, "active", 0, NULL},    {CELL_INT, NULL, 17, NULL},
        {CELL_JSON, NULL, 0, bot},         {CELL_TIME, NULL, 1785585831042, NULL},
        {CELL_BOOL, NULL, 1, NULL},
    };
    const struct cell second[] = {
        {CELL_TEXT, "", 0, NULL},   {CELL_ID, NULL, 0, NULL},   {CELL_TEXT, "expired\t\\", 0, NULL},
        {CELL_INT, NULL, -5, NULL}, {CELL_NULL, NULL, 0, NULL}, {CELL_NULL, NULL, 0, NULL},
        {CELL_BOOL, NULL, 0, NULL},
    };

    assert_non_null(bot);
    writer_table_begin(w, columns, COUNT(columns));
    writer_table_row(w, first);
    writer_table_row(w, second);
    writer_table_end(w, 9, "b");
    json_free(bot);
}

static void written_gives(struct writer_options options, bool by_rows, const char *expected)
{
    struct writer *w = open_writer(options);

    w->by_rows = by_rows;
    two_rows(w);
    assert_int_equal(writer_check_fields(w, NULL), 0);
    writer_free(w);
    assert_string_equal(str_text(&data), expected);
}

static void table_gives(struct writer_options options, const char *expected)
{
    written_gives(options, false, expected);
}

static void a_table_in_json(void **state)
{
    (void)state;
    table_gives(
        (struct writer_options){.format = OUTPUT_JSON},
        "{\"items\":[{\"tenant_id\":\"a,\\\"b\\\"\\n\",\"guild_id\":\"223456789012345678\",\"status\":"
        "\"active\","
        "\"revision\":17,\"bot\":{\"state\":\"running\",\"latency_ms\":41},\"at\":\"2026-08-01T12:03:51."
        "042Z\","
        "\"on\":true},{\"tenant_id\":\"\",\"guild_id\":null,\"status\":\"expired\\t\\\\\",\"revision\":-5,"
        "\"bot\":null,\"at\":null,\"on\":false}],\"total\":9,\"next\":\"b\"}\n");
}

static void a_table_in_jsonl_is_one_line(void **state)
{
    (void)state;
    table_gives((struct writer_options){.format = OUTPUT_JSONL, .fields = "revision"},
                "{\"items\":[{\"revision\":17},{\"revision\":-5}],\"total\":9,\"next\":\"b\"}\n");
}

static void a_table_by_rows_is_a_document_each(void **state)
{
    struct writer_options options = {.format = OUTPUT_JSON, .fields = "revision,bot.state,bot.error"};
    (void)state;
    written_gives(options, true,
                  "{\"revision\":17,\"bot\":{\"state\":\"running\",\"error\":null}}\n"
                  "{\"revision\":-5,\"bot\":{\"state\":null,\"error\":null}}\n");
}

static void a_table_in_csv(void **state)
{
    (void)state;
    table_gives((struct writer_options){.format = OUTPUT_CSV},
                "tenant_id,guild_id,status,revision,bot,at,on\n"
                "\"a,\"\"b\"\"\n\",223456789012345678,active,17,\"{\"\"state\"\":\"\"running\"\",\"\"latency_"
                "ms\"\":41}\","
                "2026-08-01T12:03:51.042Z,true\n"
                "\"\",,expired\t\\,-5,,,false\n");
    table_gives(
        (struct writer_options){.format = OUTPUT_CSV, .fields = "bot.state,revision", .no_headers = true},
        "running,17\n,-5\n");
}

static void a_table_in_tsv(void **state)
{
    (void)state;
    table_gives((struct writer_options){.format = OUTPUT_TSV, .fields = "tenant_id,status,bot.latency_ms"},
                "tenant_id\tstatus\tbot.latency_ms\na,\"b\"\\n\tactive\t41\n\texpired\\t\\\\\t\n");
}

static void a_table_for_people_is_aligned(void **state)
{
    (void)state;
    table_gives((struct writer_options){.format = OUTPUT_TEXT},
                "TENANT   STATUS      REV  BOT      AT                    ON\n"
                "a,\"b\"\\n  active       17  running  2026-08-01T12:03:51Z  yes\n"
                "         expired\\t\\   -5  -        -                     no\n");
    assert_string_equal(str_text(&messages), "2 of 9; next page: --after b\n");
}

static void a_table_for_people_fits_the_terminal(void **state)
{
    static const struct column two[] = {{"name", "NAME", false}, {"n", "N", true}};
    const struct cell row[] = {{CELL_TEXT, "a long name of a tenant", 0, NULL}, {CELL_INT, NULL, 1234, NULL}};
    struct writer *w = open_writer((struct writer_options){.format = OUTPUT_TEXT, .width = 18});

    (void)state;
    writer_table_begin(w, two, 2);
    writer_table_row(w, row);
    writer_table_end(w, 1, NULL);
    writer_free(w);
    assert_string_equal(str_text(&data), "NAME             N\na long name…  1234\n");
    assert_string_equal(str_text(&messages), "");
}

static void states_have_a_sign_beside_the_colour(void **state)
{
    static const struct column two[] = {{"status", "STATUS", false}, {"name", "NAME", false}};
    const struct cell row[] = {{CELL_TEXT, "expired", 0, NULL}, {CELL_TEXT, "active", 0, NULL}};
    struct writer *w =
        open_writer((struct writer_options){.format = OUTPUT_TEXT, .color = true, .no_headers = true});

    (void)state;
    writer_table_begin(w, two, 2);
    writer_table_row(w, row);
    writer_table_end(w, 1, NULL);
    writer_free(w);
    assert_string_equal(str_text(&data), "\033[31m✗ expired\033[0m  active\n");
    w = open_writer(
        (struct writer_options){.format = OUTPUT_TEXT, .color = true, .ascii = true, .no_headers = true});
    writer_table_begin(w, two, 2);
    writer_table_row(w, row);
    writer_table_end(w, 1, NULL);
    writer_free(w);
    assert_string_equal(str_text(&data), "\033[31mx expired\033[0m  active\n");
}

static void a_long_table_comes_in_parts_and_whole(void **state)
{
    static const struct column one[] = {{"n", "N", true}};
    size_t lines = 0;

    (void)state;
    for (int format = OUTPUT_TEXT; format <= OUTPUT_TSV; format++) {
        struct writer *w = open_writer((struct writer_options){.format = (enum output_format)format});

        lines = 0;
        writer_table_begin(w, one, 1);
        for (int i = 0; i < 30000; i++)
            writer_table_row(w, &((struct cell){CELL_INT, NULL, i, NULL}));
        assert_true(data.len > 50000 || format == OUTPUT_TSV || format == OUTPUT_CSV);
        writer_table_end(w, 30000, NULL);
        writer_free(w);
        for (const char *p = str_text(&data); *p; p++)
            lines += *p == (format == OUTPUT_JSON || format == OUTPUT_JSONL ? '{' : '\n');
        assert_int_equal(lines, 30001);
    }
}

static const char shown[] =
    "{\"tenant_id\":\"t1\",\"name\":\"=1+1\",\"status\":\"active\",\"features\":{\"shop\":true,\"automod\":"
    "false,"
    "\"welcome\":true},\"channels\":{\"logs\":\"12\",\"control\":null,\"welcome\":null},\"revision\":3,"
    "\"items\":[{\"name\":\"a\",\"ok\":true},{\"name\":\"bc\",\"ok\":false}],\"none\":null,\"list\":[\"x\","
    "\"y\"]}";

static void document_gives(struct writer_options options, const char *expected)
{
    struct writer *w = open_writer(options);
    struct json *document = json_parse(shown, strlen(shown), NULL);

    assert_non_null(document);
    writer_document(w, document);
    assert_int_equal(writer_check_fields(w, NULL), 0);
    writer_free(w);
    json_free(document);
    assert_string_equal(str_text(&data), expected);
}

static void a_document_in_each_format(void **state)
{
    char *json = mem_format("%s\n", shown);

    (void)state;
    document_gives((struct writer_options){.format = OUTPUT_JSON}, json);
    document_gives((struct writer_options){.format = OUTPUT_JSONL}, json);
    free(json);
    document_gives((struct writer_options){.format = OUTPUT_CSV},
                   "tenant_id,name,status,features.shop,features.automod,features.welcome,channels.logs,"
                   "channels.control,"
                   "channels.welcome,revision,items,none,list\n"
                   "t1,=1+1,active,true,false,true,12,,,3,\"[{\"\"name\"\":\"\"a\"\",\"\"ok\"\":true},{"
                   "\"\"name\"\":\"\"bc\"\","
                   "\"\"ok\"\":false}]\",,\"[\"\"x\"\",\"\"y\"\"]\"\n");
    document_gives((struct writer_options){.format = OUTPUT_TEXT}, "tenant_id  t1\n"
                                                                   "name       =1+1\n"
                                                                   "status     active\n"
                                                                   "revision   3\n"
                                                                   "none       -\n"
                                                                   "list       x, y\n"
                                                                   "features\n"
                                                                   "  on   shop welcome\n"
                                                                   "  off  automod\n"
                                                                   "channels\n"
                                                                   "  logs     12\n"
                                                                   "  unset    control welcome\n"
                                                                   "items\n"
                                                                   "name  ok\n"
                                                                   "a     yes\n"
                                                                   "bc    no\n");
}

static void fields_choose_and_order(void **state)
{
    (void)state;
    document_gives((struct writer_options){.format = OUTPUT_JSON, .fields = "revision,channels.logs,name"},
                   "{\"revision\":3,\"channels\":{\"logs\":\"12\"},\"name\":\"=1+1\"}\n");
    document_gives(
        (struct writer_options){.format = OUTPUT_TSV, .fields = "channels.logs,name,channels.control"},
        "channels.logs\tname\tchannels.control\n12\t=1+1\t\n");
    table_gives((struct writer_options){.format = OUTPUT_TEXT, .fields = "revision,guild_id"},
                "REV  guild_id\n 17  223456789012345678\n -5  -\n");
}

static void an_unknown_field_is_told_and_nothing_written(void **state)
{
    struct error e;

    (void)state;
    for (int format = OUTPUT_TEXT; format <= OUTPUT_TSV; format++) {
        struct writer *w = open_writer(
            (struct writer_options){.format = (enum output_format)format, .fields = "status,revison"});

        two_rows(w);
        assert_int_equal(writer_check_fields(w, &e), -1);
        assert_int_equal(e.code, ERROR_UNKNOWN_WORD);
        assert_non_null(strstr(e.message, "did you mean 'revision'?"));
        assert_string_equal(e.field, "--fields");
        writer_free(w);
        assert_string_equal(str_text(&data), "");
        assert_string_equal(str_text(&messages), "");
    }
}

static void messages_go_to_their_own_sink(void **state)
{
    struct writer *w = open_writer((struct writer_options){.format = OUTPUT_TEXT});

    (void)state;
    writer_messagef(w, MESSAGE_WARNING, "%s is short", "12");
    writer_message(w, MESSAGE_NOTICE, "look\033[2J");
    writer_text(w, "help");
    writer_free(w);
    assert_string_equal(str_text(&messages), "warning: 12 is short\nlook\\x1b[2J\n");
    assert_string_equal(str_text(&data), "help\n");
    w = open_writer((struct writer_options){.format = OUTPUT_JSON, .quiet = true});
    writer_message(w, MESSAGE_NOTICE, "look");
    writer_message(w, MESSAGE_WARNING, "mind");
    writer_text(w, "help\n");
    writer_free(w);
    assert_string_equal(str_text(&messages), "{\"warning\":\"mind\"}\n");
    assert_string_equal(str_text(&data), "{\"text\":\"help\\n\"}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_table_in_json, teardown),
        cmocka_unit_test_teardown(a_table_in_jsonl_is_one_line, teardown),
        cmocka_unit_test_teardown(a_table_by_rows_is_a_document_each, teardown),
        cmocka_unit_test_teardown(a_table_in_csv, teardown),
        cmocka_unit_test_teardown(a_table_in_tsv, teardown),
        cmocka_unit_test_teardown(a_table_for_people_is_aligned, teardown),
        cmocka_unit_test_teardown(a_table_for_people_fits_the_terminal, teardown),
        cmocka_unit_test_teardown(states_have_a_sign_beside_the_colour, teardown),
        cmocka_unit_test_teardown(a_long_table_comes_in_parts_and_whole, teardown),
        cmocka_unit_test_teardown(a_document_in_each_format, teardown),
        cmocka_unit_test_teardown(fields_choose_and_order, teardown),
        cmocka_unit_test_teardown(an_unknown_field_is_told_and_nothing_written, teardown),
        cmocka_unit_test_teardown(messages_go_to_their_own_sink, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
