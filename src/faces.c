#include <stdio.h>
#include <unistd.h>

#include "tt/base/fs.h"
#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/bot/bot.h"
#include "tt/sandbox/sandbox.h"
#include "tt/tui/tui.h"
#include "program.h"

static struct command_session *new_session(struct program *p, struct store *store, bool prompt)
{
    struct session_options options = {
        .store = store,
        .actor = &p->actor,
        .ports = &p->ports,
        .features = bot_features(),
        .database_path = p->options.db,
        .key_path = p->options.key_file,
        .language = p->options.language,
        .readonly = p->options.readonly,
        .prompt = prompt,
    };
    return session_new(&options);
}

/* --- command lines and the shell --- */

static int run_lines(struct program *p)
{
    const struct options *o = &p->options;
    struct cli_line *lines = mem_zero(o->line_count + 1, sizeof *lines);
    for (size_t i = 0; i < o->line_count; i++)
        lines[i].text = o->lines[i];
    int status = cli_run(&p->cli, lines, o->line_count);
    free(lines);
    return status;
}

int face_commands(struct program *p, enum face face)
{
    const struct options *o = &p->options;
    char *history = face == FACE_SHELL ? fs_default_state("history") : NULL;
    p->actor.face = face;
    p->stdin_is_commands =
        (o->file && str_equal(o->file, "-")) || (face == FACE_SHELL && !isatty(STDIN_FILENO));
    cli_signals(program_interrupt);
    p->session = new_session(p, NULL, face == FACE_SHELL && isatty(STDIN_FILENO));
    p->cli = (struct cli_options){
        .session = p->session,
        .ports = &p->ports,
        .command = o->command,
        .color = o->color,
        .open = program_open,
        .context = p,
        .history = history,
    };
    int status;
    if (face == FACE_SHELL)
        status = cli_shell(&p->cli);
    else if (o->file)
        status = cli_run_file(&p->cli, o->file);
    else if (o->line_count)
        status = run_lines(p);
    else
        status = cli_run(&p->cli, &(struct cli_line){.argv = o->rest, .argc = o->rest_count}, 1);
    free(history);
    program_close_store(p);
    program_close_pusher(p);
    session_free(p->session);
    p->session = NULL;
    return status;
}

/* --- screens --- */

/* On the worker's thread, where the store then stays. */
static struct command_session *open_worker(void *context, struct error *e)
{
    struct program *p = context;
    if (program_open_apart(p, &p->store, e) != 0)
        return NULL;
    return new_session(p, p->store, true);
}

static void close_worker(void *context, struct command_session *session)
{
    struct program *p = context;
    session_free(session);
    store_close(p->store);
    p->store = NULL;
}

static void interrupt_worker(void *context)
{
    const struct program *p = context;
    if (p->store)
        store_interrupt(p->store);
}

/* Questions, secrets and progress belong on the screen; a log cannot be followed on a thread that others wait
 * for. */
static void fill_screen_ports(struct ports *ports)
{
    ports->confirm = tui_confirm;
    ports->read_secret = tui_read_secret;
    ports->progress = tui_progress;
    ports->cancelled = tui_cancelled;
    ports->follow = NULL;
}

/* A path that was mistyped is not made: only the default place makes its directory. */
static int check_directory(const char *db, struct error *e)
{
    const char *slash = strrchr(db, '/');
    char *standard = fs_default_database();
    char *directory = slash && slash > db ? mem_strndup(db, (size_t)(slash - db)) : NULL;
    int rc = 0;
    if (directory && !str_equal(db, standard) && !fs_exists(directory)) {
        error_set(e, ERROR_DB_MISSING, "--db", "no database %s: its directory does not exist", db);
        rc = error_hint(e, "make the directory first, or name another file with --db");
    }
    free(standard);
    free(directory);
    return rc;
}

/* A name that was mistyped opens an empty database: that is said, with all of its path. NULL: it is there. */
static char *greeting_of(const char *db)
{
    if (fs_exists(db))
        return NULL;
    char *here = *db == '/' ? NULL : getcwd(NULL, 0);
    char *greeting = mem_format("a new database was made: %s%s%s", here ? here : "", here ? "/" : "", db);
    free(here);
    return greeting;
}

int face_screens(struct program *p)
{
    struct error e;
    struct store *store = NULL;
    if (check_directory(p->options.db, &e) != 0)
        return cli_error(&e, OUTPUT_TEXT, NULL, 0);
    char *greeting = greeting_of(p->options.db);
    /* What is wrong with the database is told before the screen is taken. */
    if (program_open_apart(p, &store, &e) != 0) {
        free(greeting);
        return cli_error(&e, OUTPUT_TEXT, NULL, 0);
    }
    char *watch = mem_strdup(store_wal_path(store));
    store_close(store);
    p->actor.face = FACE_SCREENS;
    fill_screen_ports(&p->ports);
    const char *no_color = getenv("NO_COLOR");
    struct tui_options options = {
        .open = open_worker,
        .close = close_worker,
        .interrupt = interrupt_worker,
        .ports = &p->ports,
        .features = bot_features(),
        .context = p,
        .database_path = p->options.db,
        .watch_path = watch,
        .greeting = greeting,
        .readonly = p->options.readonly,
        .accessible = p->options.accessible,
        .color = p->options.color == CLI_COLOR_ALWAYS ||
                 (p->options.color == CLI_COLOR_AUTO && !(no_color && *no_color)),
    };
    int status = tui_run(&options, &e);
    if (status < 0)
        status = cli_error(&e, OUTPUT_TEXT, NULL, 0);
    program_close_pusher(p);
    free(watch);
    free(greeting);
    return status;
}

