#include "parse.h"

#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/text.h"

/* --- words --- */

bool word_is_option(const char *word)
{
    if (word[0] != '-' || !word[1])
        return false;
    return !(word[1] >= '0' && word[1] <= '9');
}

bool option_matches(const struct option_spec *option, const char *word, const char **value)
{
    size_t n = strlen(option->name);

    *value = NULL;
    if (strncmp(word, option->name, n) != 0)
        return false;
    if (!word[n])
        return true;
    if (!option->value && word[n] != '=')
        return false;
    if (word[n] == '=') {
        *value = word + n + 1;
        return true;
    }
    if (n == 2 && option->name[1] != '-') {
        *value = word + n;
        return true;
    }
    return false;
}

int option_value(const struct option_spec *option, const char *const *argv, size_t argc, size_t *at,
                 const char **value, struct error *e)
{
    if (!option->value && *value)
        return error_set(e, ERROR_EXTRA_ARGUMENT, option->name, "%s takes no value", option->name);
    if (option->value && !*value) {
        if (*at + 1 >= argc)
            return error_set(e, ERROR_MISSING_ARGUMENT, option->name, "%s needs a value: %s", option->name,
                             option->value);
        *value = argv[++*at];
    }
    if (!*value)
        *value = "";
    return 0;
}

static const struct option_spec *in_table(const struct option_spec *table, const char *word, size_t *index,
                                          const char **value)
{
    for (size_t i = 0; table && table[i].name; i++)
        if (option_matches(&table[i], word, value)) {
            *index = i;
            return &table[i];
        }
    return NULL;
}

const struct option_spec *option_lookup(const struct command_spec *spec, bool discord, const char *word,
                                        char *kind, size_t *index, const char **value)
{
    const struct option_spec *found;

    if (spec && (found = in_table(spec->options, word, index, value))) {
        *kind = 'o';
        return found;
    }
    if (spec && spec->flags & COMMAND_PAGING && (found = in_table(paging_options, word, index, value))) {
        *kind = 'p';
        return found;
    }
    found = in_table(common_options, word, index, value);
    if (found && discord && *index == COMMON_OUTPUT)
        return NULL;
    *kind = 'c';
    return found;
}

/* The word may be a secret typed where none belongs; so it passes the log's redaction. */
static void add_safe(struct str *out, const char *word)
{
    struct str s = STR_INIT;

    str_add_bytes(&s, word, text_prefix(word, 60));
    log_redact(&s);
    text_safe(out, str_text(&s));
    str_release(&s);
}

/* Of those that stand anywhere, the one that Discord does not have. */
static int output_on_discord(bool discord, const char *word, struct error *e)
{
    const struct option_spec *o = &common_options[COMMON_OUTPUT];
    const char *value;

    if (!discord || !option_matches(o, word, &value))
        return 0;
    return error_set(e, ERROR_UNKNOWN_WORD, o->name,
                     "'%s' is for the command line: on Discord answers are text", o->name);
}

const struct command_spec *parse_name(const char *const *argv, size_t argc, bool discord, size_t at[2],
                                      size_t *n, struct error *e)
{
    const char *words[2] = {NULL, NULL};
    const char *unknown = NULL;
    size_t count = 0;
    bool options = true;

    for (size_t i = 0; i < argc && count < 2; i++) {
        size_t index;
        char kind;
        const char *value;

        if (options && str_equal(argv[i], "--")) {
            options = false;
        } else if (options && word_is_option(argv[i])) {
            const struct option_spec *o = option_lookup(NULL, discord, argv[i], &kind, &index, &value);

            /* Before the word only common options can stand; behind it an own one ends the name. */
            if (!o && count)
                break;
            if (!o && !unknown)
                unknown = argv[i];
            if (o && o->value && !value)
                i++;
        } else {
            words[count] = argv[i];
            at[count++] = i;
        }
    }
    const struct command_spec *spec = command_find(words, count, n, e);
    if (!spec && unknown && output_on_discord(discord, unknown, e) == 0) {
        struct str safe = STR_INIT;

        add_safe(&safe, unknown);
        error_set(e, ERROR_UNKNOWN_WORD, str_text(&safe),
                  "unknown option '%s'; a command's own options stand behind its word", str_text(&safe));
        str_release(&safe);
    }
    return spec;
}

