#include "help.h"

#include "resolve.h"
#include "tt/base/mem.h"
#include "tt/base/text.h"

#define HELP_WIDTH 78

struct styles {
    const char *head, *word, *off;
};

static struct styles styles(bool color)
{
    return color ? (struct styles){"\033[1m", "\033[36m", "\033[0m"} : (struct styles){"", "", ""};
}

/* --- what both help and the manual say --- */

void help_wrap(const char *text, size_t indent, size_t width, struct str *out)
{
    size_t at = indent;
    bool first = true;

    str_add_repeat(out, ' ', indent);
    while (*text) {
        size_t n = strcspn(text, " ");
        char *word = mem_strndup(text, n);
        size_t cells = text_width(word);

        if (n && !first && at + 1 + cells > width) {
            str_add_char(out, '\n');
            str_add_repeat(out, ' ', indent);
            at = indent;
            first = true;
        }
        if (n) {
            str_addf(out, "%s%s", first ? "" : " ", word);
            at += cells + !first;
            first = false;
        }
        free(word);
        text += n + (text[n] == ' ');
    }
    str_add_char(out, '\n');
}

void help_who(const struct command_spec *spec, struct str *out)
{
    static const char *const roles[] = {
        [ROLE_NONE] = "everybody",
        [ROLE_VIEWER] = "viewers",
        [ROLE_OPERATOR] = "operators",
        [ROLE_OWNER] = "owners",
    };
    const struct right *r = &spec->right;

    str_add(out, roles[r->role]);
    if (r->renter) {
        str_add(out, ", the renter");
        if (r->staff)
            str_add(out, " and its staff");
        if (r->permission < PERMISSION_COUNT)
            str_addf(out, " with %s", permission_words[r->permission]);
    }
    str_add(out, spec->flags & COMMAND_DISCORD ? "; also on Discord" : "; at the terminal only");
}

/* What is said of a value: its help, then the words that it may be. */
static void describe(const char *help, enum arg_type type, const char *const *own, struct str *out)
{
    const char *kind;
    const char *const *words = arg_type_words(type, own, &kind);

    str_add(out, help);
    if (!words || (help && strstr(help, words[0])))
        return;
    str_add(out, help ? ": " : "one of ");
    for (size_t i = 0; words[i]; i++)
        str_addf(out, "%s%s", i ? ", " : "", words[i]);
}

void help_arg(const struct arg_spec *arg, struct str *out)
{
    const char *help = arg->help;

    if (!help && arg->type == ARG_TENANT)
        help = "the tenant's id; on Discord . is the guild's own";
    if (!help && arg->type == ARG_PRODUCT)
        help = "the product's code, in any capitals";
    if (!help && arg->type == ARG_USER)
        help = "a Discord id or mention, or the GrowID of a customer";
    if (!help && arg->type == ARG_BOOL)
        help = "enable or disable; on, off, true, false, yes, no, 1, 0 too";
    describe(help, arg->type, arg->words, out);
}

void help_option_text(const struct option_spec *o, struct str *out)
{
    if (o->value)
        describe(o->help, o->type, o->words, out);
    else
        str_add(out, o->help);
}

void help_option(const struct option_spec *o, struct str *out)
{
    str_add(out, o->name);
    if (o->value)
        str_addf(out, " %s", o->value);
}

/* --- one command --- */

static void row(struct str *out, struct styles s, const char *label, size_t width, const char *text)
{
    struct str body = STR_INIT;

    str_addf(out, "  %s", s.word);
    text_fit(out, label, width, false, true);
    str_addf(out, "%s  ", s.off);
    help_wrap(text, width + 4, HELP_WIDTH, &body);
    /* The first line of the text follows the label. */
    str_add(out, str_text(&body) + width + 4);
    str_release(&body);
}

static void arguments(const struct command_spec *spec, struct styles s, struct str *out)
{
    size_t width = 0, count = spec_arg_count(spec);

    for (size_t i = 0; i < count; i++)
        if (text_width(spec->args[i].name) > width)
            width = text_width(spec->args[i].name);
    if (count)
        str_addf(out, "\n%sArguments%s\n", s.head, s.off);
    for (size_t i = 0; i < count; i++) {
        struct str text = STR_INIT;

        help_arg(&spec->args[i], &text);
        row(out, s, spec->args[i].name, width, str_text(&text));
        str_release(&text);
    }
}

