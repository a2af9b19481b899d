#include "cmd_shared.h"
#include "input.h"

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/domain/token.h"

#define TOKEN_FILE_LIMIT 4096

static const char *const action_words[] = {"set", "clear", "check", NULL};
enum action { ACTION_SET, ACTION_CLEAR, ACTION_CHECK };

static const struct arg_spec args[] = {
    {.name = "tenant", .type = ARG_TENANT},
    {.name = "action", .type = ARG_WORD, .words = action_words, .help = "set, clear or check"},
    {0},
};

static const struct option_spec options[] = {
    {.name = "--from",
     .value = "FILE",
     .type = ARG_FILE,
     .help = "read the token from FILE, not from the terminal"},
    {0},
};

struct new_token {
    struct str text;
    int64_t application_id; /* 0: Discord was not asked */
};

static void release(struct command_context *c)
{
    struct new_token *t = c->prepared;

    if (t)
        str_wipe(&t->text);
    free(t);
    c->prepared = NULL;
}

static bool writes(const struct command_context *c)
{
    return arg_index(c, "action") != ACTION_CHECK;
}

static int token_read(struct command_context *c, struct str *out, struct error *e)
{
    const char *from = option_text(c, "--from");

    if (from && !str_equal(from, "-")) {
        if (input_text(c, from, TOKEN_FILE_LIMIT, out, e))
            return -1;
    } else if (!c->ports->read_secret) {
        error_set(e, ERROR_REFUSED, "--from", "a token cannot be typed here");
        return error_hint(e, "token %s set --from FILE", c->tenant.id);
    } else {
        char *prompt = mem_format("Bot token of %s: ", c->tenant.id);
        int rc = c->ports->read_secret(c->ports->context, prompt, out, e);
        free(prompt);
        if (rc)
            return -1;
    }
    str_trim(out);
    return 0;
}

static int unchecked(const struct command_context *c, struct error *e)
{
    if (e->code != ERROR_PENDING)
        return -1;
    struct error why = *e;
    error_set(e, ERROR_REFUSED, "token", "the token was not saved, since Discord could not be asked: %s",
              why.message);
    return error_hint(e, "token %s set --no-push saves it unchecked", c->tenant.id);
}

static int token_verify(struct command_context *c, struct new_token *t, struct error *e)
{
    struct token_info info = {0};

    if (c->options->no_push) {
        writer_message(c->w, MESSAGE_WARNING, "the token was not checked with Discord");
        return 0;
    }
    if (c->options->dry_run) {
        c->foretold = json_new_object();
        if (c->ports->token_plan)
            json_set(c->foretold, "discord", c->ports->token_plan(c->ports->context));
        return 0;
    }
    if (!c->ports->token_check) {
        error_set(e, ERROR_REFUSED, "token", "a token cannot be checked with Discord from here");
        return error_hint(e, "token %s set --no-push saves it unchecked", c->tenant.id);
    }
    if (c->ports->token_check(c->ports->context, str_text(&t->text), &info, e))
        return unchecked(c, e);
    t->application_id = info.application_id;
    return 0;
}

/* Nobody can read a token back, and there is no undo. */
static int confirm_clear(struct command_context *c, struct error *e)
{
    struct str question = STR_INIT;

    if (c->tenant.token == TOKEN_NONE)
        return 0;
    str_addf(&question, "The bot of %s disconnects, and its token cannot be brought back. Clear it?",
             c->tenant.id);
    int status = command_confirm(c, str_text(&question), NULL, e);
    str_release(&question);
    return status;
}

static int prepare(struct command_context *c, struct error *e)
{
    int action = arg_index(c, "action");

    if (action != ACTION_SET && option_given(c, "--from"))
        return error_set(e, ERROR_EXTRA_ARGUMENT, "--from", "--from belongs to token %s set", c->tenant.id);
    if (action != ACTION_SET)
        return action == ACTION_CLEAR ? confirm_clear(c, e) : 0;
    /* Without the key it could not be kept: then nobody is asked for it. */
    if (!c->options->dry_run && !store_key(c->store, e))
        return -1;
    struct new_token *t = mem_zero(1, sizeof(*t));
    c->prepared = t;
    if (token_read(c, &t->text, e) || token_check(&t->text, e))
        return -1;
    log_secret_add(str_text(&t->text));
    return token_verify(c, t, e);
}

/* The application's flags say what the portal grants: each intent has a bit for few guilds and one for many.
 */
