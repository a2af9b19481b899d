#include "script.h"

#include "control.h"
#include "tt/base/fs.h"
#include "tt/base/mem.h"
#include "waits.h"

#define SCRIPT_LIMIT (16 * 1024 * 1024)

struct script {
    struct box *box;
    struct list lines; /* documents */
    size_t next;
    uv_timer_t timer;
    struct wait *wait;
    bool started;
};

static int add_line(struct script *s, const char *path, size_t number, const char *line, size_t n,
                    struct error *e)
{
    struct error inner = {0};
    size_t blank = strspn(line, " \t\r");
    if (blank >= n || line[blank] == '#')
        return 0;
    struct json *doc = json_parse(line, n, &inner);
    if (doc && control_check(doc, &inner) == 0) {
        list_push(&s->lines, doc);
        return 0;
    }
    json_free(doc);
    return error_set(e, ERROR_MALFORMED, "script", "%s:%zu: %s", path, number, inner.message);
}

int script_open(struct box *b, const char *path, struct error *e)
{
    struct str text = STR_INIT;
    if (fs_read(path, SCRIPT_LIMIT, &text, e) < 0)
        return -1;
    struct script *s = b->script = mem_zero(1, sizeof *s);
    s->box = b;
    int result = 0;
    size_t number = 1;
    for (const char *p = str_text(&text); *p && result == 0; number++) {
        size_t n = strcspn(p, "\n");
        result = add_line(s, path, number, p, n, e);
        p += n + (p[n] == '\n');
    }
    str_release(&text);
    return result;
}

static void print_answer(const struct json *answer)
{
    struct str text = STR_INIT;
    json_print(answer, &text);
    str_add_char(&text, '\n');
    fwrite(text.data, 1, text.len, stdout);
    fflush(stdout);
    str_release(&text);
}

static void go_on(uv_timer_t *t);

static void soon(struct script *s, int64_t ms)
{
    uv_timer_start(&s->timer, go_on, ms < 0 ? 0 : (uint64_t)ms, 0);
}

static void waited(void *owner, struct json *answer)
{
    struct script *s = owner;
    s->wait = NULL;
    print_answer(answer);
    json_free(answer);
    soon(s, 0);
}

static void go_on(uv_timer_t *t)
{
    struct script *s = t->data;
    if (s->next == s->lines.count || s->box->stopping)
        return;
    const struct json *doc = s->lines.items[s->next++];
    const char *word = json_get_string(doc, "do");
    if (str_equal(word, "wait")) {
        struct json *now = wait_start(s->box, doc, waited, s, &s->wait);
        if (now)
            waited(s, now);
        return;
    }
    if (str_equal(word, "pause")) {
        soon(s, json_get_int(doc, "ms", 1000));
        return;
    }
    struct error e = {0};
    struct json *answer = control_run(s->box, doc, &e);
    if (!answer) {
        answer = json_new_object();
        json_set_bool(answer, "ok", false);
        json_set_string(answer, "error", e.message);
    }
    print_answer(answer);
    json_free(answer);
    soon(s, 0);
}

void script_start(struct box *b)
{
    struct script *s = b->script;
    if (!s)
        return;
    s->started = true;
    uv_timer_init(&b->loop, &s->timer);
    s->timer.data = s;
    soon(s, 0);
}

static void closed(uv_handle_t *h)
{
    free(h->data);
}

void script_release(struct box *b)
{
    struct script *s = b->script;
    if (!s)
        return;
    wait_drop(s->wait);
    for (size_t i = 0; i < s->lines.count; i++)
        json_free(s->lines.items[i]);
    list_drop(&s->lines);
    b->script = NULL;
    if (s->started)
        uv_close((uv_handle_t *)&s->timer, closed);
    else
        free(s);
}
