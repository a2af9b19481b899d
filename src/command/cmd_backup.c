#include "cmd_shared.h"

#include <inttypes.h>

#include "tt/base/fs.h"
#include "tt/base/mem.h"

static const struct arg_spec args[] = {{.name = "file", .type = ARG_FILE}, {0}};

static void progress(void *context, int64_t done, int64_t total)
{
    const struct command_context *c = context;

    if (c->ports->progress)
        c->ports->progress(c->ports->context, "backup", done, total);
}

static int backup_prepare(struct command_context *c, struct error *e)
{
    const char *file = arg_text(c, "file");
    char *question;

    if (store_check_target(c->store, file, e))
        return -1;
    if (!fs_exists(file))
        return 0;
    question = mem_format("%s exists. Replace it?", file);
    int status = command_confirm(c, question, NULL, e);
    free(question);
    return status;
}

static int backup(struct command_context *c, struct error *e)
{
    const char *file = arg_text(c, "file");

    if (c->options->dry_run) {
        c->out->plan = command_empty_plan();
        writer_messagef(c->w, MESSAGE_NOTICE, "%s would be copied to %s", store_path(c->store), file);
        return 0;
    }
    int status = store_backup(c->store, file, progress, c, e);
    if (c->ports->progress)
        c->ports->progress(c->ports->context, "backup", 0, 0);
    if (status)
        return -1;
    struct json *document = json_new_object();
    json_set_string(document, "file", file);
    json_set_int(document, "schema", store_schema_version(c->store));
    writer_document(c->w, document);
    json_free(document);
    writer_messagef(c->w, MESSAGE_DONE, "backup written to %s; the key file is not in it", file);
    return 0;
}

/* Nobody is asked about a file that is not there. */
static int restore_prepare(struct command_context *c, struct error *e)
{
    const char *file = arg_text(c, "file");

    if (fs_exists(file))
        return 0;
    return error_set(e, ERROR_NO_SUCH, "file", "there is no file '%s' that could be read", file);
}

/* The restored database says itself who did it. */
static int restore_audit(struct command_context *c, struct error *e)
{
    struct store_options options = {.path = c->database_path, .mode = STORE_WRITE, .key_path = c->key_path};
    struct store *store = NULL;
    int status = store_open(&store, &options, e);

    if (!status)
        status = command_audit_own(c, store, NULL, e);
    store_close(store);
    return status;
}

/* What --dry-run shows of a command that replaces the whole file. */
static struct json *restore_plan(const struct command_context *c, const char *file)
{
    struct json *plan = command_empty_plan();
    struct json *row = json_push(json_set(plan, "database", json_new_array()), json_new_object());

    json_set_string(row, "table", "(every table)");
    json_set(row, "key", json_new_object());
    json_set_string(json_set(row, "before", json_new_object()), "file", c->database_path);
    json_set_string(json_set(row, "after", json_new_object()), "file", file);
    return plan;
}

static int restore(struct command_context *c, struct error *e)
{
    const char *file = arg_text(c, "file");
    int64_t dropped = 0;

    if (c->store) {
        error_set(e, ERROR_REFUSED, NULL, "restore needs the database closed, and this session has it open");
        return error_hint(e, "tenanttui restore FILE, as a command of its own");
    }
    if (c->options->dry_run) {
        if (store_restore_check(file, c->database_path, c->key_path, e))
            return -1;
        c->out->plan = restore_plan(c, file);
        return 0;
    }
    if (store_restore(file, c->database_path, c->key_path, &dropped, e) || restore_audit(c, e))
        return -1;
    c->changed = true;
    command_extra(c, "dropped_pushes", json_new_int(dropped));
    if (dropped)
        writer_messagef(c->w, MESSAGE_WARNING,
                        "%" PRId64 " pending pushes were dropped; sync --all pushes anew", dropped);
    command_done(c, "%s restored from %s; what it held is in %s.before-restore", c->database_path, file,
                 c->database_path);
    return 0;
}

const struct command_spec command_backup = {
    .name = "backup",
    .args = args,
    .flags = COMMAND_ALONE,
    .right = RIGHT_OWNER,
    .group = GROUP_UPKEEP,
    .makes = (const char *const[]){"file", "schema", NULL},
    .summary = "write an exact copy of the database to a file",
    .detail = "Others may go on working meanwhile. Tokens in it stay encrypted; the key file is not in it, "
              "keep a copy of that apart.",
    .example = "backup /var/backups/tenanttui.db",
    .prepare = backup_prepare,
    .run = backup,
};

const struct command_spec command_restore = {
    .name = "restore",
    .args = args,
    .flags = COMMAND_WRITES | COMMAND_DESTRUCTIVE | COMMAND_ALONE | COMMAND_CREATES | COMMAND_SELF_STORE |
             COMMAND_NOT_UNDOABLE,
    .right = RIGHT_OWNER,
    .group = GROUP_UPKEEP,
    .makes = (const char *const[]){"dropped_pushes", NULL},
    .summary = "replace the database by a backup",
    .detail = "Refused while any other process has the database open. Revisions become the larger of both "
              "files' plus 1; pending pushes are dropped. What the backup was to deliver is looked for on "
              "Discord before it is sent.",
    .example = "restore /var/backups/tenanttui.db",
    .prepare = restore_prepare,
    .run = restore,
};
