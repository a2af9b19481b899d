#include "tt/store/products.h"

#include "stock.h"
#include "tt/base/mem.h"
#include "tt/base/text.h"

#define CODES_COMPARED 1000

#define COLUMNS                                                                                          \
    "p.product, p.code, p.name, p.price, p.description, p.category, p.active, p.threshold, n.available," \
    " n.reserved, n.sold, p.created_at, p.updated_at, p.removed_at"
#define FROM_PRODUCTS \
    " FROM products p JOIN stock_counts n ON n.tenant_id = p.tenant_id AND n.product = p.product"

struct codes {
    char code[CODES_COMPARED][PRODUCT_CODE_TEXT];
    const char *list[CODES_COMPARED + 1];
    size_t count;
};

static void keep_code(void *context, const char *code)
{
    struct codes *codes = context;
    char *kept = codes->code[codes->count];
    str_copy(kept, PRODUCT_CODE_TEXT, code);
    codes->list[codes->count++] = kept;
}

int products_missing(const struct tenant_scope *c, const char *code, struct error *e)
{
    struct codes *codes = mem_zero(1, sizeof *codes);
    const char *near = products_with_prefix(c, "", CODES_COMPARED, keep_code, codes, NULL)
                           ? NULL
                           : text_nearest(code, codes->list);
    if (near)
        error_set(e, ERROR_NO_SUCH, "code", "no product '%s'; did you mean '%s'?", code, near);
    else
        error_set(e, ERROR_NO_SUCH, "code", "no product '%s'", code);
    free(codes);
    return error_hint(e, "`product list %s` shows the products", c->tenant);
}

static int taken(const char *code, struct error *e)
{
    error_set(e, ERROR_TAKEN, "code", "there is a product '%s' already", code);
    return error_hint(e, "`product edit` changes it");
}

static void read_product(const struct query *q, struct product *p)
{
    *p = (struct product){.product = query_int(q, 0),
                          .price = query_int(q, 3),
                          .active = query_int(q, 6) != 0,
                          .threshold = query_int(q, 7),
                          .available = query_int(q, 8),
                          .reserved = query_int(q, 9),
                          .sold = query_int(q, 10),
                          .created_at = query_int(q, 11),
                          .updated_at = query_int(q, 12),
                          .removed_at = query_int(q, 13)};
    str_copy(p->code, sizeof p->code, query_text(q, 1));
    str_copy(p->name, sizeof p->name, query_text(q, 2));
    str_copy(p->description, sizeof p->description, query_text(q, 4));
    str_copy(p->category, sizeof p->category, query_text(q, 5));
}

static int is_taken(const struct tenant_scope *c, const char *code, struct error *e)
{
    int64_t one;
    return sql_int(c->store, e, &one,
                   "SELECT 1 FROM products WHERE tenant_id = ?1 AND code = ?2 AND removed_at = 0", "tt",
                   c->tenant, code);
}

int products_add(const struct tenant_scope *c, const struct product *p, int64_t now, int64_t *number,
                 struct error *e)
{
    int64_t product = 0;
    int found = is_taken(c, p->code, e);
    if (found)
        return found < 0 ? -1 : taken(p->code, e);
    if (scope_require(c, e) || shop_number_take(c, NUMBER_PRODUCT, 1, &product, e) ||
        sql_run(c->store, e,
                "INSERT INTO products (tenant_id, product, code, name, price, description, category, active,"
                " threshold, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)",
                "tittittdii", c->tenant, product, p->code, p->name, p->price, p->description, p->category,
                (int)p->active, p->threshold, now))
        return -1;
    if (number)
        *number = product;
    return 0;
}

/* What was asked for may stand in *P: it is written last. */
static int finish_load(struct query *q, int step, struct product *p, struct error *e)
{
    struct product found = {0};
    if (step == 0 && (step = query_step(q, e)) == 1)
        read_product(q, &found);
    query_close(q);
    *p = found;
    return step;
}

int products_load(const struct tenant_scope *c, const char *code, struct product *p, struct error *e)
{
    struct query q;
    int step = query_open(&q, c->store, e,
                          "SELECT " COLUMNS FROM_PRODUCTS
                          " WHERE p.tenant_id = ?1 AND p.code = ?2 AND p.removed_at = 0",
                          "tt", c->tenant, code);
    step = finish_load(&q, step, p, e);
    return step == 1 ? 0 : step < 0 ? -1 : products_missing(c, code, e);
}

