#include "cmd_shared.h"

#include <errno.h>

#include "tt/base/fs.h"
#include "tt/base/log.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

#define LOG_FILE_LIMIT (64u << 20)
#define LOG_ROTATED_MAX 9
#define TAIL_LINES 50 /* that a chat shows */
#define FOLLOW_LINES 10

static const char *const level_words[] = {"debug", "info", "warn", "error", NULL};

static const struct arg_spec args[] = {{.name = "tenant", .type = ARG_TENANT, .optional = true}, {0}};

static const struct option_spec options[] = {
    {.name = "--level",
     .value = "LEVEL",
     .type = ARG_WORD,
     .words = level_words,
     .help = "this level and above"},
    {.name = "--since", .value = "TIME", .type = ARG_TIME, .help = "only what came after"},
    {.name = "--follow",
     .help = "the last 10 lines (with --since: all of them), then new ones until interrupted"},
    {0},
};

static const struct column columns[] = {
    {"time", "TIME", false},   {"level", "LEVEL", false},     {"tenant_id", "TENANT", false},
    {"event", "EVENT", false}, {"message", "MESSAGE", false},
};
#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

struct line {
    int64_t time;
    enum log_level level;
    const char *tenant, *event, *message; /* tenant NULL: none */
};

struct filter {
    struct command_context *c;
    const char *tenant; /* NULL: any */
    int level;
    int64_t since;
    int64_t total; /* lines that passed */
    bool following;
    char **tail; /* the newest lines, a ring; NULL: every line goes out at once */
    int64_t tail_size;
};

/* Cut the next word off *AT; NULL at the end. */
static char *next_word(char **at)
{
    char *word = *at;
    char *blank = word ? strchr(word, ' ') : NULL;

    if (!word || !*word)
        return NULL;
    if (blank)
        *blank = '\0';
    *at = blank ? blank + 1 : word + strlen(word);
    return word;
}

/* `2026-08-01T12:03:51.042Z info tenant01 push acknowledged revision=17`; TEXT is cut up. */
static bool parse_text(char *text, struct line *out)
{
    char *at = text;
    const char *time = next_word(&at), *level = next_word(&at);

    out->tenant = next_word(&at);
    out->event = next_word(&at);
    out->message = at;
    return out->event && !time_parse_rfc3339(time, &out->time, NULL) &&
           !log_level_parse(level, &out->level, NULL);
}

static bool parse_json(const struct json *j, struct line *out)
{
    const char *time = json_get_string(j, "time"), *level = json_get_string(j, "level");

    out->tenant = json_get_string(j, "tenant");
    out->event = json_get_string(j, "event");
    out->message = json_get_string(j, "message");
    return time && level && !time_parse_rfc3339(time, &out->time, NULL) &&
           !log_level_parse(level, &out->level, NULL);
}

static bool passes(const struct filter *f, const struct line *line)
{
    return (!f->tenant || str_equal(line->tenant, f->tenant)) && (int)line->level >= f->level &&
           line->time >= f->since;
}

static void emit(struct filter *f, const struct line *line)
{
    struct cell cells[COLUMN_COUNT] = {
        CELL_OF_TIME(line->time),
        CELL_OF_TEXT(log_level_name(line->level)),
        CELL_OF_TEXT(str_equal(line->tenant, "-") ? NULL : line->tenant),
        CELL_OF_TEXT(line->event),
        CELL_OF_TEXT(line->message),
    };

    writer_table_row(f->c->w, cells);
    if (f->following)
        writer_flush(f->c->w);
}

static void take(struct filter *f, const char *text, const struct line *line)
{
    if (!passes(f, line))
        return;
    if (f->tail) {
        char **place = &f->tail[f->total % f->tail_size];
        free(*place);
        *place = mem_strdup(text);
    } else {
        emit(f, line);
    }
    f->total++;
}

/* Lines that are none of ours (a half-written last one) are passed over. */
static void each_line(void *context, const char *text)
{
    struct line line = {0};

    if (*text == '{') {
        struct json *j = json_parse(text, strlen(text), NULL);
        if (parse_json(j, &line))
            take(context, text, &line);
        json_free(j);
    } else {
        char *copy = mem_strdup(text);
        if (parse_text(copy, &line))
            take(context, text, &line);
        free(copy);
    }
}

