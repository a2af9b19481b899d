#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "sample.h"
#include "tt/base/text.h"

static struct tenant tenant;
static struct json *commands;

static int setup(void **state)
{
    (void)state;
    sample_tenant(&tenant);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tenant_release(&tenant);
    json_free(commands);
    commands = NULL;
    return 0;
}

static void make(const struct json *admin)
{
    json_free(commands);
    commands = application_commands(&tenant, &sample_list, admin);
}

static const struct json *find(const char *name)
{
    json_each(entry, commands) if (str_equal(json_get_string(entry, "name"), name)) return entry;
    return NULL;
}

static void assert_entry(const char *name, const char *expected)
{
    struct str out = STR_INIT;
    json_print(find(name), &out);
    assert_string_equal(str_text(&out), expected);
    str_release(&out);
}

static void names_are(const char *expected)
{
    struct str names = STR_INIT;
    json_each(entry, commands) str_addf(&names, "%s ", json_get_string(entry, "name"));
    assert_string_equal(str_text(&names), expected);
    str_release(&names);
}

static void commands_of_features_that_are_on_come_sorted(void **state)
{
    (void)state;
    make(NULL);
    names_are("discord help ping rank rep rules top ");
    tenant.features[FEATURE_REPUTATION] = false;
    make(NULL);
    names_are("discord help ping rank rules top ");
    tenant.features[FEATURE_LEVELING] = false; /* its name is free again for the custom command */
    make(NULL);
    names_are("discord help ping rank rules ");
    tenant.plan = PLAN_BASIC;
    make(NULL);
    names_are("help ping ");
}

static void entries_have_the_form_that_discord_takes(void **state)
{
    (void)state;
    make(NULL);
    assert_entry("rank", "{\"name\":\"rank\",\"type\":1,\"description\":\"Show a rank\","
                         "\"description_localizations\":{\"id\":\"Tampilkan peringkat\"},"
                         "\"options\":[{\"name\":\"member\",\"type\":6,\"description\":\"Whose rank\","
                         "\"description_localizations\":{\"id\":\"Milik siapa\"}}]}");
    assert_entry("top", "{\"name\":\"top\",\"type\":1,\"description\":\"Show the best\","
                        "\"description_localizations\":{\"id\":\"Tampilkan yang terbaik\"}}");
}

static void two_word_names_become_subcommands_with_required_options_first(void **state)
{
    (void)state;
    make(NULL);
    assert_entry("rep", "{\"name\":\"rep\",\"type\":1,\"description\":\"Commands: give, top\","
                        "\"description_localizations\":{\"id\":\"Perintah: give, top\"},\"options\":["
                        "{\"name\":\"give\",\"type\":1,\"description\":\"Give a point\","
                        "\"description_localizations\":{\"id\":\"Beri poin\"},\"options\":["
                        "{\"name\":\"member\",\"type\":6,\"description\":\"To whom\",\"required\":true},"
                        "{\"name\":\"reason\",\"type\":3,\"description\":\"Why\"}]},"
                        "{\"name\":\"top\",\"type\":1,\"description\":\"Show the best\","
                        "\"description_localizations\":{\"id\":\"Tampilkan yang terbaik\"}}]}");
}

static void admin_entries_are_always_there_and_unchanged(void **state)
{
    (void)state;
    const char *text = "[{\"name\":\"tenant-admin\",\"type\":1,\"description\":\"d\",\"options\":[]}]";
    struct json *admin = json_parse(text, strlen(text), NULL);
    memset(tenant.features, 0, sizeof tenant.features);
    make(admin);
    names_are("help ping tenant-admin ");
    assert_true(json_same(find("tenant-admin"), json_first(admin)));
    json_free(admin);
    assert_non_null(find("tenant-admin"));
}

static void custom_commands_fill_up_to_a_hundred_by_name(void **state)
{
    (void)state;
    for (int i = 199; i >= 0; i--) {
        char name[16];
        snprintf(name, sizeof name, "cmd%03d", i);
        sample_setting(&tenant, FEATURE_CUSTOM_COMMANDS, name, "x");
    }
    sample_setting(&tenant, FEATURE_CUSTOM_COMMANDS, "Upper", "x");
    sample_setting(&tenant, FEATURE_CUSTOM_COMMANDS, "a.b", "x");
    sample_setting(&tenant, FEATURE_CUSTOM_COMMANDS, "a23456789012345678901234567890123", "x");
    make(NULL);
    assert_int_equal(json_count(commands), 100);
    static const char *const kept[] = {"help", "ping", "rank", "rep", "top", "cmd000", "cmd094"};
    static const char *const left[] = {"cmd095", "rules", "discord",
                                       "Upper",  "a.b",   "a23456789012345678901234567890123"};
    for (size_t i = 0; i < COUNT(kept); i++)
        if (!find(kept[i]))
            fail_msg("%s is missing", kept[i]);
    for (size_t i = 0; i < COUNT(left); i++)
        if (find(left[i]))
            fail_msg("%s is there", left[i]);
}

/* Characters that count against Discord's 8,000: names, descriptions with their longest localisation. */
static size_t weight(const struct json *entry)
{
    size_t here = text_length(json_get_string(entry, "description")),
           other = json_at(entry, "description_localizations.id")
                       ? text_length(json_string(json_at(entry, "description_localizations.id")))
                       : 0,
           n = text_length(json_get_string(entry, "name")) + (here > other ? here : other);
    assert_true(here >= 1 && here <= 100 && other <= 100);
    assert_true(json_count(json_get(entry, "options")) <= 25);
    json_each(option, json_get(entry, "options")) n += weight(option);
    return n;
}

static void long_texts_and_tables_stay_within_the_limits(void **state)
{
    (void)state;
    char help[400];
    memset(help, 'h', sizeof help - 1);
    help[sizeof help - 1] = '\0';
    struct buyer_option options[31] = {{0}};
    char names[30][8];
    for (int i = 0; i < 30; i++) {
        snprintf(names[i], sizeof names[i], "o%d", i);
        options[i] =
            (struct buyer_option){.name = names[i], .type = OPTION_STRING, .help = help, .help_id = help};
    }
    const struct buyer_command table[] = {{.name = "wide", .help = help, .help_id = help, .options = options},
                                          {.name = "mute", .help = ""},
                                          {0}};
    const struct feature_spec spec = {.feature = FEATURE_SHOP, .commands = table};
    const struct feature_spec *const specs[] = {&spec};
    commands = application_commands(&tenant, &(struct feature_list){specs, 1}, NULL);
    json_each(entry, commands) assert_true(weight(entry) <= 8000);
    assert_int_equal(json_count(json_get(find("wide"), "options")), 25);
    assert_string_equal(json_get_string(find("mute"), "description"), "mute");
}

int main(void)
{
#define WITH_TENANT(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        WITH_TENANT(commands_of_features_that_are_on_come_sorted),
        WITH_TENANT(entries_have_the_form_that_discord_takes),
        WITH_TENANT(two_word_names_become_subcommands_with_required_options_first),
        WITH_TENANT(admin_entries_are_always_there_and_unchanged),
        WITH_TENANT(custom_commands_fill_up_to_a_hundred_by_name),
        WITH_TENANT(long_texts_and_tables_stay_within_the_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
