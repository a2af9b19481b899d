#include "shop_view.h"

#include "tt/base/mem.h"
#include "tt/store/products.h"

static const char *keep(struct shop_stock *stock, const char *text)
{
    stock->texts = mem_resize(stock->texts, stock->text_count + 1, sizeof *stock->texts);
    return stock->texts[stock->text_count++] = mem_strdup(text);
}

static void add(void *context, const struct product *p)
{
    struct shop_stock *stock = context;
    size_t n = stock->view.count;
    stock->lines = mem_resize(stock->lines, n + 1, sizeof *stock->lines);
    stock->lines[n] = (struct shop_line){.code = keep(stock, p->code),
                                         .name = keep(stock, p->name),
                                         .price = p->price,
                                         .available = p->available};
    stock->view.count++;
}

int shop_stock_load(struct store *s, const struct tenant *t, enum language language, struct shop_stock *out,
                    struct error *e)
{
    struct tenant_scope scope = scope_of(s, t->id);
    struct product_query q = {.active = true};
    *out = (struct shop_stock){.view = {.language = language, .units = money_units_of(t), .title = t->name}};
    int rc = products_list(&scope, &q, add, out, NULL, NULL, e);
    out->view.lines = out->lines;
    return rc;
}

void shop_stock_release(struct shop_stock *stock)
{
    for (size_t i = 0; i < stock->text_count; i++)
        free(stock->texts[i]);
    free(stock->texts);
    free(stock->lines);
    *stock = (struct shop_stock){.lines = NULL};
}
