/* Tenants: creating, loading, setting one value, deleting, listing. */
#include "test.h"

#include "tt/store/customers.h"
#include "tt/store/renting.h"

static void a_created_tenant_loads_with_every_value(void **state)
{
    struct world *w = *state;
    struct tenant t, back;

    tenant_init(&t);
    str_copy(t.id, sizeof t.id, "tenant01");
    free(t.name);
    t.name = mem_strdup("Toko Permata \xf0\x9f\x92\x8e");
    t.discord_id = RENTER;
    t.guild_id = GUILD;
    t.plan = PLAN_ENTERPRISE;
    t.features[FEATURE_SHOP] = t.features[FEATURE_AUTOMOD] = true;
    t.permissions[PERMISSION_API_ACCESS] = true;
    t.channels[CHANNEL_CONTROL] = CHANNEL_ONE;
    free(t.config[CONFIG_PREFIX]);
    t.config[CONFIG_PREFIX] = mem_strdup("?");
    struct setting settings[] = {{FEATURE_WELCOME, (char[]){"message"}, (char[]){"hi {user}"}},
                                 {FEATURE_CUSTOM_COMMANDS, (char[]){"rules"}, (char[]){"be kind"}}};
    t.settings = settings;
    t.setting_count = 2;
    ok(store_begin(w->store, &w->error));
    ok(tenants_create(w->store, &t, NOW, &w->error));
    ok(store_commit(w->store, &w->error));
    t.settings = NULL;
    t.setting_count = 0;

    ok(tenants_load(w->store, "tenant01", &back, &w->error));
    assert_string_equal(back.name, t.name);
    assert_int_equal(back.discord_id, RENTER);
    assert_int_equal(back.guild_id, GUILD);
    assert_int_equal(back.status, STATUS_ACTIVE);
    assert_int_equal(back.plan, PLAN_ENTERPRISE);
    assert_memory_equal(back.features, t.features, sizeof t.features);
    assert_memory_equal(back.permissions, t.permissions, sizeof t.permissions);
    assert_memory_equal(back.channels, t.channels, sizeof t.channels);
    assert_string_equal(back.config[CONFIG_PREFIX], "?");
    assert_null(back.config[CONFIG_LANGUAGE]);
    assert_int_equal(back.setting_count, 2);
    assert_int_equal(back.settings[0].feature, FEATURE_CUSTOM_COMMANDS);
    assert_string_equal(tenant_setting(&back, FEATURE_WELCOME, "message"), "hi {user}");
    assert_int_equal(back.revision, 1);
    assert_int_equal(back.applied_revision, 0);
    assert_int_equal(back.token, TOKEN_NONE);
    assert_true(back.wanted);
    assert_int_equal(back.created_at, NOW);
    tenant_release(&t);
    tenant_release(&back);
}

static void a_missing_tenant_is_no_such_and_leaves_an_empty_struct(void **state)
{
    struct world *w = *state;
    struct tenant t;
    fails(tenants_load(w->store, "nobody", &t, &w->error), ERROR_NO_SUCH);
    assert_string_equal(w->error.message, "no tenant 'nobody'");
    assert_string_equal(w->error.field, "tenant");
    tenant_release(&t);
}

static void an_update_of_no_row_is_never_a_success(void **state)
{
    struct world *w = *state;
    bool changed = true;
    int64_t n;
    ok(store_begin(w->store, &w->error));
    fails(tenants_set_name(w->store, "nobody", "x", &changed, &w->error), ERROR_NO_SUCH);
    fails(tenants_set_status(w->store, "nobody", STATUS_EXPIRED, NULL, &w->error), ERROR_NO_SUCH);
    fails(tenants_set_plan(w->store, "nobody", PLAN_PREMIUM, NULL, &w->error), ERROR_NO_SUCH);
    fails(tenants_set_wanted(w->store, "nobody", false, NULL, &w->error), ERROR_NO_SUCH);
    fails(tenants_set_feature(w->store, "nobody", FEATURE_SHOP, true, NULL, &w->error), ERROR_NO_SUCH);
    fails(tenants_set_feature(w->store, "nobody", FEATURE_SHOP, false, NULL, &w->error), ERROR_NO_SUCH);
    fails(tenants_set_permission(w->store, "nobody", PERMISSION_API_ACCESS, true, NULL, &w->error),
          ERROR_NO_SUCH);
    fails(tenants_set_channel(w->store, "nobody", CHANNEL_LOGS, 5, NULL, &w->error), ERROR_NO_SUCH);
    fails(tenants_set_channel(w->store, "nobody", CHANNEL_LOGS, 0, NULL, &w->error), ERROR_NO_SUCH);
    fails(tenants_set_config(w->store, "nobody", CONFIG_PREFIX, "?", NULL, &w->error), ERROR_NO_SUCH);
    fails(tenants_set_setting(w->store, "nobody", FEATURE_WELCOME, "message", "x", NULL, &w->error),
          ERROR_NO_SUCH);
    fails(tenants_set_deleted(w->store, "nobody", true, NOW, NULL, &w->error), ERROR_NO_SUCH);
    fails(tenants_raise_revision(w->store, "nobody", NOW, &n, &w->error), ERROR_NO_SUCH);
    fails(tenants_raise_epoch(w->store, "nobody", NOW, &n, &w->error), ERROR_NO_SUCH);
    fails(bot_applied(w->store, "nobody", 1, "", "none", &w->error), ERROR_NO_SUCH);
    store_rollback(w->store);
}