/* --- the daemon --- */

static void on_started(void *context, size_t bots)
{
    const struct program *p = context;
    log_event(LEVEL_INFO, NULL, "daemon", "serving %s with %zu bot%s", p->options.db, bots,
              bots == 1 ? "" : "s");
}

int face_bot(struct program *p)
{
    const struct options *o = &p->options;
    struct error e;
    struct store *store = NULL;
    /* What is wrong with the database is told before a lock and a log appear beside it. */
    const struct store_options look = {.path = o->db, .mode = STORE_WRITE, .key_path = o->key_file};
    if (store_open(&store, &look, &e) != 0) {
        command_hint_missing(&e);
        return cli_error(&e, o->log_json ? OUTPUT_JSON : OUTPUT_TEXT, NULL, 0);
    }
    store_close(store);
    char *log = mem_format("%s.log", o->db);
    struct log_options logging = {
        .level = LEVEL_INFO, .json = o->log_json, .to_stderr = !o->command.quiet, .path = log};
    struct daemon_options options = {
        .database_path = o->db,
        .key_path = o->key_file,
        .api_base = o->api_base,
        .ca_file = o->ca_file,
        .tenant = o->tenant,
        .started = on_started,
        .context = p,
    };
    int status = 0;
    if (log_open(&logging, &e) != 0 || daemon_run(&options, &e) != 0)
        status = cli_error(&e, o->log_json ? OUTPUT_JSON : OUTPUT_TEXT, NULL, 0);
    log_close();
    free(log);
    return status;
}

/* --- the sandbox --- */

struct sandbox_word {
    const char *name;
    const char **to[2];
};

static int sandbox_options(struct sandbox_options *o, const char *const *argv, size_t argc, struct error *e)
{
    const struct sandbox_word words[] = {
        {"--listen", {&o->listen}}, {"--seed", {&o->seed}},
        {"--script", {&o->script}}, {"--tls", {&o->tls_cert, &o->tls_key}},
        {"--record", {&o->record}},
    };
    for (size_t i = 0; i < argc; i++) {
        const struct sandbox_word *w = NULL;
        for (size_t k = 0; k < sizeof words / sizeof *words && !w; k++)
            w = str_equal(words[k].name, argv[i]) ? &words[k] : NULL;
        if (!w && argv[i][0] == '-')
            return error_set(e, ERROR_UNKNOWN_WORD, "option",
                             "unknown option '%s': sandbox takes --listen, --seed, --script, --tls, --record",
                             argv[i]);
        if (!w)
            return error_set(e, ERROR_EXTRA_ARGUMENT, NULL, "sandbox takes no argument '%s'", argv[i]);
        for (size_t k = 0; k < 2 && w->to[k]; k++) {
            if (i + 1 >= argc)
                return error_set(e, ERROR_MISSING_ARGUMENT, w->name, "%s needs %s", w->name,
                                 w->to[1] ? "two files: CERT KEY" : "a value");
            *w->to[k] = argv[++i];
        }
    }
    return 0;
}

int face_sandbox(const char *const *argv, size_t argc, enum output_format format)
{
    struct sandbox_options options = {.listen = "127.0.0.1:0"};
    struct error e;
    if (sandbox_options(&options, argv, argc, &e) != 0 || sandbox_run(&options, &e) != 0)
        return cli_error(&e, format, NULL, 0);
    return 0;
}

/* --- documents of the program about itself --- */

int face_help(void)
{
    struct str text = STR_INIT;
    str_add(&text, "tenanttui [OPTIONS]                     screens\n"
                   "tenanttui [OPTIONS] COMMAND [ARG...]    one command\n"
                   "tenanttui [OPTIONS] -c LINE... | -f FILE command lines\n"
                   "tenanttui [OPTIONS] shell               a prompt\n"
                   "tenanttui [OPTIONS] --bot               the daemon that runs the bots\n"
                   "tenanttui demo | sandbox                try everything without Discord\n"
                   "`help shell`, `help sandbox` and `help demo` tell of these faces.\n\n");
    help_overview(false, NULL, NULL, &text);
    str_add(&text, "\nOptions, before the command:\n");
    options_help(&text);
    fwrite(text.data, 1, text.len, stdout);
    str_release(&text);
    return cli_flush(0);
}

