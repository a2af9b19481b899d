/* Questions to Discord that a command asks before its transaction: who a token is, a channel to be. They run
 * on the pusher thread's loop and answer once. */
#ifndef PUSH_ASK_H
#define PUSH_ASK_H

#include "tt/push/push.h"

struct ask {
    struct rest *rest;
    struct rest_bot *bot; /* made for the question */
    void (*done)(void *context);
    void *context;
    struct token_info info;      /* answer of both */
    const struct tenant *tenant; /* of a channel; borrowed */
    enum channel type;
    int64_t channel; /* answer */
    int rc;
    struct error error;
};

/* TOKEN is copied. The bot is the asker's to free, on the loop's thread and not from inside `done`. */
void ask_token(struct ask *a, const char *token);
void ask_channel(struct ask *a, const char *token);

#endif
