#include "cmd_world.h"

static struct str found;

static void see(void *context, const char *candidate, const char *help)
{
    (void)context;
    (void)help;
    str_addf(&found, "%s%s", found.len ? " " : "", candidate);
}

/* Candidates behind LINE, whose last word is being typed; a blank at the end begins a new one. */
static const char *complete(struct command_session *session, const char *line)
{
    size_t count, length = strlen(line);
    char **words = words_split(line, &count, NULL);

    str_clear(&found);
    if (!length || line[length - 1] == ' ') {
        words = mem_resize(words, count + 2, sizeof *words);
        words[count++] = mem_strdup("");
        words[count] = NULL;
    }
    command_complete(session, (const char *const *)words, count, see, NULL);
    words_free(words, count);
    return str_text(&found);
}

static int teardown(void **state)
{
    str_release(&found);
    return world_teardown(state);
}

static void command_words(void **state)
{
    (void)state;
    assert_string_equal(complete(NULL, "fea"), "features");
    assert_string_equal(complete(NULL, "bot "), "list start stop restart status");
    assert_string_equal(complete(NULL, "bot st"), "start stop status");
    assert_string_equal(complete(NULL, "--yes -o json perm"), "permissions");
    assert_string_equal(complete(NULL, "nonsense "), "");
    assert_string_equal(complete(NULL, "help bot st"), "start stop status");
    assert_non_null(strstr(complete(NULL, ""), "create"));
    assert_null(strstr(complete(NULL, ""), "complete"));
}

static void options_and_their_values(void **state)
{
    (void)state;
    assert_string_equal(complete(NULL, "list --se"), "--search");
    assert_string_equal(complete(NULL, "list --li"), "--limit");
    assert_string_equal(complete(NULL, "list --plan "), "basic premium enterprise");
    assert_string_equal(complete(NULL, "list --plan=pr"), "--plan=premium");
    assert_string_equal(complete(NULL, "list -o js"), "json jsonl");
    assert_string_equal(complete(NULL, "-o cs"), "csv");
    assert_string_equal(complete(NULL, "list -- --pl"), "");
}

static void words_of_a_vocabulary(void **state)
{
    (void)state;
    assert_string_equal(complete(NULL, "plan tenant01 "), "basic premium enterprise");
    assert_string_equal(complete(NULL, "status tenant01 s"), "suspended");
    assert_string_equal(complete(NULL, "features tenant01 shop "), "enable disable");
    assert_string_equal(complete(NULL, "permissions tenant01 manage_users "), "true false");
    assert_string_equal(complete(NULL, "channels tenant01 logs "), "none create");
    assert_string_equal(complete(NULL, "config tenant01 auto"), "auto_restart");
    assert_string_equal(complete(NULL, "config tenant01 language "), "en id");
    assert_string_equal(complete(NULL, "token tenant01 "), "set clear check");
    assert_string_equal(complete(NULL, "show "), "");
}

static void what_is_in_the_database(void **state)
{
    struct world *w = *state;

    world_create(w, "kedai_budi", "basic", 0);
    world_create(w, "kedai_sari", "premium", 1);
    world_create(w, "toko", "basic", 2);
    assert_string_equal(complete(w->session, "show ked"), "kedai_budi kedai_sari");
    assert_string_equal(complete(w->session, "show "), "kedai_budi kedai_sari toko");
    assert_string_equal(complete(w->session, "features kedai_budi au"), "");
    assert_string_equal(complete(w->session, "features kedai_sari au"), "automod");
    assert_string_equal(complete(w->session, "permissions kedai_budi v"), "");
    assert_string_equal(complete(w->session, "settings kedai_budi welcome "),
                        "message auto_role roles many_roles seconds loud");
    world_ok(w, "settings kedai_sari custom_commands rules Be kind");
    assert_string_equal(complete(w->session, "settings kedai_sari custom_commands "), "rules");
}

static void on_discord_only_operators_are_told_of_other_tenants(void **state)
{
    struct world *w = *state;

    world_create(w, "kedai_budi", "basic", 0);
    world_create(w, "kedai_sari", "premium", 1);
    world_ok(w, "settings kedai_sari custom_commands rules Be kind");
    world_as_renter(w, "kedai_budi", 0);
    assert_string_equal(complete(w->session, "show "), ".");
    assert_string_equal(complete(w->session, "show kedai_s"), "");
    assert_string_equal(complete(w->session, "features . au"), "");
    assert_string_equal(complete(w->session, "settings kedai_sari custom_commands "), "");
    world_as_role(w, ROLE_VIEWER);
    assert_string_equal(complete(w->session, "show kedai_s"), "kedai_sari");
    assert_string_equal(complete(w->session, "settings kedai_sari custom_commands "), "rules");
}

static void a_file_may_stand_where_a_tenant_may_be_left_out(void **state)
{
    struct world *w = *state;
    const char *first[] = {"export", "", NULL}, *second[] = {"export", "tenant01", "", NULL};
    const char *other[] = {"show", "", NULL};

    world_create(w, "tenant01", "basic", 1);
    str_clear(&found);
    assert_true(command_complete(w->session, first, 2, see, NULL));
    assert_string_equal(str_text(&found), "tenant01");
    str_clear(&found);
    assert_true(command_complete(w->session, second, 3, see, NULL));
    assert_string_equal(str_text(&found), "");
    assert_false(command_complete(w->session, other, 2, see, NULL));
}

static void it_has_no_effect_and_is_fast(void **state)
{
    struct world *w = *state;
    int64_t before = store_data_version(w->store);
    struct timespec from, to;

    for (int i = 0; i < 20; i++) {
        char *id = mem_format("tenant%02d", i);

        world_create(w, id, "basic", i);
        free(id);
    }
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (int i = 0; i < 50; i++)
        complete(w->session, "features tenant01 ");
    clock_gettime(CLOCK_MONOTONIC, &to);
    assert_true(to.tv_sec - from.tv_sec < 2);
    assert_int_equal(store_data_version(w->store), before);
    assert_string_equal(str_text(&w->messages), "");
    assert_false(store_in_transaction(w->store));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(command_words, world_setup, teardown),
        cmocka_unit_test_setup_teardown(options_and_their_values, world_setup, teardown),
        cmocka_unit_test_setup_teardown(words_of_a_vocabulary, world_setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_in_the_database, world_setup, teardown),
        cmocka_unit_test_setup_teardown(on_discord_only_operators_are_told_of_other_tenants, world_setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_file_may_stand_where_a_tenant_may_be_left_out, world_setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(it_has_no_effect_and_is_fast, world_setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