int products_load_number(const struct tenant_scope *c, int64_t product, struct product *p, struct error *e)
{
    struct query q;
    int step = query_open(&q, c->store, e,
                          "SELECT " COLUMNS FROM_PRODUCTS " WHERE p.tenant_id = ?1 AND p.product = ?2", "ti",
                          c->tenant, product);
    step = finish_load(&q, step, p, e);
    return step == 1  ? 0
           : step < 0 ? -1
                      : error_set(e, ERROR_NO_SUCH, "code", "no product number %lld", (long long)product);
}

/* --- setters --- */

/* A setter's end: which rows differed, and whether the product is there at all when none did. */
static int finish(const struct tenant_scope *c, const char *code, int result, bool *changed, struct error *e)
{
    if (result < 0)
        return -1;
    bool differs = store_changes(c->store) > 0;
    if (changed)
        *changed = differs;
    if (differs)
        return 0;
    int found = is_taken(c, code, e);
    return found == 1 ? 0 : found < 0 ? -1 : products_missing(c, code, e);
}

#define WHERE_CODE " WHERE tenant_id = ?1 AND code = ?2 AND removed_at = 0"
#define SET_VALUE(column)                                                                                    \
    "UPDATE products SET " column " = ?3, updated_at = max(updated_at, ?4)" WHERE_CODE " AND " column " <> " \
    "?3"

int products_set(const struct tenant_scope *c, const char *code, enum product_field field, const char *value,
                 int64_t now, bool *changed, struct error *e)
{
    static const char *const statements[PRODUCT_FIELD_COUNT] = {
        [PRODUCT_FIELD_CODE] = SET_VALUE("code"),
        [PRODUCT_FIELD_NAME] = SET_VALUE("name"),
        [PRODUCT_FIELD_PRICE] = SET_VALUE("price"),
        [PRODUCT_FIELD_DESCRIPTION] = SET_VALUE("description"),
        [PRODUCT_FIELD_CATEGORY] = SET_VALUE("category"),
    };
    if (field == PRODUCT_FIELD_CODE && !str_equal(code, value)) {
        int found = is_taken(c, value, e);
        if (found)
            return found < 0 ? -1 : taken(value, e);
    }
    int result = sql_run(c->store, e, statements[field], "ttti", c->tenant, code, value, now);
    return finish(c, result == 0 && field == PRODUCT_FIELD_CODE && store_changes(c->store) ? value : code,
                  result, changed, e);
}

int products_set_active(const struct tenant_scope *c, const char *code, bool active, int64_t now,
                        bool *changed, struct error *e)
{
    return finish(c, code,
                  sql_run(c->store, e, SET_VALUE("active"), "ttdi", c->tenant, code, (int)active, now),
                  changed, e);
}

int products_set_threshold(const struct tenant_scope *c, const char *code, int64_t threshold, int64_t now,
                           bool *changed, struct error *e)
{
    return finish(c, code,
                  sql_run(c->store, e, SET_VALUE("threshold"), "ttii", c->tenant, code, threshold, now),
                  changed, e);
}

int products_remove(const struct tenant_scope *c, const char *code, int64_t now, struct error *e)
{
    return finish(c, code,
                  sql_run(c->store, e,
                          "UPDATE products SET removed_at = ?3, updated_at = max(updated_at, ?3)" WHERE_CODE,
                          "tti", c->tenant, code, now),
                  NULL, e);
}

int products_stranded(const struct tenant_scope *c, int64_t *items, char code[PRODUCT_CODE_TEXT],
                      struct error *e)
{
    struct query q;
    int step = query_open(
        &q, c->store, e,
        "SELECT coalesce(sum(n.available + n.reserved), 0), p.code, max(p.removed_at)" FROM_PRODUCTS
        " WHERE p.tenant_id = ?1 AND p.removed_at <> 0"
        " AND n.available + n.reserved > 0",
        "t", c->tenant);
    if (step == 0 && (step = query_step(&q, e)) == 1) {
        *items = query_int(&q, 0);
        str_copy(code, PRODUCT_CODE_TEXT, query_text(&q, 1));
    }
    query_close(&q);
    return step < 0 ? -1 : 0;
}

/* --- listing --- */

/* A tenant has hundreds of products, not millions: one statement for every order and side, and the page is
 * read to its end before the caller sees its first row. */
#define LIST_WHERE                                                                                           \
    " WHERE p.tenant_id = ?1 AND p.removed_at = 0 AND (?2 = 0 OR p.active = 1)"                              \
    " AND (?3 IS NULL OR instr(lower(p.code || char(10) || p.name || char(10) || p.category), lower(?3)) > " \
    "0)"

struct page {
    struct product *items;
    size_t count;
};

