/* How values look, for several grids. */
#include "grid.h"

static void add_sign(struct str *out, enum sign sign, const char *text)
{
    str_addf(out, "%s%s%s", sign_text(sign), *sign_text(sign) ? " " : "", text);
}

void add_command(const struct json *row, bool brief, struct str *out)
{
    const char *tenant = json_get_string(row, "tenant_id"), *line = json_get_string(row, "command");
    size_t argc = 0;
    char **argv = words_split(line ? line : "", &argc, NULL);
    bool feature = brief && argc == 4 && str_equal(argv[0], "features") && str_equal(argv[1], tenant);
    if (feature)
        str_addf(out, "%s %s", argv[2], bool_parse("", argv[3], NULL) == 1 ? "on" : "off");
    for (size_t i = 0; i < argc && !feature; i++) {
        if (tenant && i && i < 3 && str_equal(argv[i], tenant))
            continue;
        str_add(out, i ? " " : "");
        word_quote(argv[i], out);
    }
    words_free(argv, argc);
}

void show_bot(const struct json *row, const struct json *owner, struct str *out, enum look *look)
{
    const struct json *bot = json_get(row, "bot") ? json_get(row, "bot") : row;
    const char *state = json_get_string(bot, "state"), *token = json_get_string(row, "token");
    int64_t ms = json_get_int(bot, "latency_ms", -1);
    char number[32];
    (void)owner;
    if (str_equal(token, "refused")) {
        add_sign(out, SIGN_FAIL, "token");
        *look = LOOK_BAD;
    } else if (str_equal(state, "running")) {
        add_sign(out, SIGN_ON, ms >= 0 ? number_text(ms, number) : "running");
        str_add(out, ms >= 0 ? " ms" : "");
        *look = LOOK_GOOD;
    } else if (str_equal(state, "error")) {
        add_sign(out, SIGN_FAIL, "error");
        *look = LOOK_BAD;
    } else if (str_equal(state, "connecting")) {
        add_sign(out, SIGN_PART, "connecting");
        *look = LOOK_WARN;
    } else {
        str_add(out, str_equal(token, "none") ? "no token" : state ? state : "");
        *look = LOOK_DIM;
    }
}

void show_status(const struct json *row, const struct json *owner, struct str *out, enum look *look)
{
    const char *status = json_get_string(row, "status");
    (void)owner;
    str_add(out, status);
    if (!str_equal(status, "active"))
        *look = str_equal(status, "maintenance") ? LOOK_WARN : LOOK_DIM;
}

/* "11-23 12:03:51" of an RFC 3339 time. */
void show_clock(const struct json *row, const struct json *owner, struct str *out, enum look *look)
{
    const char *time = json_get_string(row, "time");
    (void)owner;
    if (time && strlen(time) >= 19) {
        str_add_bytes(out, time + 5, 5);
        str_add_char(out, ' ');
        str_add_bytes(out, time + 11, 8);
    }
    *look = LOOK_DIM;
}

void show_command(const struct json *row, const struct json *owner, struct str *out, enum look *look)
{
    (void)owner;
    if (json_get_bool(row, "refused", false)) {
        add_sign(out, SIGN_FAIL, "refused: ");
        *look = LOOK_BAD;
    } else if (json_int(json_get(row, "undone_by"), 0)) {
        add_sign(out, SIGN_BACK, "undone: ");
        *look = LOOK_DIM;
    }
    add_command(row, false, out);
}

void show_value(const struct json *row, const struct json *owner, struct str *out, enum look *look)
{
    const struct json *value = json_get(row, "value");
    (void)owner;
    if (json_type(value) == JSON_NULL) {
        str_add(out, "none");
        *look = LOOK_DIM;
        return;
    }
    if (json_type(value) == JSON_ARRAY)
        json_each(item, value) str_addf(out, "%s%s", item == json_first(value) ? "" : ",", json_string(item));
    else
        row_text(row, "value", out);
}

bool has_bot(const struct json *tenant)
{
    const char *state = json_string(json_at(tenant, "bot.state"));
    return str_equal(json_get_string(tenant, "token"), "set") &&
           (str_equal(state, "running") || str_equal(state, "connecting") || str_equal(state, "error"));
}

bool in_step(const struct json *tenant)
{
    return json_get_int(tenant, "applied_revision", 0) >= json_get_int(tenant, "revision", 0);
}

void show_revision(const struct json *row, const struct json *owner, struct str *out, enum look *look)
{
    char number[32];
    (void)owner;
    str_add(out, number_text(json_get_int(row, "revision", 0), number));
    *look = LOOK_DIM;
    if (!has_bot(row)) {
        str_add(out, "  ");
        return;
    }
    str_addf(out, " %s", sign_text(in_step(row) ? SIGN_OK : SIGN_WAIT));
    *look = in_step(row) ? LOOK_GOOD : LOOK_WARN;
}
