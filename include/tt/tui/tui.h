/* The screens. A screen is a read command, plus columns, plus keys bound to commands: no access to the store.
 */
#ifndef TT_TUI_TUI_H
#define TT_TUI_TUI_H

#include "tt/command/command.h"

struct tui_options {
    /* A session made for the worker thread: opened there, since a store connection stays on its thread. */
    struct command_session *(*open)(void *context, struct error *e);
    void (*close)(void *context, struct command_session *session);
    void (*interrupt)(void *context); /* from the UI's thread: end the statement that runs now; may be NULL */
    const struct ports *ports;
    const struct feature_list *features; /* what their settings are for; may be NULL */
    void *context;
    const char *database_path;
    const char *watch_path; /* the WAL: a change there means "look again" */
    const char *greeting;   /* said at the start; NULL: nothing */
    bool readonly, accessible, color;
};
/* Until the user leaves. The exit status; -1 and E, the terminal as it was: no terminal, unknown TERM, the
 * session cannot be opened. */
int tui_run(const struct tui_options *options, struct error *e);

/* Ports that the screens fill, called on the worker's thread: dialogs on the UI's, progress in the status
 * line, ^C. CONTEXT is not used: a process has one terminal. */
int tui_confirm(void *context, const char *question, const char *expected, struct error *e);
int tui_read_secret(void *context, const char *prompt, struct str *out, struct error *e);
void tui_progress(void *context, const char *what, int64_t done, int64_t total);
bool tui_cancelled(void *context);

#endif
