#include "tt/base/error.h"

#include <stdarg.h>
#include <stdio.h>

#include "tt/base/str.h"
#include "tt/base/log.h"
#include "tt/base/text.h"

static const struct {
    const char *name;
    int status;
} codes[ERROR_CODE_COUNT] = {
    [ERROR_NONE] = {"none", 0},
    [ERROR_UNKNOWN_COMMAND] = {"unknown_command", 2},
    [ERROR_UNKNOWN_WORD] = {"unknown_word", 2},
    [ERROR_MISSING_ARGUMENT] = {"missing_argument", 2},
    [ERROR_EXTRA_ARGUMENT] = {"extra_argument", 2},
    [ERROR_MALFORMED] = {"malformed", 2},
    [ERROR_NO_SUCH] = {"no_such", 1},
    [ERROR_NOT_IN_PLAN] = {"not_in_plan", 1},
    [ERROR_TAKEN] = {"taken", 1},
    [ERROR_REFUSED] = {"refused", 1},
    [ERROR_INTERNAL] = {"internal", 1},
    [ERROR_NOT_PERMITTED] = {"not_permitted", 3},
    [ERROR_READ_ONLY] = {"read_only", 3},
    [ERROR_DB_MISSING] = {"db_missing", 4},
    [ERROR_DB_DAMAGED] = {"db_damaged", 4},
    [ERROR_DB_NEWER] = {"db_newer", 4},
    [ERROR_DB_OLDER] = {"db_older", 4},
    [ERROR_DB_LOCKED] = {"db_locked", 4},
    [ERROR_DB_FULL] = {"db_full", 4},
    [ERROR_KEY_MISSING] = {"key_missing", 4},
    [ERROR_KEY_WRONG] = {"key_wrong", 4},
    [ERROR_KEY_UNSAFE] = {"key_unsafe", 4},
    [ERROR_PENDING] = {"pending", 5},
    [ERROR_INTERRUPTED] = {"interrupted", 130},
};

/* Format into TO: one line, secrets out of it, then cut at a character boundary (a token that is cut first is
 * not known any more). The arguments may lie in TO itself. */
static void fill(char *to, size_t size, const char *format, va_list args)
{
    struct str text = STR_INIT, safe = STR_INIT;
    str_addv(&text, format, args);
    log_redact(&text);
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] == '\n' || text.data[i] == '\r')
            text.data[i] = ' ';
    /* A message quotes what was typed or received, and ends on a terminal. */
    text_safe(&safe, str_text(&text));
    str_copy(to, size, str_text(&safe));
    str_wipe(&text);
    str_release(&safe);
}

int error_set(struct error *e, enum error_code code, const char *field, const char *format, ...)
{
    if (!e)
        return -1;
    va_list args;
    va_start(args, format);
    fill(e->message, sizeof e->message, format, args);
    va_end(args);
    e->code = code;
    /* FIELD may be the field of this very error, when a caller words it anew. */
    if (field != e->field)
        str_copy(e->field, sizeof e->field, field ? field : "");
    e->hint[0] = '\0';
    return -1;
}

int error_hint(struct error *e, const char *format, ...)
{
    if (!e)
        return -1;
    va_list args;
    va_start(args, format);
    fill(e->hint, sizeof e->hint, format, args);
    va_end(args);
    return -1;
}

const char *error_code_name(enum error_code code)
{
    return (unsigned)code < ERROR_CODE_COUNT ? codes[code].name : codes[ERROR_INTERNAL].name;
}

int error_code_status(enum error_code code)
{
    return (unsigned)code < ERROR_CODE_COUNT ? codes[code].status : codes[ERROR_INTERNAL].status;
}
