#include "options.h"

#include <math.h>
#include <stdlib.h>

#include "tt/base/fs.h"
#include "tt/base/mem.h"
#include "tt/base/text.h"

#define DISCORD_API_BASE "https://discord.com/api/v10"
#define WAIT_SECONDS_MAX 86400

struct option;
typedef int (*option_reader)(struct options *o, const struct option *option, const char *value,
                             struct error *e);

struct option {
    const char *name;
    char letter;        /* "-o"; 0: none */
    const char *value;  /* NULL: a flag */
    option_reader read; /* NULL: a flag or a text at `offset` */
    size_t offset;
    const char *help;
};

static int read_format(struct options *o, const struct option *option, const char *value, struct error *e)
{
    int i = word_parse("format", value, output_format_words, e);
    if (i < 0)
        return -1;
    (void)option;
    o->command.format = (enum output_format)i;
    return 0;
}

static int read_wait(struct options *o, const struct option *option, const char *value, struct error *e)
{
    char *end;
    double seconds = strtod(value, &end);
    bool plain = *value && strspn(value, "0123456789.") == strlen(value);
    if (!plain || *end || !(seconds >= 0) || seconds > WAIT_SECONDS_MAX)
        return error_set(e, ERROR_MALFORMED, option->name, "%s takes seconds from 0 to %d, not '%s'",
                         option->name, WAIT_SECONDS_MAX, value);
    o->command.wait_ms = (int)lround(seconds * 1000);
    return 0;
}

static int read_color(struct options *o, const struct option *option, const char *value, struct error *e)
{
    static const char *const words[] = {"auto", "always", "never", NULL};
    (void)option;
    int color = word_parse("color", value, words, e);
    if (color < 0)
        return -1;
    o->color = (enum cli_color)color;
    return 0;
}

static int read_language(struct options *o, const struct option *option, const char *value, struct error *e)
{
    static const char *const words[] = {"en", "id", NULL};
    int i = word_parse("language", value, words, e);
    (void)option;
    o->language = i < 0 ? NULL : words[i];
    return i < 0 ? -1 : 0;
}

static int read_log_format(struct options *o, const struct option *option, const char *value, struct error *e)
{
    static const char *const words[] = {"text", "json", NULL};
    int i = word_parse("log format", value, words, e);
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

static const struct option table[] = {
    {"-c", 'c', "LINE", read_line, .help = "run a command line; may stand several times"},
    {"-f", 'f', "FILE", AT(file), .help = "run the command lines of a file; - is standard input"},
    {"--db", 0, "FILE", AT(db), .help = "the database (else $TENANTTUI_DB, else below $XDG_DATA_HOME)"},
    {"--key-file", 0, "FILE", AT(key_file),
     .help = "the key (else $TENANTTUI_KEY_FILE, else below $XDG_CONFIG_HOME)"},
    {"--api-base", 0, "URL", AT(api_base),
     .help = "Discord's address (else $TENANTTUI_API_BASE, else Discord's own)"},
    {"--ca-file", 0, "FILE", AT(ca_file), .help = "certificates to trust instead of the system's"},
    {"-o", 'o', "FORMAT", read_format, .help = "text, json, jsonl, csv or tsv"},
    {"--fields", 0, "A,B", AT(command.fields), .help = "only these columns, in this order"},
    {"--no-headers", 0, NULL, AT(command.no_headers), .help = "no line of titles"},
    {"--dry-run", 0, NULL, AT(command.dry_run),
     .help = "show what would change and what Discord would be told; do neither"},
    {"--readonly", 0, NULL, AT(readonly), .help = "open the database read-only"},
    {"--yes", 0, NULL, AT(command.yes), .help = "do not ask before something destructive"},
    {"--no-push", 0, NULL, AT(command.no_push), .help = "leave the push to the daemon"},
    {"--wait", 0, "SECONDS", read_wait, .help = "for the bot's acknowledgement; default 5, 0 does not wait"},
    {"--keep-going", 0, NULL, AT(command.keep_going), .help = "go on with the next line after an error"},
    {"--atomic", 0, NULL, AT(command.atomic),
     .help = "all lines in one transaction, one push for each tenant after it"},
    {"--quiet", 0, NULL, AT(command.quiet), .help = "no notices"},
    {"--color", 0, "WHEN", read_color, .help = "auto, always or never"},
    {"--lang", 0, "LANGUAGE", read_language, .help = "en or id: the language of the screens"},
    {"--log-format", 0, "FORMAT", read_log_format, .help = "text or json: the daemon's log"},
    {"--accessible", 0, NULL, AT(accessible),
     .help = "screens without frames and drawing characters, for screen readers"},
    {"--bot", 0, NULL, AT(bot), .help = "run the bots of all tenants"},
    {"--tenant-id", 0, "ID", AT(tenant), .help = "with --bot: of this tenant only"},
    {"--help", 'h', NULL, AT(help), .help = "this overview"},
    {"--version", 0, NULL, AT(version), .help = "the program's version"},
};
#define TABLE_COUNT (sizeof table / sizeof *table)

static const struct option *find(const char *word, size_t len)
{
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        const char *name = table[i].name;
        if (strlen(name) == len && memcmp(name, word, len) == 0)
            return &table[i];
        if (table[i].letter && len == 2 && word[0] == '-' && word[1] == table[i].letter)
            return &table[i];
    }
    return NULL;
}

