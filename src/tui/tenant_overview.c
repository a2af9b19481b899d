#include "tenant.h"

#include "tt/base/time.h"

static void draw_pair(struct rect r, int *row, const char *name, enum look look, const char *value)
{
    int width = r.cols >= 40 ? 15 : 10;
    if (*row >= r.rows || !value || !*value)
        return;
    canvas_text(r.y + *row, r.x, width, LOOK_DIM, name, false);
    struct rect beside = {r.y + *row, r.x + width + 1, r.rows - *row, r.cols - width - 1};
    *row += draw_wrapped(beside, look, value);
}

static void add_on(const struct json *map, struct str *out)
{
    json_each(value, map) if (json_bool(value, false))
        str_addf(out, "%s%s", out->len ? " " : "", json_key(value));
    if (!out->len)
        str_add(out, "none");
}

/* "2026-11-23T06:58:57.560Z" -> "2026-11-23 06:58 UTC". */
static void add_minute(const char *time, struct str *out)
{
    if (!time || strlen(time) < 16)
        return;
    str_add_bytes(out, time, 10);
    str_add_char(out, ' ');
    str_add_bytes(out, time + 11, 5);
    str_add(out, " UTC");
}

/* "until 2026-12-23 06:58 UTC, 29 days, then renewed"; "" without a term. */
static void add_rent(const struct json *rent, int64_t now, struct str *out, enum look *look)
{
    const char *end = json_get_string(rent, "ends_at");
    bool renews = json_get_bool(rent, "auto_renew", false);
    int64_t ends_at;
    if (!end || time_parse(end, now, &ends_at, NULL))
        return;
    int64_t hours = (ends_at - now) / 3600000;
    str_add(out, hours < 0 ? "ended " : "until ");
    add_minute(end, out);
    if (hours >= 48)
        str_addf(out, ", %lld days", (long long)(hours / 24));
    else if (hours >= 0)
        str_addf(out, ", %lld h", (long long)hours);
    str_add(out, renews ? ", then renewed" : "");
    *look = hours < 0 ? LOOK_BAD : hours < 7 * 24 && !renews ? LOOK_WARN : LOOK_TEXT;
}

/* What is wrong comes first, what never changes last: a low terminal shows the top. */
void tenant_draw_overview(const struct tenant_view *t, int64_t now, struct rect r)
{
    const struct json *shown = t->shown;
    struct str text = STR_INIT;
    enum look look = LOOK_TEXT;
    int row = 0;
    draw_pair(r, &row, "what is wrong", LOOK_BAD, json_string(json_at(shown, "bot.error")));
    draw_pair(r, &row, "bot lacks", LOOK_WARN, json_string(json_at(shown, "bot.needs")));
    draw_pair(r, &row, "name", LOOK_BOLD, json_get_string(shown, "name"));
    show_status(shown, NULL, &text, &look);
    draw_pair(r, &row, "status", look, str_text(&text));
    draw_pair(r, &row, "plan", LOOK_TEXT, json_get_string(shown, "plan"));
    str_clear(&text);
    look = LOOK_TEXT;
    add_rent(t->rent, now, &text, &look);
    draw_pair(r, &row, "rent", look, str_text(&text));
    str_clear(&text);
    look = LOOK_TEXT;
    show_bot(shown, NULL, &text, &look);
    const char *instance = json_string(json_at(shown, "bot.instance"));
    if (instance)
        str_addf(&text, "  %s", instance);
    int64_t restarts = json_int(json_at(shown, "bot.restarts"), 0);
    if (restarts)
        str_addf(&text, "  %lld restart%s", (long long)restarts, restarts == 1 ? "" : "s");
    draw_pair(r, &row, "bot", look, str_text(&text));
    str_clear(&text);
    str_addf(&text, "%lld", (long long)json_get_int(shown, "revision", 0));
    if (has_bot(shown))
        str_addf(&text, ", the bot runs %lld  ", (long long)json_get_int(shown, "applied_revision", 0));
    look = LOOK_TEXT;
    push_text(shown, &text, &look);
    draw_pair(r, &row, "revision", look, str_text(&text));
    draw_pair(r, &row, "token", str_equal(json_get_string(shown, "token"), "refused") ? LOOK_BAD : LOOK_TEXT,
              json_get_string(shown, "token"));
    str_clear(&text);
    add_on(json_get(shown, "features"), &text);
    draw_pair(r, &row, "features on", LOOK_TEXT, str_text(&text));
    draw_pair(r, &row, "renter", LOOK_TEXT, json_get_string(shown, "discord_id"));
    draw_pair(r, &row, "guild", LOOK_TEXT, json_get_string(shown, "guild_id"));
    str_clear(&text);
    add_minute(json_get_string(shown, "created_at"), &text);
    draw_pair(r, &row, "created", LOOK_TEXT, str_text(&text));
    str_clear(&text);
    add_minute(json_get_string(shown, "updated_at"), &text);
    draw_pair(r, &row, "changed", LOOK_TEXT, str_text(&text));
    str_release(&text);
}