static unsigned needs_of(unsigned flags)
{
    unsigned needs = 0;

    if (!(flags & (1u << 14 | 1u << 15)))
        needs |= INTENT_NEED_MEMBERS;
    if (!(flags & (1u << 18 | 1u << 19)))
        needs |= INTENT_NEED_CONTENT;
    return needs;
}

static int check(struct command_context *c, struct error *e)
{
    struct str token = STR_INIT;
    struct token_info info = {0};
    int status = -1;

    if (tokens_get(c->store, c->tenant.id, &token, e)) {
        if (e->code == ERROR_NO_SUCH)
            error_hint(e, "token %s set", c->tenant.id);
        goto done;
    }
    log_secret_add(str_text(&token));
    if (!c->ports->token_check) {
        error_set(e, ERROR_REFUSED, "token", "a token cannot be checked with Discord from here");
        goto done;
    }
    if (c->ports->token_check(c->ports->context, str_text(&token), &info, e)) {
        if (e->code == ERROR_PENDING)
            e->code = ERROR_REFUSED;
        goto done;
    }
    struct json *document = json_new_object();
    json_set_string(document, "tenant_id", c->tenant.id);
    json_set_bool(document, "ok", true);
    json_set_id(document, "application_id", info.application_id);
    json_set_id(document, "bot_id", info.bot_id);
    json_set_string(document, "name", info.name);
    char *needs = intents_switches(needs_of(info.flags) & intents_wanted(c->features, &c->tenant));
    json_set_string(document, "needs", needs);
    free(needs);
    writer_document(c->w, document);
    json_free(document);
    status = 0;
done:
    str_wipe(&token);
    return status;
}

/* What was remembered about the bot of the old token is worth nothing to the new one. */
static int forget_session(struct command_context *c, struct error *e)
{
    return sessions_forget(c->store, c->tenant.id, e) || remote_forget(c->store, c->tenant.id, e) ? -1 : 0;
}

/* 1: it is the one that is set; 0: another; -1: error. */
static int token_same(struct command_context *c, const struct new_token *t, struct error *e)
{
    struct str old = STR_INIT;
    int same = -1;

    if (c->tenant.token != TOKEN_SET)
        return 0;
    if (!tokens_get(c->store, c->tenant.id, &old, e))
        same = old.len == t->text.len && crypto_same(old.data, t->text.data, old.len);
    str_wipe(&old);
    return same;
}

static int set(struct command_context *c, struct error *e)
{
    struct new_token *t = c->prepared;
    const char *id = c->tenant.id;
    int same = token_same(c, t, e);

    if (same < 0)
        return -1;
    if (same && (!t->application_id || t->application_id == c->tenant.application_id)) {
        command_done(c, "%s already has this token", id);
        return 0;
    }
    if (tokens_set(c->store, id, str_text(&t->text), t->application_id, e) || forget_session(c, e))
        return -1;
    c->changed = true;
    c->new_session = true;
    c->acknowledge = ACKNOWLEDGE_READY;
    command_done(c, "token of %s set", id);
    return 0;
}

static int clear(struct command_context *c, struct error *e)
{
    if (tokens_clear(c->store, c->tenant.id, &c->changed, e))
        return -1;
    command_done(c, c->changed ? "token of %s cleared" : "%s has no token", c->tenant.id);
    if (!c->changed)
        return 0;
    c->new_session = true;
    c->acknowledge = ACKNOWLEDGE_CLOSED;
    return forget_session(c, e);
}

static int run(struct command_context *c, struct error *e)
{
    static int (*const by_action[])(struct command_context *, struct error *) = {
        [ACTION_SET] = set,
        [ACTION_CLEAR] = clear,
        [ACTION_CHECK] = check,
    };

    return by_action[arg_index(c, "action")](c, e);
}

const struct command_spec command_token = {
    .name = "token",
    .args = args,
    .options = options,
    .flags = COMMAND_WRITES | COMMAND_ALONE | COMMAND_NOT_UNDOABLE,
    .right = RIGHT_OWNER,
    .group = GROUP_BOTS,
    .summary = "set, clear or check a tenant's bot token",
    .detail =
        "`set` reads the token from the terminal without echo, from FILE, or from standard input; "
        "never from the command line. It is checked with Discord, then kept encrypted. With --no-push "
        "it is saved unchecked; whose bot it is, is then learned when it first connects. `clear` asks first: "
        "there is no undo.",
    .example = "token tenant01 set --from token.txt",
    .writes = writes,
    .prepare = prepare,
    .run = run,
    .release = release,
};
