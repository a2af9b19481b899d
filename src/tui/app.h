/* The screens' inner workings. A view is what fills the body; views lie on a stack, the dashboard at its
 * bottom. Nothing here knows the store: what a view shows is the JSON that a read command prints, and what a
 * key does is a command line. */
#ifndef TUI_APP_H
#define TUI_APP_H

#include "canvas.h"
#include "keymap.h"
#include "worker.h"

struct app;
struct view;
struct grid;

/* The title line behind the view's name: what is always said, what is said where there is room, and what
 * stands at the right: parts with a dot between them, the more important ones last. */
struct title {
    struct str left, detail, right;
};

struct view_type {
    const char *name;               /* in the title line and in help */
    bool text;                      /* only to be read: q goes back */
    bool unnamed;                   /* the title says what it is without the name */
    const struct binding *bindings; /* own keys; NULL: none */
    const char *notes;              /* in help, lines: what its words and numbers mean; NULL: nothing */
    void (*refresh)(struct app *app, struct view *v); /* the data may have changed: ask again */
    void (*idle)(struct app *app, struct view *v);    /* see app_when_idle; NULL: nothing */
    void (*draw)(struct app *app, struct view *v, struct rect body);
    bool (*key)(struct app *app, struct view *v, int key);             /* before the bindings; true: taken */
    void (*result)(struct app *app, struct view *v, struct result *r); /* of its own requests; borrowed */
    void (*wrote)(struct app *app, struct view *v,
                  const struct result *r);       /* some write was saved, or its push ended */
    struct grid *(*grid)(struct view *v);        /* the listing that `/` narrows; NULL: none */
    const struct json *(*row)(struct view *v);   /* what the places of templates refer to; NULL: none */
    const struct json *(*owner)(struct view *v); /* and what the rows belong to; NULL: none */
    const struct json *(*marked)(
        struct view *v); /* id -> row; a binding's command runs for each; NULL: no marks */
    void (*title)(struct view *v, struct title *t); /* may be NULL */
    void (*click)(struct app *app, struct view *v, int y, int x, bool twice);
    bool (*waits)(const struct view *v); /* for an answer that the next key may be meant for; may be NULL */
    void (*free)(struct view *v);
};

/* Every view begins with this. */
struct view {
    const struct view_type *type;
    unsigned tag; /* of its requests: tag..tag+7 are its own */
    struct view *below;
    bool overlay; /* the view below is drawn first (dialogs, prompt) */
};

/* The key bar's labels, for clicks. */
struct hot {
    int from, to, key;
};
#define HOT_MOST 32

struct app {
    const struct tui_options *options;
    struct worker *worker;
    struct view *top;
    unsigned next_tag;
    bool leave, redraw;
    bool stop; /* ^Z was pressed */

    struct {                          /* the status line: what just happened */
        char *text, *brief, *briefer; /* by room; NULL: text alone */
        enum look look;
        char *repeat; /* the command line that repeats it */
        char *aside;  /* said in its stead until the next key; NULL none */
    } status;
    struct { /* several lines at once */
        unsigned total, done, failed;
        char *wrong; /* the first error */
    } batch;
    struct json *acknowledged; /* audit number -> ms, of this run's writes */

    int64_t refresh_at, refreshed; /* monotonic ms: the refresh that is due (0 none), the last one */
    int64_t refresh_cost;          /* us of the slowest read since then */
    int64_t idle_at;               /* see app_when_idle; monotonic ms, 0 never */
    size_t looks;                  /* later looks that a commit of another process still gets */
    struct hot hot[HOT_MOST];
    size_t hot_count;
    struct { /* the last press of the mouse, to know a second one */
        int64_t at;
        int y, x;
    } pressed;
    int64_t held; /* monotonic ms since when keys are left unread, see app_holds_keys; 0 they are not */
    bool cut;     /* the terminal shows only a part of the view */
    int rows, cols;
    int64_t now; /* the wall clock of this frame */
};

/* --- the stack (app.c); the app owns what is pushed --- */

