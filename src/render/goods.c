/* What was bought: the goods themselves, and the posts that tell of it. */
#include "tt/render/shop.h"

#include "parts.h"

#include <ctype.h>
#include <inttypes.h>

#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "tt/render/notice.h"

/* Append MESSAGE with all that is known of the sale. PLAIN: for a file, where markup means nothing. */
static void add_sale(struct str *out, const struct sale_view *sale, enum message message, bool plain)
{
    struct str total = STR_INIT, name = STR_INIT, code = STR_INIT;
    char user[32], buyer[24], quantity[24], date[TIME_TEXT];
    snprintf(user, sizeof user, "<@%" PRId64 ">", sale->user_id);
    snprintf(buyer, sizeof buyer, "%" PRId64, sale->user_id);
    snprintf(quantity, sizeof quantity, "%" PRId64, sale->quantity);
    zone_format(sale->zone, sale->time, date);
    money_format(sale->total, &sale->units, &total);
    if (plain) {
        str_add(&name, sale->name);
        str_add(&code, sale->code);
    } else {
        add_plain(&name, sale->name);
        add_plain(&code, sale->code);
    }
    message_add(out, sale->language, message, "id", sale->id, "user", user, "buyer", buyer, "quantity",
                quantity, "code", str_text(&code), "name", str_text(&name), "total", str_text(&total), "date",
                date, NULL);
    str_release(&total);
    str_release(&name);
    str_release(&code);
}

/* Subtext under the message; the point ends the number. */
void render_goods_mark(const struct sale_view *sale, struct str *out)
{
    str_addf(out, "-# %s/%" PRId64 ".", sale->id, sale->copy + 1);
}

/* "DL_2x_20260801_190351.txt" */
static char *file_name_of(const struct sale_view *sale)
{
    char date[TIME_TEXT], digits[TIME_TEXT];
    size_t n = 0;
    zone_format(sale->zone, sale->time, date);
    for (const char *p = date; *p && n + 1 < sizeof digits; p++) {
        if (isdigit((unsigned char)*p))
            digits[n++] = *p;
        else if (*p == ' ')
            digits[n++] = '_';
    }
    digits[n] = '\0';
    return mem_format("%s_%" PRId64 "x_%s.txt", sale->code, sale->quantity, digits);
}

static void add_items(struct str *out, const char *const *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        str_addf(out, "%zu. %s\n", i + 1, items[i]);
}

static bool fenceable(const char *const *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strstr(items[i], "```"))
            return false;
    }
    return true;
}

struct json *render_goods(const struct sale_view *sale, const char *const *items, size_t count,
                          char **file_name, struct str *file)
{
    struct str text = STR_INIT, list = STR_INIT;
    char number[24];
    add_sale(&text, sale, MESSAGE_GOODS, false);
    str_add_char(&text, '\n');
    render_goods_mark(sale, &text);
    add_items(&list, items, count);
    *file_name = NULL;
    if (fenceable(items, count) &&
        units_of(str_text(&text)) + units_of(str_text(&list)) + 16 <= CONTENT_MAX) {
        str_addf(&text, "\n```\n%s```", str_text(&list));
    } else {
        snprintf(number, sizeof number, "%zu", count);
        str_add_char(&text, '\n');
        message_add(&text, sale->language, MESSAGE_GOODS_IN_FILE, "count", number, NULL);
        *file_name = file_name_of(sale);
        add_sale(file, sale, MESSAGE_GOODS_HEADER, true);
        str_add(file, str_text(&list));
    }
    struct json *message = render_text(str_text(&text), 0);
    str_wipe(&list);
    str_wipe(&text);
    return message;
}

static struct json *post(const struct sale_view *sale, enum message what)
{
    struct str text = STR_INIT;
    add_sale(&text, sale, what, false);
    struct json *message = render_text(str_text(&text), 0);
    str_release(&text);
    return message;
}

struct json *render_purchase_log(const struct sale_view *sale)
{
    return post(sale, MESSAGE_PURCHASE_LOG);
}

struct json *render_history_buy(const struct sale_view *sale)
{
    return post(sale, MESSAGE_HISTORY_BUY);
}
