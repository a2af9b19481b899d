/* What a test orders to go wrong. Faults of the gateway act at once on the sessions of a bot; faults of REST
 * wait for matching requests. */
#ifndef SANDBOX_FAULTS_H
#define SANDBOX_FAULTS_H

#include "request.h"
#include "tt/base/error.h"

enum fault_kind {
    FAULT_LATENCY,
    FAULT_STATUS,
    FAULT_429,
    FAULT_RESET,
    FAULT_HALF,
    FAULT_GARBAGE,
    FAULT_HANG,
    FAULT_REFUSE,  /* the gateway's handshake is answered with 503 */
    FAULT_NO_HELLO /* the gateway takes a connection and says nothing */
};

struct fault {
    bool gateway;
    enum fault_kind kind;
    char *method, *path; /* NULL: any; the path is a pattern with *, on the path or the template */
    int64_t bot;         /* 0: any */
    int64_t times, skip;
    int status, latency_ms;
    double retry_after;
    bool global, after_effect;
    char *scope, *body;
};

/* Take the document {"do":"fault",...} for REST or for coming gateway handshakes. */
int fault_add(struct box *b, const struct json *doc, struct error *e);
/* The fault that a request meets, NULL none; the caller frees it. */
struct fault *fault_for_request(struct box *b, const struct request *r);
/* Does the next handshake meet this kind of fault? Counts it. */
bool fault_for_handshake(struct box *b, enum fault_kind kind);
void fault_free(struct fault *f);
const char *fault_word(const struct fault *f); /* its kind, as scripts name it */
/* Put the fault's own answer in place of the handler's. */
void fault_answer(struct request *r, const struct fault *f);
/* "*" stands for anything, "/" included. */
bool pattern_matches(const char *pattern, const char *text);

#endif
