/* A listing on the screen: a read command, columns, filter, sort, marks, and a window over its rows. */
#ifndef TUI_GRID_H
#define TUI_GRID_H

#include "app.h"
#include "window.h"

enum column_form {
    COLUMN_TEXT,
    COLUMN_NUMBER, /* 1,204 */
    COLUMN_CLOCK,  /* of a time: month, day and clock */
    COLUMN_MINUTE, /* the same without the seconds */
    COLUMN_DAY,    /* of a time: the date */
    COLUMN_BAR     /* as long as the number is large among the rows */
};

struct grid_column {
    const char *path; /* into the row */
    const char *title;
    int width;            /* cells at least */
    bool flexible, right; /* flexible columns share what is left */
    enum column_form form;
    int rank;         /* narrow terminals drop the highest ranks first; 0 never */
    const char *sort; /* word of --sort; NULL: none */
    /* How the value looks; NULL: by FORM. OWNER is what the grid belongs to (a tenant's `show`), NULL for
     * none. */
    void (*show)(const struct json *row, const struct json *owner, struct str *out, enum look *look);
};
#define GRID_COLUMNS_MOST 16

/* What `/` takes: "product:DL" with its key, or the text beside such words (KEY NULL). */
struct grid_filter {
    const char *key, *option; /* " --product=", before the quoted value; NULL ends the table */
};

struct grid_spec {
    const char *command; /* a template for the owner's document; NULL: rows are set by the view */
    const char *id;      /* path of the row's id, for paging and marks; NULL: rows have none */
    const struct grid_column *columns;
    size_t column_count;
    bool paged;                        /* takes PAGING */
    bool filtered;                     /* takes the filters and orders of `list` */
    const struct grid_filter *filters; /* what else it takes; NULL: nothing */
    const char *filter_hint;           /* stands where it is typed */
    bool marked;                       /* rows can be marked */
    int64_t keep;                      /* of a listing without paging: rows kept, see worker.h */
    const char *empty;                 /* what to say and do when there is nothing */
    /* What the row at the cursor is for, in the last line where there is room; NULL: nothing is said. */
    const char *(*explain)(const struct json *row);
};
#define GRID_COLUMNS(table) .columns = table, .column_count = sizeof table / sizeof table[0]

struct grid {
    const struct grid_spec *spec;
    struct window window;
    const struct json *owner; /* borrowed; NULL none */
    char *command;            /* the template filled */
    char *filter;
    const char *sort;
    bool descending;
    struct json *marks;              /* id -> row */
    char *asked[4];                  /* the line that is under way, by what it is for; NULL none */
    bool anew;                       /* the answer that comes begins the listing anew */
    bool around;                     /* and was asked around the cursor's row */
    char *wrong;                     /* why there are no rows; NULL: fine */
    struct rect drawn;               /* where, for clicks */
    int64_t largest;                 /* number that a bar stands for */
    int column_x[GRID_COLUMNS_MOST]; /* where columns were drawn; -1 not */
};

/* OWNER fills the command's template and is then given to `show` of columns; it may be set later. */
void grid_init(struct grid *g, const struct grid_spec *spec, const struct json *owner);
void grid_release(struct grid *g);

/* SLOT: four request slots of view V, from this one on, are the grid's. */
void grid_load(struct app *app, struct view *v, struct grid *g, unsigned slot);
void grid_result(struct app *app, struct view *v, struct grid *g, unsigned slot, struct result *r);
/* Its first rows, or those of its end or another order, are on their way. */
bool grid_waits(const struct grid *g);
/* A long listing comes without the number of its rows: that is asked for now. */
void grid_idle(struct app *app, struct view *v, struct grid *g, unsigned slot);
bool grid_key(struct app *app, struct view *v, struct grid *g, unsigned slot, int key);
/* True when the click was on a row. */
bool grid_click(struct app *app, struct view *v, struct grid *g, unsigned slot, int y, int x);
/* Esc: what narrows or marks is taken back first; false: nothing does. */
bool grid_escape(struct app *app, struct view *v, struct grid *g, unsigned slot);
void grid_filter(struct app *app, struct view *v, struct grid *g, unsigned slot, const char *filter);
void grid_draw(struct app *app, struct grid *g, struct rect body);

