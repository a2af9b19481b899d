#define NCURSES_NOMACROS
#include <ncurses.h>

#include "keymap.h"

static const struct {
    int key;
    const char *name;
} names[] = {
    {' ', "Space"},        {KEY_CODE_ENTER, "Enter"}, {KEY_CODE_ESC, "Esc"},
    {KEY_CODE_TAB, "Tab"}, {KEY_BTAB, "S-Tab"},       {KEY_UP, "Up"},
    {KEY_DOWN, "Down"},    {KEY_LEFT, "Left"},        {KEY_RIGHT, "Right"},
    {KEY_HOME, "Home"},    {KEY_END, "End"},          {KEY_PPAGE, "PgUp"},
    {KEY_NPAGE, "PgDn"},   {KEY_DC, "Del"},           {KEY_BACKSPACE, "Backspace"},
};

const char *key_label(int key, char out[16])
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].key == key) {
            str_copy(out, 16, names[i].name);
            return out;
        }
    if (key >= KEY_F(1) && key <= KEY_F(12))
        snprintf(out, 16, "F%d", key - KEY_F0);
    else if (key > 0 && key < 27)
        snprintf(out, 16, "^%c", 'A' + key - 1);
    else
        snprintf(out, 16, "%c", key > 32 && key < 127 ? key : '?');
    return out;
}

const struct binding *binding_find(const struct binding *table, int key)
{
    for (const struct binding *b = table; b && b->key; b++)
        if (b->key == key || (b->also && key > 0 && key < 127 && strchr(b->also, key)))
            return b;
    return NULL;
}
