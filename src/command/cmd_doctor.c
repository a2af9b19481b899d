#include "cmd_shared.h"

static struct json *cannot_open(const char *detail)
{
    struct json *document = json_new_object();

    json_set_bool(document, "ok", false);
    struct json *check = json_push(json_set(document, "checks", json_new_array()), json_new_object());
    json_set_string(check, "name", "open");
    json_set_bool(check, "ok", false);
    json_set_string(check, "detail", detail);
    return document;
}

/* A database that cannot even be opened is a failed check; one that is not there is said as everywhere. */
static struct json *examine(struct command_context *c, struct error *e)
{
    struct store_options options = {.path = c->database_path, .mode = STORE_RAW, .key_path = c->key_path};
    struct store *opened = NULL;
    struct json *document;

    if (c->store)
        return store_doctor(c->store, c->now);
    if (!store_open(&opened, &options, e)) {
        document = store_doctor(opened, c->now);
    } else if (e->code == ERROR_DB_MISSING) {
        command_hint_missing(e);
        document = NULL;
    } else {
        document = cannot_open(e->message);
    }
    store_close(opened);
    return document;
}

static int failed(const struct json *document, struct error *e)
{
    struct name_list names = {0};

    json_each(check, json_get(document, "checks")) if (!json_get_bool(check, "ok", false))
        name_list_add(&names, json_get_string(check, "name"));
    error_set(e, ERROR_REFUSED, NULL, "%zu checks failed: %s", names.count, str_text(&names.text));
    str_release(&names.text);
    return -1;
}

static int doctor(struct command_context *c, struct error *e)
{
    struct json *document = examine(c, e);

    if (!document)
        return -1;
    writer_document(c->w, document);
    int status = json_get_bool(document, "ok", false) ? 0 : failed(document, e);
    json_free(document);
    return status;
}

static void notice(void *context, const char *text)
{
    struct command_context *c = context;

    writer_message(c->w, MESSAGE_NOTICE, text);
}

/* The schema of the file as it stands; 0 where there is none. */
static int schema_before(struct command_context *c, int *version, struct error *e)
{
    struct store_options options = {.path = c->database_path, .mode = STORE_RAW};
    struct store *store = NULL;

    *version = 0;
    if (store_open(&store, &options, e))
        return e->code == ERROR_DB_MISSING ? 0 : -1;
    *version = store_schema_version(store);
    store_close(store);
    return 0;
}

/* Opening does it: a new file is made, an older one migrated after a backup. */
static int migrate_file(struct command_context *c, struct error *e)
{
    struct store_options options = {.path = c->database_path,
                                    .mode = STORE_CREATE,
                                    .key_path = c->key_path,
                                    .notice = notice,
                                    .notice_context = c};
    struct store *store = NULL;
    int status = store_open(&store, &options, e);

    if (!status)
        status = command_audit_own(c, store, NULL, e);
    store_close(store);
    return status;
}

static struct json *migrate_plan(int from, int to)
{
    struct json *plan = json_new_object();
    struct json *database = json_set(plan, "database", json_new_array());

    if (from < to) {
        struct json *row = json_push(database, json_new_object());
        json_set_string(row, "table", "(schema)");
        json_set(row, "key", json_new_object());
        json_set_int(json_set(row, "before", json_new_object()), "version", from);
        json_set_int(json_set(row, "after", json_new_object()), "version", to);
    }
    json_set(plan, "discord", json_new_array());
    json_set_int(plan, "calls", 0);
    json_set_int(plan, "seconds", 0);
    return plan;
}

static int migrate(struct command_context *c, struct error *e)
{
    int from = 0, to = store_schema_newest();

    if (c->store)
        from = store_schema_version(c->store);
    else if (schema_before(c, &from, e))
        return -1;
    /* Of a newer program: opening it says so. */
    if (from > to)
        return migrate_file(c, e);
    if (c->options->dry_run) {
        c->out->plan = migrate_plan(from, to);
        return 0;
    }
    if (from < to && migrate_file(c, e))
        return -1;
    c->changed = from < to;
    command_extra(c, "from", json_new_int(from));
    command_extra(c, "to", json_new_int(to));
    if (from < to)
        command_done(c, "%s migrated from schema %d to %d", c->database_path, from, to);
    else
        command_done(c, "%s is at schema %d, the newest that this program knows is %d", c->database_path,
                     from, store_schema_newest());
    return 0;
}

const struct command_spec command_doctor = {
    .name = "doctor",
    .flags = COMMAND_SELF_STORE,
    .right = RIGHT_OWNER,
    .group = GROUP_UPKEEP,
    .summary = "examine the database, the key and what surrounds them",
    .example = "doctor",
    .run = doctor,
};

const struct command_spec command_migrate = {
    .name = "migrate",
    .flags = COMMAND_WRITES | COMMAND_ALONE | COMMAND_CREATES | COMMAND_SELF_STORE | COMMAND_NOT_UNDOABLE,
    .right = RIGHT_OWNER,
    .group = GROUP_UPKEEP,
    .makes = (const char *const[]){"from", "to", NULL},
    .summary = "make the database, or bring an older one to this version's schema",
    .detail = "A backup is written beside the database before an older schema is migrated.",
    .example = "migrate",
    .run = migrate,
};
