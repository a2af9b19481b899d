/* A shop as its buyers see it on Discord: the live stock message, its panels and forms, receipts and notices.
 * Pure, like tt/render/notice.h: every document keeps Discord's limits whatever the state, mentions nobody
 * unless it says so, and is the caller's.
 *
 * Custom ids of buttons and forms: "shop:" and an act: register, balance, world, buy, history, page:N; forms:
 * register, buy. Inputs of forms: growid; code, quantity. */
#ifndef TT_RENDER_SHOP_H
#define TT_RENDER_SHOP_H

#include "tt/base/json.h"
#include "tt/domain/message.h"
#include "tt/domain/money.h"

struct shop_line {
    const char *code, *name;
    int64_t price, available;
};

struct shop_view {
    enum language language;
    struct money_units units;
    const char *title; /* of the shop: the tenant's name */
    /* Active products, in the order in which they are shown. */
    const struct shop_line *lines;
    size_t count;
};

/* How many pages the products need: at least 1. */
size_t shop_pages(const struct shop_view *view);
/* A page (from 0; a number beyond the last is the last) with its buttons: the live stock message is page 0. A
 * light tells the stock of each product: green above 10, yellow 1 to 10, red 0. PERSONAL: shown to one person
 * alone, who can turn pages in it; on the shared message turning opens a personal one. */
struct json *render_shop(const struct shop_view *view, size_t page, bool personal);

/* Forms (the data of an interaction's answer of type 9). CODE NULL: empty. */
struct json *render_register_form(enum language language);
struct json *render_buy_form(enum language language, const char *code);

/* What was bought, for all who tell of it. */
struct sale_view {
    enum language language;
    struct money_units units;
    const char *zone; /* whose clock tells the date */
    const char *id;   /* of the transaction */
    const char *code, *name;
    int64_t user_id, quantity, total, time;
    int64_t copy; /* of the delivery; 0 the first */
};

/* The goods: a message to the buyer. Where the items do not fit, they come as a text file whose name and
 * bytes are put in FILE_NAME (the caller's; NULL: no file) and FILE (wipe it). ITEMS are lines. */
struct json *render_goods(const struct sale_view *sale, const char *const *items, size_t count,
                          char **file_name, struct str *file);
/* How a delivery is found again in a channel: this text stands in its message and in no other. */
void render_goods_mark(const struct sale_view *sale, struct str *out);
/* For the channels purchase_log and history_buy. */
struct json *render_purchase_log(const struct sale_view *sale);
struct json *render_history_buy(const struct sale_view *sale);

#endif
