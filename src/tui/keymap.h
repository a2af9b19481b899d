/* Keys, and the commands and actions they are bound to. */
#ifndef TUI_KEYMAP_H
#define TUI_KEYMAP_H

#include <stdbool.h>

#include "tt/base/json.h"
#include "tt/base/str.h"

struct app;
struct view;

#define KEY_CODE_ESC 27
#define KEY_CODE_ENTER 10
#define KEY_CODE_TAB 9
#define KEY_CTRL(letter) ((letter) - '@')
/* A character beyond ASCII arrives as KEY_CHARACTER | its code point, since ncurses numbers its keys from
 * 257. */
#define KEY_CHARACTER (1 << 24)

struct binding {
    int key;             /* ncurses code or character; 0 ends the list */
    const char *also;    /* characters that do the same; NULL none */
    const char *label;   /* in the key bar; NULL: only in help */
    const char *help;    /* one line */
    const char *command; /* a template, see template_fill; NULL: the action */
    int form;   /* the command's arguments from this one on (1 is the first) are typed in a form; 0: none */
    bool ask;   /* show first what it would do */
    bool reads; /* as it stands here the command only reads */
    bool typed; /* the line stands in the prompt, to be run there */
    void (*action)(struct app *app, struct view *view);
};

/* The binding of KEY in TABLE; NULL none. TABLE may be NULL. */
const struct binding *binding_find(const struct binding *table, int key);
/* "F10", "Space", "^L", "a". */
const char *key_label(int key, char out[16]);

/* Append TEMPLATE with its places filled from ROW, else from OWNER: {path} is the value as a word, {path|}
 * the same or nothing when there is none, {path?yes:no} one of two words. False when a value that is needed
 * is in neither. */
bool template_fill(const char *template, const struct json *row, const struct json *owner, struct str *out);
/* TEMPLATE as people write a command down, appended: `rename <tenant_id> <name>`, `features <on|off>`. */
void template_show(const char *template, struct str *out);

#endif
