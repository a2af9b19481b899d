/* Boxes over a screen, and the question of a running command. */
#include "app.h"

#include "edit.h"
#include "tt/base/mem.h"
#include "tt/base/text.h"

#define BESIDE 16 /* cells of the screen below that are worth showing at each side */

struct rect dialog_open(struct rect body, int rows, int cols, const char *title)
{
    struct rect r = {.rows = rows < body.rows ? rows : body.rows,
                     .cols = cols < body.cols ? cols : body.cols};
    bool small = body.rows < 8 || body.cols < 30;
    if (small || canvas_is_accessible()) {
        canvas_fill(body, LOOK_TEXT);
        bool titled = body.rows > 4;
        if (titled)
            canvas_text(body.y, body.x + 1, body.cols - 2, LOOK_BOLD, title, false);
        return (struct rect){body.y + titled, body.x + 1, body.rows - titled, body.cols - 2};
    }
    r.y = body.y + (body.rows - r.rows) / 2;
    r.x = body.x + (body.cols - r.cols) / 2;
    /* Beside the box nothing stays that would read as a part of it: where little is left, the whole rows go.
     */
    int beside = body.cols - r.cols < 2 * BESIDE ? r.x - body.x : 1;
    canvas_fill((struct rect){r.y, r.x - beside, r.rows, r.cols + 2 * beside + 1}, LOOK_TEXT);
    return canvas_frame(r, title);
}

size_t wrapped_line(const char *text, int cells)
{
    size_t at = 0, blank = 0, len = strcspn(text, "\n");
    int width = 0;
    uint32_t c;
    for (size_t n; at < len && (n = text_decode(text + at, len - at, &c)) > 0; at += n) {
        width += text_char_width(c);
        if (width > cells)
            return blank ? blank : at ? at : n;
        if (c == ' ')
            blank = at;
    }
    return len;
}

int draw_wrapped(struct rect r, enum look look, const char *text)
{
    int row = 0;
    while (*text && row < r.rows) {
        size_t n = wrapped_line(text, r.cols);
        struct str line = STR_INIT;
        str_add_bytes(&line, text, n);
        canvas_text(r.y + row++, r.x, r.cols, look, str_text(&line), false);
        str_release(&line);
        text += n;
        text += *text == ' ' || *text == '\n';
    }
    return row;
}

/* --- a question of a running command: the harmless answer is what Enter gives --- */

struct question_view {
    struct view view;
    struct question question;
    struct edit edit;
    bool wrong; /* something else was typed */
};

static void answer(struct app *app, struct question_view *q, bool yes)
{
    worker_answer(app->worker, yes, q->question.secret ? str_text(&q->edit.text) : NULL);
    app_pop(app);
}

static void question_draw(struct app *app, struct view *v, struct rect body)
{
    struct question_view *q = (struct question_view *)v;
    bool typed = q->question.expected || q->question.secret;
    struct rect r =
        dialog_open(body, 9, 66, q->question.secret ? "what is typed stays hidden" : "are you sure?");
    (void)app;
    int last = r.y + r.rows - 1;
    draw_wrapped((struct rect){r.y, r.x, r.rows - (r.rows > 3 ? 3 : 1), r.cols}, LOOK_TEXT, q->question.text);
    if (q->question.expected && r.rows > 2) {
        struct str ask = STR_INIT;
        str_addf(&ask, "%s: type %s", q->wrong ? "that is something else" : "to do it", q->question.expected);
        canvas_text(last - 1, r.x, r.cols, q->wrong ? LOOK_BAD : LOOK_WARN, str_text(&ask), false);
        str_release(&ask);
    }
    if (typed)
        edit_draw(&q->edit, last, r.x, r.cols, true);
    else
        canvas_text(last, r.x, r.cols, LOOK_WARN, "y does it; Enter and Esc close this, nothing is done",
                    false);
}

static bool question_key(struct app *app, struct view *v, int key)
{
    struct question_view *q = (struct question_view *)v;
    const char *text = str_text(&q->edit.text);
    bool typed = q->question.expected || q->question.secret;
    if (key == KEY_CODE_ESC || key == KEY_CTRL('C'))
        answer(app, q, false);
    else if (key == KEY_CODE_ENTER && (!typed || !*text))
        answer(app, q, false);
    else if (key == KEY_CODE_ENTER && (q->question.secret || str_equal(text, q->question.expected)))
        answer(app, q, true);
    else if (key == KEY_CODE_ENTER)
        q->wrong = true;
    else if (typed)
        q->wrong = edit_key(&q->edit, key) ? false : q->wrong;
    else if (key == 'y' || key == 'Y' || key == 'n' || key == 'N')
        answer(app, q, key == 'y' || key == 'Y');
    return true;
}

static void question_free(struct view *v)
{
    struct question_view *q = (struct question_view *)v;
    free(q->question.text);
    free(q->question.expected);
    edit_release(&q->edit);
    free(q);
}

static const struct binding yes_no_keys[] = {{.key = 'y', .label = "Yes", .help = "do it"},
                                             {.key = KEY_CODE_ESC, .label = "No", .help = "do nothing"},
                                             {0}};
static const struct binding typed_keys[] = {
    {.key = KEY_CODE_ENTER, .label = "Answer", .help = "what was typed"},
    {.key = KEY_CODE_ESC, .label = "No", .help = "do nothing"},
    {0}};
#define QUESTION_TYPE(keys)                                                               \
    {                                                                                     \
        .name = "question", .bindings = keys, .draw = question_draw, .key = question_key, \
        .free = question_free                                                             \
    }
static const struct view_type yes_no_type = QUESTION_TYPE(yes_no_keys),
                              typed_type = QUESTION_TYPE(typed_keys);

struct view *question_new(struct question *question)
{
    struct question_view *q = mem_zero(1, sizeof *q);
    q->view.type = question->expected || question->secret ? &typed_type : &yes_no_type;
    q->view.overlay = true;
    q->question = *question;
    q->edit.secret = question->secret;
    *question = (struct question){0};
    return &q->view;
}
