/* The catalogue of a tenant, loaded for rendering. */
#ifndef BOT_SHOP_VIEW_H
#define BOT_SHOP_VIEW_H

#include "tt/domain/tenant.h"
#include "tt/render/shop.h"
#include "tt/store/store.h"

struct shop_stock {
    struct shop_view view; /* borrows from the rest and from the tenant */
    struct shop_line *lines;
    char **texts;
    size_t text_count;
};

int shop_stock_load(struct store *s, const struct tenant *t, enum language language, struct shop_stock *out,
                    struct error *e);
void shop_stock_release(struct shop_stock *stock); /* an empty one is fine */

#endif
