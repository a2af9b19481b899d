#include "effects.h"

#include "tt/base/mem.h"

void effects_init(struct effects *e)
{
    *e = (struct effects){.first = NULL};
    e->end = &e->first;
}

void effects_release(struct effects *e)
{
    while (e->first) {
        struct effect *effect = e->first;
        e->first = effect->next;
        json_wipe(effect->document); /* it may show contents */
        free(effect);
    }
    effects_init(e);
}

static struct effect *add(struct effects *e, enum effect_kind kind)
{
    struct effect *effect = mem_zero(1, sizeof *effect);
    effect->kind = kind;
    *e->end = effect;
    e->end = &effect->next;
    return effect;
}

void effect_answer(struct effects *e, struct json *document, bool secret)
{
    struct effect *effect = add(e, EFFECT_ANSWER);
    effect->document = document;
    effect->secret = secret;
}

void effect_update(struct effects *e, struct json *document)
{
    add(e, EFFECT_UPDATE)->document = document;
}

void effect_form(struct effects *e, struct json *document)
{
    add(e, EFFECT_FORM)->document = document;
}

void effect_send(struct effects *e, int64_t channel_id, struct json *document)
{
    struct effect *effect = add(e, EFFECT_SEND);
    effect->channel_id = channel_id;
    effect->document = document;
}

void effect_react(struct effects *e, int64_t channel_id, int64_t message_id, const char *emoji)
{
    struct effect *effect = add(e, EFFECT_REACT);
    effect->channel_id = channel_id;
    effect->message_id = message_id;
    effect->text = emoji;
}

void effect_role(struct effects *e, int64_t user_id, int64_t role_id, const char *reason)
{
    struct effect *effect = add(e, EFFECT_ROLE);
    effect->user_id = user_id;
    effect->role_id = role_id;
    effect->text = reason;
}
