#include "close.h"

static const struct close_code codes[] = {
    {4000, CLOSE_RESUME, 0, "unknown error"},
    {4001, CLOSE_RESUME, 0, "unknown opcode"},
    {4002, CLOSE_RESUME, 0, "decode error"},
    {4003, CLOSE_NEW_SESSION, 0, "not authenticated"},
    {4004, CLOSE_END, GATEWAY_END_TOKEN, "the token is refused"},
    {4005, CLOSE_RESUME, 0, "already authenticated"},
    {4007, CLOSE_NEW_SESSION, 0, "invalid sequence"},
    {4008, CLOSE_RESUME, 0, "rate limited"},
    {4009, CLOSE_NEW_SESSION, 0, "session timed out"},
    {4010, CLOSE_END, GATEWAY_END_SHARDING, "invalid shard"},
    {4011, CLOSE_END, GATEWAY_END_SHARDING, "sharding required"},
    {4012, CLOSE_END, GATEWAY_END_VERSION, "invalid API version"},
    {4013, CLOSE_END, GATEWAY_END_INTENTS, "invalid intents"},
    {4014, CLOSE_END, GATEWAY_END_INTENTS, "disallowed intents"},
};

/* The privileged ones and their switches on the application's Bot page. */
static const struct {
    unsigned bit;
    const char *name;
} switches[] = {
    {1u << 8, "Presence Intent"},
    {1u << 1, "Server Members Intent"},
    {1u << 15, "Message Content Intent"},
};

const struct close_code *close_find(int code)
{
    static const struct close_code other = {0, CLOSE_RESUME, 0, "connection closed"};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].code == code)
            return &codes[i];
    return &other;
}

void close_message(const struct close_code *c, unsigned intents, struct str *out)
{
    str_addf(out, "Discord closed with %d: %s", c->code, c->words);
    if (c->code == 4004)
        str_add(out, "; set a new one");
    if (c->code == 4011)
        str_add(out, "; the bot is in too many guilds for one connection");
    if (c->code != 4014)
        return;
    const char *before = "; switch on ";
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
        if (!(intents & switches[i].bit))
            continue;
        str_addf(out, "%s\"%s\"", before, switches[i].name);
        before = " and ";
    }
    str_add(out, " on the Bot page of the developer portal");
}
