#include <stdio.h>
#include <unistd.h>

#include "tt/base/mem.h"
#include "tt/base/text.h"
#include "tt/base/time.h"
#include "local.h"

#define SHOW_AFTER_MS 1000
#define REDRAW_MS 100
#define BAR_CELLS 20

/* One bar at a time: a terminal has one last line. */
static struct {
    char what[64];
    int64_t started, drawn;
    bool shown;
} bar;

static void clear(void)
{
    if (bar.shown) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
    }
    bar.shown = false;
}

static void add_bar(struct str *out, int64_t done, int64_t total)
{
    size_t filled = total > 0 ? (size_t)((double)done / (double)total * BAR_CELLS) : 0;
    filled = filled > BAR_CELLS ? BAR_CELLS : filled;
    str_add_char(out, '[');
    str_add_repeat(out, '#', filled);
    str_add_repeat(out, '.', BAR_CELLS - filled);
    str_addf(out, "] %3d %%", total > 0 ? (int)(100 * (double)done / (double)total) : 0);
}

void progress_text(const char *what, int64_t done, int64_t total, int64_t elapsed_ms, struct str *out)
{
    str_addf(out, "%s ", what);
    add_bar(out, done, total);
    if (done <= 0 || elapsed_ms <= 0)
        return;
    double rate = (double)done * 1000.0 / (double)elapsed_ms;
    char left[TIME_TEXT];
    time_format_duration((int64_t)((double)(total - done) / rate * 1000.0), left);
    str_addf(out, rate >= 10 ? "  %.0f/s" : "  %.1f/s", rate);
    str_addf(out, "  %s left", left);
}

void cli_progress(void *context, const char *what, int64_t done, int64_t total)
{
    (void)context;
    if (total <= 0) {
        clear();
        bar.what[0] = '\0';
        return;
    }
    int64_t now = time_monotonic();
    if (!str_equal(bar.what, what)) {
        clear();
        str_copy(bar.what, sizeof bar.what, what);
        bar.started = now;
        bar.drawn = 0;
    }
    if (now - bar.started < SHOW_AFTER_MS || now - bar.drawn < REDRAW_MS || !isatty(STDERR_FILENO))
        return;
    struct str line = STR_INIT, fitted = STR_INIT;
    progress_text(what, done, total, now - bar.started, &line);
    int width = output_width(STDERR_FILENO);
    text_fit(&fitted, str_text(&line), width > 1 ? (size_t)width - 1 : 79, false, !output_utf8());
    fprintf(stderr, "\r%s", str_text(&fitted));
    fflush(stderr);
    str_release(&line);
    str_release(&fitted);
    bar.shown = true;
    bar.drawn = now;
}
