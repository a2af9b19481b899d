#include "options.h"

#include <stdlib.h>

#include "tt/base/fs.h"
#include "tt/base/mem.h"
#include "tt/base/text.h"

#define DISCORD_API_BASE "https://discord.com/api/v10"

struct option;
typedef int (*option_reader)(struct options *o, const struct option *option, const char *value,
                             struct error *e);

struct option {
    struct option_spec spec;
    option_reader read; /* NULL: a flag or a text at `offset` */
    size_t offset;
};

static const char *const color_words[] = {"auto", "always", "never", NULL};
static const char *const language_words[] = {"en", "id", NULL};
static const char *const log_format_words[] = {"text", "json", NULL};

static int read_color(struct options *o, const struct option *option, const char *value, struct error *e)
{
    (void)option;
    int color = word_parse("color", value, color_words, e);
    if (color < 0)
        return -1;
    o->color = (enum cli_color)color;
    return 0;
}

static int read_language(struct options *o, const struct option *option, const char *value, struct error *e)
{
    int i = word_parse("language", value, language_words, e);
    (void)option;
    o->language = i < 0 ? NULL : language_words[i];
    return i < 0 ? -1 : 0;
}

static int read_log_format(struct options *o, const struct option *option, const char *value, struct error *e)
{
    int i = word_parse("log format", value, log_format_words, e);
    (void)option;
    o->log_json = i == 1;
    return i < 0 ? -1 : 0;
}

static int read_line(struct options *o, const struct option *option, const char *value, struct error *e)
{
    (void)option;
    (void)e;
    o->lines = mem_resize(o->lines, o->line_count + 1, sizeof *o->lines);
    o->lines[o->line_count++] = value;
    return 0;
}

#define AT(member) .offset = offsetof(struct options, member)

/* Those that stand before the command only. */
static const struct option table[] = {
    {{"-c", "LINE", .help = "run a command line; may stand several times"}, read_line},
    {{"-f", "FILE", ARG_FILE, .help = "run the command lines of a file; - is standard input"}, AT(file)},
    {{"--db", "FILE", ARG_FILE, .help = "the database (else $TENANTTUI_DB, else below $XDG_DATA_HOME)"},
     AT(db)},
    {{"--key-file", "FILE", ARG_FILE,
      .help = "the key (else $TENANTTUI_KEY_FILE, else below $XDG_CONFIG_HOME)"},
     AT(key_file)},
    {{"--api-base", "URL", .help = "Discord's address (else $TENANTTUI_API_BASE, else Discord's own)"},
     AT(api_base)},
    {{"--ca-file", "FILE", ARG_FILE, .help = "certificates to trust instead of the system's"}, AT(ca_file)},
    {{"--readonly", .help = "open the database read-only"}, AT(readonly)},
    {{"--keep-going", .help = "go on with the next line after an error"}, AT(command.keep_going)},
    {{"--atomic", .help = "all lines in one transaction, one push for each tenant after it"},
     AT(command.atomic)},
    {{"--quiet", .help = "data and errors only: no notices, no result lines of writes"}, AT(command.quiet)},
    {{"--color", "WHEN", ARG_WORD, color_words, .help = "colours: auto, always or never"}, read_color},
    {{"--lang", "LANGUAGE", ARG_WORD, language_words,
      .help = "the language of buyers' texts in tenants that `create` and `demo` make: en or id"},
     read_language},
    {{"--log-format", "FORMAT", ARG_WORD, log_format_words, .help = "the daemon's log as text or json"},
     read_log_format},
    {{"--accessible", .help = "screens without frames and drawing characters, for screen readers"},
     AT(accessible)},
    {{"--bot", .help = "run the bots of all tenants"}, AT(bot)},
    {{"--tenant-id", "ID", .help = "with --bot: of this tenant only"}, AT(tenant)},
    {{"--help", .help = "this overview"}, AT(help)},
    {{"--version", .help = "the program's version"}, AT(version)},
};
#define TABLE_COUNT (sizeof table / sizeof *table)
#define NAMES_MAX (TABLE_COUNT + 16)

static const struct option *find(const char *word, const char **value)
{
    if (str_equal(word, "-h"))
        word = "--help";
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (option_matches(&table[i].spec, word, value))
            return &table[i];
    return NULL;
}

