/* Documents made from the registry: help, the manual, Discord's commands. */
#include "test.h"

#include "tt/base/mem.h"
#include "tt/base/text.h"
#include "tt/command/command.h"

static void each_spec_is_complete(void **state)
{
    size_t count;
    const struct command_spec *const *registry = command_registry(&count);

    (void)state;
    assert_true(count > 30);
    for (size_t i = 0; i < count; i++) {
        const struct command_spec *spec = registry[i];
        bool optional = false;

        assert_non_null(spec->name);
        assert_non_null(spec->run);
        if (spec->flags & COMMAND_HIDDEN)
            continue;
        if (!spec->summary || !spec->group)
            fail_msg("%s lacks a summary or a group", spec->name);
        for (const struct arg_spec *a = spec->args; a && a->name; a++) {
            /* The first of two may be left out in front of the other. */
            if (optional && !a->optional && !(a == &spec->args[1] && !a[1].name))
                fail_msg("%s: %s stands behind an optional one", spec->name, a->name);
            optional = a->optional;
            if (a->type == ARG_REST && a[1].name)
                fail_msg("%s: %s is not the last", spec->name, a->name);
        }
        for (const struct option_spec *o = spec->options; o && o->name; o++)
            if (!o->help || strncmp(o->name, "--", 2) != 0)
                fail_msg("%s: option %s", spec->name, o->name);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(registry[j]->name, spec->name);
    }
}

static void each_example_is_a_line_of_that_command(void **state)
{
    size_t count;
    const struct command_spec *const *registry = command_registry(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        size_t n;
        char **words;

        if (!registry[i]->example)
            continue;
        words = words_split(registry[i]->example, &n, NULL);
        assert_non_null(words);
        assert_ptr_equal(command_of_line((const char *const *)words, n), registry[i]);
        words_free(words, n);
    }
}

static void the_overview_names_every_command(void **state)
{
    struct str text = STR_INIT;
    size_t count;
    const struct command_spec *const *registry = command_registry(&count);

    (void)state;
    help_overview(false, NULL, NULL, &text);
    for (size_t i = 0; i < count; i++) {
        char *line = mem_format("\n  %s", registry[i]->name);
        bool there = strstr(str_text(&text), line) != NULL;

        if (there == ((registry[i]->flags & COMMAND_HIDDEN) != 0))
            fail_msg("%s", registry[i]->name);
        free(line);
    }
    assert_null(strchr(str_text(&text), '\033'));
    str_release(&text);
}

/* Is there a line of LIST that tells of COMMAND? */
static bool tells(const struct actor *actor, const struct tenant *t, const char *command)
{
    struct str text = STR_INIT;
    char *line = mem_format("\n  %s ", command);
    help_overview(false, actor, t, &text);
    bool there = strstr(str_text(&text), line) != NULL;
    free(line);
    str_release(&text);
    return there;
}

static void the_overview_tells_an_actor_what_it_may_here(void **state)
{
    struct tenant t;
    struct actor terminal = {.face = FACE_CLI, .role = ROLE_OWNER},
                 owner = {.face = FACE_DISCORD, .role = ROLE_OWNER},
                 renter = {.face = FACE_DISCORD, .user_id = 5, .guild_id = 7};

    (void)state;
    tenant_init(&t);
    str_copy(t.id, sizeof t.id, "tenant01");
    t.discord_id = 5;
    t.guild_id = 7;
    str_copy(renter.guild_tenant, sizeof renter.guild_tenant, t.id);
    assert_true(tells(&terminal, NULL, "delete"));
    assert_true(tells(&owner, NULL, "create"));
    assert_false(tells(&owner, NULL, "delete"));
    assert_false(tells(&renter, &t, "features"));
    t.plan = PLAN_PREMIUM;
    t.features[FEATURE_ADMIN_COMMANDS] = true;
    t.permissions[PERMISSION_MANAGE_USERS] = true;
    assert_true(tells(&renter, &t, "features"));
    assert_true(tells(&renter, &t, "tx list"));
    assert_false(tells(&renter, &t, "product add"));
    assert_false(tells(&renter, &t, "create"));
    assert_false(tells(&renter, NULL, "features"));
    assert_true(tells(&renter, NULL, "help"));
    tenant_release(&t);
}

