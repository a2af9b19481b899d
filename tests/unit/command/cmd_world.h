/* A real store in a directory of its own, a session with the real gate, and stand-ins for what lies above:
 * for the tests of single commands. */
#ifndef CMD_WORLD_H
#define CMD_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "../file.h"
#include "../scratch.h"
#include "tt/base/fs.h"
#include "tt/base/mem.h"
#include "tt/command/command.h"
#include "tt/store/audit.h"
#include "tt/store/outbox.h"
#include "tt/store/tenants.h"

/* No test needs every helper. */
#pragma GCC diagnostic ignored "-Wunused-function"

#define RENTER INT64_C(100000000000000001)
#define GUILD INT64_C(200000000000000001)
#define CHANNEL INT64_C(300000000000000001)
#define CHANNEL_TEXT "300000000000000001"
#define TOKEN "MTIzNDU2Nzg5MDEyMzQ1Njc4.Gabcde.abcdefghijklmnopqrstuvwxyz0123456789AB"
#define TOKEN_APPLICATION INT64_C(123456789012345678)

struct world {
    char directory[SCRATCH_TEXT], db[SCRATCH_TEXT + 16], key[SCRATCH_TEXT + 16];
    struct store *store;
    struct command_session *session;
    struct ports ports;
    struct actor actor;
    struct str out, messages;
    struct json *document; /* of the last data on the sink; NULL none */
    struct outcome outcome;
    struct error error;
    /* stand-ins */
    const char *secret;
    enum error_code token_answer; /* ERROR_NONE: Discord knows it */
    int token_asked, channels_made, asked;
    bool yes;
    char question[600], expected[128];
};

static int64_t world_time = INT64_C(1785585600000);

static int64_t world_now(void)
{
    return world_time;
}

/* --- stand-ins --- */

static int fake_token_check(void *context, const char *token, struct token_info *info, struct error *e)
{
    struct world *w = context;

    (void)token;
    w->token_asked++;
    if (w->token_answer)
        return error_set(e, w->token_answer, "token", "as the test wants it");
    *info = (struct token_info){
        .application_id = TOKEN_APPLICATION, .bot_id = TOKEN_APPLICATION, .name = "shopbot"};
    return 0;
}

static int fake_channel_create(void *context, const struct tenant *t, enum channel type, int64_t *id,
                               struct error *e)
{
    struct world *w = context;

    (void)t;
    (void)type;
    (void)e;
    w->channels_made++;
    *id = CHANNEL;
    return 0;
}

static struct json *fake_channel_plan(void *context, const struct tenant *t, enum channel type)
{
    struct json *calls = json_new_array();

    (void)context;
    json_set_string(json_push(calls, json_new_object()), "path", t->id);
    json_set_string(json_push(calls, json_new_object()), "path", channel_words[type]);
    return calls;
}

static int fake_confirm(void *context, const char *question, const char *expected, struct error *e)
{
    struct world *w = context;

    w->asked++;
    str_copy(w->question, sizeof(w->question), question);
    str_copy(w->expected, sizeof(w->expected), expected ? expected : "");
    return w->yes ? 0 : error_set(e, ERROR_REFUSED, NULL, "no");
}

static int fake_secret(void *context, const char *prompt, struct str *out, struct error *e)
{
    struct world *w = context;

    (void)prompt;
    (void)e;
    str_add(out, w->secret);
    return 0;
}

/* --- features of this version, as the tests know it --- */

static int open_key(const struct tenant *t, const char *key, const char *value, struct error *e)
{
    (void)t;
    (void)value;
    return str_equal(key, "ping") ? error_set(e, ERROR_TAKEN, "key", "'ping' is built in") : 0;
}

static const struct setting_spec welcome_settings[] = {
    {"message", SETTING_TEXT, NULL, 1, 1000, "text", false},
    {"auto_role", SETTING_ID, NULL, 0, 0, "role", true},
    {"roles", SETTING_ID_LIST, NULL, 0, 0, "roles", true},
    {"many_roles", SETTING_ID_LIST, NULL, 0, 500, "roles", true},
    {"seconds", SETTING_INT, "60", 1, 99, "seconds", false},
    {"loud", SETTING_BOOL, "false", 0, 0, "loud", false},
    {0},
};
static const struct feature_spec welcome_spec = {
    .feature = FEATURE_WELCOME, .settings = welcome_settings, .channels = 1u << CHANNEL_WELCOME};
static const struct setting_spec custom_settings[] = {{0}};
static const struct feature_spec custom_spec = {
    .feature = FEATURE_CUSTOM_COMMANDS, .settings = custom_settings, .check_open_key = open_key};
static const struct feature_spec *const specs[] = {&custom_spec, &welcome_spec};
static const struct feature_list world_features = {specs, 2};

/* --- the world --- */

static void world_open(struct world *w)
{
    struct store_options options = {.path = w->db, .mode = STORE_CREATE, .key_path = w->key};
    struct error e = {0};

    if (store_open(&w->store, &options, &e))
        fail_msg("store: %s", e.message);
    session_set_store(w->session, w->store);
}

static void world_close(struct world *w)
{
    session_set_store(w->session, NULL);
    store_close(w->store);
    w->store = NULL;
}

