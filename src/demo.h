/* The demo's world: a scratch directory, a sandbox and a daemon as children, and the tour through them. */
#ifndef TT_DEMO_H
#define TT_DEMO_H

#include "child.h"
#include "tt/base/json.h"

/* The sample of the system before: one tenant with its guild. */
#define DEMO_TENANT "tenant_sample01"
#define DEMO_RENTER "123456789012345678"
#define DEMO_GUILD "987654321098765432"
#define DEMO_GENERAL "987654321098765433"
#define DEMO_CONTROL "987654321098765434"
#define DEMO_WELCOME "987654321098765435"
#define DEMO_BOT "555555555555555555"
#define DEMO_OPERATOR "222222222222222222"
#define DEMO_MEMBER "333333333333333333"
#define DEMO_NEWCOMER "444444444444444444"
#define DEMO_BUYER "666666666666666666"

struct demo {
    char *directory, *db, *key, *log;
    struct str api_base, control; /* the sandbox's addresses */
    char token[96];
    struct child sandbox, daemon;
    bool talk;            /* print what is done */
    const char *language; /* of buyers' texts; NULL: the usual one */
};

/* Something is said to the person who watches; only when `talk`. */
void demo_say(const struct demo *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Run one of our own command lines (WORDS end with NULL) with INPUT (NULL none) and insist on status 0. OUT
 * (may be NULL) gets what it printed. Shown when `talk`. */
int demo_run(struct demo *d, const char *const *words, const char *input, struct str *out, struct error *e);
/* The document of a read command, not shown. The caller frees. NULL and E. */
struct json *demo_read(struct demo *d, const char *const *words, struct error *e);
/* A document to the sandbox's scripting side, and its answer, which the caller frees. Takes DOCUMENT. */
struct json *demo_control(struct demo *d, struct json *document, struct error *e);
/* Ask until CONDITION says 1 (0: not yet, -1: never). -1 and E when it does not within 20 s. */
int demo_until(struct demo *d, const char *what,
               int (*condition)(struct demo *d, void *context, struct error *e), void *context,
               struct error *e);
bool demo_stopped(void); /* a signal asked to end */

int demo_start_daemon(struct demo *d, struct error *e);
/* The tenant with its configuration, the daemon, the token. */
int demo_set_up(struct demo *d, struct error *e);
/* What the main job is, each step checked. */
int demo_tour(struct demo *d, struct error *e);

#endif
