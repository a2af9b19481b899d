/* One tenant in tabs. tenant.c is the view, tenant_tabs.c and tenant_shop.c what each tab lists and which
 * keys it has, tenant_overview.c the first tab, tenant_push.c the push state beside what was changed. */
#ifndef TUI_TENANT_H
#define TUI_TENANT_H

#include "grid.h"

enum tab {
    OVERVIEW,
    FEATURES,
    CHANNELS,
    PERMISSIONS,
    CONFIG,
    SETTINGS,
    PRODUCTS,
    STOCK,
    CUSTOMERS,
    TRANSACTIONS,
    DEPOSITS,
    NUMBERS,
    AUDIT,
    TAB_COUNT
};

struct tenant_view {
    struct view view;
    struct view_type type; /* with the open tab's keys */
    char *id;
    struct json *shown;               /* the `show` document, and "pushes" in it; NULL not there yet */
    struct json *pushes;              /* see tenant_note */
    struct json *rent;                /* the `rent` document, for the overview; NULL not there yet */
    char *missing;                    /* why there is none */
    struct grid grid;                 /* of the tab */
    const struct feature_list *known; /* borrowed: what settings are for */
    enum tab tab;
    const struct tab_spec *spec; /* of the tab: tabs[tab], or another view of the same */
    int first_tab;               /* the first one that the row of tabs shows */
    int tab_x[TAB_COUNT];        /* where they were drawn; -1 not */
    struct rect body;
};

struct tab_spec {
    const char *name;
    struct grid_spec grid; /* no columns: not a listing */
    const struct binding *bindings;
};
extern const struct tab_spec *const tabs[TAB_COUNT];
extern const struct tab_spec tab_products, tab_stock, tab_customers, tab_transactions, tab_deposits,
    tab_numbers;
void tenant_open_tab(struct app *app, struct view *v, enum tab tab, const struct tab_spec *spec);

void tenant_draw_overview(const struct tenant_view *t, int64_t now, struct rect r);
/* A write's result: keep what became of its push, as "features shop" -> {"revision","state","text"}. */
void tenant_note(struct tenant_view *t, const struct result *r);
/* The state of the whole tenant: "in step", "rev 18 waits", "token refused"; "" where no bot has to follow.
 */
void push_text(const struct json *tenant, struct str *out, enum look *look);
/* The state beside one row of a tab: KIND is its command's word, KEY the row's id. */
void push_text_of(const struct json *tenant, const char *kind, const char *key, struct str *out,
                  enum look *look);

#endif
