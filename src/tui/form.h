/* A form is a command's own arguments and options, one field each, checked while somebody types. form.c keeps
 * the fields and the line they make, form_draw.c draws them. */
#ifndef TUI_FORM_H
#define TUI_FORM_H

#include "app.h"

#include "candidates.h"
#include "edit.h"

#define FIELDS_MOST 16

struct field {
    const char *name, *help; /* help may be NULL */
    enum arg_type type;
    bool option; /* "--id": stands behind the arguments */
    bool flag;   /* an option without a value: any text is yes */
    bool needed, fixed;
    bool left; /* somebody was here and went on: what is wrong may be told */
    struct edit edit;
};

struct form_view {
    struct view view;
    const struct command_spec *spec;
    struct field fields[FIELDS_MOST];
    size_t count, at;
    char **lines; /* what is given, one line each; their first words are what differs */
    size_t line_count;
    struct candidates candidates;
    char *checked; /* the line whose verdict stands below; NULL: none came yet */
    struct error verdict;
    bool running; /* Enter in the last field: it runs when the verdict on the line is there, and good */
    int wrong;    /* the field that the verdict names; -1 none */
};

/* The line that the fields make; TARGET: of the given lines. FAR: fields from this one on are left out (the
 * last one that has text is where it ends otherwise). */
void form_line(const struct form_view *f, size_t target, size_t far, struct str *line);
bool form_is_checked(const struct form_view *f); /* the verdict is on the line as it is now */
bool form_complete(const struct form_view *f);   /* every needed field has text */
bool form_is_choice(enum arg_type type);         /* few known words: all are shown */
/* What is wrong as far as it may be told: nothing of fields that nobody has reached. NULL: nothing. */
const char *form_complaint(const struct form_view *f);
void form_draw(struct app *app, struct view *v, struct rect body);

#endif
