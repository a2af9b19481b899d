/* What is asked of a push and what became of it: the words that commands, push and the faces share. */
#ifndef TT_DOMAIN_PUSH_H
#define TT_DOMAIN_PUSH_H

#include <stdbool.h>
#include <stdint.h>

#include "tt/base/json.h"
#include "tt/domain/tenant.h"

enum push_state { PUSH_STATE_ACKNOWLEDGED, PUSH_STATE_PUSHED, PUSH_STATE_PENDING, PUSH_STATE_NONE };
extern const char *const push_state_words[];

/* What counts as the bot's acknowledgement of a write. */
enum acknowledge {
    ACKNOWLEDGE_REVISION, /* applied_revision >= revision */
    ACKNOWLEDGE_READY,    /* the bot of this epoch is READY, and runs the revision */
    ACKNOWLEDGE_CLOSED    /* the daemon has closed the connection */
};

struct push_request {
    char tenant[TENANT_ID_TEXT];
    int64_t revision;
    int64_t epoch;
    enum acknowledge acknowledge;
    int wait_ms;          /* 0: push, do not wait */
    bool fresh;           /* sync --fresh: read what Discord shows again */
    bool again;           /* sync, push retry: of a revision that may have been acknowledged long ago */
    bool raised;          /* the write raised the revision */
    int64_t committed_at; /* monotonic ms; the wait counts from here */
};

struct push_result {
    enum push_state state;
    char notified[16];   /* "discord" "database"; "none": nothing was applied by it */
    char instance[33];   /* "" null */
    int64_t ms;          /* commit to acknowledgement; -1 null */
    char reason[32];     /* unchanged no_token stopped suspended expired no_push token_refused unreachable
                            forbidden no_wait no_daemon timeout key_missing key_wrong key_unsafe
                            token_unreadable; "" null */
    char gave_up[256];   /* of no_daemon: why the bot of the daemon that runs gave up; "" there is none */
    struct json *failed; /* array of {"kind","reason"}; NULL none; the receiver frees */
};

struct token_info {
    int64_t application_id, bot_id;
    char name[128];
    unsigned flags; /* of GET /applications/@me */
};

#endif