static void option_row(const struct option_spec *option, struct styles s, struct str *out)
{
    struct str label = STR_INIT, text = STR_INIT;

    help_option(option, &label);
    help_option_text(option, &text);
    row(out, s, str_text(&label), 18, str_text(&text));
    str_release(&label);
    str_release(&text);
}

static void option_rows(const struct option_spec *table, struct styles s, struct str *out)
{
    for (size_t i = 0; table && table[i].name; i++)
        option_row(&table[i], s, out);
}

void help_command(const struct command_spec *spec, bool color, struct str *out)
{
    struct styles s = styles(color);
    struct str text = STR_INIT;

    usage_line(spec, &text);
    str_addf(out, "%s%s%s\n", s.head, str_text(&text), s.off);
    str_addf(out, "  %s\n", spec->summary);
    if (spec->detail) {
        str_add_char(out, '\n');
        help_wrap(spec->detail, 2, HELP_WIDTH, out);
    }
    arguments(spec, s, out);
    if (spec_option_count(spec) || spec->flags & COMMAND_PAGING)
        str_addf(out, "\n%sOptions%s\n", s.head, s.off);
    option_rows(spec->options, s, out);
    if (spec->flags & COMMAND_PAGING)
        option_rows(paging_options, s, out);
    str_clear(&text);
    help_who(spec, &text);
    str_addf(out, "\n%sWho%s\n", s.head, s.off);
    help_wrap(str_text(&text), 2, HELP_WIDTH, out);
    if (spec->example)
        str_addf(out, "\n%sExample%s\n  %s\n", s.head, s.off, spec->example);
    str_release(&text);
}

char **help_asked(const char *const *argv, size_t argc, size_t *count)
{
    size_t asked = argc, at[2], n = 0;

    for (size_t i = 1; i < argc && asked == argc && !str_equal(argv[i], "--"); i++)
        if (str_equal(argv[i], "--help") || str_equal(argv[i], "-h"))
            asked = i;
    if (asked == argc)
        return NULL;
    bool known = parse_name(argv, asked, false, at, &n, NULL) != NULL;
    char **words = mem_zero(4, sizeof *words);
    *count = 0;
    words[(*count)++] = mem_strdup("help");
    for (size_t i = 0; known && i < n; i++)
        words[(*count)++] = mem_strdup(argv[at[i]]);
    /* A group ("bot"), or what `help` will not know either. */
    if (!known && !word_is_option(argv[0]))
        words[(*count)++] = mem_strdup(argv[0]);
    return words;
}

/* --- all of them --- */

static bool listed(const struct command_spec *spec, const struct actor *actor, const struct tenant *t)
{
    if (spec->flags & COMMAND_HIDDEN)
        return false;
    if (!actor)
        return true;
    bool here = actor->face != FACE_DISCORD || spec->flags & COMMAND_DISCORD;
    return here && right_check(&spec->right, actor, t, NULL) == 0;
}

void help_overview(bool color, const struct actor *actor, const struct tenant *t, struct str *out)
{
    bool discord = actor && actor->face == FACE_DISCORD;
    struct styles s = styles(color);
    size_t count;
    const struct command_spec *const *registry = command_registry(&count);
    const char *group = "";

    for (size_t i = 0; i < count; i++) {
        const struct command_spec *spec = registry[i];

        if (!listed(spec, actor, t))
            continue;
        if (!str_equal(group, spec->group)) {
            str_addf(out, "%s%s%s%s\n", *group ? "\n" : "", s.head, spec->group, s.off);
            group = spec->group;
        }
        row(out, s, spec->name, 17, spec->summary);
    }
    str_addf(out, "\n%sIn every command line%s\n", s.head, s.off);
    for (size_t i = 0; common_options[i].name; i++)
        if (!discord || i != COMMON_OUTPUT)
            option_row(&common_options[i], s, out);
    str_add(out, "\n`help COMMAND` tells more.\n");
}
