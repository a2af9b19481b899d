/* What a gateway's close code means for us. */
#ifndef TT_DISCORD_CLOSE_H
#define TT_DISCORD_CLOSE_H

#include "tt/base/str.h"
#include "tt/discord/gateway.h"

enum close_action {
    CLOSE_RESUME,      /* connect again and go on with the session */
    CLOSE_NEW_SESSION, /* connect again, the session is lost */
    CLOSE_END          /* never again by itself */
};

struct close_code {
    int code;
    enum close_action action;
    enum gateway_end end; /* of CLOSE_END */
    const char *words;
};

/* The row of CODE; one that resumes for codes that the documentation does not name. */
const struct close_code *close_find(int code);
/* The message of a CLOSE_END, with what the operator has to do; appended. */
void close_message(const struct close_code *c, unsigned intents, struct str *out);

/* Ours: outside 1000 and 1001, so that the session stays resumable. */
#define CLOSE_KEEP 4900
#define CLOSE_ZOMBIE 4901
#define CLOSE_RECONNECT 4902
#define CLOSE_SILENT 4903

#endif