static int read_page(const struct tenant_scope *c, const struct product_query *q, const char *sql,
                     const char *anchor, int64_t limit, struct page *page, struct error *e)
{
    struct query rows;
    int step =
        query_open(&rows, c->store, e, sql, "tdtti", c->tenant, (int)q->active, q->search, anchor, limit);
    while (step >= 0 && (step = query_step(&rows, e)) == 1) {
        if ((page->count & (page->count - 1)) == 0)
            page->items = mem_resize(page->items, page->count ? page->count * 2 : 1, sizeof *page->items);
        read_product(&rows, &page->items[page->count++]);
    }
    query_close(&rows);
    return step;
}

static int forward(const struct tenant_scope *c, const struct product_query *q, bool from, const char *anchor,
                   int64_t limit, struct page *page, bool *more, struct error *e)
{
    const char *sql =
        from ? "SELECT " COLUMNS FROM_PRODUCTS LIST_WHERE " AND p.code >= ?4 ORDER BY p.code LIMIT ?5"
             : "SELECT " COLUMNS FROM_PRODUCTS LIST_WHERE " AND p.code > ?4 ORDER BY p.code LIMIT ?5";
    size_t before = page->count;
    if (read_page(c, q, sql, anchor, limit > 0 ? limit + 1 : -1, page, e))
        return -1;
    *more = limit > 0 && page->count - before > (size_t)limit;
    page->count -= *more;
    return 0;
}

static int backward(const struct tenant_scope *c, const struct product_query *q, const char *anchor,
                    int64_t limit, struct page *page, struct error *e)
{
    int result = read_page(c, q,
                           "SELECT " COLUMNS FROM_PRODUCTS LIST_WHERE
                           " AND (?4 IS NULL OR p.code < ?4) ORDER BY p.code DESC LIMIT ?5",
                           anchor, limit > 0 ? limit : -1, page, e);
    mem_reverse(page->items, page->count, sizeof *page->items);
    return result;
}

static int take_page(const struct tenant_scope *c, const struct product_query *q, struct page *page,
                     bool *more, struct error *e)
{
    const struct paging *p = &q->page;
    *more = false;
    if (p->last)
        return backward(c, q, NULL, p->limit, page, e);
    if (p->before) {
        *more = true; /* at least the anchor itself */
        return backward(c, q, p->before, p->limit, page, e);
    }
    if (p->around)
        return (p->limit > 1 && backward(c, q, p->around, p->limit / 2, page, e)) ||
                       forward(c, q, true, p->around, p->limit > 0 ? p->limit - (int64_t)page->count : 0,
                               page, more, e)
                   ? -1
                   : 0;
    return forward(c, q, false, p->after ? p->after : "", p->limit, page, more, e);
}

static int count_all(const struct tenant_scope *c, const struct product_query *q, int64_t *total,
                     struct error *e)
{
    return sql_int(c->store, e, total, "SELECT count(*) FROM products p" LIST_WHERE, "tdt", c->tenant,
                   (int)q->active, q->search) < 0
               ? -1
               : 0;
}

int products_list(const struct tenant_scope *c, const struct product_query *q,
                  void (*each)(void *, const struct product *), void *context, int64_t *total,
                  char next[PRODUCT_CODE_TEXT], struct error *e)
{
    struct page page = {0};
    bool own, more = false;
    int64_t counted = 0;

    if (view_begin(c->store, &own, e))
        return -1;
    int result = q->page.count ? 0 : take_page(c, q, &page, &more, e);
    if (result == 0 && total)
        result = count_all(c, q, &counted, e);
    result = view_end(c->store, own, result);
    for (size_t i = 0; result == 0 && i < page.count; i++)
        each(context, &page.items[i]);
    if (total)
        *total = counted;
    if (next)
        str_copy(next, PRODUCT_CODE_TEXT, more && page.count ? page.items[page.count - 1].code : "");
    free(page.items);
    return result;
}

int products_with_prefix(const struct tenant_scope *c, const char *prefix, int limit,
                         void (*each)(void *, const char *code), void *context, struct error *e)
{
    struct query q;
    int step = query_open(&q, c->store, e,
                          "SELECT code FROM products WHERE tenant_id = ?1 AND removed_at = 0"
                          " AND code >= upper(?2) AND code < upper(?2) || '~' ORDER BY code LIMIT ?3",
                          "ttd", c->tenant, prefix, limit);
    while (step >= 0 && (step = query_step(&q, e)) == 1)
        each(context, query_text(&q, 0));
    query_close(&q);
    return step;
}