void app_push(struct app *app, struct view *v);
void app_pop(struct app *app);
void app_home(struct app *app);                 /* the dashboard alone */
void app_open(struct app *app, struct view *v); /* a numbered screen: V over the dashboard */

/* --- what goes to the worker and comes back (app.c) --- */

/* A read for view V, tag V->tag + SLOT (0 to 7); the answer comes to type->result. */
void app_ask(struct app *app, struct view *v, unsigned slot, const char *line, int64_t keep);
/* One write: its result goes to the status line, then everything refreshes. */
void app_run(struct app *app, const char *line, bool yes);
/* Several, without further questions: told as one. */
void app_run_all(struct app *app, char *const *lines, size_t count);
/* As `:` does: screens open for reads that have one, forms for what is incomplete, all else runs. */
void app_command(struct app *app, const char *line);
void app_say(struct app *app, enum look look, const char *format, ...) __attribute__((format(printf, 3, 4)));
void app_say_error(struct app *app, const struct error *e);
/* About the key that was pressed: until the next one. */
void app_say_aside(struct app *app, const char *format, ...) __attribute__((format(printf, 2, 3)));
void app_forget_aside(struct app *app);
void app_take_results(struct app *app);
/* Call `idle` of what is shown when nobody has typed for a moment: for what is nice to know and takes long.
 */
void app_when_idle(struct app *app);
void app_idle(struct app *app); /* it is that moment */
void app_forget(struct app *app, struct view *v,
                unsigned slot);         /* the answer of that slot is of no use any more */
void app_refresh(struct app *app);      /* now */
void app_refresh_soon(struct app *app); /* as soon as the last one is long enough ago */
void app_others_wrote(
    struct app *app); /* the same, and again later: a commit is seen at the file before it is made */

/* --- input (input.c) and the four parts of the screen (frame.c) --- */

void app_press(struct app *app, int key);
void app_read_keys(struct app *app);
/* What is typed ahead belongs to what comes: keys wait until the open screen has its rows, but not for long.
 */
bool app_holds_keys(struct app *app);
/* Keys that every screen has. */
const struct binding *common_bindings(void);
/* Not a write on a read-only database. */
bool binding_works(const struct app *app, const struct binding *b);
void app_draw(struct app *app, int64_t now);

/* --- views --- */

struct view *dashboard_new(void);
struct view *tenants_new(const char *filter); /* NULL: all */
struct view *tenant_new(const char *id);
struct view *bots_new(void);
struct view *pushes_new(void);
struct view *audit_new(void);
struct view *logs_new(void);
struct view *help_new(const struct app *app, const struct view *about);
struct view *answer_new(struct result *r,
                        int cols);         /* takes R: what a command answered, for so many columns */
struct view *prompt_new(const char *text); /* `:`, text typed ahead */
/* The arguments of LINE's command, from number FIRST on (1 is the first) to be typed, the others given. With
 * several LINES they differ in given ones only, and what is typed goes to all. Takes LINES. */
struct view *form_new(char **lines, size_t count, int first);
struct view *preview_new(char **lines, size_t count); /* takes LINES: what they would do, then does it */
struct view *question_new(struct question *q);        /* takes the strings */

struct screen_spec {
    int key;             /* function key */
    const char *also;    /* its digit */
    const char *label;   /* in the key bar */
    const char *command; /* the read command that the screen shows */
    struct view *(*open)(void);
};
extern const struct screen_spec screens[]; /* ended by key 0 */

/* --- dialogs --- */

/* A box over BODY with TITLE, its inside returned; on a small terminal all of BODY, without a frame. */
struct rect dialog_open(struct rect body, int rows, int cols, const char *title);
/* The bytes of TEXT's first line where lines have at most CELLS, cut between words. */
size_t wrapped_line(const char *text, int cells);
/* TEXT in lines of at most R.cols cells, cut between words; returns the rows used, at most R.rows. */
int draw_wrapped(struct rect r, enum look look, const char *text);

#endif