static void help_tells_usage_arguments_options_and_who(void **state)
{
    static const char *const words[] = {"list"};
    struct str text = STR_INIT;
    size_t used, count;
    const struct command_spec *const *registry = command_registry(&count);

    (void)state;
    help_command(command_find(words, 1, &used, NULL), false, &text);
    assert_non_null(strstr(str_text(&text), "[--search TEXT]"));
    assert_non_null(strstr(str_text(&text), "--around ID"));
    assert_non_null(strstr(str_text(&text), "viewers"));
    assert_non_null(strstr(str_text(&text), "also on Discord"));
    assert_non_null(strstr(str_text(&text), "suspended"));
    for (size_t i = 0; i < count; i++) {
        str_clear(&text);
        help_command(registry[i], false, &text);
        for (char *line = text.data, *end; line && *line; line = end + 1) {
            end = strchr(line, '\n');
            assert_non_null(end);
            *end = '\0';
            if (text_width(line) > 78 && line != text.data && strncmp(line, "  ", 2) != 0)
                fail_msg("too wide: %s", line);
        }
    }
    str_release(&text);
}

static void the_manual_is_plain_roff(void **state)
{
    struct str text = STR_INIT;

    (void)state;
    help_manual(&text);
    assert_true(str_starts(str_text(&text), ".SH COMMANDS\n"));
    assert_non_null(strstr(str_text(&text), "\n.SS features <tenant> [feature [value]]\n"));
    for (const char *p = str_text(&text); *p; p++)
        if (*p == '\\' && !strchr("-e&", p[1]))
            fail_msg("an escape that roff would read: %.20s", p);
    str_release(&text);
}

/* --- Discord --- */

static size_t letters;

static void check_name(const struct json *j)
{
    const char *name = json_get_string(j, "name"), *text = json_get_string(j, "description");

    assert_non_null(name);
    assert_non_null(text);
    assert_in_range(strlen(name), 1, 32);
    assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-"), strlen(name));
    assert_in_range(text_length(text), 1, 100);
    letters += text_length(name) + text_length(text);
}

static void check_options(const struct json *options, int depth)
{
    bool optional = false;

    assert_in_range(json_count(options), 1, 25);
    json_each(option, options)
    {
        int64_t type = json_get_int(option, "type", 0);
        bool required = json_get_bool(option, "required", false);

        check_name(option);
        for (const struct json *other = json_first(options); other != option; other = json_next(other))
            assert_string_not_equal(json_get_string(other, "name"), json_get_string(option, "name"));
        if (type == 1 || type == 2) {
            assert_in_range(depth, 0, type == 2 ? 0 : 1);
            if (json_get(option, "options"))
                check_options(json_get(option, "options"), type == 1 ? 2 : 1);
            continue;
        }
        assert_int_equal(depth, 2);
        assert_false(required && optional);
        optional = !required;
        assert_true(json_count(json_get(option, "choices")) <= 25);
        assert_false(json_get(option, "choices") && json_get(option, "autocomplete"));
        json_each(choice, json_get(option, "choices"))
        {
            letters += strlen(json_get_string(choice, "name")) + strlen(json_get_string(choice, "value"));
        }
    }
}

static void the_application_commands_are_within_discords_limits(void **state)
{
    struct json *commands = command_application_commands();

    (void)state;
    assert_int_equal(json_count(commands), 2);
    assert_string_equal(json_string(json_at(commands, "0.name")), "tenant-admin");
    assert_string_equal(json_string(json_at(commands, "1.name")), "tenant-shop");
    json_each(command, commands)
    {
        letters = 0;
        check_name(command);
        check_options(json_get(command, "options"), 0);
        assert_in_range(letters, 1, 8000);
        json_each(sub, json_get(command, "options"))
        {
            assert_string_not_equal(json_get_string(sub, "name"), "token");
            assert_string_not_equal(json_get_string(sub, "name"), "delete");
        }
    }
    json_free(commands);
}

typedef char **(*reader)(const struct json *data, size_t *count, struct error *e);

static void reads(reader read, const char *data, const char *expected)
{
    struct json *j = json_parse(data, strlen(data), NULL);
    struct error e = {0};
    struct str line = STR_INIT;
    size_t count;
    char **words;

    assert_non_null(j);
    words = read(j, &count, &e);
    if (!words && expected)
        fail_msg("%s: %s", data, e.message);
    for (size_t i = 0; words && i < count; i++) {
        if (i)
            str_add_char(&line, ' ');
        word_quote(words[i], &line);
    }
    assert_string_equal(str_text(&line), expected ? expected : "");
    str_release(&line);
    words_free(words, count);
    json_free(j);
}

