#define SQLITE_ENABLE_SESSION
#define SQLITE_ENABLE_PREUPDATE_HOOK
#include "internal.h"

#include "journal.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

int store_journal_begin(struct store *s, struct error *e)
{
    sqlite3_session *session = NULL;

    if (s->journal || s->transaction != TRANSACTION_WRITE)
        return error_set(e, ERROR_INTERNAL, NULL,
                         "a journal needs a write transaction and must be the only one");
    int rc = sqlite3session_create(s->db, "main", &session);
    for (const struct journal_table *t = journal_tables; rc == SQLITE_OK && t->name; t++)
        rc = sqlite3session_attach(session, t->name);
    if (rc != SQLITE_OK) {
        store_fail(s, e, rc);
        if (session)
            sqlite3session_delete(session);
        return -1;
    }
    s->journal = session;
    s->journal_depth = s->depth;
    return 0;
}

void journal_drop(struct store *s)
{
    if (s->journal)
        sqlite3session_delete(s->journal);
    s->journal = NULL;
}

void journal_aside(struct store *s, bool aside)
{
    if (s->journal)
        sqlite3session_indirect(s->journal, aside);
}

void journal_pause(struct store *s, bool pause)
{
    if (s->journal)
        sqlite3session_enable(s->journal, !pause);
}

/* --- a changeset as JSON --- */

static struct json *value_json(const struct journal_column *c, sqlite3_value *value)
{
    char text[TIME_TEXT];
    int64_t number = sqlite3_value_int64(value);

    if (sqlite3_value_type(value) == SQLITE_NULL)
        return json_new_null();
    switch (c->kind) {
    case JOURNAL_ID:
        return json_new_id(number);
    case JOURNAL_INT:
        return json_new_int(number);
    case JOURNAL_WORD:
        return json_new_string(c->words[number]);
    case JOURNAL_BOOL:
        return json_new_bool(number != 0);
    case JOURNAL_MOMENT:
        return json_new_string(time_format_ms(number, text));
    case JOURNAL_TIME:
        return number ? json_new_string(time_format_ms(number, text)) : json_new_null();
    case JOURNAL_SECRET:
        return json_new_string(JOURNAL_SECRET_TEXT);
    case JOURNAL_SKIP:
    case JOURNAL_TEXT:
        break;
    }
    return json_new_string((const char *)sqlite3_value_text(value));
}

typedef int (*change_value)(sqlite3_changeset_iter *, int, sqlite3_value **);

/* The columns of one side of a change. A whole row leaves out what a new row always has. */
static struct json *side_json(const struct journal_table *t, sqlite3_changeset_iter *iter, int columns,
                              change_value get, bool key, bool whole)
{
    struct json *object = json_new_object();
    for (int i = 0; i < columns && i < JOURNAL_COLUMNS && t->columns[i].name; i++) {
        const struct journal_column *c = &t->columns[i];
        sqlite3_value *value = NULL;
        if (c->kind == JOURNAL_SKIP || c->key != key || (whole && c->quiet))
            continue;
        if (get(iter, i, &value) == SQLITE_OK && value)
            json_set(object, c->name, value_json(c, value));
    }
    return object;
}

static struct json *change_json(const struct journal_table *t, sqlite3_changeset_iter *iter, int columns,
                                int op)
{
    bool whole = op != SQLITE_UPDATE;
    struct json *change = json_new_object();

    json_set_string(change, "table", t->name);
    json_set(change, "key",
             side_json(t, iter, columns, op == SQLITE_INSERT ? sqlite3changeset_new : sqlite3changeset_old,
                       true, false));
    json_set(change, "before",
             op == SQLITE_INSERT ? json_new_null()
                                 : side_json(t, iter, columns, sqlite3changeset_old, false, whole));
    json_set(change, "after",
             op == SQLITE_DELETE ? json_new_null()
                                 : side_json(t, iter, columns, sqlite3changeset_new, false, whole));
    return change;
}

/* A changeset's order is that of its hash tables; people and tests get the tables' order, then the key's. */
struct ordered {
    struct json *change;
    size_t table;
    char *key;
};

struct ordered_list {
    struct ordered *items;
    size_t count;
};

static int compare(const void *a, const void *b)
{
    const struct ordered *one = a, *two = b;
    if (one->table != two->table)
        return one->table < two->table ? -1 : 1;
    return strcmp(one->key, two->key);
}

static void collect(struct ordered_list *list, sqlite3_changeset_iter *iter)
{
    const char *name;
    int columns, op, indirect;
    size_t i = 0;

    if (sqlite3changeset_op(iter, &name, &columns, &op, &indirect) != SQLITE_OK)
        return;
    while (journal_tables[i].name && !str_equal(journal_tables[i].name, name))
        i++;
    if (!journal_tables[i].name || (indirect && journal_tables[i].direct))
        return;
    struct json *change = change_json(&journal_tables[i], iter, columns, op);
    const struct json *after = json_get(change, "after");
    if (op == SQLITE_UPDATE && json_count(after) == 0) {
        json_free(change); /* only bookkeeping */
        return;
    }
    struct str key = STR_INIT;
    json_print(json_get(change, "key"), &key);
    list->items = mem_resize(list->items, list->count + 1, sizeof *list->items);
    list->items[list->count++] = (struct ordered){.change = change, .table = i, .key = str_take(&key)};
}

struct json *store_journal_end(struct store *s, struct error *e)
{
    struct ordered_list list = {0};
    sqlite3_changeset_iter *iter = NULL;
    void *changeset = NULL;
    int size = 0;

    if (!s->journal) {
        error_set(e, ERROR_INTERNAL, NULL, "no journal is open");
        return NULL;
    }
    int rc = sqlite3session_changeset(s->journal, &size, &changeset);
    if (rc == SQLITE_OK)
        rc = sqlite3changeset_start(&iter, size, changeset);
    if (rc == SQLITE_OK) {
        while ((rc = sqlite3changeset_next(iter)) == SQLITE_ROW)
            collect(&list, iter);
        int end = sqlite3changeset_finalize(iter);
        rc = rc == SQLITE_DONE ? end : rc;
    }
    sqlite3_free(changeset);
    journal_drop(s);
    if (list.count)
        qsort(list.items, list.count, sizeof *list.items, compare);
    struct json *changes = json_new_array();
    for (size_t i = 0; i < list.count; i++) {
        json_push(changes, list.items[i].change);
        free(list.items[i].key);
    }
    free(list.items);
    if (rc == SQLITE_OK)
        return changes;
    json_free(changes);
    store_fail(s, e, rc);
    return NULL;
}
