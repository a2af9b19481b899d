#include "passphrase.h"

#include "input.h"
#include "tt/base/mem.h"

#define FILE_LIMIT 4096
#define SHORT 12 /* bytes */

static int ask(struct command_context *c, const char *prompt, struct str *out, struct error *e)
{
    if (!c->ports->read_secret) {
        error_set(e, ERROR_REFUSED, "--passphrase-file", "a passphrase cannot be typed here");
        return error_hint(e, "--passphrase-file F reads it from a file");
    }
    return c->ports->read_secret(c->ports->context, prompt, out, e);
}

/* Where nobody types, nothing comes a second time. */
static int ask_again(struct command_context *c, const struct str *first, struct error *e)
{
    struct str again = STR_INIT;
    int status = ask(c, "The same again: ", &again, e);

    if (!status && again.len && !str_equal(str_text(&again), str_text(first)))
        status = error_set(e, ERROR_REFUSED, "--passphrase-file", "the two passphrases differ");
    str_wipe(&again);
    return status;
}

int passphrase_read(struct command_context *c, bool anew, struct str *out, struct error *e)
{
    const char *from = option_text(c, "--passphrase-file");
    bool typed = !from || str_equal(from, "-");

    if (typed ? ask(c, "Passphrase of the file: ", out, e) : input_text(c, from, FILE_LIMIT, out, e))
        return -1;
    const char *end = out->len ? memchr(out->data, '\n', out->len) : NULL;
    if (end)
        str_cut(out, (size_t)(end - out->data));
    str_trim(out);
    if (!out->len) {
        error_set(e, ERROR_MISSING_ARGUMENT, "--passphrase-file",
                  typed ? "the file needs its passphrase, and nothing was typed" : "the passphrase is empty");
        return error_hint(e, "--passphrase-file F reads it from a file");
    }
    if (!anew)
        return 0;
    if (out->len < SHORT)
        writer_message(c->w, MESSAGE_WARNING,
                       "the passphrase is short: whoever has the file can try many of them");
    return typed ? ask_again(c, out, e) : 0;
}
