/* help and ping: part of every bot. */
#include "module.h"

#include <inttypes.h>

#include "tt/base/mem.h"
#include "tt/render/notice.h"

static int run_ping(struct module_context *c, struct error *e)
{
    (void)e;
    struct str text = STR_INIT;
    char ms[24];
    snprintf(ms, sizeof ms, "%" PRId64, c->latency_ms < 0 ? 0 : c->latency_ms);
    message_add(&text, c->language, MESSAGE_PONG, "ms", ms, NULL);
    effect_answer(c->out, render_text(str_text(&text), 0), false);
    str_release(&text);
    return 0;
}

static int run_help(struct module_context *c, struct error *e)
{
    (void)e;
    effect_answer(c->out, render_help(c->tenant, c->features, c->server, c->language), true);
    return 0;
}

static const struct handler commands[] = {
    {.name = "ping", .access = HANDLER_PURE, .run = run_ping},
    {.name = "help", .access = HANDLER_PURE, .run = run_help},
    {0},
};

extern const struct module module_basic;
const struct module module_basic = {.commands = commands};