static void gives(const char *data, const char *expected)
{
    reads(command_from_interaction, data, expected);
}

static void what_is_being_typed_becomes_a_line_to_complete(void **state)
{
#define FEATURES "{\"name\":\"tenant-admin\",\"options\":[{\"type\":1,\"name\":\"features\",\"options\":["
    (void)state;
    reads(command_from_focus,
          FEATURES "{\"type\":3,\"name\":\"feature\",\"value\":\"sh\",\"focused\":true}]}]}",
          "features -- . sh");
    reads(command_from_focus,
          FEATURES "{\"type\":3,\"name\":\"tenant\",\"value\":\"t\",\"focused\":true},"
                   "{\"type\":3,\"name\":\"feature\",\"value\":\"shop\"}]}]}",
          "features -- t");
    reads(command_from_focus, FEATURES "{\"type\":3,\"name\":\"feature\",\"value\":\"sh\"}]}]}", NULL);
    reads(command_from_focus, "{\"name\":\"rank\"}", NULL);
#undef FEATURES
}

static void an_interaction_becomes_a_command_line(void **state)
{
    (void)state;
    gives(
        "{\"name\":\"tenant-admin\",\"options\":[{\"type\":1,\"name\":\"features\",\"options\":["
        "{\"type\":5,\"name\":\"value\",\"value\":true},{\"type\":3,\"name\":\"feature\",\"value\":\"shop\"},"
        "{\"type\":3,\"name\":\"tenant\",\"value\":\"tenant01\"}]}]}",
        "features -- tenant01 shop true");
    gives("{\"name\":\"tenant-admin\",\"options\":[{\"type\":1,\"name\":\"show\"}]}", "show -- .");
    gives("{\"name\":\"tenant-admin\",\"options\":[{\"type\":2,\"name\":\"bot\",\"options\":[{\"type\":1,"
          "\"name\":"
          "\"restart\",\"options\":[{\"type\":3,\"name\":\"tenant\",\"value\":\"a b\"}]}]}]}",
          "bot restart -- 'a b'");
    gives("{\"name\":\"tenant-admin\",\"options\":[{\"type\":1,\"name\":\"list\",\"options\":["
          "{\"type\":3,\"name\":\"search\",\"value\":\"--yes\"},{\"type\":4,\"name\":\"limit\",\"value\":5},"
          "{\"type\":5,\"name\":\"count\",\"value\":true},{\"type\":5,\"name\":\"last\",\"value\":false}]}]}",
          "list --search --yes --limit 5 --count --");
    gives(
        "{\"name\":\"tenant-admin\",\"options\":[{\"type\":1,\"name\":\"plan\",\"options\":["
        "{\"type\":3,\"name\":\"plan\",\"value\":\"basic\"},{\"type\":5,\"name\":\"yes\",\"value\":true}]}]}",
        "plan --yes -- . basic");
}

static void what_is_no_command_of_ours_is_refused(void **state)
{
    static const char *const bad[] = {
        "{}",
        "[]",
        "{\"name\":\"rank\"}",
        "{\"name\":\"tenant-admin\"}",
        "{\"name\":\"tenant-admin\",\"options\":[{\"type\":1,\"name\":\"nonsense\"}]}",
        "{\"name\":\"tenant-admin\",\"options\":[{\"type\":2,\"name\":\"bot\"}]}",
        "{\"name\":\"tenant-admin\",\"options\":[{\"type\":2,\"name\":\"show\",\"options\":[{\"name\":\"x\"}]"
        "}]}",
        "{\"name\":\"tenant-admin\",\"options\":{\"name\":7}}",
        "{\"name\":\"tenant-admin\",\"options\":[{\"type\":1,\"name\":\"features\",\"options\":["
        "{\"type\":5,\"name\":\"value\",\"value\":true}]}]}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        gives(bad[i], NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_spec_is_complete),
        cmocka_unit_test(each_example_is_a_line_of_that_command),
        cmocka_unit_test(the_overview_names_every_command),
        cmocka_unit_test(the_overview_tells_an_actor_what_it_may_here),
        cmocka_unit_test(help_tells_usage_arguments_options_and_who),
        cmocka_unit_test(the_manual_is_plain_roff),
        cmocka_unit_test(the_application_commands_are_within_discords_limits),
        cmocka_unit_test(an_interaction_becomes_a_command_line),
        cmocka_unit_test(what_is_being_typed_becomes_a_line_to_complete),
        cmocka_unit_test(what_is_no_command_of_ours_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
