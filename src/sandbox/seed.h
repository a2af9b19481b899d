/* The seed: a JSON document that says what there is at the start. Its form is described in tenanttui(5). */
#ifndef SANDBOX_SEED_H
#define SANDBOX_SEED_H

#include "tt/base/error.h"
#include "world.h"

/* Fill an empty world. On an error the world may be half filled; release it. */
int seed_apply(struct world *w, const char *text, size_t n, struct error *e);
/* The small guild that is there without a seed. */
int seed_default(struct world *w, struct error *e);
/* One entity each; FIELD names the place for errors. */
int seed_guild(struct world *w, const struct json *doc, const char *field, struct error *e);
int seed_bot(struct world *w, const struct json *doc, const char *field, struct error *e);
int seed_member(struct world *w, struct guild *g, const struct json *doc, const char *field, struct error *e);
int seed_channel(struct world *w, struct guild *g, const struct json *doc, const char *field,
                 struct error *e);
int seed_limits(struct world *w, const struct json *doc, struct error *e);
/* {"bots":N,"first_id":ID,...}: N bots with a guild each. */
int seed_generate(struct world *w, const struct json *doc, struct error *e);

#endif
