#include "cmd_shared.h"

#include <inttypes.h>

#include "tt/base/time.h"

#define SNOWFLAKE_17_DIGITS INT64_C(10000000000000000)

struct cell cell_of_value(const struct json *j)
{
    switch (json_type(j)) {
    case JSON_BOOL:
        return CELL_OF_BOOL(json_bool(j, false));
    case JSON_NUMBER:
        return CELL_OF_INT(json_int(j, 0));
    case JSON_STRING:
        return CELL_OF_TEXT(json_string(j));
    case JSON_ARRAY:
    case JSON_OBJECT:
        return CELL_OF_JSON(j);
    case JSON_NULL:
        break;
    }
    return CELL_OF_NULL;
}

void map_rows(struct command_context *c, const char *key, const char *value, const struct json *map,
              const char *only)
{
    const struct column map_columns[] = {{"key", key, false}, {"value", value, false}};
    int64_t total = 0;

    writer_table_begin(c->w, map_columns, 2);
    if (only) {
        struct cell cells[] = {CELL_OF_TEXT(only), cell_of_value(json_get(map, only))};
        writer_table_row(c->w, cells);
        total = 1;
    } else {
        json_each(child, map)
        {
            struct cell cells[] = {CELL_OF_TEXT(json_key(child)), cell_of_value(child)};
            writer_table_row(c->w, cells);
            total++;
        }
    }
    writer_table_end(c->w, total, NULL);
}

void count_document(struct command_context *c, int64_t total)
{
    struct json *document = json_new_object();

    json_set_int(document, "total", total);
    writer_document(c->w, document);
    json_free(document);
}

void page_begin(struct command_context *c, const struct column *columns, size_t count)
{
    if (!c->paging.count)
        writer_table_begin(c->w, columns, count);
}

void page_end(struct command_context *c, int64_t total, const char *next)
{
    if (c->paging.count)
        count_document(c, total);
    else
        writer_table_end(c->w, total, *next ? next : NULL);
}

static int not_in_plan(const struct tenant *t, const char *kind, const char *word, enum plan with,
                       struct error *e)
{
    error_set(e, ERROR_NOT_IN_PLAN, kind, "%s '%s' is not in plan %s of %s; plan %s has it", kind, word,
              plan_words[t->plan], t->id, plan_words[with]);
    return error_hint(e, "plan %s %s", t->id, plan_words[with]);
}

int plan_check_feature(const struct tenant *t, enum feature feature, struct error *e)
{
    if (plan_allows_feature(t->plan, feature))
        return 0;
    return not_in_plan(t, "feature", feature_words[feature], plan_with_feature(feature), e);
}

int plan_check_permission(const struct tenant *t, enum permission permission, struct error *e)
{
    if (plan_allows_permission(t->plan, permission))
        return 0;
    return not_in_plan(t, "permission", permission_words[permission], plan_with_permission(permission), e);
}

const char *custom_command_name(const struct tenant *t, const struct feature_list *features, size_t index)
{
    const struct feature_spec *spec = feature_find(features, FEATURE_CUSTOM_COMMANDS);

    for (size_t i = 0; i < t->setting_count; i++) {
        const struct setting *s = &t->settings[i];
        if (s->feature != FEATURE_CUSTOM_COMMANDS || (spec && setting_find(spec, s->key)))
            continue;
        if (index-- == 0)
            return s->key;
    }
    return NULL;
}

bool feature_has_module(const struct feature_list *features, enum feature feature)
{
    /* admin_commands is kept by the gate itself. */
    return feature == FEATURE_ADMIN_COMMANDS || feature_find(features, feature) != NULL;
}

void warn_short_id(struct command_context *c, const char *what, int64_t id)
{
    if (id > 0 && id < SNOWFLAKE_17_DIGITS && !c->options->quiet)
        writer_messagef(c->w, MESSAGE_WARNING, "%s %" PRId64 " has fewer than 17 digits: is it a Discord id?",
                        what, id);
}

void mark_status(struct command_context *c, enum tenant_status from, enum tenant_status to)
{
    static const enum acknowledge by_status[STATUS_COUNT] = {
        [STATUS_ACTIVE] = ACKNOWLEDGE_READY,
        [STATUS_SUSPENDED] = ACKNOWLEDGE_CLOSED,
        [STATUS_EXPIRED] = ACKNOWLEDGE_CLOSED,
        [STATUS_MAINTENANCE] = ACKNOWLEDGE_READY,
    };

    /* In maintenance the bot stays connected: a configuration like any other. Back from it, it is READY. */
    bool stays = by_status[from] == ACKNOWLEDGE_READY && by_status[to] == ACKNOWLEDGE_READY;
    c->new_session = !stays;
    if (!stays || to == STATUS_ACTIVE)
        c->acknowledge = by_status[to];
}

struct json *tenant_document(const struct command_context *c, const struct tenant *t,
                             const struct bot_status *b)
{
    struct json *d = json_new_object();
    char text[TIME_TEXT];

    json_set_string(d, "tenant_id", t->id);
    json_set_string(d, "name", t->name);
    json_set_id(d, "discord_id", t->discord_id);
    json_set_id(d, "guild_id", t->guild_id);
    json_set_string(d, "status", tenant_status_words[t->status]);
    json_set_string(d, "plan", plan_words[t->plan]);
    json_set(d, "features", tenant_features_json(t));
    json_set(d, "channels", tenant_channels_json(t));
    json_set(d, "permissions", tenant_permissions_json(t));
    json_set(d, "bot_config", tenant_config_json(t));
    json_set(d, "settings", tenant_settings_json(t, c->features));
    json_set_int(d, "revision", t->revision);
    json_set_int(d, "applied_revision", t->applied_revision);
    json_set_string(d, "token", token_state_words[t->token]);
    json_set(d, "bot", bot_status_json(b));
    json_set_string(d, "created_at", time_format_ms(t->created_at, text));
    json_set_string(d, "updated_at", time_format_ms(t->updated_at, text));
    return d;
}

bool writes_value(const struct command_context *c)
{
    return arg_given(c, "value");
}

void name_list_add(struct name_list *list, const char *name)
{
    if (list->count++)
        str_add(&list->text, ", ");
    str_add(&list->text, name);
}

struct json *command_empty_plan(void)
{
    struct json *plan = json_new_object();

    json_set(plan, "database", json_new_array());
    json_set(plan, "discord", json_new_array());
    json_set_int(plan, "calls", 0);
    json_set_int(plan, "seconds", 0);
    return plan;
}