static int unknown(const char *word, struct error *e)
{
    const char *names[NAMES_MAX + 1] = {0};
    size_t n = 0;
    for (size_t i = 0; i < TABLE_COUNT; i++)
        names[n++] = table[i].spec.name;
    for (size_t i = 0; common_options[i].name && n < NAMES_MAX; i++)
        names[n++] = common_options[i].name;
    const char *near = text_nearest(word, names);
    if (near)
        error_set(e, ERROR_UNKNOWN_WORD, "option", "unknown option '%s'; did you mean '%s'?", word, near);
    else
        error_set(e, ERROR_UNKNOWN_WORD, "option", "unknown option '%s'", word);
    return error_hint(e, "options are listed by: tenanttui --help");
}

static int store_value(struct options *o, const struct option *option, const char *value, struct error *e)
{
    const bool yes = true;
    if (option->read)
        return option->read(o, option, value, e);
    if (!option->spec.value) {
        memcpy((char *)o + option->offset, &yes, sizeof yes);
        return 0;
    }
    if (!*value)
        return error_set(e, ERROR_MALFORMED, option->spec.name, "%s needs a %s that is not empty",
                         option->spec.name, option->spec.value);
    memcpy((char *)o + option->offset, &value, sizeof value);
    return 0;
}

/* Those of a line are the command layer's in both places. */
static int read_one(struct options *o, const char *const *argv, size_t argc, size_t *at, struct error *e)
{
    int common = command_option_take(argv, argc, at, &o->command, e);
    if (common)
        return common < 0 ? -1 : 0;
    const char *value;
    const struct option *option = find(argv[*at], &value);
    if (!option)
        return unknown(argv[*at], e);
    if (option_value(&option->spec, argv, argc, at, &value, e) != 0)
        return -1;
    return store_value(o, option, value, e);
}

/* The face that does what it does at once; NULL: one that runs command lines or tells of the program. */
static const char *unforetold(const struct options *o)
{
    static const char *const faces[] = {"demo", "sandbox"};
    for (size_t i = 0; i < sizeof faces / sizeof *faces && o->rest_count; i++)
        if (str_equal(o->rest[0], faces[i]))
            return faces[i];
    bool lines = o->rest_count || o->line_count || o->file || o->help || o->version;
    return o->bot ? "--bot" : lines ? NULL : "the screens";
}

static int check_together(const struct options *o, struct error *e)
{
    bool words = o->rest_count > 0;
    if (o->line_count && o->file)
        return error_set(e, ERROR_MALFORMED, "-f", "-c and -f do not go together");
    if (words && (o->line_count || o->file))
        return error_set(e, ERROR_EXTRA_ARGUMENT, NULL, "'%s' after %s: a command there is one too many",
                         o->rest[0], o->file ? "-f" : "-c");
    if (o->bot && (words || o->line_count || o->file))
        return error_set(e, ERROR_EXTRA_ARGUMENT, NULL, "--bot takes no command");
    if (o->tenant && !o->bot)
        return error_set(e, ERROR_MALFORMED, "--tenant-id", "--tenant-id goes with --bot");
    if (o->bot && o->readonly)
        return error_set(e, ERROR_READ_ONLY, "--readonly",
                         "--bot writes the database; it cannot run with --readonly");
    const char *face = unforetold(o);
    if (o->command.dry_run && face)
        return error_set(e, ERROR_MALFORMED, "--dry-run",
                         "--dry-run foretells what command lines would do; %s cannot run with it", face);
    if (o->command.atomic && o->command.keep_going)
        return error_set(e, ERROR_MALFORMED, "--keep-going",
                         "--atomic and --keep-going do not go together: all lines or none");
    return 0;
}

/* An error in front of -o is told in the format that stands behind it. */
static void peek_format(struct options *o, const char *const *argv, size_t argc)
{
    for (size_t i = 0; i < argc; i++)
        if (str_starts(argv[i], "-o"))
            command_option_take(argv, argc, &i, &o->command, NULL);
}

/* One of SPECS at ARGV[*AT]; its value, which may look like one of ours, is passed over. */
static bool belongs(const struct option_spec *specs, const char *const *argv, size_t *at)
{
    const char *value;
    for (; specs && specs->name; specs++) {
        if (!option_matches(specs, argv[*at], &value))
            continue;
        *at += specs->value && !value;
        return true;
    }
    return false;
}

