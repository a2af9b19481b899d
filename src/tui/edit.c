#define NCURSES_NOMACROS
#include <ncurses.h>

#include "edit.h"

#include "canvas.h"
#include "keymap.h"
#include "tt/base/text.h"

void edit_release(struct edit *edit)
{
    str_wipe(&edit->text);
    edit->at = 0;
}

void edit_set(struct edit *edit, const char *text)
{
    str_clear(&edit->text);
    str_add(&edit->text, text);
    edit->at = edit->text.len;
}

static size_t before(const struct edit *edit)
{
    size_t at = edit->at;
    while (at > 0 && ((unsigned char)edit->text.data[--at] & 0xC0) == 0x80)
        ;
    return at;
}

static size_t after(const struct edit *edit)
{
    uint32_t c;
    return edit->at + text_decode(str_text(&edit->text) + edit->at, edit->text.len - edit->at, &c);
}

static void remove_range(struct edit *edit, size_t from, size_t to)
{
    if (to <= from)
        return;
    memmove(edit->text.data + from, edit->text.data + to, edit->text.len - to);
    str_cut(&edit->text, edit->text.len - (to - from));
    edit->at = from;
}

static void insert(struct edit *edit, const char *bytes, size_t n)
{
    str_add_bytes(&edit->text, bytes, n); /* makes room; then the tail moves behind it */
    memmove(edit->text.data + edit->at + n, edit->text.data + edit->at, edit->text.len - n - edit->at);
    memcpy(edit->text.data + edit->at, bytes, n);
    edit->at += n;
}

static size_t word_start(const struct edit *edit)
{
    size_t at = edit->at;
    while (at > 0 && edit->text.data[at - 1] == ' ')
        at--;
    while (at > 0 && edit->text.data[at - 1] != ' ')
        at--;
    return at;
}

bool edit_key(struct edit *edit, int key)
{
    switch (key) {
    case KEY_LEFT:
        edit->at = before(edit);
        return true;
    case KEY_RIGHT:
        edit->at = after(edit);
        return true;
    case KEY_HOME:
    case KEY_CTRL('A'):
        edit->at = 0;
        return true;
    case KEY_END:
    case KEY_CTRL('E'):
        edit->at = edit->text.len;
        return true;
    case KEY_BACKSPACE:
        remove_range(edit, before(edit), edit->at);
        return true;
    case KEY_DC: {
        size_t from = edit->at;
        remove_range(edit, from, after(edit));
        return true;
    }
    case KEY_CTRL('U'):
        remove_range(edit, 0, edit->at);
        return true;
    case KEY_CTRL('K'):
        str_cut(&edit->text, edit->at);
        return true;
    case KEY_CTRL('W'):
        remove_range(edit, word_start(edit), edit->at);
        return true;
    }
    if (key >= 32 && key < 127) {
        insert(edit, (char[]){(char)key}, 1);
        return true;
    }
    if (key & KEY_CHARACTER) {
        struct str bytes = STR_INIT;
        text_encode((uint32_t)(key & ~KEY_CHARACTER), &bytes);
        insert(edit, str_text(&bytes), bytes.len);
        str_release(&bytes);
        return true;
    }
    return false;
}

void edit_draw(const struct edit *edit, int y, int x, int cells, bool caret)
{
    struct str shown = STR_INIT, left = STR_INIT;
    size_t typed = text_length(str_text(&edit->text));
    if (edit->secret)
        str_add_repeat(&shown, '*', typed);
    else
        str_add(&shown, str_text(&edit->text));
    str_add_bytes(&left, str_text(&shown), edit->secret ? typed : edit->at);
    /* A long line begins further right, so that the cursor stays in the field. */
    const char *from = str_text(&shown);
    int width = (int)text_width(str_text(&left));
    while (width >= cells && *from) {
        uint32_t c;
        size_t n = text_decode(from, strlen(from), &c);
        width -= text_char_width(c);
        from += n;
    }
    canvas_text(y, x, cells, LOOK_TEXT, from, true);
    if (caret)
        canvas_caret(y, x + width);
    str_release(&shown);
    str_release(&left);
}