const struct command_spec *command_of_line(const char *const *argv, size_t argc)
{
    size_t at[2], n;

    return parse_name(argv, argc, false, at, &n, NULL);
}

static int missing(const struct command_spec *spec, const char *name, struct error *e)
{
    struct str usage = STR_INIT;

    usage_line(spec, &usage);
    error_set(e, ERROR_MISSING_ARGUMENT, name, "'%s' needs %s; usage: %s", spec->name, name,
              str_text(&usage));
    str_release(&usage);
    return -1;
}

/* What stands there may be the real one. */
static int token_in_line(struct error *e)
{
    error_set(e, ERROR_EXTRA_ARGUMENT, "token",
              "a token never goes on the command line, where others and the history can read it");
    return error_hint(e,
                      "if that was a real one, reset it in the developer portal; `token T set` asks for it, "
                      "--from FILE reads a file");
}

static int extra(const struct command_spec *spec, const char *word, struct error *e)
{
    struct str usage = STR_INIT, safe = STR_INIT;

    if (str_equal(spec->name, "token"))
        return token_in_line(e);

    usage_line(spec, &usage);
    add_safe(&safe, word);
    error_set(e, ERROR_EXTRA_ARGUMENT, NULL, "'%s' is one word too many for '%s'; usage: %s", str_text(&safe),
              spec->name, str_text(&usage));
    str_release(&usage);
    str_release(&safe);
    return -1;
}

static int unknown_option(const struct command_spec *spec, bool discord, const char *word, struct error *e)
{
    const char *names[OWN_OPTIONS_MAX + PAGING_OPTIONS + COMMON_OPTIONS + 1];
    size_t n = 0;
    struct str safe = STR_INIT;

    if (output_on_discord(discord, word, e))
        return -1;
    if (spec->secret_arg) { /* the word may be part of it */
        error_set(e, ERROR_UNKNOWN_WORD, spec->secret_arg, "an option that '%s' does not have", spec->name);
        return error_hint(e, "a %s that begins with - stands behind --", spec->secret_arg);
    }
    for (size_t i = 0; i < spec_option_count(spec); i++)
        names[n++] = spec->options[i].name;
    for (size_t i = 0; spec->flags & COMMAND_PAGING && i < PAGING_OPTIONS; i++)
        names[n++] = paging_options[i].name;
    for (size_t i = 0; i < COMMON_OPTIONS; i++)
        if (!(discord && i == COMMON_OUTPUT))
            names[n++] = common_options[i].name;
    names[n] = NULL;
    add_safe(&safe, word);
    const char *near = text_nearest(word, names);
    if (near)
        error_set(e, ERROR_UNKNOWN_WORD, str_text(&safe), "unknown option '%s' for '%s'; did you mean '%s'?",
                  str_text(&safe), spec->name, near);
    else
        error_set(e, ERROR_UNKNOWN_WORD, str_text(&safe), "unknown option '%s' for '%s'", str_text(&safe),
                  spec->name);
    error_hint(e, "a word that begins with - and is no option stands behind --");
    str_release(&safe);
    return -1;
}

/* --- common options --- */

/* Seconds, with decimals. */
static int read_wait(const char *text, int *ms, struct error *e)
{
    int64_t whole = 0, part = 0, unit = 1000;
    const char *p = text;

    for (; *p >= '0' && *p <= '9' && whole <= 86400; p++)
        whole = whole * 10 + (*p - '0');
    if (p > text && *p == '.')
        for (p++; *p >= '0' && *p <= '9'; p++)
            if (unit > 1) {
                unit /= 10;
                part += (*p - '0') * unit;
            }
    if (p == text || *p || whole > 86400)
        return error_set(e, ERROR_MALFORMED, "--wait", "--wait needs seconds from 0 to 86400, not '%s'",
                         text);
    *ms = (int)(whole * 1000 + part);
    return 0;
}

