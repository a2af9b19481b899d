/* A module is a feature that does something on Discord: a spec, commands, events. A handler sees an event and
 * the stored state and leaves effects; it knows no network, and its effects leave only after the commit. A
 * new module: one file in modules/, one line in modules.c. */
#ifndef BOT_MODULE_H
#define BOT_MODULE_H

#include <stdatomic.h>

#include "effects.h"
#include "tt/domain/feature.h"
#include "tt/domain/message.h"
#include "tt/store/store.h"

/* The configuration that a bot runs: immutable, shared by the loop and the executor. */
struct snapshot {
    atomic_int references;
    struct tenant tenant;
    char hash[SHA256_TEXT];
    enum language language;
};
/* Takes what T holds; T is empty afterwards. */
struct snapshot *snapshot_new(struct tenant *t, const struct feature_list *features);
struct snapshot *snapshot_hold(struct snapshot *s); /* returns S */
void snapshot_drop(struct snapshot *s);             /* NULL is fine */

struct module_context {
    const struct snapshot *snapshot;
    const struct tenant *tenant; /* of the snapshot */
    const struct feature_list *features;
    enum language language;
    struct store *store; /* NULL for HANDLER_PURE */
    int64_t now;
    int64_t latency_ms; /* of the gateway; -1 unknown */
    const char *server; /* the guild's name */

    /* --- the event --- */
    int64_t user_id, channel_id, message_id;
    const char *user_name;
    const char *command;        /* as typed, for an open command */
    const char *text;           /* what follows it, or what follows a button's name; "" none */
    const struct json *options; /* of the slash command, or the inputs of a form; NULL none */
    const struct json *message; /* that was heard; NULL: something else */
    bool interaction; /* a slash command, button or form: an answer can be for the asker's eyes only */
    bool personal;    /* the button's message is seen by the asker alone */

    struct effects *out;
};

enum handler_access {
    HANDLER_PURE,  /* needs the snapshot only: runs on the loop */
    HANDLER_READS, /* reads the store: answers without waiting for anybody's commit */
    HANDLER_WRITES /* inside a transaction; effects leave after the commit */
};

struct handler {
    const char *name; /* of the command; ended by NULL */
    enum handler_access access;
    int (*run)(struct module_context *c, struct error *e);
};

struct module {
    const struct feature_spec *spec; /* NULL: part of every bot */
    const struct handler *commands;  /* NULL: none */
    /* A command whose name is the tenant's own; NULL: none of these. */
    const struct handler *(*open)(const struct tenant *t, const char *name);
    const struct handler *member_add; /* GUILD_MEMBER_ADD; NULL: not interested */
    /* Buttons and forms with the custom id "FEATURE:NAME" or "FEATURE:NAME:TEXT". */
    const struct handler *buttons, *forms;
    /* Messages of others, programs among them, in the tenant's channel of this type. */
    const struct handler *heard;
    enum channel hears;
};

/* Every module of this version, NULL-ended. */
extern const struct module *const modules[];

bool module_on(const struct module *m, const struct tenant *t);
/* The argument NAME of a command: an option of a slash command, an input of a form, or the word at INDEX of
 * what was typed (REST: it and all that follows). NULL when it is not there. The caller frees. */
char *module_argument(const struct module_context *c, const char *name, size_t index, bool rest);
/* [{"name","value"}] of a form's inputs, as the options of a command; DATA is the interaction's. */
struct json *module_inputs(const struct json *data);
/* The handler of a custom id; *TEXT is what follows the name. *OFF as below. */
const struct handler *module_act(const struct tenant *t, const char *custom_id, bool form, const char **text,
                                 const struct module **off);
/* The module that hears messages of this channel; NULL none. */
const struct module *module_hearing(const struct tenant *t, int64_t channel_id);
/* The handler of a command for this tenant; *OFF is set to the module when there is one but it is off. */
const struct handler *module_command(const struct tenant *t, const char *name, const struct module **off);

#endif
