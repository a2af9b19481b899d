/* The control message as the bot judges it: what counts, and by which word the others are ignored. */
#include "../world.h"

#include "daemon.h"

struct posted {
    struct str text;
    struct control_message m;
    struct control_seen seen;
};

static void message_make(struct world *w, struct posted *x, const char *nonce)
{
    struct tenant t;
    struct key sub;
    *x = (struct posted){0};
    ok(tenants_load(w->store, "tenant01", &t, &w->error));
    str_copy(x->m.tenant, sizeof x->m.tenant, t.id);
    str_copy(x->m.nonce, sizeof x->m.nonce, nonce);
    x->m.revision = t.revision;
    x->m.time = NOW;
    tenant_configuration_hash(&t, bot_features(), x->m.sha256);
    key_derive(store_key(w->store, &w->error), SUBKEY_CONTROL, &sub);
    control_write(&x->m, &sub, &x->text);
    x->seen = (struct control_seen){
        .author_id = BOT, .bot_id = BOT, .channel_id = CONTROL, .guild_id = GUILD, .tenant = "tenant01"};
    tenant_release(&t);
}

/* As the executor does it: in a transaction that is committed. */
static enum control_verdict judge(struct world *w, struct posted *x, int64_t now,
                                  struct control_judgement *out)
{
    x->seen.text = x->text.data;
    x->seen.len = x->text.len;
    ok(store_begin(w->store, &w->error));
    ok(control_judge(w->store, bot_features(), &x->seen, now, out, &w->error));
    ok(store_commit(w->store, &w->error));
    return out->verdict;
}

static void message_free(struct posted *x, struct control_judgement *j)
{
    str_release(&x->text);
    snapshot_drop(j->snapshot);
    j->snapshot = NULL;
}

#define NONCE "0123456789abcdef0123456789abcdef"

static void a_message_counts_once_and_is_replayed_after_that(void **state)
{
    struct world *w = *state;
    struct posted x;
    struct control_judgement j;
    message_make(w, &x, NONCE);
    assert_int_equal(judge(w, &x, NOW + 1000, &j), CONTROL_OK);
    assert_non_null(j.snapshot);
    assert_int_equal(j.snapshot->tenant.revision, 1);
    assert_false(j.hash_differs);
    snapshot_drop(j.snapshot);
    assert_int_equal(judge(w, &x, NOW + 2000, &j), CONTROL_REPLAYED);
    assert_null(j.snapshot);
    message_free(&x, &j);
}

static void a_message_of_others_is_forged_or_foreign(void **state)
{
    struct world *w = *state;
    struct posted x;
    struct control_judgement j;
    message_make(w, &x, NONCE);
    x.seen.author_id = RENTER;
    enum control_verdict verdict = judge(w, &x, NOW, &j);
    assert_true(verdict == CONTROL_FORGED || verdict == CONTROL_FOREIGN);
    x.seen.author_id = BOT;
    x.seen.guild_id = GUILD + 1;
    verdict = judge(w, &x, NOW, &j);
    assert_true(verdict == CONTROL_FORGED || verdict == CONTROL_FOREIGN);
    x.seen.guild_id = GUILD;
    x.seen.channel_id = CONTROL + 1;
    verdict = judge(w, &x, NOW, &j);
    assert_true(verdict == CONTROL_FORGED || verdict == CONTROL_FOREIGN);
    x.seen.channel_id = CONTROL;
    x.text.data[x.text.len - 1] = x.text.data[x.text.len - 1] == '0' ? '1' : '0';
    verdict = judge(w, &x, NOW, &j);
    assert_true(verdict == CONTROL_FORGED || verdict == CONTROL_FOREIGN);
    message_free(&x, &j);
}

static void what_was_refused_does_not_spend_the_nonce(void **state)
{
    struct world *w = *state;
    struct posted x;
    struct control_judgement j;
    message_make(w, &x, NONCE);
    x.seen.author_id = RENTER;
    assert_int_not_equal(judge(w, &x, NOW, &j), CONTROL_OK);
    x.seen.author_id = BOT;
    assert_int_equal(judge(w, &x, NOW, &j), CONTROL_OK);
    message_free(&x, &j);
}

