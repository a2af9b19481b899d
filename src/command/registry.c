#include "tt/base/text.h"
#include "commands.h"
#include "parse.h"

/* In the order of help. */
static const struct command_spec *const registry[] = {
    &command_create,
    &command_list,
    &command_summary,
    &command_show,
    &command_rename,
    &command_plan,
    &command_status,
    &command_delete,
    &command_features,
    &command_channels,
    &command_permissions,
    &command_config,
    &command_settings,
    &command_sync,
    &command_push_list,
    &command_push_retry,
    &command_push_drop,
    &command_token,
    &command_bot_list,
    &command_bot_start,
    &command_bot_stop,
    &command_bot_restart,
    &command_bot_status,
    &command_product_add,
    &command_product_edit,
    &command_product_list,
    &command_product_show,
    &command_product_remove,
    &command_product_enable,
    &command_product_disable,
    &command_product_threshold,
    &command_stock_add,
    &command_stock_import,
    &command_stock_list,
    &command_stock_count,
    &command_stock_show,
    &command_stock_reduce,
    &command_stock_reserve,
    &command_stock_release,
    &command_stock_redeliver,
    &command_register,
    &command_balance_show,
    &command_balance_add,
    &command_balance_remove,
    &command_balance_top,
    &command_balance_history,
    &command_buy,
    &command_tx_list,
    &command_tx_show,
    &command_tx_refund,
    &command_tx_export,
    &command_deposits,
    &command_stats,
    &command_rent,
    &command_payment_add,
    &command_payment_status,
    &command_payment_list,
    &command_operator_add,
    &command_operator_remove,
    &command_operator_list,
    &command_audit,
    &command_undo,
    &command_redo,
    &command_backup,
    &command_restore,
    &command_import,
    &command_export,
    &command_doctor,
    &command_migrate,
    &command_logs,
    &command_help,
    &command_version,
    &command_completions,
};

#define REGISTRY_COUNT (sizeof registry / sizeof *registry)

const struct command_spec *const *command_registry(size_t *count)
{
    *count = REGISTRY_COUNT;
    return registry;
}

int command_hint_missing(struct error *e)
{
    struct str text = STR_INIT;

    if (e->code != ERROR_DB_MISSING || e->hint[0])
        return -1;
    for (size_t i = 0; i < REGISTRY_COUNT; i++)
        if (registry[i]->flags & COMMAND_CREATES)
            str_addf(&text, "%s`%s`", text.len ? ", " : "", registry[i]->name);
    error_hint(e, "%s and the screens make one", str_text(&text));
    str_release(&text);
    return -1;
}

/* How many of the words at ARGV are exactly NAME: 0 when they are not, else the number of words of NAME. */
static size_t name_matches(const char *name, const char *const *argv, size_t argc)
{
    const char *blank = strchr(name, ' ');

    if (!blank)
        return argc && str_equal(name, argv[0]) ? 1 : 0;
    size_t n = (size_t)(blank - name);
    if (argc < 2 || strlen(argv[0]) != n || memcmp(argv[0], name, n) != 0)
        return 0;
    return str_equal(blank + 1, argv[1]) ? 2 : 0;
}

bool command_is_group(const char *word)
{
    size_t n = strlen(word);

    for (size_t i = 0; i < REGISTRY_COUNT; i++)
        if (strncmp(registry[i]->name, word, n) == 0 && registry[i]->name[n] == ' ')
            return true;
    return false;
}

/* The second words of a group, or all first words (GROUP NULL), for suggestions. */
static size_t gather(const char *group, char words[][32], size_t max)
{
    size_t count = 0;

    for (size_t i = 0; i < REGISTRY_COUNT && count < max; i++) {
        const char *name = registry[i]->name;
        const char *blank = strchr(name, ' ');
        size_t n = blank ? (size_t)(blank - name) : strlen(name);

        if (registry[i]->flags & COMMAND_HIDDEN)
            continue;
        if (group && (!blank || strlen(group) != n || memcmp(name, group, n) != 0))
            continue;
        if (group)
            str_copy(words[count], 32, blank + 1);
        else
            snprintf(words[count], 32, "%.*s", (int)n, name);
        if (!count || !str_equal(words[count], words[count - 1]))
            count++;
    }
    return count;
}

static int unknown(const char *group, const char *word, struct error *e)
{
    char words[REGISTRY_COUNT][32];
    const char *list[REGISTRY_COUNT + 1];
    size_t count = gather(group, words, REGISTRY_COUNT);
    struct str known = STR_INIT;
    const char *blank = group ? " " : "";

    for (size_t i = 0; i < count; i++) {
        list[i] = words[i];
        str_addf(&known, "%s%s", i ? " " : "", words[i]);
    }
    list[count] = NULL;
    if (!word) {
        error_set(e, ERROR_MISSING_ARGUMENT, NULL, "'%s' needs one of: %s", group, str_text(&known));
    } else {
        const char *near = text_nearest(word, list);

        group = group ? group : "";
        if (near)
            error_set(e, ERROR_UNKNOWN_COMMAND, NULL, "unknown command '%s%s%s'; did you mean '%s%s%s'?",
                      group, blank, word, group, blank, near);
        else
            error_set(e, ERROR_UNKNOWN_COMMAND, NULL, "unknown command '%s%s%s'", group, blank, word);
        error_hint(e, "known: %s", str_text(&known));
    }
    str_release(&known);
    return -1;
}

const struct command_spec *command_find(const char *const *argv, size_t argc, size_t *used, struct error *e)
{
    const struct command_spec *found = NULL;

    *used = 0;
    for (size_t i = 0; i < REGISTRY_COUNT; i++) {
        size_t n = name_matches(registry[i]->name, argv, argc);

        if (n > *used) {
            *used = n;
            found = registry[i];
        }
    }
    if (found)
        return found;
    if (!argc)
        error_set(e, ERROR_MISSING_ARGUMENT, NULL, "no command was given");
    else if (command_is_group(argv[0]))
        unknown(argv[0], argc > 1 ? argv[1] : NULL, e);
    else
        unknown(NULL, argv[0], e);
    return NULL;
}