static int set_common(struct command_options *options, size_t which, const char *value, struct error *e)
{
    int format;

    switch ((enum common_option)which) {
    case COMMON_YES:
        options->yes = true;
        break;
    case COMMON_DRY_RUN:
        options->dry_run = true;
        break;
    case COMMON_NO_PUSH:
        options->no_push = true;
        break;
    case COMMON_NO_HEADERS:
        options->no_headers = true;
        break;
    case COMMON_FIELDS:
        if (!*value)
            return error_set(e, ERROR_MALFORMED, "--fields", "--fields needs names: a,b");
        options->fields = value;
        break;
    case COMMON_WAIT:
        return read_wait(value, &options->wait_ms, e);
    case COMMON_OUTPUT:
        format = word_parse("output format", value, output_format_words, e);
        if (format < 0)
            return -1;
        options->format = (enum output_format)format;
        break;
    case COMMON_OPTIONS:
        break;
    }
    return 0;
}

int command_option_take(const char *const *argv, size_t argc, size_t *at, struct command_options *options,
                        struct error *e)
{
    const char *value;
    size_t index;
    const struct option_spec *o = in_table(common_options, argv[*at], &index, &value);

    if (!o)
        return 0;
    if (option_value(o, argv, argc, at, &value, e) || set_common(options, index, value, e))
        return -1;
    return 1;
}

/* --- the line --- */

struct parsing {
    const char *const *argv;
    size_t argc, at;
    bool discord, ended; /* "--" was seen */
    size_t arg, arg_count;
    struct str rest;
    struct parsed *out;
};

/* What was taken for the value of OPTION may be part of the secret that SPEC's line carries. */
static int hide_value(const struct command_spec *spec, const char *option, struct error *e)
{
    if (!e || !spec || (!spec->secret_arg && !str_equal(spec->name, "token")))
        return -1;
    error_set(e, e->code, option, "what stands behind %s is nothing that it takes", option);
    return spec->secret_arg ? error_hint(e, "a %s with such a word in it stands behind --", spec->secret_arg)
                            : -1;
}

/* The option at argv[at], whose value may be the next word. Common ones land in OPTIONS. WHOLE: the line's
 * command; SPEC: it where its own options may stand. */
static int take_option(struct parsing *p, const struct command_spec *spec, const struct command_spec *whole,
                       bool *taken, struct error *e)
{
    const char *value;
    size_t index;
    char kind;
    const struct option_spec *o = option_lookup(spec, p->discord, p->argv[p->at], &kind, &index, &value);

    *taken = o != NULL;
    if (!o)
        return 0;
    if (option_value(o, p->argv, p->argc, &p->at, &value, e))
        return -1;
    if (kind == 'c')
        return set_common(&p->out->common, index, value, e) ? hide_value(whole, o->name, e) : 0;
    if (kind == 'p')
        p->out->paging[index].given = value;
    else
        p->out->own[index].given = value;
    return 0;
}

static int take_argument(struct parsing *p, struct error *e)
{
    const struct command_spec *spec = p->out->spec;
    const char *word = p->argv[p->at];

    if (p->arg >= p->arg_count)
        return extra(spec, word, e);
    if (spec->args[p->arg].type == ARG_REST) {
        if (p->rest.data)
            str_add_char(&p->rest, ' ');
        str_reserve(&p->rest, 1); /* an empty word is a value too */
        str_add(&p->rest, word);
        return 0;
    }
    p->out->args[p->arg++].given = word;
    return 0;
}

static int check_missing(const struct parsed *out, size_t arg_count, struct error *e)
{
    for (size_t i = 0; i < arg_count; i++)
        if (!out->args[i].given && !out->spec->args[i].optional)
            return missing(out->spec, out->spec->args[i].name, e);
    return 0;
}