/* What the ring holds, oldest first. */
static void emit_tail(struct filter *f)
{
    int64_t n = f->total;
    char **tail = f->tail;

    f->tail = NULL;
    for (int64_t i = n > f->tail_size ? n - f->tail_size : 0; i < n; i++)
        each_line(f, tail[i % f->tail_size]);
    f->total = n;
    for (int64_t i = 0; i < f->tail_size; i++)
        free(tail[i]);
    free(tail);
}

/* Every whole line of FILE; *USED is the bytes they take. */
static int read_file(struct filter *f, const char *file, size_t *used, struct error *e)
{
    struct str text = STR_INIT;
    char *line, *end;
    int status = fs_read(file, LOG_FILE_LIMIT, &text, e);

    *used = 0;
    for (line = text.data; !status && line && (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        each_line(f, line);
        *used = (size_t)(end + 1 - text.data);
        if (f->c->ports->cancelled && f->c->ports->cancelled(f->c->ports->context))
            status = error_set(e, ERROR_INTERRUPTED, NULL, "interrupted");
    }
    str_release(&text);
    return status;
}

/* The rotated files, oldest first, then the current one. */
static int read_all(struct filter *f, const char *path, size_t *used, struct error *e)
{
    int status = 0;

    for (int i = LOG_ROTATED_MAX; !status && i >= 1; i--) {
        char *old = mem_format("%s.%d", path, i);
        if (fs_exists(old))
            status = read_file(f, old, used, e);
        free(old);
    }
    *used = 0;
    if (status)
        return -1;
    if (fs_exists(path))
        return read_file(f, path, used, e);
    writer_messagef(f->c->w, MESSAGE_NOTICE, "there is no %s: no daemon has run with this database", path);
    return 0;
}

static int follow(struct filter *f, const char *path, size_t used, struct error *e)
{
    const struct ports *ports = f->c->ports;

    if (!ports->follow)
        return error_set(e, ERROR_REFUSED, "--follow", "a log cannot be followed from here");
    writer_flush(f->c->w);
    f->following = true;
    if (ports->follow(ports->context, path, (int64_t)used, each_line, f))
        return error_set(e, ERROR_INTERNAL, "--follow", "the folder of '%s' cannot be watched: %s", path,
                         strerror(errno));
    return 0;
}

static int logs(struct filter *f, const char *path, struct error *e)
{
    size_t used = 0;

    f->c->w->by_rows = option_given(f->c, "--follow");
    writer_table_begin(f->c->w, columns, COLUMN_COUNT);
    int status = read_all(f, path, &used, e);
    if (f->tail)
        emit_tail(f);
    if (!status && option_given(f->c, "--follow"))
        status = follow(f, path, used, e);
    if (!status)
        writer_table_end(f->c->w, f->total, NULL);
    return status;
}

static int run(struct command_context *c, struct error *e)
{
    const char *level = option_text(c, "--level");
    struct filter filter = {
        .c = c,
        .tenant = c->has_tenant ? c->tenant.id : NULL,
        .level = level ? word_parse("level", level, level_words, e) : 0,
        .since = option_number(c, "--since", 0),
    };

    if (filter.level < 0)
        return -1;
    /* Who follows wants what comes, and a little of what led to it. */
    if (c->actor->face == FACE_DISCORD)
        filter.tail_size = TAIL_LINES;
    else if (option_given(c, "--follow") && !option_given(c, "--since"))
        filter.tail_size = FOLLOW_LINES;
    if (filter.tail_size)
        filter.tail = mem_zero((size_t)filter.tail_size, sizeof(*filter.tail));
    char *path = mem_format("%s.log", c->database_path);
    int status = logs(&filter, path, e);
    free(path);
    return status;
}

const struct command_spec command_logs = {
    .name = "logs",
    .args = args,
    .options = options,
    .flags = COMMAND_DISCORD | COMMAND_PERSONAL | COMMAND_SLOW,
    .right = RIGHT_VIEWER,
    .group = GROUP_UPKEEP,
    .summary = "show what the daemon logged, oldest first",
    .detail = "Reads DB.log and the files that it was rotated to. On Discord the newest 50 lines are shown.",
    .example = "logs tenant01 --level warn --since 2h",
    .run = run,
};