static int world_setup(void **state)
{
    struct world *w = mem_zero(1, sizeof(*w));

    crypto_start();
    assert_int_equal(scratch_make(w->directory), 0);
    snprintf(w->db, sizeof(w->db), "%s/t.db", w->directory);
    snprintf(w->key, sizeof(w->key), "%s/key", w->directory);
    w->ports = (struct ports){.context = w,
                              .token_check = fake_token_check,
                              .channel_create = fake_channel_create,
                              .channel_plan = fake_channel_plan,
                              .confirm = fake_confirm,
                              .read_secret = fake_secret};
    w->actor = (struct actor){.face = FACE_CLI, .role = ROLE_OWNER, .who = "op:test"};
    w->secret = TOKEN;
    struct session_options options = {.actor = &w->actor,
                                      .ports = &w->ports,
                                      .features = &world_features,
                                      .database_path = w->db,
                                      .key_path = w->key,
                                      .now = world_now};
    w->session = session_new(&options);
    world_open(w);
    *state = w;
    return 0;
}

static int world_teardown(void **state)
{
    struct world *w = *state;

    outcome_release(&w->outcome);
    json_free(w->document);
    str_release(&w->out);
    str_release(&w->messages);
    world_close(w);
    session_free(w->session);
    scratch_remove(w->directory);
    free(w);
    return 0;
}

static void to_str(void *context, const char *bytes, size_t n)
{
    str_add_bytes(context, bytes, n);
}

/* --fields is held against this list, so nothing may be made that is not in it. */
static void assert_declared(const char *const *words, size_t count, const struct outcome *o)
{
    const struct command_spec *spec = command_of_line(words, count);

    json_each(member, o->extra)
    {
        size_t i = 0;
        while (spec->makes && spec->makes[i] && !str_equal(spec->makes[i], json_key(member)))
            i++;
        if (!spec->makes || !spec->makes[i])
            fail_msg("'%s' makes '%s', which its spec does not name", spec->name, json_key(member));
    }
}

/* One command line through the gate. 0 or -1; w->error, w->outcome, w->document say the rest. */
static int world_run(struct world *w, const char *line)
{
    struct command_options options = COMMAND_OPTIONS_INIT;
    size_t count = 0;
    char **words = words_split(line, &count, NULL);

    assert_non_null(words);
    options.format = OUTPUT_JSON;
    str_clear(&w->out);
    str_clear(&w->messages);
    outcome_release(&w->outcome);
    json_free(w->document);
    w->document = NULL;
    w->error = (struct error){0};
    struct writer_options writing = {
        .format = OUTPUT_JSON, .data = {to_str, &w->out}, .messages = {to_str, &w->messages}};
    struct writer *writer = writer_new(&writing);
    int status =
        session_run(w->session, (const char *const *)words, count, &options, writer, &w->outcome, &w->error);
    writer_free(writer);
    assert_declared((const char *const *)words, count, &w->outcome);
    words_free(words, count);
    if (w->out.len)
        w->document = json_parse(w->out.data, w->out.len, NULL);
    world_time += 1000;
    return status;
}

/* A line that must succeed; formatted. */
static void world_ok(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void world_ok(struct world *w, const char *format, ...)
{
    struct str line = STR_INIT;
    va_list args;

    va_start(args, format);
    str_addv(&line, format, args);
    va_end(args);
    if (world_run(w, str_text(&line)))
        fail_msg("%s: %s (%s)", str_text(&line), w->error.message, error_code_name(w->error.code));
    str_release(&line);
}

/* A line that must be refused with CODE. */
static void world_fails(struct world *w, enum error_code code, const char *line)
{
    if (world_run(w, line) == 0)
        fail_msg("%s: succeeded", line);
    if (w->error.code != code)
        fail_msg("%s: %s, %s", line, error_code_name(w->error.code), w->error.message);
}

static void world_create(struct world *w, const char *id, const char *plan, int n)
{
    world_ok(w, "create %lld %lld 'Toko %s' %s --id %s", (long long)(RENTER + n), (long long)(GUILD + n), id,
             plan, id);
}

static struct tenant world_tenant(struct world *w, const char *id)
{
    struct tenant t;
    struct error e = {0};

    if (tenants_load_deleted(w->store, id, &t, &e))
        fail_msg("%s", e.message);
    return t;
}

/* Be the renter of T in its guild. */
static void world_as_renter(struct world *w, const char *id, int n)
{
    struct actor renter = {.face = FACE_DISCORD, .user_id = RENTER + n, .guild_id = GUILD + n};

    str_copy(renter.guild_tenant, sizeof(renter.guild_tenant), id);
    snprintf(renter.who, sizeof(renter.who), "discord:%lld", (long long)renter.user_id);
    session_set_actor(w->session, &renter);
}

static void world_as_role(struct world *w, enum operator_role role)
{
    struct actor actor = {
        .face = FACE_DISCORD, .role = role, .user_id = 42, .guild_id = 43, .who = "discord:42"};

    session_set_actor(w->session, &actor);
}

static void world_as_owner(struct world *w)
{
    session_set_actor(w->session, &w->actor);
}

#define world_at(w, path) json_at((w)->document, path)
#define world_text(w, path) json_string(json_at((w)->document, path))

#endif
