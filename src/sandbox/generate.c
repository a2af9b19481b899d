/* Worlds that nobody wants to write down: thousands of bots with a guild each, and the small one that is
 * there without a seed. */
#include "seed.h"

#include "permissions.h"
#include "tt/base/mem.h"

#define GUILD_STEP 1000000 /* bot N has id FIRST+N, its guild FIRST+1000000+N, and so on */

static const char default_seed[] =
    "{\"guilds\":[{\"id\":\"987654321098765432\",\"name\":\"Sample "
    "Store\",\"owner_id\":\"123456789012345678\","
    "\"roles\":[{\"id\":\"987654321098765440\",\"name\":\"staff\",\"permissions\":\"0\"}],"
    "\"channels\":[{\"id\":\"987654321098765433\",\"name\":\"general\",\"type\":0},"
    "{\"id\":\"987654321098765434\",\"name\":\"control\",\"type\":0},"
    "{\"id\":\"987654321098765435\",\"name\":\"tickets\",\"type\":4}],"
    "\"members\":[{\"user\":{\"id\":\"123456789012345678\",\"username\":\"owner\"}},"
    "{\"user\":{\"id\":\"123456789012345679\",\"username\":\"buyer\"}}]}],"
    "\"bots\":[{\"id\":\"111111111111111111\",\"token\":\"sandbox-token\",\"username\":\"storebot\","
    "\"flags\":565248,"
    "\"guilds\":[\"987654321098765432\"]}]}";

int seed_default(struct world *w, struct error *e)
{
    return seed_apply(w, default_seed, sizeof default_seed - 1, e);
}

struct plan {
    int64_t count, first, flags, owner;
    const char *prefix;
    int64_t channels;
};

static int generate_one(struct world *w, const struct plan *p, int64_t n, struct error *e)
{
    char *token = mem_format("%s%lld", p->prefix, (long long)n), *name = mem_format("bot%lld", (long long)n);
    char *title = mem_format("Guild %lld", (long long)n);
    int64_t guild_id = p->first + GUILD_STEP + n, channel = p->first + 2 * GUILD_STEP + n * 8;
    int result = -1;
    if (world_guild(w, guild_id) || world_channel(w, channel) || world_user(w, p->first + n)) {
        error_set(e, ERROR_MALFORMED, "generate.first_id",
                  "seed: generate.first_id leads to ids that are taken");
    } else {
        struct guild *g = world_add_guild(w, guild_id, title, p->owner);
        guild_add_member(g, world_add_user(w, p->owner, "owner", false), world_now(w));
        static const char *const names[] = {"control", "general", "logs", "shop",
                                            "welcome", "tickets", "live", "bot"};
        for (int64_t i = 0; i < p->channels; i++)
            guild_add_channel(w, g, channel + i, CHANNEL_TEXT, names[i]);
        struct bot *b = world_add_bot(w, p->first + n, token, name);
        if (b) {
            b->flags = p->flags;
            guild_add_bot(w, g, b, PERMISSIONS_BOT);
            result = 0;
        } else {
            error_set(e, ERROR_MALFORMED, "generate.token_prefix", "seed: a generated token is there twice");
        }
    }
    free(token);
    free(name);
    free(title);
    return result;
}

int seed_generate(struct world *w, const struct json *doc, struct error *e)
{
    const char *prefix = json_get_string(doc, "token_prefix");
    struct plan p = {.count = json_get_int(doc, "bots", 0),
                     .first = json_get_id(doc, "first_id"),
                     .flags = json_get_int(doc, "flags", 0),
                     .owner = json_get_id(doc, "owner_id"),
                     .prefix = prefix ? prefix : "token-",
                     .channels = json_get_int(doc, "channels", 2)};
    if (p.first == 0)
        p.first = 100000000000000000LL;
    if (p.owner == 0)
        p.owner = p.first - 1;
    if (p.count < 1 || p.count > 100000)
        return error_set(e, ERROR_MALFORMED, "generate.bots",
                         "seed: generate.bots must be between 1 and 100000");
    if (p.channels < 1 || p.channels > 8)
        return error_set(e, ERROR_MALFORMED, "generate.channels",
                         "seed: generate.channels must be between 1 and 8");
    if (p.first > INT64_MAX / 2)
        return error_set(e, ERROR_MALFORMED, "generate.first_id", "seed: generate.first_id is too large");
    for (int64_t n = 0; n < p.count; n++)
        if (generate_one(w, &p, n, e) < 0)
            return -1;
    return 0;
}
