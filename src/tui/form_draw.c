#include "form.h"

#define NAME_CELLS 14
#define CELLS 76 /* of the box */

static void draw_empty(const struct field *field, int y, int x, int cells)
{
    struct str text = STR_INIT;
    str_addf(&text, "%s%s%s", field->needed ? "" : "optional", field->needed || !field->help ? "" : ": ",
             field->help     ? field->help
             : field->needed ? "needed"
                             : "");
    canvas_text(y, x, cells, LOOK_DIM, str_text(&text), false);
    str_release(&text);
}

static void draw_field(struct form_view *f, size_t i, struct rect r, int y)
{
    struct field *field = &f->fields[i];
    bool here = i == f->at;
    int name = r.cols >= 40 ? NAME_CELLS : r.cols / 3, x = r.x + name + 1, cells = r.cols - name - 1;
    const char *text = str_text(&field->edit.text);
    canvas_text(y, r.x, name, here ? LOOK_ACCENT : field->fixed ? LOOK_DIM : LOOK_TEXT, field->name, false);
    if (field->fixed && f->line_count > 1 && !i) {
        struct str several = STR_INIT;
        str_addf(&several, "%zu: %s ...", f->line_count, text);
        canvas_text(y, x, cells, LOOK_DIM, str_text(&several), false);
        str_release(&several);
    } else if (field->flag) {
        canvas_text(y, x, cells, LOOK_TEXT, field->edit.text.len ? "[x] yes" : "[ ] no", false);
        if (here)
            canvas_caret(y, x + 1);
    } else if (field->fixed) {
        canvas_text(y, x, cells, LOOK_DIM, text, false);
    } else {
        edit_draw(&field->edit, y, x, cells, here);
        if (!field->edit.text.len && !here)
            draw_empty(field, y, x, cells);
    }
}

/* What helps with the field: its candidates, else what it is. */
static void draw_help(const struct form_view *f, struct rect r, int y)
{
    const struct field *field = &f->fields[f->at];
    if (f->candidates.count)
        candidates_draw_row(&f->candidates, y, r.x, r.cols);
    else if (field->help)
        canvas_text(y, r.x, r.cols, LOOK_DIM, field->help, false);
}

static enum look add_verdict(const struct form_view *f, struct str *text)
{
    const char *complaint = form_complaint(f);
    if (complaint && str_equal(complaint, "is needed")) {
        size_t gap = 0;
        while (!f->fields[gap].needed || f->fields[gap].edit.text.len)
            gap++;
        str_addf(text, "%s is needed", f->fields[gap].name);
    } else if (complaint) {
        str_add(text, complaint);
    } else if (form_complete(f) && form_is_checked(f) && !f->verdict.code) {
        str_add(text, "ready");
    }
    return complaint ? LOOK_BAD : LOOK_GOOD;
}

/* Rows that TEXT takes beyond the first. */
static int more_rows(const char *text, int cells)
{
    int rows = 0;
    for (size_t n; *text; text += n + (text[n] == ' '), rows++)
        n = wrapped_line(text, cells);
    return rows > 1 ? rows - 1 : 0;
}

/* With arguments given, those say more than what the command is good for. */
static void add_title(const struct form_view *f, struct str *title)
{
    size_t given = 0;
    while (given < f->count && f->fields[given].fixed)
        given++;
    if (!given)
        str_add(title, f->spec->summary);
    else if (f->line_count > 1)
        str_addf(title, "%s: %zu marked", f->spec->name, f->line_count);
    else
        form_line(f, 0, given, title);
}

/* Rows by importance: the field with the cursor, what is wrong, the finished line, what may stand there, the
 * other fields. */
void form_draw(struct app *app, struct view *v, struct rect body)
{
    struct form_view *f = (struct form_view *)v;
    int fields = (int)f->count;
    struct str title = STR_INIT, verdict = STR_INIT;
    add_title(f, &title);
    enum look look = add_verdict(f, &verdict);
    int more = more_rows(str_text(&verdict), (body.cols < CELLS ? body.cols : CELLS) - 4);
    struct rect r = dialog_open(body, fields + 7 + more, CELLS, str_text(&title));
    str_release(&title);
    more = more < r.rows - 2 ? more : r.rows > 2 ? r.rows - 2 : 0;
    r.rows -= more;
    int below = r.rows >= fields + 5 ? 5 : r.rows >= 5 ? 3 : r.rows - 1;
    int shown = r.rows - below < fields ? r.rows - below : fields;
    size_t first = (int)f->at >= shown ? f->at - (size_t)shown + 1 : 0;
    app->cut = app->cut || shown < fields || below < 3;
    for (int i = 0; i < shown; i++)
        draw_field(f, first + (size_t)i, r, r.y + i);
    int y = r.y + shown + (below == 5);
    if (below >= 3)
        draw_help(f, r, y++);
    y += below == 5;
    if (below >= 2) {
        struct str line = STR_INIT;
        form_line(f, 0, FIELDS_MOST, &line);
        canvas_text(y++, r.x, r.cols, LOOK_BOLD, str_text(&line), false);
        str_release(&line);
    }
    if (below >= 1)
        draw_wrapped((struct rect){y, r.x, 1 + more, r.cols}, look, str_text(&verdict));
    str_release(&verdict);
}
