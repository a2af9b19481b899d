/* --fields of a command that leaves something behind is checked before it does: its document is known. */
#include "gate.h"

#include <assert.h>

#include "tt/base/mem.h"

#define KNOWN_MAX 40

static const char *const write_fields[] = {
    "tenant_id",     "changed",       "audit",   "revision",    "push",        "push.state",
    "push.notified", "push.instance", "push.ms", "push.reason", "push.failed", NULL,
};
static const char *const plan_fields[] = {"database", "discord", "calls", "seconds", NULL};

struct known {
    const char *names[KNOWN_MAX + 1];
    size_t count;
};

static void add(struct known *known, const char *const *names)
{
    for (size_t i = 0; names && names[i]; i++) {
        assert(known->count < KNOWN_MAX);
        known->names[known->count++] = names[i];
    }
}

static int check_name(const struct known *known, const char *name, struct error *e)
{
    if (word_parse("field", name, known->names, e) >= 0)
        return 0;
    if (e)
        str_copy(e->field, sizeof e->field, "--fields");
    return -1;
}

int gate_check_fields(const struct gate *g, struct error *e)
{
    const struct command_context *c = &g->c;
    bool only_made = !(c->spec->flags & COMMAND_WRITES) && c->spec->makes;
    struct known known = {.count = 0};
    int result = 0;

    if (!c->options->fields || (!c->writes && !only_made))
        return 0;
    if (c->options->dry_run) {
        add(&known, plan_fields);
    } else {
        if (!only_made)
            add(&known, write_fields);
        add(&known, c->spec->makes);
    }
    char *text = mem_strdup(c->options->fields);
    for (char *at = text, *name; !result && (name = strsep(&at, ","));)
        result = check_name(&known, name, e);
    free(text);
    return result;
}