static int unknown(const char *word, struct error *e)
{
    const char *names[TABLE_COUNT + 1] = {0};
    for (size_t i = 0; i < TABLE_COUNT; i++)
        names[i] = table[i].name;
    const char *near = text_nearest(word, names);
    if (near)
        error_set(e, ERROR_UNKNOWN_WORD, "option", "unknown option '%s'; did you mean '%s'?", word, near);
    else
        error_set(e, ERROR_UNKNOWN_WORD, "option", "unknown option '%s'", word);
    return error_hint(e, "options are listed by: tenanttui --help");
}

static int store_value(struct options *o, const struct option *option, const char *value, struct error *e)
{
    if (option->read)
        return option->read(o, option, value, e);
    if (!*value)
        return error_set(e, ERROR_MALFORMED, option->name, "%s needs a %s that is not empty", option->name,
                         option->value);
    memcpy((char *)o + option->offset, &value, sizeof value);
    return 0;
}

static int read_one(struct options *o, const char *const *argv, size_t argc, size_t *at, struct error *e)
{
    const char *word = argv[*at];
    const char *equal = str_starts(word, "--") ? strchr(word, '=') : NULL;
    const struct option *option = find(word, equal ? (size_t)(equal - word) : strlen(word));
    if (!option)
        return unknown(word, e);
    if (!option->value) {
        if (equal)
            return error_set(e, ERROR_EXTRA_ARGUMENT, option->name, "%s takes no value", option->name);
        bool yes = true;
        memcpy((char *)o + option->offset, &yes, sizeof yes);
        return 0;
    }
    if (equal)
        return store_value(o, option, equal + 1, e);
    if (*at + 1 >= argc)
        return error_set(e, ERROR_MISSING_ARGUMENT, option->name, "%s needs a value: %s %s", option->name,
                         option->name, option->value);
    return store_value(o, option, argv[++*at], e);
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
    if (o->command.atomic && o->command.keep_going)
        return error_set(e, ERROR_MALFORMED, "--keep-going",
                         "--atomic and --keep-going do not go together: all lines or none");
    return 0;
}

/* An error in front of -o is told in the format that stands behind it. */
static void peek_format(struct options *o, const char *const *argv, size_t argc)
{
    for (size_t i = 0; i + 1 < argc; i++)
        if (str_equal(argv[i], "-o"))
            read_format(o, NULL, argv[i + 1], NULL);
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
    return check_together(o, e);
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

const char *options_peek(struct options *o, const char *const *words, size_t count, size_t *rest)
{
    *o = (struct options){.command = COMMAND_OPTIONS_INIT};
    size_t i = 0;
    for (; i + 1 < count && words[i][0] == '-' && words[i][1]; i++) {
        const struct option *option = find(words[i], strlen(words[i]));
        if (option && option->value && i + 2 >= count) {
            *rest = count;
            return option->name;
        }
        read_one(o, words, count, &i, NULL);
    }
    *rest = i;
    return NULL;
}

void options_complete(const char *prefix, void (*each)(void *, const char *name, const char *help),
                      void *context)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (str_starts(table[i].name, prefix))
            each(context, table[i].name, table[i].help);
}

void options_help(struct str *out)
{
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        struct str name = STR_INIT;
        str_addf(&name, "%s%s%s", table[i].name, table[i].value ? " " : "",
                 table[i].value ? table[i].value : "");
        str_addf(out, "  %-19s %s\n", str_text(&name), table[i].help);
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
        str_add(out, ".TP\n.B ");
        roff_name(table[i].name, out);
        if (table[i].value)
            str_addf(out, " \\fI%s\\fR", table[i].value);
        str_addf(out, "\n%c%s.\n", table[i].help[0] >= 'a' ? table[i].help[0] - 32 : table[i].help[0],
                 table[i].help + 1);
    }
}
