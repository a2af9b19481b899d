#include "cmd_shared.h"

static const struct arg_spec help_args[] = {
    {.name = "command",
     .type = ARG_REST,
     .optional = true,
     .help = "a command, or the first of its two words"},
    {0},
};

/* Every command of a group, "bot": 0 where the word is no group. */
static size_t help_group(const char *word, struct str *out)
{
    size_t count, found = 0, n = strlen(word);
    const struct command_spec *const *specs = command_registry(&count);

    for (size_t i = 0; i < count; i++) {
        if (!str_starts(specs[i]->name, word) || specs[i]->name[n] != ' ')
            continue;
        if (found++)
            str_add_char(out, '\n');
        help_command(specs[i], false, out);
    }
    return found;
}

static int help_words(const char *text, struct str *out, struct error *e)
{
    size_t count = 0, used = 0;
    char **words = words_split(text, &count, e);
    int status = -1;

    if (!words)
        return -1;
    if (count == 1 && (help_group(words[0], out) || help_topic(words[0], out))) {
        status = 0;
        goto done;
    }
    const struct command_spec *spec = command_find((const char *const *)words, count, &used, e);
    if (!spec)
        goto done;
    help_command(spec, false, out);
    status = 0;
done:
    words_free(words, count);
    return status;
}

/* What the asker may depends on the tenant in whose guild it is asked; without a database on nothing. */
static void overview(struct command_context *c, struct str *out)
{
    struct tenant t;
    bool found =
        *c->actor->guild_tenant && c->store && tenants_load(c->store, c->actor->guild_tenant, &t, NULL) == 0;

    help_overview(false, c->actor, found ? &t : NULL, out);
    if (found)
        tenant_release(&t);
}

static int help(struct command_context *c, struct error *e)
{
    const char *command = arg_text(c, "command");
    struct str text = STR_INIT;
    int status = 0;

    if (command)
        status = help_words(command, &text, e);
    else
        overview(c, &text);
    if (!status)
        writer_text(c->w, str_text(&text));
    str_release(&text);
    return status;
}

static int version(struct command_context *c, struct error *e)
{
    struct json *document = json_new_object();

    (void)e;
    json_set_string(document, "version", TENANTTUI_VERSION);
    json_set_int(document, "schema", store_schema_newest());
    json_set_string(document, "api", "v10");
    writer_document(c->w, document);
    json_free(document);
    return 0;
}

static const struct arg_spec complete_args[] = {
    {.name = "words", .type = ARG_REST, .optional = true},
    {0},
};

static void candidate(void *context, const char *word, const char *text)
{
    str_add(context, word);
    str_add_char(context, '\t');
    str_add(context, text);
    str_add_char(context, '\n');
}

/* The words arrive joined by single blanks; an empty last one is the word about to be typed. */
static int complete(struct command_context *c, struct error *e)
{
    const char *line = arg_text(c, "words");
    const char *words[64];
    size_t count = 0;
    struct str copy = STR_INIT, out = STR_INIT;
    char *at, *blank;

    (void)e;
    str_add(&copy, line ? line : "");
    str_reserve(&copy, 1);
    for (at = copy.data; count < 64; at = blank + 1) {
        blank = strchr(at, ' ');
        words[count++] = at;
        if (!blank)
            break;
        *blank = '\0';
    }
    command_complete(c->session, words, count, candidate, &out);
    if (out.len) {
        str_cut(&out, out.len - 1);
        writer_text(c->w, str_text(&out));
    }
    str_release(&out);
    str_release(&copy);
    return 0;
}

const struct command_spec command_help = {
    .name = "help",
    .args = help_args,
    .flags = COMMAND_DISCORD | COMMAND_NO_STORE,
    .right = RIGHT_ALL,
    .group = GROUP_UPKEEP,
    .summary = "list the commands, or explain one",
    .example = "help features",
    .run = help,
};

const struct command_spec command_version = {
    .name = "version",
    .flags = COMMAND_DISCORD | COMMAND_NO_STORE,
    .right = RIGHT_ALL,
    .group = GROUP_UPKEEP,
    .summary = "show the program's version",
    .example = "version",
    .run = version,
};

const struct command_spec command_completions = {
    .name = "complete",
    .args = complete_args,
    .flags = COMMAND_NO_STORE | COMMAND_HIDDEN,
    .right = RIGHT_ALL,
    .group = GROUP_UPKEEP,
    .summary = "candidates for the last word, one a line: candidate, tab, help",
    .detail = "tenanttui complete -- WORDS...; what the shells' completion scripts call.",
    .run = complete,
};