bool face_help_asked(const struct options *o)
{
    struct str text = STR_INIT;
    bool asked = o->rest_count == 2 && (str_equal(o->rest[1], "--help") || str_equal(o->rest[1], "-h")) &&
                 help_topic(o->rest[0], &text);
    str_release(&text);
    return asked;
}

int face_help_on(const char *face)
{
    struct str text = STR_INIT;
    help_topic(face, &text);
    fwrite(str_text(&text), 1, text.len, stdout);
    str_release(&text);
    return cli_flush(0);
}

#define MANUAL_TEMPLATE "man/tenanttui.1.in"

/* The manual page from its fixed part: lines @OPTIONS@ and @COMMANDS@ give way to what the program knows. */
int face_manual(const char *const *argv, size_t argc)
{
    const char *path = argc ? argv[0] : MANUAL_TEMPLATE;
    struct str fixed = STR_INIT, options = STR_INIT, commands = STR_INIT, page = STR_INIT;
    struct error e;
    int status = 0;
    if (fs_read(path, 1u << 20, &fixed, &e) != 0) {
        status = cli_error(&e, OUTPUT_TEXT, NULL, 0);
        goto done;
    }
    options_manual(&options);
    help_manual(&commands);
    for (char *line = fixed.data, *next; line && *line; line = next) {
        next = strchr(line, '\n');
        size_t len = next ? (size_t)(next - line) : strlen(line);
        next = next ? next + 1 : line + len;
        if (len == 9 && memcmp(line, "@OPTIONS@", len) == 0)
            str_add(&page, str_text(&options));
        else if (len == 10 && memcmp(line, "@COMMANDS@", len) == 0)
            str_add(&page, str_text(&commands));
        else
            str_add_bytes(&page, line, (size_t)(next - line));
    }
    fwrite(page.data, 1, page.len, stdout);
    status = cli_flush(0);
done:
    str_release(&fixed);
    str_release(&options);
    str_release(&commands);
    str_release(&page);
    return status;
}

/* --- completion --- */

/* What stands where a command may stand and is none: the faces. */
static const struct {
    const char *name, *help;
} face_names[] = {
    {"shell", "a prompt with completion and a history"},
    {"sandbox", "a local stand-in for Discord"},
    {"demo", "try everything without Discord"},
};

static const char *const sandbox_names[] = {"--listen", "--seed", "--script", "--tls", "--record", NULL};
static const char *const demo_names[] = {"--tour", NULL};

static void offer(void *context, const char *candidate, const char *help)
{
    (void)context;
    printf("%s\t%s\n", candidate, help ? help : "");
}

static void offer_names(const char *const *names, const char *prefix)
{
    for (; *names; names++)
        if (str_starts(*names, prefix))
            offer(NULL, *names, NULL);
}

/* What the shells' scripts read as "file names may stand here". */
static void offer_files(void)
{
    puts("\tfiles");
}

/* A database that is locked, missing or broken leaves the words: nothing is told, nobody waits. */
static void complete_command(struct program *p, const char *const *words, size_t count)
{
    struct store_options options = {.path = p->options.db, .mode = STORE_READ, .busy_ms = -1};
    struct store *store = NULL;
    if (store_open(&store, &options, NULL) != 0)
        store = NULL;
    p->session = new_session(p, store, true);
    if (command_complete(p->session, words, count, offer, NULL))
        offer_files();
    session_free(p->session);
    p->session = NULL;
    store_close(store);
}

int face_complete(struct program *p, const char *const *argv, size_t argc)
{
    static const char *const nothing[] = {""};
    const char *const *words = argc ? argv : nothing;
    size_t count = argc ? argc : 1, at;
    const char *last = words[count - 1];
    struct options given;
    const struct option_spec *value_of = options_peek(&given, words, count, &at);
    options_release(&p->options);
    p->options = given;
    options_defaults(&p->options);
    if (value_of) {
        const char *const tenant[] = {"show", last};
        if (str_equal(value_of->name, "--tenant-id"))
            complete_command(p, tenant, 2);
        else if (value_of->words)
            offer_names(value_of->words, last);
        else if (value_of->type == ARG_FILE)
            offer_files();
    } else if (at + 1 == count && last[0] == '-') {
        options_complete(last, offer, NULL);
        command_complete(NULL, &last, 1, offer, NULL);
    } else if (str_equal(words[at], "sandbox") && at + 1 < count) {
        offer_names(sandbox_names, last);
        if (last[0] != '-')
            offer_files();
    } else if (str_equal(words[at], "demo") && at + 1 < count) {
        offer_names(demo_names, last);
    } else if (!given.bot) {
        complete_command(p, words + at, count - at);
        for (size_t i = 0; i < sizeof face_names / sizeof *face_names && at + 1 == count; i++)
            if (str_starts(face_names[i].name, last))
                offer(NULL, face_names[i].name, face_names[i].help);
    }
    return cli_flush(0);
}