static void a_taken_id_or_guild_is_refused_and_names_which(void **state)
{
    struct world *w = *state;
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    fails(make_tenant(w->store, "tenant01", GUILD + 1, PLAN_BASIC, &w->error), ERROR_TAKEN);
    assert_string_equal(w->error.field, "tenant");
    fails(make_tenant(w->store, "tenant02", GUILD, PLAN_BASIC, &w->error), ERROR_TAKEN);
    assert_string_equal(w->error.field, "guild_id");
    /* Of another tenant nothing is told. */
    assert_null(strstr(w->error.message, "tenant01"));
}

static void every_word_of_every_vocabulary_can_be_stored(void **state)
{
    struct world *w = *state;
    struct tenant t;
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    ok(store_begin(w->store, &w->error));
    for (int i = 0; i < FEATURE_COUNT; i++) {
        ok(tenants_set_feature(w->store, "tenant01", (enum feature)i, true, NULL, &w->error));
        ok(tenants_set_setting(w->store, "tenant01", (enum feature)i, "key", "value", NULL, &w->error));
    }
    for (int i = 0; i < PERMISSION_COUNT; i++)
        ok(tenants_set_permission(w->store, "tenant01", (enum permission)i, true, NULL, &w->error));
    for (int i = 0; i < CHANNEL_COUNT; i++)
        ok(tenants_set_channel(w->store, "tenant01", (enum channel)i, CHANNEL_ONE + i, NULL, &w->error));
    for (int i = 0; i < CONFIG_COUNT; i++)
        ok(tenants_set_config(w->store, "tenant01", (enum config_key)i, "x", NULL, &w->error));
    for (int i = STATUS_COUNT - 1; i >= 0; i--)
        ok(tenants_set_status(w->store, "tenant01", (enum tenant_status)i, NULL, &w->error));
    for (int i = PLAN_COUNT - 1; i >= 0; i--)
        ok(tenants_set_plan(w->store, "tenant01", (enum plan)i, NULL, &w->error));
    for (int i = ROLE_VIEWER; i <= ROLE_OWNER; i++)
        ok(operators_set(w->store, 100 + i, (enum operator_role)i, NOW, NULL, &w->error));
    for (int i = BOT_STOPPED; i <= BOT_ERROR; i++) {
        struct bot_status b = {.state = (enum bot_state)i, .latency_ms = -1};
        ok(bot_status_save(w->store, "tenant01", &b, NOW, &w->error));
    }
    ok(outbox_queue(w->store, "tenant01", 1, (1u << PUSH_KIND_COUNT) - 1, NOW, &w->error));
    for (int i = 0; face_words[i]; i++) {
        struct audit_entry entry = {.time = NOW, .who = "op:test", .face = face_words[i], .command = "test"};
        ok(audit_add(w->store, &entry, NULL, &w->error));
    }
    ok(store_commit(w->store, &w->error));
    ok(tenants_load(w->store, "tenant01", &t, &w->error));
    for (int i = 0; i < FEATURE_COUNT; i++)
        assert_true(t.features[i]);
    tenant_release(&t);
}

static void a_setter_says_whether_anything_differs(void **state)
{
    struct world *w = *state;
    bool changed;
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    ok(store_begin(w->store, &w->error));
    ok(tenants_set_feature(w->store, "tenant01", FEATURE_SHOP, true, &changed, &w->error));
    assert_false(changed);
    ok(tenants_set_feature(w->store, "tenant01", FEATURE_WELCOME, false, &changed, &w->error));
    assert_false(changed);
    ok(tenants_set_feature(w->store, "tenant01", FEATURE_WELCOME, true, &changed, &w->error));
    assert_true(changed);
    ok(tenants_set_channel(w->store, "tenant01", CHANNEL_LOGS, 0, &changed, &w->error));
    assert_false(changed);
    ok(tenants_set_channel(w->store, "tenant01", CHANNEL_LOGS, 7, &changed, &w->error));
    assert_true(changed);
    ok(tenants_set_channel(w->store, "tenant01", CHANNEL_LOGS, 7, &changed, &w->error));
    assert_false(changed);
    ok(tenants_set_name(w->store, "tenant01", "STORE tenant01", &changed, &w->error));
    assert_true(changed); /* case counts */
    ok(tenants_set_config(w->store, "tenant01", CONFIG_NICKNAME, NULL, &changed, &w->error));
    assert_false(changed);
    store_rollback(w->store);
}

static void revision_and_epoch_rise_by_one(void **state)
{
    struct world *w = *state;
    struct tenant t;
    int64_t revision, epoch;
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    ok(store_begin(w->store, &w->error));
    ok(tenants_raise_revision(w->store, "tenant01", NOW + 5, &revision, &w->error));
    assert_int_equal(revision, 2);
    ok(tenants_raise_epoch(w->store, "tenant01", NOW + 5, &epoch, &w->error));
    assert_int_equal(epoch, 1);
    ok(store_commit(w->store, &w->error));
    ok(tenants_load(w->store, "tenant01", &t, &w->error));
    assert_int_equal(t.revision, 2);
    assert_int_equal(t.epoch, 1);
    assert_int_equal(t.updated_at, NOW + 5);
    tenant_release(&t);
}

