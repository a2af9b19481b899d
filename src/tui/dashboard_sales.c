/* Today's sales of all tenants, as the dashboard tells them. */
#include "dashboard.h"

#include "tt/base/time.h"

/* "18,420 WL  ▲ 12 % on last Mon": the hours of today that are over, against the same ones a week ago. */
static void add_sales(const struct json *sales, int64_t now, struct str *out)
{
    static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    const struct json *change = json_get(sales, "change_percent");
    char number[32];
    str_addf(out, "%s WL", number_text(json_get_int(sales, "total", 0), number));
    if (json_type(change) != JSON_NUMBER)
        return;
    int64_t percent = json_int(change, 0);
    str_addf(out, "  %s %s %% on last %s", percent < 0 ? sign_text(SIGN_DOWN) : sign_text(SIGN_UP),
             number_text(percent < 0 ? -percent : percent, number), days[now / TIME_DAY % 7]);
}

/* The clock under the columns: every sixth hour where they are narrow. */
static void draw_hours(struct rect r, int width)
{
    char hour[16];
    for (int i = 0, step = width > 2 ? 3 : 6; i < 24; i += step) {
        snprintf(hour, sizeof hour, "%02d", i);
        canvas_text(r.y, r.x + i * width, 2, LOOK_DIM, hour, false);
    }
}

void dashboard_draw_sales(const struct json *summary, int64_t now, struct rect r)
{
    const struct json *sales = json_get(summary, "sales");
    struct str text = STR_INIT, count = STR_INIT;
    int64_t values[24], n = json_get_int(sales, "sales", 0);
    size_t hours = 0;
    char number[32];
    if (!sales || r.rows < 1)
        return;
    add_sales(sales, now, &text);
    str_addf(&count, "%s sale%s", number_text(n, number), n == 1 ? "" : "s");
    int used = canvas_text(r.y, r.x, r.cols, n ? LOOK_BOLD : LOOK_DIM, str_text(&text), false);
    if (used + 2 + canvas_width(str_text(&count)) <= r.cols)
        canvas_right(r.y, r.x + used, r.cols - used, n ? LOOK_TEXT : LOOK_DIM, str_text(&count));
    json_each(hour, json_get(sales, "hours")) if (hours < 24) values[hours++] = json_int(hour, -1);
    int width = r.cols >= 24 ? r.cols / 24 : 1;
    if (r.rows > 1)
        canvas_columns(r.y + 1, r.x, width, LOOK_ACCENT, values, hours);
    if (r.rows > 2)
        draw_hours((struct rect){r.y + 2, r.x, 1, r.cols}, width);
    str_release(&text);
    str_release(&count);
}

int dashboard_sales_line(const struct json *summary, int64_t now, struct rect r, int row)
{
    const struct json *sales = json_get(summary, "sales");
    struct str text = STR_INIT;
    if (row >= r.rows || !json_get_int(sales, "sales", 0))
        return row;
    str_add(&text, "Sales today  ");
    add_sales(sales, now, &text);
    canvas_text(r.y + row, r.x, r.cols, LOOK_TEXT, str_text(&text), false);
    str_release(&text);
    return row + 1;
}