static void a_message_out_of_its_ten_minutes_is_stale(void **state)
{
    struct world *w = *state;
    struct posted x;
    struct control_judgement j;
    message_make(w, &x, NONCE);
    assert_int_equal(judge(w, &x, NOW + CONTROL_WINDOW_MS + 1000, &j), CONTROL_STALE);
    assert_int_equal(judge(w, &x, NOW - CONTROL_WINDOW_MS - 1000, &j), CONTROL_STALE);
    assert_int_equal(judge(w, &x, NOW + CONTROL_WINDOW_MS - 1000, &j), CONTROL_OK);
    message_free(&x, &j);
}

static void a_revision_that_the_database_has_not_is_ahead(void **state)
{
    struct world *w = *state;
    struct posted x;
    struct control_judgement j;
    struct key sub;
    message_make(w, &x, NONCE);
    key_derive(store_key(w->store, &w->error), SUBKEY_CONTROL, &sub);
    x.m.revision = 2;
    str_clear(&x.text);
    control_write(&x.m, &sub, &x.text);
    assert_int_equal(judge(w, &x, NOW, &j), CONTROL_AHEAD);
    message_free(&x, &j);
}

static void an_older_revision_counts_and_brings_the_newest_configuration(void **state)
{
    struct world *w = *state;
    struct posted x;
    struct control_judgement j;
    int64_t revision;
    message_make(w, &x, NONCE);
    ok(store_begin(w->store, &w->error));
    ok(tenants_set_feature(w->store, "tenant01", FEATURE_WELCOME, true, NULL, &w->error));
    ok(tenants_raise_revision(w->store, "tenant01", NOW, &revision, &w->error));
    ok(store_commit(w->store, &w->error));
    assert_int_equal(judge(w, &x, NOW, &j), CONTROL_OK);
    assert_false(j.hash_differs);
    assert_int_equal(j.snapshot->tenant.revision, 2);
    assert_true(tenant_feature_on(&j.snapshot->tenant, FEATURE_WELCOME));
    message_free(&x, &j);
}

static void another_hash_at_the_same_revision_is_told(void **state)
{
    struct world *w = *state;
    struct posted x;
    struct control_judgement j;
    message_make(w, &x, NONCE);
    ok(store_begin(w->store, &w->error)); /* changed behind the revision's back */
    ok(tenants_set_feature(w->store, "tenant01", FEATURE_WELCOME, true, NULL, &w->error));
    ok(store_commit(w->store, &w->error));
    assert_int_equal(judge(w, &x, NOW, &j), CONTROL_OK);
    assert_true(j.hash_differs);
    message_free(&x, &j);
}

static void any_bytes_are_judged_without_harm(void **state)
{
    struct world *w = *state;
    struct posted x;
    struct control_judgement j;
    message_make(w, &x, NONCE);
    struct str whole = x.text;
    for (size_t n = 0; n < whole.len; n += 7) {
        x.text = (struct str){0};
        str_add_bytes(&x.text, whole.data, n);
        assert_int_not_equal(judge(w, &x, NOW, &j), CONTROL_OK);
        str_release(&x.text);
    }
    str_release(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(a_message_counts_once_and_is_replayed_after_that),
        world_test(a_message_of_others_is_forged_or_foreign),
        world_test(what_was_refused_does_not_spend_the_nonce),
        world_test(a_message_out_of_its_ten_minutes_is_stale),
        world_test(a_revision_that_the_database_has_not_is_ahead),
        world_test(an_older_revision_counts_and_brings_the_newest_configuration),
        world_test(another_hash_at_the_same_revision_is_told),
        world_test(any_bytes_are_judged_without_harm),
    };
    return cmocka_run_group_tests_name("bot/control", tests, NULL, NULL);
}