static void a_deleted_tenant_is_hidden_and_its_guild_is_free(void **state)
{
    struct world *w = *state;
    struct tenant t;
    bool changed;
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    ok(store_begin(w->store, &w->error));
    ok(outbox_queue(w->store, "tenant01", 1, 1, NOW, &w->error));
    ok(tenants_set_deleted(w->store, "tenant01", true, NOW, &changed, &w->error));
    assert_true(changed);
    ok(store_commit(w->store, &w->error));
    assert_int_equal(number(w, "SELECT count(*) FROM outbox"), 0);
    fails(tenants_load(w->store, "tenant01", &t, &w->error), ERROR_NO_SUCH);
    tenant_release(&t);
    ok(tenants_load_deleted(w->store, "tenant01", &t, &w->error));
    assert_int_equal(t.deleted_at, NOW);
    tenant_release(&t);
    fails(make_tenant(w->store, "tenant01", GUILD + 9, PLAN_BASIC, &w->error), ERROR_TAKEN);
    ok(make_tenant(w->store, "tenant02", GUILD, PLAN_BASIC, &w->error));
    ok(store_begin(w->store, &w->error));
    fails(tenants_set_deleted(w->store, "tenant01", false, NOW, NULL, &w->error), ERROR_TAKEN);
    store_rollback(w->store);
}

