#include <errno.h>
#include <langinfo.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tt/base/log.h"
#include "local.h"

static bool gone;  /* the reader of standard output has left */
static int failed; /* errno of another failure to write there */

static void note_failure(void)
{
    gone = errno == EPIPE;
    failed = gone ? 0 : errno ? errno : EIO;
}

void output_write(int fd, const char *bytes, size_t n)
{
    if (fd == STDERR_FILENO) {
        /* What stands on standard output was said before. */
        output_flush();
        fwrite(bytes, 1, n, stderr);
        return;
    }
    if (gone || failed)
        return;
    errno = 0;
    if (fwrite(bytes, 1, n, stdout) != n)
        note_failure();
}

void output_flush(void)
{
    errno = 0;
    if (!gone && !failed && fflush(stdout) != 0)
        note_failure();
}

bool output_gone(void)
{
    return gone;
}

int cli_flush(int status)
{
    output_flush();
    if (!failed)
        return status;
    struct error e;
    error_set(&e, ERROR_INTERNAL, NULL, "cannot write to standard output: %s", strerror(failed));
    failed = 0;
    gone = true;
    int own = cli_error(&e, OUTPUT_TEXT, NULL, 0);
    return status && status != 5 ? status : own;
}

bool output_utf8(void)
{
    return str_equal(nl_langinfo(CODESET), "UTF-8");
}

bool output_color(const struct cli_options *options, int fd)
{
    if (options->color != CLI_COLOR_AUTO)
        return options->color == CLI_COLOR_ALWAYS;
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(fd) && !(no && *no) && term && !str_equal(term, "dumb");
}

int output_width(int fd)
{
    struct winsize size;
    if (!isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) != 0)
        return 0;
    return size.ws_col;
}

void output_line(const char *text)
{
    cli_progress(NULL, "", 0, 0);
    output_write(STDERR_FILENO, text, strlen(text));
    output_write(STDERR_FILENO, "\n", 1);
}

void cli_notice(const char *text)
{
    struct str line = STR_INIT;
    str_addf(&line, "tenanttui: %s", text);
    log_redact(&line);
    output_line(str_text(&line));
    str_release(&line);
}

static void error_json(const struct error *e, const char *file, int line, struct str *out)
{
    struct json *document = error_document(e);
    if (file) {
        json_set_string(document, "file", file);
        json_set_int(document, "line", line);
    }
    json_print(document, out);
    json_free(document);
}

static void error_text(const struct error *e, const char *file, int line, struct str *out)
{
    if (file)
        str_addf(out, "%s:%d: %s", file, line, e->message);
    else
        str_addf(out, "tenanttui: %s", e->message);
    if (e->hint[0])
        str_addf(out, "\n  %s", e->hint);
}

void error_write(const struct error *e, enum output_format format, const char *file, int line,
                 struct str *out)
{
    struct str text = STR_INIT;
    if (format == OUTPUT_JSON || format == OUTPUT_JSONL)
        error_json(e, file, line, &text);
    else
        error_text(e, file, line, &text);
    log_redact(&text);
    str_add(out, str_text(&text));
    str_add_char(out, '\n');
    str_release(&text);
}

int cli_error(const struct error *e, enum output_format format, const char *file, int line)
{
    struct str text = STR_INIT;
    error_write(e, format, file, line, &text);
    cli_progress(NULL, "", 0, 0);
    output_write(STDERR_FILENO, text.data, text.len);
    str_release(&text);
    return error_code_status(e->code);
}
