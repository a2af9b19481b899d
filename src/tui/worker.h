/* The worker thread: it owns the session, and with it the store's connection. The UI thread sends command
 * lines and takes results; neither waits for the other. */
#ifndef TUI_WORKER_H
#define TUI_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tt/base/json.h"
#include "tt/base/str.h"
#include "tt/tui/tui.h"

/* Tags of requests: a command that a person gave, one of several given at once, and from here on those of
 * views. */
enum { TAG_COMMAND, TAG_BATCH, TAG_VIEWS = 8 };

/* Rows of a table as the items of its JSON document. */
struct row_list {
    struct json **items;
    size_t count;
};
void row_list_add(struct row_list *rows, struct json *row); /* owned afterwards */
void row_list_release(struct row_list *rows);

enum request_kind {
    REQUEST_RUN,
    REQUEST_PREVIEW, /* --dry-run --yes: the plan is the document */
    REQUEST_CHECK,   /* are the words so far right? */
    REQUEST_COMPLETE /* candidates for the last word: "candidate\thelp\n" in text */
};

/* What a write did. */
struct write_state {
    bool write;   /* the rest applies */
    bool pushing; /* saved; another result of the same line follows when the push has ended */
    bool changed;
    char tenant[TENANT_ID_TEXT]; /* "" none */
    int64_t audit, revision;     /* 0 none */
    enum push_state state;
    int64_t ms; /* commit to acknowledgement; -1 none */
    char instance[33];
    /* For the status line: whole, without instance and audit number, and the push's state alone. */
    char *text, *brief, *state_text;
    char *repeat; /* the exact line that repeats it */
};

struct result {
    enum request_kind kind;
    unsigned tag;
    char *line;           /* as it was sent */
    bool table;           /* ROWS apply */
    struct row_list rows; /* at most as many as the request keeps */
    int64_t total;        /* -1 unknown */
    char *next;           /* the id for --after; NULL: no further page */
    struct json *document;
    char *text;    /* data for people, candidates; NULL none */
    char *notices; /* messages, one a line; NULL none */
    bool warned;   /* some are warnings */
    struct write_state write;
    int status;         /* the exit status that a script would get */
    struct error error; /* code ERROR_NONE when it went well */
    int64_t us;         /* that it took */
};
void result_free(struct result *r);

/* A writer that fills R. KEEP: of a long table the first KEEP rows, or the last -KEEP; 0 all. PEOPLE: no rows
 * are kept, R's text is what a writer made from it would write (its sinks are not used); NULL: documents. */
struct writer *collector_new(struct result *r, int64_t keep, const struct writer_options *people);

struct request_spec {
    enum request_kind kind;
    const char *line;
    unsigned tag;
    int64_t keep;    /* see collector_new */
    int width;       /* the answer as text for people, in so many columns; 0: as documents */
    bool yes;        /* --yes */
    bool replace;    /* a waiting one of this tag and kind is of no use any more */
    bool background; /* part of a long job: what a person looks at goes first */
};

struct worker;

/* Start the thread and wait until its session is open. WAKE_FD is written when a result or a question waits.
 * NULL and E when the session cannot be opened. */
struct worker *worker_start(const struct tui_options *options, int wake_fd, struct error *e);
/* FINISH: writes that wait are run first. Then end. */
void worker_stop(struct worker *w, bool finish);
void worker_send(struct worker *w, const struct request_spec *request);
/* Nobody waits for the reads of this tag any more: they are dropped, the one that runs is ended. */
void worker_forget(struct worker *w, unsigned tag);
struct result *worker_take(struct worker *w); /* NULL: none; the caller frees */
void worker_cancel(struct worker *w); /* interrupt the running command, drop the waiting background ones */

/* What runs now, for the status line: the line of a command that a person asked for and since when (monotonic
 * ms), with its progress in percent (-1 unknown). False: nothing, or only reads. */
bool worker_running(struct worker *w, struct str *line, int64_t *since, int *percent);

/* A question of the running command, which waits until it is answered. */
struct question {
    char *text;
    char *expected; /* text to be typed; NULL: yes or no */
    bool secret;    /* the answer is not shown */
};
bool worker_question(struct worker *w, struct question *q); /* copies once, the caller frees the strings */
void worker_answer(struct worker *w, bool yes, const char *text);

#endif
