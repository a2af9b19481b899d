/* saved -> pushing -> acknowledged by X in N ms, beside what was changed. */
#include "tenant.h"

#include "tt/base/mem.h"
#include "tt/base/time.h"

/* "features shop" of `features tenant01 shop enable`; "" when a line changes no single row. */
static void name_of(const char *line, struct str *out)
{
    static const char *const kinds[] = {"features", "channels", "permissions", "config", "settings"};
    size_t argc = 0;
    char **argv = words_split(line, &argc, NULL);
    for (size_t i = 0; argc >= 3 && i < sizeof kinds / sizeof kinds[0]; i++)
        if (str_equal(argv[0], kinds[i]))
            str_addf(out, "%s %s", argv[0], argv[2]);
    if (out->len && argc >= 4 && str_equal(argv[0], "settings"))
        str_addf(out, " %s", argv[3]);
    words_free(argv, argc);
}

void tenant_note(struct tenant_view *t, const struct result *r)
{
    const struct write_state *w = &r->write;
    struct str name = STR_INIT, text = STR_INIT;
    char ms[TIME_TEXT];
    name_of(w->repeat ? w->repeat : r->line, &name);
    if (!name.len || !w->changed || r->error.code) {
        str_release(&name);
        return;
    }
    bool done = w->state == PUSH_STATE_ACKNOWLEDGED && !w->pushing;
    if (done && w->ms >= 0)
        str_addf(&text, "acknowledged by %s in %s", w->instance, time_format_duration(w->ms, ms));
    else if (done)
        str_add(&text, "acknowledged");
    else
        str_add(&text, w->pushing                      ? "pushing"
                       : w->state == PUSH_STATE_NONE   ? "saved"
                       : w->state == PUSH_STATE_PUSHED ? "pushed, no answer yet"
                                                       : "saved, not pushed yet");
    struct json *note = json_set(t->pushes, str_text(&name), json_new_object());
    json_set_int(note, "revision", w->revision);
    json_set_string(note, "state",
                    done                                        ? "done"
                    : w->pushing || w->state != PUSH_STATE_NONE ? "waits"
                                                                : "saved");
    json_set_string(note, "text", str_text(&text));
    str_release(&name);
    str_release(&text);
}

static void add_waiting(const struct json *tenant, struct str *out, enum look *look)
{
    char number[32];
    str_addf(out, "%s rev %s waits", sign_text(SIGN_WAIT),
             number_text(json_get_int(tenant, "revision", 0), number));
    *look = LOOK_WARN;
}

void push_text(const struct json *tenant, struct str *out, enum look *look)
{
    if (str_equal(json_get_string(tenant, "token"), "refused")) {
        str_addf(out, "%s token refused", sign_text(SIGN_FAIL));
        *look = LOOK_BAD;
    } else if (has_bot(tenant) && in_step(tenant)) {
        str_addf(out, "%s in step", sign_text(SIGN_OK));
        *look = LOOK_GOOD;
    } else if (has_bot(tenant)) {
        add_waiting(tenant, out, look);
    }
}

/* Are all revisions that the bot lacks told beside the rows that they changed? Then the others are in step.
 */
static bool all_noted(const struct json *tenant)
{
    int64_t from = json_get_int(tenant, "applied_revision", 0), to = json_get_int(tenant, "revision", 0);
    for (int64_t revision = from + 1; revision <= to; revision++) {
        bool noted = false;
        json_each(note, json_get(tenant, "pushes")) noted |= json_get_int(note, "revision", 0) == revision;
        if (!noted)
            return false;
    }
    return true;
}

void push_text_of(const struct json *tenant, const char *kind, const char *key, struct str *out,
                  enum look *look)
{
    char *name = mem_format("%s %s", kind, key ? key : "");
    const struct json *note = json_get(json_get(tenant, "pushes"), name);
    const char *state = json_get_string(note, "state");
    bool applied = json_get_int(note, "revision", 0) <= json_get_int(tenant, "applied_revision", 0);
    free(name);
    if (note && (str_equal(state, "done") || !has_bot(tenant) || !applied)) {
        bool done = str_equal(state, "done");
        enum sign sign = done ? SIGN_OK : str_equal(state, "saved") ? SIGN_NONE : SIGN_WAIT;
        str_addf(out, "%s%s%s", sign_text(sign), *sign_text(sign) ? " " : "", json_get_string(note, "text"));
        *look = done ? LOOK_GOOD : sign == SIGN_NONE ? LOOK_DIM : LOOK_WARN;
    } else if (has_bot(tenant) && !in_step(tenant) && all_noted(tenant)) {
        str_addf(out, "%s in step", sign_text(SIGN_OK));
        *look = LOOK_GOOD;
    } else {
        push_text(tenant, out, look);
    }
}
