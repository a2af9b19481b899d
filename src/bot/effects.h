/* What a handler wants done on Discord. Built anywhere, carried out by the loop (deliver.c). */
#ifndef BOT_EFFECTS_H
#define BOT_EFFECTS_H

#include <stdbool.h>
#include <stdint.h>

#include "tt/base/json.h"

enum effect_kind {
    EFFECT_ANSWER, /* to whoever asked: a reply or an interaction's answer */
    EFFECT_UPDATE, /* the message whose button was pressed becomes this one */
    EFFECT_FORM,   /* a form for whoever pressed a button or used a slash command */
    EFFECT_SEND,   /* a message in a channel */
    EFFECT_REACT,
    EFFECT_ROLE /* give a member a role */
};

struct effect {
    struct effect *next;
    enum effect_kind kind;
    int64_t channel_id, message_id, user_id, role_id;
    bool secret;           /* of an answer: ephemeral where it answers an interaction */
    struct json *document; /* the message */
    const char *text;      /* the emoji, or the reason of a role; static */
};

struct effects {
    struct effect *first, **end;
    bool queued; /* rows of deliveries were written: somebody should look at once */
    bool shop;   /* products or stock changed: what shows them should be compared */
    int64_t tx;  /* goods of this purchase are on their way to the asker; 0 none */
};

void effects_init(struct effects *e);
void effects_release(struct effects *e); /* documents too */

/* DOCUMENT is owned by the effect. */
void effect_answer(struct effects *e, struct json *document, bool secret);
void effect_update(struct effects *e, struct json *document);
void effect_form(struct effects *e, struct json *document);
void effect_send(struct effects *e, int64_t channel_id, struct json *document);
void effect_react(struct effects *e, int64_t channel_id, int64_t message_id, const char *emoji);
void effect_role(struct effects *e, int64_t user_id, int64_t role_id, const char *reason);

#endif
