#include <stdlib.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tt/base/fs.h"
#include "tt/base/mem.h"
#include "program.h"

/* Ordered: each may what the one before may. */
enum access { ACCESS_NONE, ACCESS_READ, ACCESS_WRITE, ACCESS_CREATE };

/* The store of the thread that runs commands, for program_interrupt. */
static struct store *volatile interruptible;

void program_interrupt(void)
{
    struct store *s = interruptible;
    if (s)
        store_interrupt(s);
}

static void on_notice(void *context, const char *text)
{
    const struct program *p = context;
    if (!p->options.command.quiet)
        cli_notice(text);
}

static void remove_scratch(struct program *p)
{
    static const char *const names[] = {"db", "db-wal", "db-shm", "db-lock", "key"};
    if (!p->scratch)
        return;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = mem_format("%s/%s", p->scratch, names[i]);
        unlink(path);
        free(path);
    }
    rmdir(p->scratch);
    free(p->scratch);
    p->scratch = NULL;
}

void program_close_store(struct program *p)
{
    interruptible = NULL;
    if (p->session)
        session_set_store(p->session, NULL);
    store_discard(p->store);
    p->store = NULL;
    p->level = ACCESS_NONE;
    remove_scratch(p);
}

static enum store_mode mode_of(int level)
{
    static const enum store_mode modes[] = {STORE_READ, STORE_READ, STORE_WRITE, STORE_CREATE};
    return modes[level];
}

static int open_as(struct program *p, int level, bool dry_run, struct error *e)
{
    struct store_options options = {
        .path = p->options.db,
        .mode = mode_of(level),
        .key_path = p->options.key_file,
        .keep_schema = dry_run,
        .notice = on_notice,
        .notice_context = p,
    };
    if (store_open(&p->store, &options, e) != 0)
        return -1;
    p->level = level;
    return 0;
}

/* Nothing may be made by a --dry-run, so a `create` without a database is tried in one that is thrown away.
 */
static int open_scratch(struct program *p, struct error *e)
{
    const char *tmp = getenv("TMPDIR");
    char *directory = mem_format("%s/tenanttui-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(directory)) {
        free(directory);
        return error_set(e, ERROR_INTERNAL, NULL, "cannot make a scratch directory: %s", strerror(errno));
    }
    p->scratch = directory;
    char *db = mem_format("%s/db", directory), *key = mem_format("%s/key", directory);
    struct store_options options = {.path = db, .mode = STORE_CREATE, .key_path = key};
    int rc = store_open(&p->store, &options, e);
    free(db);
    free(key);
    if (rc != 0)
        remove_scratch(p);
    else
        p->level = ACCESS_CREATE;
    return rc;
}

/* No file, or an empty one. */
static bool is_blank(const char *path)
{
    struct stat st;
    return stat(path, &st) ? errno == ENOENT : S_ISREG(st.st_mode) && st.st_size == 0;
}

static int open_level(struct program *p, int level, bool dry_run, struct error *e)
{
    struct error why = {0};
    if (level == ACCESS_CREATE && dry_run && is_blank(p->options.db))
        return open_scratch(p, e);
    if (open_as(p, level, dry_run, &why) == 0)
        return 0;
    bool readonly = p->options.readonly;
    /* A reader does not migrate; a writer does. */
    if (why.code == ERROR_DB_OLDER && level == ACCESS_READ && !readonly && !dry_run)
        return open_as(p, ACCESS_WRITE, false, e);
    if (why.code == ERROR_DB_OLDER && dry_run)
        error_hint(&why, "--dry-run leaves it as it is: `migrate` brings it forward after a backup");
    /* What cannot be written may still be read; a line that writes is refused by the gate. */
    if (why.code == ERROR_READ_ONLY && level > ACCESS_READ && open_as(p, ACCESS_READ, dry_run, e) == 0) {
        p->level = level;
        return 0;
    }
    if (e)
        *e = why;
    return e ? command_hint_missing(e) : -1;
}

static int level_of(const struct program *p, const struct command_spec *spec, bool shared)
{
    if (!shared && (!spec || (spec->flags & COMMAND_NO_STORE)))
        return ACCESS_NONE;
    if (p->options.readonly)
        return ACCESS_READ;
    unsigned flags = spec ? spec->flags : 0;
    if (flags & COMMAND_CREATES)
        return ACCESS_CREATE;
    return flags & COMMAND_WRITES || shared ? ACCESS_WRITE : ACCESS_READ;
}

int program_open(void *program, const char *const *argv, size_t argc, const struct command_options *command,
                 bool shared, struct error *e)
{
    struct program *p = program;
    const struct command_spec *spec = command_of_line(argv, argc);
    if (spec && (spec->flags & COMMAND_WRITES) && !command->no_push &&
        program_check_authorities(&p->options, e) != 0)
        return -1;
    if (spec && (spec->flags & COMMAND_SELF_STORE) && !shared) {
        /* It opens the file its own way; `restore` wants it for itself. */
        program_close_store(p);
        if (p->tickets == 0)
            program_close_pusher(p);
        return 0;
    }
    int level = level_of(p, spec, shared);
    if (level <= p->level)
        return 0;
    program_close_store(p);
    if (open_level(p, level, command->dry_run, e) != 0)
        return -1;
    session_set_store(p->session, p->store);
    interruptible = p->store;
    return 0;
}

int program_open_apart(struct program *p, struct store **store, struct error *e)
{
    struct store_options options = {
        .path = p->options.db,
        .mode = p->options.readonly ? STORE_READ : STORE_CREATE,
        .key_path = p->options.key_file,
    };
    return store_open(store, &options, e);
}
