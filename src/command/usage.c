/* A spec's tables as text: options, usage, and a parsed line back as a line. */
#include "parse.h"

#include <assert.h>

const struct option_spec paging_options[PAGING_OPTIONS + 1] = {
    [PAGING_LIMIT] = {"--limit", "N", ARG_NUMBER, NULL, "rows at most; 0 is all (50)"},
    [PAGING_AFTER] = {"--after", "ID", ARG_TEXT, NULL, "rows that follow this one"},
    [PAGING_BEFORE] = {"--before", "ID", ARG_TEXT, NULL, "rows that stand before this one"},
    [PAGING_AROUND] = {"--around", "ID", ARG_TEXT, NULL, "rows on both sides of this one"},
    [PAGING_LAST] = {"--last", NULL, ARG_TEXT, NULL, "the last rows"},
    [PAGING_COUNT] = {"--count", NULL, ARG_TEXT, NULL, "only the number of rows"},
};

const struct option_spec common_options[COMMON_OPTIONS + 1] = {
    [COMMON_YES] = {"--yes", NULL, ARG_TEXT, NULL, "do not ask before something destructive"},
    [COMMON_DRY_RUN] = {"--dry-run", NULL, ARG_TEXT, NULL,
                        "show what would change and what Discord would be told; do neither"},
    [COMMON_NO_PUSH] = {"--no-push", NULL, ARG_TEXT, NULL, "leave the push to the daemon"},
    [COMMON_WAIT] = {"--wait", "SECONDS", ARG_TEXT, NULL,
                     "how long to wait for the bot; 0: push, do not wait (5)"},
    [COMMON_OUTPUT] = {"-o", "FORMAT", ARG_WORD, output_format_words, "text, json, jsonl, csv or tsv (text)"},
    [COMMON_FIELDS] = {"--fields", "A,B", ARG_TEXT, NULL, "these fields, in this order; inner ones as a.b"},
    [COMMON_NO_HEADERS] = {"--no-headers", NULL, ARG_TEXT, NULL, "no line of column names"},
};

size_t spec_arg_count(const struct command_spec *spec)
{
    size_t n = 0;

    while (spec->args && spec->args[n].name)
        n++;
    assert(n <= COMMAND_ARGS_MAX);
    return n;
}

size_t spec_option_count(const struct command_spec *spec)
{
    size_t n = 0;

    while (spec->options && spec->options[n].name)
        n++;
    assert(n <= OWN_OPTIONS_MAX);
    return n;
}

/* --- usage --- */

static void usage_arg(const struct arg_spec *arg, struct str *out)
{
    if (arg->type == ARG_WORD && arg->words) {
        for (size_t i = 0; arg->words[i]; i++)
            str_addf(out, "%s%s", i ? "|" : "", arg->words[i]);
    } else if (arg->type == ARG_REST) {
        str_addf(out, "%s...", arg->name);
    } else {
        str_add(out, arg->name);
    }
}

void usage_line(const struct command_spec *spec, struct str *out)
{
    size_t open = 0;

    str_add(out, spec->name);
    for (size_t i = 0; i < spec_arg_count(spec); i++) {
        const struct arg_spec *arg = &spec->args[i];

        bool alone = arg->optional && arg[1].name && !arg[1].optional;

        str_add(out, arg->optional ? " [" : " <");
        usage_arg(arg, out);
        if (arg->optional && !alone)
            open++;
        else
            str_add_char(out, alone ? ']' : '>');
    }
    str_add_repeat(out, ']', open);
    for (size_t i = 0; i < spec_option_count(spec); i++) {
        const struct option_spec *o = &spec->options[i];

        str_addf(out, " [%s%s%s]", o->name, o->value ? " " : "", o->value ? o->value : "");
    }
    if (spec->flags & COMMAND_PAGING)
        str_add(out, " [PAGING]");
}

/* --- the line that repeats it --- */

#define SECRET_WORD "(secret)"

static void add_options(const struct option_spec *specs, const struct value *values, size_t count,
                        struct str *out)
{
    for (size_t i = 0; i < count; i++) {
        if (!values[i].given)
            continue;
        str_addf(out, " %s", specs[i].name);
        if (specs[i].value) {
            str_add_char(out, ' ');
            word_quote(values[i].given, out);
        }
    }
}

/* A word for a boolean or a time stays as it was typed: it reads better and means the same. A secret does not
 * stay at all. */
static const char *line_word(const struct parsed *p, size_t i)
{
    enum arg_type type = p->spec->args[i].type;

    if (p->args[i].given && str_equal(p->spec->args[i].name, p->spec->secret_arg))
        return SECRET_WORD;
    return type == ARG_BOOL || type == ARG_TIME ? p->args[i].given : parsed_text(&p->args[i]);
}

static bool needs_dashes(const struct parsed *p)
{
    for (size_t i = 0; i < spec_arg_count(p->spec); i++)
        if (line_word(p, i) && word_is_option(line_word(p, i)))
            return true;
    return false;
}

static void add_arguments(const struct parsed *p, struct str *out)
{
    bool ended = false;

    for (size_t i = 0; i < spec_arg_count(p->spec); i++) {
        const char *word = line_word(p, i);

        if (!word) /* one in front of it may have been left out */
            continue;
        if (!ended && word_is_option(word)) {
            str_add(out, " --");
            ended = true;
        }
        str_add_char(out, ' ');
        word_quote(word, out);
    }
}

void parsed_line(const struct parsed *p, struct str *out)
{
    bool dashes = needs_dashes(p);

    str_add(out, p->spec->name);
    if (!dashes)
        add_arguments(p, out);
    add_options(p->spec->options, p->own, spec_option_count(p->spec), out);
    if (p->spec->flags & COMMAND_PAGING)
        add_options(paging_options, p->paging, PAGING_OPTIONS, out);
    if (dashes)
        add_arguments(p, out);
}