/* One of ours behind the command, which does not know it. */
static int check_place(const struct options *o, struct error *e)
{
    const struct command_spec *spec = command_of_line(o->rest, o->rest_count);
    for (size_t i = 0; spec && i < o->rest_count && !str_equal(o->rest[i], "--"); i++) {
        const char *word = o->rest[i], *value;
        const struct option *option = word[0] == '-' && word[1] ? find(word, &value) : NULL;
        if (belongs(spec->options, o->rest, &i) || belongs(common_options, o->rest, &i) || !option)
            continue;
        if (option->offset == offsetof(struct options, help)) /* of the command */
            return 0;
        error_set(e, ERROR_UNKNOWN_WORD, option->spec.name, "%s stands before the command",
                  option->spec.name);
        return error_hint(e, "tenanttui %s%s%s %s ...", option->spec.name, option->spec.value ? " " : "",
                          option->spec.value ? option->spec.value : "", spec->name);
    }
    return 0;
}

int options_read(struct options *o, const char *const *argv, size_t argc, struct error *e)
{
    *o = (struct options){.command = COMMAND_OPTIONS_INIT};
    size_t i = 0;
    for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        if (str_equal(argv[i], "--")) {
            i++;
            break;
        }
        if (read_one(o, argv, argc, &i, e) != 0) {
            peek_format(o, argv, argc);
            return -1;
        }
    }
    o->rest = argv + i;
    o->rest_count = argc - i;
    if (check_together(o, e) == 0 && check_place(o, e) == 0)
        return 0;
    peek_format(o, o->rest, o->rest_count);
    return -1;
}

static const char *from_environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

void options_defaults(struct options *o)
{
    if (!o->db)
        o->db = from_environment("TENANTTUI_DB");
    if (!o->db)
        o->db = o->heap[0] = fs_default_database();
    if (!o->key_file)
        o->key_file = from_environment("TENANTTUI_KEY_FILE");
    if (!o->key_file)
        o->key_file = o->heap[1] = fs_default_key();
    if (!o->api_base)
        o->api_base = from_environment("TENANTTUI_API_BASE");
    if (!o->api_base)
        o->api_base = DISCORD_API_BASE;
}

void options_release(struct options *o)
{
    free(o->lines);
    for (size_t i = 0; i < sizeof o->heap / sizeof *o->heap; i++)
        free(o->heap[i]);
    *o = (struct options){0};
}

/* Does the value of this one stand in the next word? */
static bool common_waits(const char *word)
{
    const char *value;
    for (size_t i = 0; common_options[i].name; i++)
        if (common_options[i].value && option_matches(&common_options[i], word, &value))
            return !value;
    return false;
}

const struct option_spec *options_peek(struct options *o, const char *const *words, size_t count,
                                       size_t *rest)
{
    *o = (struct options){.command = COMMAND_OPTIONS_INIT};
    size_t i = 0;
    for (; i + 1 < count && words[i][0] == '-' && words[i][1]; i++) {
        const char *value;
        const struct option *option = find(words[i], &value);
        if (option && option->spec.value && !value && i + 2 >= count) {
            *rest = count;
            return &option->spec;
        }
        if (i + 2 >= count && common_waits(words[i]))
            break;
        read_one(o, words, count, &i, NULL);
    }
    *rest = i;
    return NULL;
}

void options_complete(const char *prefix, void (*each)(void *, const char *name, const char *help),
                      void *context)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (str_starts(table[i].spec.name, prefix))
            each(context, table[i].spec.name, table[i].spec.help);
}

void options_help(struct str *out)
{
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        struct str name = STR_INIT;
        str_addf(&name, "%s%s%s", table[i].spec.name, table[i].spec.value ? " " : "",
                 table[i].spec.value ? table[i].spec.value : "");
        str_addf(out, "  %-19s %s\n", str_text(&name), table[i].spec.help);
        str_release(&name);
    }
}

static void roff_name(const char *name, struct str *out)
{
    for (; *name; name++) {
        if (*name == '-')
            str_add_char(out, '\\');
        str_add_char(out, *name);
    }
}

void options_manual(struct str *out)
{
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        const struct option_spec *o = &table[i].spec;
        str_add(out, ".TP\n.B ");
        roff_name(o->name, out);
        if (o->value)
            str_addf(out, " \\fI%s\\fR", o->value);
        str_addf(out, "\n%c%s.\n", o->help[0] >= 'a' ? o->help[0] - 32 : o->help[0], o->help + 1);
    }
}