static void erasing_takes_everything_but_the_audit(void **state)
{
    struct world *w = *state;
    struct tenant_scope c = scope_of(w->store, "tenant01");
    struct audit_entry entry = {.time = NOW,
                                .tenant = "tenant01",
                                .who = "op:a",
                                .face = "cli",
                                .command = "delete tenant01",
                                .undoable = true};
    struct json *changes = json_new_array();
    int64_t n;
    entry.changes = changes;
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    ok(store_begin(w->store, &w->error));
    ok(audit_add(w->store, &entry, NULL, &w->error));
    ok(payments_add(&c, &(struct payment){.amount = 1, .currency = "USD", .reference = "R-1"}, NULL,
                    &w->error));
    ok(tenants_set_deleted(w->store, "tenant01", true, NOW, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
    json_free(changes);
    ok(tenants_erase(w->store, NOW, &n, &w->error));
    assert_int_equal(n, 0);
    int64_t gone = 0;
    int more;
    for (; (more = tenants_erase(w->store, NOW + 1, &n, &w->error)) == 1; gone += n)
        continue;
    assert_int_equal(more, 0);
    assert_int_equal(gone, 1);
    assert_int_equal(number(w, "SELECT count(*) FROM features"), 0);
    assert_int_equal(number(w, "SELECT count(*) FROM audit WHERE undoable = 0 AND changes IS NULL"), 1);
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    /* What was paid is kept, and is not the namesake's. */
    int64_t total;
    char next[LIST_NEXT_TEXT];
    ok(payments_list(&c, &(struct paging){0}, NULL, NULL, &total, next, &w->error));
    assert_int_equal(total, 0);
    assert_int_equal(number(w, "SELECT count(*) FROM payments WHERE amount = 1"), 1);
}

/* The steps of SQLite's machine that the statements about the audit took to erase a tenant with N rows there.
 */
static int64_t steps_to_erase(struct world *w, const char *id, int n)
{
    int64_t gone = 0, steps = 0;
    ok(make_tenant(w->store, id, GUILD + n, PLAN_BASIC, &w->error));
    ok(store_begin(w->store, &w->error));
    ok(sql_run(w->store, &w->error,
               "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)"
               " INSERT INTO audit (time, tenant_id, who, face, command, changes, undoable)"
               " SELECT 1, ?1, 'op:a', 'cli', 'x', '[]', 1 FROM n",
               "td", id, n));
    ok(tenants_set_deleted(w->store, id, true, NOW, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
    while (tenants_erase(w->store, NOW + 1, &gone, &w->error) == 1 && !gone)
        continue;
    assert_int_equal(gone, 1);
    for (sqlite3_stmt *s = sqlite3_next_stmt(w->store->db, NULL); s; s = sqlite3_next_stmt(w->store->db, s))
        if (strstr(sqlite3_sql(s), "audit"))
            steps += sqlite3_stmt_status(s, SQLITE_STMTSTATUS_VM_STEP, 1);
    return steps;
}

static void erasing_passes_the_audit_once_however_long_it_is(void **state)
{
    struct world *w = *state;
    int64_t few = steps_to_erase(w, "tenant01", 3000), many = steps_to_erase(w, "tenant02", 12000);
    if (many > 6 * few)
        fail_msg("%lld steps for four times as many rows as %lld are for", (long long)many, (long long)few);
    assert_int_equal(number(w, "SELECT count(*) FROM audit WHERE undoable <> 0 OR changes IS NOT NULL"), 0);
}

/* --- listing --- */

struct page {
    char ids[1024];
    int count;
    int64_t total;
    char next[TENANT_ID_TEXT];
};

static void add_line(void *context, const struct tenant_line *line)
{
    struct page *page = context;
    size_t used = strlen(page->ids);
    snprintf(page->ids + used, sizeof page->ids - used, "%s%s", used ? " " : "", line->id);
    page->count++;
}

static void list(struct world *w, struct tenant_query q, struct page *page)
{
    *page = (struct page){0};
    ok(tenants_list(w->store, &q, add_line, page, &page->total, page->next, &w->error));
}

#define ANY .status = -1, .plan = -1, .feature = -1

/* t00 ... t09; names run against the ids, every third is premium, t04 is suspended. */
static void make_ten(struct world *w)
{
    ok(store_begin(w->store, &w->error));
    for (int i = 0; i < 10; i++) {
        char id[8], name[32];
        snprintf(id, sizeof id, "t%02d", i);
        snprintf(name, sizeof name, "%s Shop %d", i % 2 ? "alpha" : "Beta", 9 - i);
        ok(make_tenant(w->store, id, GUILD + i, i % 3 ? PLAN_BASIC : PLAN_PREMIUM, &w->error));
        ok(tenants_set_name(w->store, id, name, NULL, &w->error));
    }
    ok(tenants_set_status(w->store, "t04", STATUS_SUSPENDED, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
}

static void pages_join_into_the_whole_list(void **state)
{
    struct world *w = *state;
    struct page page, whole;
    make_ten(w);
    for (int sort = SORT_TENANT; sort <= SORT_REVISION; sort++)
        for (int descending = 0; descending < 2; descending++) {
            struct tenant_query q = {ANY, .sort = (enum tenant_sort)sort, .descending = descending};
            struct str joined = STR_INIT;
            char after[TENANT_ID_TEXT] = "";
            list(w, q, &whole);
            assert_int_equal(whole.count, 10);
            assert_int_equal(whole.total, 10);
            assert_string_equal(whole.next, "");
            do {
                q.page = (struct paging){.limit = 3, .after = after[0] ? after : NULL};
                list(w, q, &page);
                assert_int_equal(page.total, 10);
                str_addf(&joined, "%s%s", joined.len ? " " : "", page.ids);
                str_copy(after, sizeof after, page.next);
            } while (after[0]);
            assert_string_equal(joined.data, whole.ids);
            str_release(&joined);
        }
}

static void before_around_and_last_give_the_same_order(void **state)
{
    struct world *w = *state;
    struct page page;
    make_ten(w);
    list(w, (struct tenant_query){ANY, .page = {.limit = 3, .before = "t05"}}, &page);
    assert_string_equal(page.ids, "t02 t03 t04");
    assert_string_equal(page.next, "t04");
    list(w, (struct tenant_query){ANY, .page = {.limit = 3, .before = "t01"}}, &page);
    assert_string_equal(page.ids, "t00");
    list(w, (struct tenant_query){ANY, .page = {.limit = 4, .last = true}}, &page);
    assert_string_equal(page.ids, "t06 t07 t08 t09");
    assert_string_equal(page.next, "");
    list(w, (struct tenant_query){ANY, .page = {.limit = 4, .around = "t05"}}, &page);
    assert_string_equal(page.ids, "t03 t04 t05 t06");
    assert_string_equal(page.next, "t06");
    list(w, (struct tenant_query){ANY, .page = {.limit = 4, .around = "t09"}}, &page);
    assert_string_equal(page.ids, "t06 t07 t08 t09");
    list(w, (struct tenant_query){ANY, .page = {.limit = 4, .around = "t00"}}, &page);
    assert_string_equal(page.ids, "t00 t01 t02 t03");
    list(w, (struct tenant_query){ANY, .page = {.around = "t05"}}, &page);
    assert_int_equal(page.count, 10);
    list(w, (struct tenant_query){ANY, .sort = SORT_NAME, .page = {.limit = 4, .around = "t09"}}, &page);
    assert_string_equal(page.ids, "t09 t07 t05 t03");
    list(w, (struct tenant_query){ANY, .page = {.limit = 1, .around = "t05"}}, &page);
    assert_string_equal(page.ids, "t05");
}

static void an_unknown_anchor_is_no_such(void **state)
{
    struct world *w = *state;
    struct page page = {0};
    struct tenant_query q = {ANY, .page = {.limit = 3, .after = "nobody"}};
    fails(tenants_list(w->store, &q, add_line, &page, &page.total, page.next, &w->error), ERROR_NO_SUCH);
}

static void filters_and_counts_agree(void **state)
{
    struct world *w = *state;
    struct page page;
    struct tenant_totals totals;
    make_ten(w);
    list(w, (struct tenant_query){ANY, .page = {.count = true}}, &page);
    assert_int_equal(page.total, 10);
    assert_int_equal(page.count, 0);
    struct tenant_query q = {.status = STATUS_SUSPENDED, .plan = -1, .feature = -1};
    list(w, q, &page);
    assert_string_equal(page.ids, "t04");
    q = (struct tenant_query){.status = -1, .plan = PLAN_PREMIUM, .feature = -1, .page = {.limit = 2}};
    list(w, q, &page);
    assert_string_equal(page.ids, "t00 t03");
    assert_int_equal(page.total, 4);
    q = (struct tenant_query){.status = -1, .plan = -1, .feature = FEATURE_AUTOMOD, .page = {.limit = 1}};
    list(w, q, &page);
    assert_string_equal(page.ids, "t00");
    assert_int_equal(page.total, 4);
    ok(tenants_totals(w->store, &totals, &w->error));
    assert_int_equal(totals.all, 10);
    assert_int_equal(totals.by_status[STATUS_SUSPENDED], 1);
    assert_int_equal(totals.by_plan[PLAN_PREMIUM], 4);
    assert_int_equal(totals.by_bot[BOT_STOPPED], 9);
    assert_int_equal(totals.by_bot[BOT_SUSPENDED], 1);
}

static void a_search_is_literal_and_looks_at_name_ids_and_guild(void **state)
{
    struct world *w = *state;
    struct page page;
    make_ten(w);
    ok(store_begin(w->store, &w->error));
    ok(tenants_set_name(w->store, "t07", "growth +12 %", NULL, &w->error));
    ok(store_commit(w->store, &w->error));
    list(w, (struct tenant_query){ANY, .search = "12 %"}, &page);
    assert_string_equal(page.ids, "t07");
    list(w, (struct tenant_query){ANY, .search = "%"}, &page);
    assert_string_equal(page.ids, "t07");
    list(w, (struct tenant_query){ANY, .search = "_"}, &page);
    assert_int_equal(page.count, 0);
    list(w, (struct tenant_query){ANY, .search = "SHOP 9"}, &page);
    assert_string_equal(page.ids, "t00");
    list(w, (struct tenant_query){ANY, .search = "200000000000000004"}, &page);
    assert_string_equal(page.ids, "t03");
    list(w, (struct tenant_query){ANY, .search = "' OR 1=1 --"}, &page);
    assert_int_equal(page.count, 0);
    list(w, (struct tenant_query){ANY, .search = "shop", .page = {.limit = 2}}, &page);
    assert_int_equal(page.total, 9);
}

static void a_search_with_many_matches_pages_in_order_and_counts_all(void **state)
{
    struct world *w = *state;
    struct page page;
    make_ten(w);
    assert_int_equal(
        sqlite3_exec(w->store->db,
                     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)"
                     " INSERT INTO tenants (tenant_id, name, discord_id, guild_id, status, plan, created_at,"
                     " updated_at) SELECT printf('m%04d', i), 'Many ' || i, 5, 5000000 + i, 'active',"
                     " 'basic', 1, 1 FROM n",
                     NULL, NULL, NULL),
        SQLITE_OK);
    list(w, (struct tenant_query){ANY, .search = "many", .page = {.limit = 3}}, &page);
    assert_string_equal(page.ids, "m0001 m0002 m0003");
    assert_int_equal(page.total, 2500);
    assert_string_equal(page.next, "m0003");
    list(w, (struct tenant_query){ANY, .search = "many", .descending = true, .page = {.limit = 2}}, &page);
    assert_string_equal(page.ids, "m2500 m2499");
    /* None of those that are found first has this plan. */
    assert_int_equal(sqlite3_exec(w->store->db,
                                  "UPDATE tenants SET plan = 'premium' WHERE tenant_id IN ('m2100', 'm2400')",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    struct tenant_query rare = {
        .status = -1, .plan = PLAN_PREMIUM, .feature = -1, .search = "many", .page = {.limit = 1}};
    list(w, rare, &page);
    assert_string_equal(page.ids, "m2100");
    list(w,
         (struct tenant_query){ANY, .search = "MANY 77", .sort = SORT_NAME,
                               .page = {.last = true, .limit = 2}},
         &page);
    assert_string_equal(page.ids, "m0778 m0779");
    assert_int_equal(page.total, 11);
    list(w, (struct tenant_query){ANY, .search = "shop 9", .page = {.around = "t00", .limit = 2}}, &page);
    assert_string_equal(page.ids, "t00");
}

static void a_search_sees_a_new_name_once_it_is_committed(void **state)
{
    struct world *w = *state;
    struct page page;
    make_ten(w);
    for (int committed = 0; committed < 2; committed++) {
        list(w, (struct tenant_query){ANY, .search = "zebra"}, &page);
        assert_int_equal(page.count, 0);
        ok(store_begin(w->store, &w->error));
        ok(tenants_set_name(w->store, "t05", "Zebra", NULL, &w->error));
        list(w, (struct tenant_query){ANY, .search = "zebra"}, &page);
        assert_string_equal(page.ids, "t05");
        if (committed)
            ok(store_commit(w->store, &w->error));
        else
            store_rollback(w->store);
    }
    list(w, (struct tenant_query){ANY, .search = "ZEBRA"}, &page);
    assert_string_equal(page.ids, "t05");
}

static void deleted_tenants_are_listed_only_when_asked(void **state)
{
    struct world *w = *state;
    struct page page;
    make_ten(w);
    ok(store_begin(w->store, &w->error));
    ok(tenants_set_deleted(w->store, "t02", true, NOW, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
    list(w, (struct tenant_query){ANY, .deleted = true}, &page);
    assert_string_equal(page.ids, "t02");
    list(w, (struct tenant_query){ANY, .page = {.limit = 3}}, &page);
    assert_string_equal(page.ids, "t00 t01 t03");
    assert_int_equal(page.total, 9);
}

static void add_id(void *context, const char *id)
{
    struct str *out = context;
    str_addf(out, "%s%s", out->len ? " " : "", id);
}

static void a_prefix_finds_its_ids(void **state)
{
    struct world *w = *state;
    struct str ids = STR_INIT;
    make_ten(w);
    ok(tenants_with_prefix(w->store, "t0", 3, add_id, &ids, &w->error));
    assert_string_equal(ids.data, "t00 t01 t02");
    str_clear(&ids);
    ok(tenants_with_prefix(w->store, "t09", 3, add_id, &ids, &w->error));
    assert_string_equal(ids.data, "t09");
    str_clear(&ids);
    ok(tenants_with_prefix(w->store, "x'%", 3, add_id, &ids, &w->error));
    assert_string_equal(str_text(&ids), "");
    ok(tenants_with_prefix(w->store, "", 100, add_id, &ids, &w->error));
    assert_int_equal(ids.len, 39);
    str_release(&ids);
}

static void the_daemon_learns_of_changed_and_wanted_tenants(void **state)
{
    struct world *w = *state;
    struct str ids = STR_INIT;
    int64_t sequence = -1;
    struct audit_entry entry = {
        .time = NOW, .who = "op:a", .face = "cli", .command = "features t01 shop off"};
    make_ten(w);
    ok(tenants_changed(w->store, &sequence, add_id, &ids, &w->error));
    assert_int_equal(sequence, 0);
    ok(store_begin(w->store, &w->error));
    entry.tenant = "t01";
    ok(audit_add(w->store, &entry, NULL, &w->error));
    ok(audit_add(w->store, &entry, NULL, &w->error));
    entry.tenant = "t02";
    entry.refused = true;
    ok(audit_add(w->store, &entry, NULL, &w->error));
    ok(tokens_set(w->store, "t01", "token-one", 11, &w->error));
    ok(tokens_set(w->store, "t04", "token-two", 12, &w->error)); /* suspended */
    ok(tokens_set(w->store, "t05", "token-three", 13, &w->error));
    ok(tenants_set_wanted(w->store, "t05", false, NULL, &w->error));
    ok(tokens_set(w->store, "t06", "token-four", 14, &w->error));
    ok(tokens_refused(w->store, "t06", 0, &w->error));
    ok(tokens_set(w->store, "t07", "token-five", 15, &w->error));
    ok(tenants_set_status(w->store, "t07", STATUS_MAINTENANCE, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
    ok(tenants_changed(w->store, &sequence, add_id, &ids, &w->error));
    assert_string_equal(ids.data, "t01");
    assert_int_equal(sequence, 3);
    str_clear(&ids);
    ok(tenants_changed(w->store, &sequence, add_id, &ids, &w->error));
    assert_string_equal(str_text(&ids), "");
    ok(tenants_wanted(w->store, add_id, &ids, &w->error));
    assert_string_equal(ids.data, "t01 t07");
    str_release(&ids);
}

/* --- bots --- */

static void a_status_counts_only_while_its_daemon_lives(void **state)
{
    struct world *w = *state;
    struct daemon_lock *lock = NULL, *second = NULL;
    struct bot_status b = {.state = BOT_RUNNING, .latency_ms = 40, .applied_revision = 3, .epoch = 2}, back;
    struct tenant_totals totals;
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    ok(bot_status_load(w->store, "tenant01", &back, &w->error));
    assert_int_equal(back.state, BOT_STOPPED);
    assert_int_equal(back.latency_ms, -1);

    ok(daemon_lock_take(w->db, &lock, &w->error));
    fails(daemon_lock_take(w->db, &second, &w->error), ERROR_TAKEN);
    assert_non_null(strstr(w->error.message, "pid "));
    assert_true(daemon_lock_held(w->db));
    str_copy(b.instance, sizeof b.instance, "run-one");
    ok(bot_status_save(w->store, "tenant01", &b, NOW, &w->error));
    ok(bot_status_load(w->store, "tenant01", &back, &w->error));
    assert_int_equal(back.state, BOT_RUNNING);
    assert_string_equal(back.instance, "run-one");
    ok(tenants_totals(w->store, &totals, &w->error));
    assert_int_equal(totals.by_bot[BOT_RUNNING], 1);

    daemon_lock_release(lock);
    assert_false(daemon_lock_held(w->db));
    ok(bot_status_load(w->store, "tenant01", &back, &w->error));
    assert_int_equal(back.state, BOT_STOPPED);
    assert_int_equal(back.applied_revision, 3); /* that stays true */
    assert_int_equal(back.epoch, 2);

    ok(daemon_lock_take(w->db, &lock, &w->error));
    ok(bots_started(w->store, "run-two", &w->error));
    ok(bot_status_load(w->store, "tenant01", &back, &w->error));
    assert_int_equal(back.state, BOT_STOPPED);
    assert_true(daemon_lock_serves(w->db, "tenant01"));
    ok(daemon_lock_note(lock, "tenant02", &w->error));
    assert_false(daemon_lock_serves(w->db, "tenant01"));
    assert_true(daemon_lock_serves(w->db, "tenant02"));
    daemon_lock_release(lock);
    assert_false(daemon_lock_serves(w->db, "tenant02"));
}

static void add_state(void *context, const struct tenant_line *line)
{
    struct str *out = context;
    str_addf(out, "%s%s=%s(%s)", out->len ? " " : "", line->id, bot_state_words[line->bot.state],
             line->bot.error);
}

static void assert_states(struct world *w, const char *expected)
{
    struct tenant_query q = {ANY};
    struct tenant_totals totals;
    struct str out = STR_INIT, single = STR_INIT;
    char next[TENANT_ID_TEXT];
    int64_t by_bot[BOT_ERROR + 1] = {0};
    ok(tenants_list(w->store, &q, add_state, &out, NULL, next, &w->error));
    assert_string_equal(str_text(&out), expected);
    for (int i = 0; i < 5; i++) {
        struct bot_status b;
        struct tenant_line line = {.id = (const char *[]){"t01", "t02", "t03", "t04", "t05"}[i]};
        ok(bot_status_load(w->store, line.id, &b, &w->error));
        line.bot = b;
        add_state(&single, &line);
        by_bot[b.state]++;
    }
    assert_string_equal(str_text(&single), expected);
    ok(tenants_totals(w->store, &totals, &w->error));
    for (int i = 0; i <= BOT_ERROR; i++)
        assert_int_equal(totals.by_bot[i], by_bot[i]);
    str_release(&out);
    str_release(&single);
}

static void a_bot_that_no_daemon_serves_is_what_its_tenant_is(void **state)
{
    struct world *w = *state;
    struct daemon_lock *lock = NULL;
    struct bot_status b = {.state = BOT_ERROR, .latency_ms = -1, .instance = "run-one", .error = "gone"};
    static const char at_rest[] = "t01=stopped() t02=suspended() t03=expired() "
                                  "t04=error(" BOT_TOKEN_REFUSED ") t05=stopped()";
    ok(store_begin(w->store, &w->error));
    for (int i = 1; i <= 5; i++) {
        char id[8], token[16];
        snprintf(id, sizeof id, "t%02d", i);
        snprintf(token, sizeof token, "token-%d", i);
        ok(make_tenant(w->store, id, GUILD + i, PLAN_BASIC, &w->error));
        ok(tokens_set(w->store, id, token, i, &w->error));
    }
    ok(tenants_set_status(w->store, "t02", STATUS_SUSPENDED, NULL, &w->error));
    ok(tenants_set_status(w->store, "t03", STATUS_EXPIRED, NULL, &w->error));
    ok(tokens_refused(w->store, "t03", 0, &w->error));
    ok(tokens_refused(w->store, "t04", 0, &w->error));
    ok(tokens_refused(w->store, "t05", 0, &w->error)); /* and nobody wants it to run */
    ok(tenants_set_wanted(w->store, "t05", false, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
    assert_states(w, at_rest);

    ok(daemon_lock_take(w->db, &lock, &w->error));
    ok(bot_status_save(w->store, "t01", &b, NOW, &w->error));
    ok(bot_status_save(w->store, "t04", &b, NOW, &w->error));
    assert_states(w, "t01=error(gone) t02=suspended() t03=expired() t04=error(gone) t05=stopped()");
    ok(bots_started(w->store, "run-two", &w->error)); /* another daemon, which has said nothing of them yet */
    assert_states(w, at_rest);
    daemon_lock_release(lock);
    assert_states(w, at_rest);
}

#define NAMES_77 "Nzc=.Gabcde.the-secret-part" /* "77" in its first part */

static void a_token_that_was_not_checked_keeps_its_bot_from_a_second_tenant(void **state)
{
    struct world *w = *state;
    struct tenant t;
    ok(store_begin(w->store, &w->error));
    for (int i = 1; i <= 4; i++) {
        char id[8];
        snprintf(id, sizeof id, "t%02d", i);
        ok(make_tenant(w->store, id, GUILD + i, PLAN_BASIC, &w->error));
    }
    ok(tokens_set(w->store, "t01", NAMES_77, 0, &w->error));
    ok(tokens_set(w->store, "t02", "names.nobody", 0, &w->error));
    fails(tokens_set(w->store, "t03", NAMES_77, 0, &w->error), ERROR_TAKEN);
    fails(tokens_set(w->store, "t03", NAMES_77 "2", 0, &w->error), ERROR_TAKEN); /* another one of that bot */
    fails(tokens_set(w->store, "t03", "names.nobody", 0, &w->error), ERROR_TAKEN);
    fails(tokens_set(w->store, "t03", "other", 77, &w->error), ERROR_TAKEN);
    assert_null(strstr(w->error.message, "secret"));
    ok(tokens_set(w->store, "t01", NAMES_77, 0, &w->error)); /* its own again */
    ok(tenants_load(w->store, "t01", &t, &w->error));
    assert_int_equal(t.application_id, 0); /* believed for the refusal only */
    int64_t epoch = t.epoch;
    tenant_release(&t);
    ok(tokens_application(w->store, "t01", epoch, 78, &w->error)); /* Discord knows better */
    ok(tenants_load(w->store, "t01", &t, &w->error));
    assert_int_equal(t.application_id, 78);
    tenant_release(&t);
    ok(tokens_application(w->store, "t01", epoch + 1, 79, &w->error)); /* of a token that is gone */
    ok(tenants_load(w->store, "t01", &t, &w->error));
    assert_int_equal(t.application_id, 78);
    tenant_release(&t);
    fails(tokens_application(w->store, "t02", 0, 78, &w->error), ERROR_TAKEN);
    fails(tokens_set(w->store, "t03", "other", 78, &w->error), ERROR_TAKEN);
    ok(tokens_set(w->store, "t03", NAMES_77, 0, &w->error)); /* nobody's now */
    ok(store_commit(w->store, &w->error));
}

static void a_deleted_tenant_does_not_come_back_to_a_bot_that_serves_another(void **state)
{
    struct world *w = *state;
    ok(store_begin(w->store, &w->error));
    ok(make_tenant(w->store, "t01", GUILD, PLAN_BASIC, &w->error));
    ok(make_tenant(w->store, "t02", GUILD + 1, PLAN_BASIC, &w->error));
    ok(tokens_set(w->store, "t01", NAMES_77, 0, &w->error));
    ok(tenants_set_deleted(w->store, "t01", true, NOW, NULL, &w->error));
    ok(tokens_set(w->store, "t02", NAMES_77, 0, &w->error));
    fails(tenants_set_deleted(w->store, "t01", false, NOW, NULL, &w->error), ERROR_TAKEN);
    store_rollback(w->store);
}

static void totals_cost_no_more_with_many_tenants(void **state)
{
    struct world *w = *state;
    struct tenant_totals totals;
    ok(store_begin(w->store, &w->error));
    for (int i = 0; i < 500; i++) {
        char id[16];
        snprintf(id, sizeof id, "many%04d", i);
        ok(make_tenant(w->store, id, GUILD + i, PLAN_BASIC, &w->error));
    }
    ok(store_commit(w->store, &w->error));
    ok(tenants_totals(w->store, &totals, &w->error));
    work_done(w);
    ok(tenants_totals(w->store, &totals, &w->error));
    assert_int_equal(totals.all, 500);
    assert_true(work_done(w) < 500);
}

static void the_applied_revision_never_goes_back(void **state)
{
    struct world *w = *state;
    struct bot_status b = {.state = BOT_RUNNING, .applied_revision = 2}, back;
    char hash[SHA256_TEXT];
    struct tenant t;
    memset(hash, 'a', 64);
    hash[64] = '\0';
    ok(make_tenant(w->store, "tenant01", GUILD, PLAN_BASIC, &w->error));
    ok(bot_applied(w->store, "tenant01", 5, hash, "discord", &w->error));
    ok(bot_applied(w->store, "tenant01", 4, "", "database", &w->error));
    ok(bot_status_save(w->store, "tenant01", &b, NOW, &w->error));
    ok(bot_status_load(w->store, "tenant01", &back, &w->error));
    assert_int_equal(back.applied_revision, 5);
    assert_string_equal(back.applied_hash, hash);
    assert_string_equal(back.notified, "discord");
    ok(tenants_load(w->store, "tenant01", &t, &w->error));
    assert_int_equal(t.applied_revision, 5);
    tenant_release(&t);
}

/* --- operators --- */

static void operators_are_set_changed_and_removed(void **state)
{
    struct world *w = *state;
    enum operator_role role;
    bool changed;
    ok(store_begin(w->store, &w->error));
    ok(operators_set(w->store, 5, ROLE_VIEWER, NOW, &changed, &w->error));
    assert_true(changed);
    ok(operators_set(w->store, 5, ROLE_VIEWER, NOW, &changed, &w->error));
    assert_false(changed);
    ok(operators_set(w->store, 5, ROLE_OWNER, NOW, &changed, &w->error));
    assert_true(changed);
    ok(operators_get(w->store, 5, &role, &w->error));
    assert_int_equal(role, ROLE_OWNER);
    ok(operators_get(w->store, 6, &role, &w->error));
    assert_int_equal(role, ROLE_NONE);
    ok(operators_set(w->store, 5, ROLE_NONE, NOW, &changed, &w->error));
    assert_true(changed);
    ok(operators_set(w->store, 5, ROLE_NONE, NOW, &changed, &w->error));
    assert_false(changed);
    ok(store_commit(w->store, &w->error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_created_tenant_loads_with_every_value),
        test(a_missing_tenant_is_no_such_and_leaves_an_empty_struct),
        test(an_update_of_no_row_is_never_a_success),
        test(a_taken_id_or_guild_is_refused_and_names_which),
        test(every_word_of_every_vocabulary_can_be_stored),
        test(a_setter_says_whether_anything_differs),
        test(revision_and_epoch_rise_by_one),
        test(a_deleted_tenant_is_hidden_and_its_guild_is_free),
        test(erasing_takes_everything_but_the_audit),
        test(erasing_passes_the_audit_once_however_long_it_is),
        test(pages_join_into_the_whole_list),
        test(before_around_and_last_give_the_same_order),
        test(an_unknown_anchor_is_no_such),
        test(filters_and_counts_agree),
        test(a_search_is_literal_and_looks_at_name_ids_and_guild),
        test(a_search_with_many_matches_pages_in_order_and_counts_all),
        test(a_search_sees_a_new_name_once_it_is_committed),
        test(deleted_tenants_are_listed_only_when_asked),
        test(a_prefix_finds_its_ids),
        test(the_daemon_learns_of_changed_and_wanted_tenants),
        test(a_status_counts_only_while_its_daemon_lives),
        test(a_bot_that_no_daemon_serves_is_what_its_tenant_is),
        test(a_token_that_was_not_checked_keeps_its_bot_from_a_second_tenant),
        test(a_deleted_tenant_does_not_come_back_to_a_bot_that_serves_another),
        test(totals_cost_no_more_with_many_tenants),
        test(the_applied_revision_never_goes_back),
        test(operators_are_set_changed_and_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
