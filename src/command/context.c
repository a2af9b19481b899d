#include "context.h"

#include <stdarg.h>

#include "tt/base/mem.h"
#include "parse.h"

static const struct value *find_arg(const struct command_context *c, const char *name)
{
    for (size_t i = 0; i < spec_arg_count(c->spec); i++)
        if (str_equal(c->spec->args[i].name, name))
            return &c->parsed->args[i];
    abort();
}

static const struct value *find_option(const struct command_context *c, const char *name)
{
    for (size_t i = 0; i < spec_option_count(c->spec); i++)
        if (str_equal(c->spec->options[i].name, name))
            return &c->parsed->own[i];
    abort();
}

const char *arg_text(const struct command_context *c, const char *name)
{
    return parsed_text(find_arg(c, name));
}

bool arg_given(const struct command_context *c, const char *name)
{
    return find_arg(c, name)->given != NULL;
}

int arg_index(const struct command_context *c, const char *name)
{
    const struct value *v = find_arg(c, name);

    return v->given ? v->index : -1;
}

int64_t arg_number(const struct command_context *c, const char *name, int64_t otherwise)
{
    const struct value *v = find_arg(c, name);

    return v->given ? v->number : otherwise;
}

bool arg_bool(const struct command_context *c, const char *name)
{
    return arg_number(c, name, 0) != 0;
}

const char *option_text(const struct command_context *c, const char *name)
{
    return parsed_text(find_option(c, name));
}

bool option_given(const struct command_context *c, const char *name)
{
    return find_option(c, name)->given != NULL;
}

int64_t option_number(const struct command_context *c, const char *name, int64_t otherwise)
{
    const struct value *v = find_option(c, name);

    return v->given ? v->number : otherwise;
}

void command_done(struct command_context *c, const char *format, ...)
{
    struct str s = STR_INIT;
    va_list args;

    va_start(args, format);
    str_addv(&s, format, args);
    va_end(args);
    free(c->out->done);
    c->out->done = str_take(&s);
}

void command_extra(struct command_context *c, const char *key, struct json *value)
{
    if (!c->out->extra)
        c->out->extra = json_new_object();
    json_set(c->out->extra, key, value);
}

int command_confirm(struct command_context *c, const char *question, const char *expected, struct error *e)
{
    if (c->options->yes || c->options->dry_run)
        return 0;
    if (!c->ports->confirm) {
        error_set(e, ERROR_REFUSED, "--yes", "'%s' needs --yes here: %s", c->spec->name, question);
        return error_hint(e, "--dry-run shows what it would do");
    }
    return c->ports->confirm(c->ports->context, question, expected, e);
}

struct json *bot_status_json(const struct bot_status *b)
{
    struct json *j = json_new_object();

    json_set_string(j, "state", bot_state_words[b->state]);
    json_set_string(j, "instance", b->instance[0] ? b->instance : NULL);
    if (b->latency_ms >= 0)
        json_set_int(j, "latency_ms", b->latency_ms);
    else
        json_set_null(j, "latency_ms");
    json_set_int(j, "restarts", b->restarts);
    json_set_string(j, "error", b->error[0] ? b->error : NULL);
    char *needs = intents_switches(b->missing_intents);
    json_set_string(j, "needs", needs);
    free(needs);
    return j;
}