/* "17 of 1,204", appended: the cursor's row among all; nothing where there are none. */
void grid_place(const struct grid *g, struct str *out);
const struct json *grid_row(const struct grid *g);               /* at the cursor; NULL none */
char *grid_row_id(const struct grid *g, const struct json *row); /* the caller frees */
void grid_unmark(struct grid *g);

/* A search looks through all tenants' texts, which are read once and kept until one changes. Have that done
 * before the first letter is typed, by a search for what no text can have. SLOT: of V, for an answer that
 * nobody wants. */
void filter_prepare(struct app *app, struct view *v, unsigned slot);
/* `plan:premium status:active kedai` as options of `list`, appended. A word that is not finished yet is left
 * out. */
void filter_options(const char *filter, struct str *line);
/* True, and why appended: a value that is none, or not yet a single one; nothing may be listed then. */
bool filter_unknown(const char *filter, struct str *why);
/* The same for a listing with filters of its own. */
void filter_own_options(const struct grid_filter *filters, const char *filter, struct str *line);
/* The words that may continue the last one of TEXT, "word\n" each. */
void filter_words(const char *text, struct str *out);

/* --- a screen that is one grid --- */

struct grid_view {
    struct view view;
    struct grid grid;
};
struct view *grid_view_new(const struct view_type *type, const struct grid_spec *spec);
/* Enter: the tenant of the row. */
void grid_open_tenant(struct app *app, struct view *v);
struct grid *grid_view_grid(struct view *v);
void grid_view_refresh(struct app *app, struct view *v);
void grid_view_idle(struct app *app, struct view *v);
void grid_view_draw(struct app *app, struct view *v, struct rect body);
bool grid_view_key(struct app *app, struct view *v, int key);
void grid_view_result(struct app *app, struct view *v, struct result *r);
const struct json *grid_view_row(struct view *v);
const struct json *grid_view_marked(struct view *v);
void grid_view_title(struct view *v, struct title *t);
void grid_view_click(struct app *app, struct view *v, int y, int x, bool twice);
bool grid_view_waits(const struct view *v);
void grid_view_free(struct view *v);
#define GRID_VIEW                                                                                         \
    .grid = grid_view_grid, .refresh = grid_view_refresh, .idle = grid_view_idle, .draw = grid_view_draw, \
    .key = grid_view_key, .result = grid_view_result, .row = grid_view_row, .marked = grid_view_marked,   \
    .title = grid_view_title, .click = grid_view_click, .waits = grid_view_waits, .free = grid_view_free

/* `/`: the filter typed in the status line; the grid of the view below (its first slot is 0) follows each
 * key. */
void grid_open_filter(struct app *app, struct view *v);

/* --- how values look, for several grids --- */

/* The command line of an audit row without its tenant, which stands beside it. BRIEF: a switched feature as
 * "shop on". */
void add_command(const struct json *row, bool brief, struct str *out);

void show_bot(const struct json *row, const struct json *owner, struct str *out, enum look *look);
void show_status(const struct json *row, const struct json *owner, struct str *out, enum look *look);
void show_clock(const struct json *row, const struct json *owner, struct str *out, enum look *look);
void show_command(const struct json *row, const struct json *owner, struct str *out, enum look *look);
void show_value(const struct json *row, const struct json *owner, struct str *out, enum look *look);
void show_revision(const struct json *row, const struct json *owner, struct str *out, enum look *look);
/* Is there a bot that would have to follow the tenant's configuration? */
bool has_bot(const struct json *tenant);
bool in_step(const struct json *tenant);

/* Bindings of whatever shows a tenant. */
#define TENANT_STATUS_KEYS                                                \
    {.key = 'a',                                                          \
     .label = "Active",                                                   \
     .help = "status active",                                             \
     .command = "status {tenant_id} active",                              \
     .ask = true},                                                        \
        {.key = 'x',                                                      \
         .label = "Suspend",                                              \
         .help = "status suspended",                                      \
         .command = "status {tenant_id} suspended",                       \
         .ask = true},                                                    \
    {                                                                     \
        .key = 'M', .label = "Maintenance", .help = "status maintenance", \
        .command = "status {tenant_id} maintenance", .ask = true          \
    }

#endif
