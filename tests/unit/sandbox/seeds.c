#include "permissions.h"
#include "seed.h"
#include "test.h"

static int apply(struct world *w, const char *text, struct error *e)
{
    world_init(w);
    struct json *j = doc(text);
    struct str s = STR_INIT;
    json_print(j, &s);
    int result = seed_apply(w, s.data, s.len, e);
    str_release(&s);
    json_free(j);
    return result;
}

static void the_default_world_is_the_sample(void **state)
{
    (void)state;
    struct world w;
    struct error e = {0};
    world_init(&w);
    assert_int_equal(seed_default(&w, &e), 0);
    struct bot *b = world_bot_of_token(&w, "sandbox-token");
    assert_non_null(b);
    assert_string_equal(((struct guild *)b->guilds.items[0])->name, "Sample Store");
    assert_non_null(guild_member(b->guilds.items[0], b->id));
    world_release(&w);
}

static void everything_that_a_seed_says_is_there(void **state)
{
    (void)state;
    struct world w;
    struct error e = {0};
    int result =
        apply(&w,
              "{'guilds':[{'id':'1','name':'G','owner_id':'100','roles':[{'id':'1','permissions':'1024'},"
              "{'id':'2','name':'r','permissions':'8','position':3}],'channels':[{'id':'10','name':'c',"
              "'topic':'t','parent_id':'11','permission_overwrites':[{'id':'2','type':0,'allow':'2048',"
              "'deny':'0'}],'webhooks':[{'id':'50','token':'h'}]},{'id':'11','name':'k','type':4}],"
              "'members':[{'user':{'id':'101','username':'m','dms_closed':true},'nick':'n','roles':['2'],"
              "'joined_at':'2020-01-01T00:00:00Z'}]}],'bots':[{'id':'200','token':'t','username':'b',"
              "'flags':5,'permissions':'8','guilds':['1']}],'limits':{'rate':false,'heartbeat_ms':100}}",
              &e);
    assert_string_equal(e.message, "");
    assert_int_equal(result, 0);
    struct guild *g = world_guild(&w, 1);
    assert_int_equal(guild_role(g, 1)->permissions, 1024);
    assert_int_equal(guild_role(g, 2)->position, 3);
    struct channel *c = world_channel(&w, 10);
    assert_string_equal(c->topic, "t");
    assert_int_equal(c->parent_id, 11);
    assert_int_equal(c->overwrites[0].allow, 2048);
    assert_int_equal(g->webhooks.count, 1);
    struct member *m = guild_member(g, 101);
    assert_string_equal(m->nick, "n");
    assert_true(m->user->dms_closed && member_has_role(m, 2));
    assert_int_equal(m->joined_at, 1577836800000);
    assert_non_null(guild_member(g, 100)); /* the owner is a member even if not listed */
    assert_int_equal(permissions_of(guild_member(g, 200)), PERMISSIONS_ALL);
    assert_false(w.limits.rate);
    assert_true(w.limits.identify);
    assert_int_equal(w.limits.heartbeat_ms, 100);
    world_release(&w);
}

static void wrong_seeds_name_the_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *field;
    } samples[] = {
        {"[]", "seed"},
        {"{'guild':[]}", "guild"},
        {"{'guilds':[5]}", "guilds.0"},
        {"{'guilds':[{'id':'-1'}]}", "guilds.0.id"},
        {"{'guilds':[{'id':'1','channels':[{'id':'2'},{'id':'2'}]}]}", "guilds.0.channels.1.id"},
        {"{'guilds':[{'id':'1','roles':[{'id':'2','name':'x'},{'id':'2','name':'y'}]}]}",
         "guilds.0.roles.1.id"},
        {"{'guilds':[{'id':'1','members':[{'user':{}}]}]}", "guilds.0.members.0.user.id"},
        {"{'guilds':[{'id':'1','members':[{'user':{'id':'3'},'roles':['9']}]}]}", "guilds.0.members.0.roles"},
        {"{'guilds':[{'id':'1','members':[{'user':{'id':'3'},'joined_at':'x'}]}]}",
         "guilds.0.members.0.joined_at"},
        {"{'bots':[{'id':'1','token':''}]}", "bots.0.token"},
        {"{'bots':[{'id':'1','token':'t'},{'id':'2','token':'t'}]}", "bots.1.id"},
        {"{'bots':[{'id':'1','token':'t','guilds':['9']}]}", "bots.0.guilds"},
        {"{'limits':7}", "limits"},
        {"{'limits':{'replay':-1}}", "limits.replay"},
        {"{'generate':{'bots':100001}}", "generate.bots"},
        {"{'generate':{'bots':1,'channels':9}}", "generate.channels"},
    };
    for (size_t i = 0; i < COUNT(samples); i++) {
        struct world w;
        struct error e = {0};
        assert_int_equal(apply(&w, samples[i].text, &e), -1);
        assert_string_equal(e.field, samples[i].field);
        world_release(&w);
    }
}

static void generated_bots_have_known_ids_and_tokens(void **state)
{
    (void)state;
    struct world w;
    struct error e = {0};
    assert_int_equal(apply(&w, "{'generate':{'bots':1000,'first_id':'5000000','token_prefix':'p'}}", &e), 0);
    assert_int_equal(w.bot_list.count, 1000);
    struct bot *b = world_bot_of_token(&w, "p999");
    assert_int_equal(b->id, 5000999);
    struct guild *g = b->guilds.items[0];
    assert_int_equal(g->id, 6000999);
    assert_int_equal(((struct channel *)g->channels.items[1])->id, 7000000 + 999 * 8 + 1);
    assert_int_equal(g->owner_id, 4999999);
    world_release(&w);
}

static void a_revoked_token_is_nobodys(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct bot *b = world_add_bot(&w, 7, "token", "b");
    assert_ptr_equal(world_bot_of_token(&w, "token"), b);
    assert_null(world_bot_of_token(&w, "Token"));
    b->revoked = true;
    assert_null(world_bot_of_token(&w, "token"));
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_world_is_the_sample),
        cmocka_unit_test(everything_that_a_seed_says_is_there),
        cmocka_unit_test(wrong_seeds_name_the_place),
        cmocka_unit_test(generated_bots_have_known_ids_and_tokens),
        cmocka_unit_test(a_revoked_token_is_nobodys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
