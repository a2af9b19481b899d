/* Seeds of the sandbox: whatever comes, a whole world or one error that names a place. */
#include "fuzz.h"
#include "present.h"
#include "seed.h"

static void look_at(struct world *w)
{
    for (size_t i = 0; i < w->guild_list.count; i++) {
        const struct guild *g = w->guild_list.items[i];
        json_free(present_guild(g));
        must(guild_role(g, g->id) != NULL);
        for (size_t n = 0; n < g->channels.count; n++)
            json_free(present_channel(g->channels.items[n]));
        for (size_t n = 0; n < g->members.count; n++)
            json_free(present_member(g->members.items[n]));
    }
    for (size_t i = 0; i < w->bot_list.count; i++) {
        const struct bot *b = w->bot_list.items[i];
        must(world_bot_of_token(w, b->token) == b);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_bytes(data, size);
    struct error e = {0};
    struct world w;
    world_init(&w);
    /* A number of bots is no matter for a fuzzer. */
    if (!memmem(data, size, "generate", 8)) {
        if (seed_apply(&w, text, size, &e) == 0)
            look_at(&w);
        else
            must(e.code == ERROR_MALFORMED && e.message[0]);
    }
    world_release(&w);
    free(text);
    return 0;
}