static int parse_words(struct parsing *p, const size_t name_at[2], size_t name_words, struct error *e)
{
    for (p->at = 0; p->at < p->argc; p->at++) {
        const char *word = p->argv[p->at];
        bool behind = p->at > name_at[name_words - 1];

        if ((p->at == name_at[0] || (name_words == 2 && p->at == name_at[1])))
            continue;
        if (!p->ended && str_equal(word, "--")) {
            p->ended = true;
            continue;
        }
        if (!p->ended && word_is_option(word)) {
            bool taken;

            /* A spec's own options stand behind its word. */
            if (take_option(p, behind ? p->out->spec : NULL, p->out->spec, &taken, e))
                return -1;
            if (!taken)
                return unknown_option(p->out->spec, p->discord, word, e);
            continue;
        }
        if (take_argument(p, e))
            return -1;
    }
    return 0;
}

/* An argument that may be left out and stands in front of one that is needed: with too few words for both it
 * is the one that is not there. */
static void leave_out(struct parsing *p)
{
    const struct arg_spec *args = p->out->spec->args;

    if (p->arg != 1 || p->arg_count < 2 || !args[0].optional || args[1].optional)
        return;
    p->out->args[1].given = p->out->args[0].given;
    p->out->args[0].given = NULL;
}

int parse_line(const char *const *argv, size_t argc, bool discord, const struct command_options *base,
               struct parsed *out, struct error *e)
{
    struct parsing p = {.argv = argv, .argc = argc, .discord = discord, .out = out};
    size_t name_at[2] = {0, 0}, name_words;
    int result = -1;

    *out = (struct parsed){.common = COMMAND_OPTIONS_INIT};
    if (base)
        out->common = *base;
    for (size_t i = 0; i < COMMAND_ARGS_MAX; i++)
        out->args[i].index = -1;
    out->spec = parse_name(argv, argc, discord, name_at, &name_words, e);
    if (!out->spec)
        return -1;
    p.arg_count = spec_arg_count(out->spec);
    if (parse_words(&p, name_at, name_words, e))
        goto out;
    leave_out(&p);
    if (p.rest.data) {
        out->args[p.arg].joined = str_take(&p.rest);
        out->args[p.arg].given = out->args[p.arg].joined;
    }
    result = check_missing(out, p.arg_count, e);
out:
    str_release(&p.rest);
    return result;
}

int command_options_read(const char *const *argv, size_t argc, bool discord, struct command_options *options,
                         struct error *e)
{
    struct parsed found = {.common = *options};
    struct parsing p = {.argv = argv, .argc = argc, .discord = discord, .out = &found};
    size_t name_at[2], name_words;
    const struct command_spec *spec = parse_name(argv, argc, discord, name_at, &name_words, NULL);
    bool taken;

    for (p.at = 0; p.at < argc; p.at++) {
        if (str_equal(argv[p.at], "--"))
            break;
        if (word_is_option(argv[p.at]) && take_option(&p, spec, spec, &taken, e))
            return -1;
    }
    *options = found.common;
    return 0;
}

const struct command_spec *command_arguments(const char *const *argv, size_t argc, bool discord,
                                             const char *args[COMMAND_ARGS_MAX], struct error *e)
{
    struct parsed p;
    struct error why = {0};

    if (parse_line(argv, argc, discord, NULL, &p, &why) && !p.spec && e)
        *e = why;
    for (size_t i = 0; i < COMMAND_ARGS_MAX; i++)
        args[i] = p.args[i].joined ? NULL : p.args[i].given;
    parsed_release(&p);
    return p.spec;
}

static void value_release(struct value *v)
{
    free(v->joined);
    free(v->normal);
    *v = (struct value){.index = -1};
}

void parsed_release(struct parsed *p)
{
    for (size_t i = 0; i < COMMAND_ARGS_MAX; i++)
        value_release(&p->args[i]);
    for (size_t i = 0; i < OWN_OPTIONS_MAX; i++)
        value_release(&p->own[i]);
    for (size_t i = 0; i < PAGING_OPTIONS; i++)
        value_release(&p->paging[i]);
}

const char *parsed_text(const struct value *v)
{
    return v->normal ? v->normal : v->given;
}
