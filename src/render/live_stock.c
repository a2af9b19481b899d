/* The list of products with its buttons, and the forms that they open. */
#include "tt/render/shop.h"

#include "parts.h"

#include <inttypes.h>

#include "tt/base/mem.h"

#define PAGE_UNITS 4000 /* of a description's 4,096 */
#define PLENTY 10

enum { INPUT_SHORT = 1 };

static const char *light_of(int64_t available)
{
    return available > PLENTY ? "🟢" : available > 0 ? "🟡" : "🔴";
}

static void add_line(struct str *out, const struct shop_view *view, const struct shop_line *line)
{
    struct str price = STR_INIT, name = STR_INIT, code = STR_INIT;
    char stock[24];
    snprintf(stock, sizeof stock, "%" PRId64, line->available);
    money_format(line->price, &view->units, &price);
    add_plain(&name, line->name);
    add_plain(&code, line->code);
    message_add(out, view->language, MESSAGE_SHOP_LINE, "light", light_of(line->available), "code",
                str_text(&code), "name", str_text(&name), "price", str_text(&price), "stock", stock, NULL);
    str_add_char(out, '\n');
    str_release(&price);
    str_release(&name);
    str_release(&code);
}

/* Lay the products out; the text of page WANTED goes to OUT (NULL: only count). Returns the number of pages.
 */
static size_t lay_out(const struct shop_view *view, size_t wanted, struct str *out)
{
    struct str line = STR_INIT;
    size_t page = 0, used = 0;
    for (size_t i = 0; i < view->count; i++) {
        str_clear(&line);
        add_line(&line, view, &view->lines[i]);
        size_t units = units_of(str_text(&line));
        if (used && used + units > PAGE_UNITS) {
            page++;
            used = 0;
        }
        used += units;
        if (out && page == wanted)
            str_add(out, str_text(&line));
    }
    str_release(&line);
    return page + 1;
}

size_t shop_pages(const struct shop_view *view)
{
    return lay_out(view, 0, NULL);
}

static void add_acts(struct json *message, enum language language)
{
    static const struct {
        int style;
        enum message label;
        const char *id;
    } acts[] = {
        {BUTTON_SUCCESS, MESSAGE_BUY, "shop:buy"},
        {BUTTON_PRIMARY, MESSAGE_REGISTER, "shop:register"},
        {BUTTON_SECONDARY, MESSAGE_BALANCE, "shop:balance"},
        {BUTTON_SECONDARY, MESSAGE_WORLD, "shop:world"},
        {BUTTON_SECONDARY, MESSAGE_HISTORY, "shop:history"},
    };
    struct json *row = add_row(message);
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++)
        add_button(row, acts[i].style, acts[i].label, acts[i].id, language);
}

static void add_turn(struct json *row, enum message label, size_t page, enum language language)
{
    char id[40];
    snprintf(id, sizeof id, "shop:page:%zu", page);
    add_button(row, BUTTON_SECONDARY, label, id, language);
}

struct json *render_shop(const struct shop_view *view, size_t page, bool personal)
{
    struct str text = STR_INIT;
    size_t pages = shop_pages(view);
    page = page < pages ? page : pages - 1;
    lay_out(view, page, &text);
    if (!view->count)
        message_add(&text, view->language, MESSAGE_SHOP_EMPTY, NULL);
    str_trim(&text);
    struct json *message = new_message(0), *embed = add_embed(message);
    set_fitted(embed, "title", view->title, TITLE_MAX);
    set_fitted(embed, "description", str_text(&text), DESCRIPTION_MAX);
    add_acts(message, view->language);
    if (pages > 1) {
        char number[24], count[24];
        snprintf(number, sizeof number, "%zu", page + 1);
        snprintf(count, sizeof count, "%zu", pages);
        str_clear(&text);
        message_add(&text, view->language, MESSAGE_SHOP_PAGE, "page", number, "pages", count, NULL);
        set_fitted(json_set(embed, "footer", json_new_object()), "text", str_text(&text), FOOTER_MAX);
        struct json *row = add_row(message);
        if (personal && page > 0)
            add_turn(row, MESSAGE_PREVIOUS, page - 1, view->language);
        if (page + 1 < pages)
            add_turn(row, MESSAGE_NEXT, page + 1, view->language);
    }
    str_release(&text);
    return message;
}

/* --- forms --- */

static struct json *new_form(const char *custom_id, enum message title, enum language language)
{
    struct str text = STR_INIT;
    struct json *form = json_new_object();
    message_add(&text, language, title, NULL);
    json_set_string(form, "custom_id", custom_id);
    set_fitted(form, "title", str_text(&text), 45);
    str_release(&text);
    return form;
}

static void add_input(struct json *form, const char *custom_id, enum message label, int64_t min, int64_t max,
                      const char *value, enum language language)
{
    struct str text = STR_INIT;
    struct json *input =
        json_push(json_set(add_row(form), "components", json_new_array()), json_new_object());
    message_add(&text, language, label, NULL);
    json_set_int(input, "type", COMPONENT_INPUT);
    json_set_int(input, "style", INPUT_SHORT);
    json_set_string(input, "custom_id", custom_id);
    set_fitted(input, "label", str_text(&text), 45);
    json_set_int(input, "min_length", min);
    json_set_int(input, "max_length", max);
    json_set_bool(input, "required", true);
    if (value)
        json_set_string(input, "value", value);
    str_release(&text);
}

struct json *render_register_form(enum language language)
{
    struct json *form = new_form("shop:register", MESSAGE_REGISTER, language);
    add_input(form, "growid", MESSAGE_INPUT_GROWID, 3, 18, NULL, language);
    return form;
}

struct json *render_buy_form(enum language language, const char *code)
{
    struct json *form = new_form("shop:buy", MESSAGE_BUY, language);
    add_input(form, "code", MESSAGE_INPUT_CODE, 2, 10, code, language);
    add_input(form, "quantity", MESSAGE_INPUT_QUANTITY, 1, 10, "1", language);
    return form;
}
