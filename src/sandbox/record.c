#include "record.h"

#include "faults.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"

/* A request kept as it was; large bodies are cut out of the log, never out of the record file. */
struct entry {
    int64_t number, time, bot;
    int status;
    int64_t us;
    char *method, *path, *body, *reason;
    const char *template;
};

#define BODY_KEPT (64 << 10)

static void entry_free(struct entry *e)
{
    free(e->method);
    free(e->path);
    free(e->body);
    free(e->reason);
    free(e);
}

void record_release(struct box *b)
{
    for (size_t i = 0; i < b->log.count; i++)
        entry_free(b->log.items[i]);
    list_drop(&b->log);
}

static struct json *line_of(const struct request *r)
{
    struct json *o = json_new_object();
    json_set_int(o, "request", r->number);
    json_set_string(o, "method", r->method);
    json_set_string(o, "template", r->route ? r->route->template : NULL);
    json_set_string(o, "path", r->path);
    json_set_string(o, "query", r->query);
    json_set_string(o, "content_type", r->content_type);
    json_set(o, "body", r->doc ? json_clone(r->doc) : json_new_null());
    json_set_int(o, "status", r->status);
    json_set(o, "answer", r->answer ? json_clone(r->answer) : json_new_null());
    if (r->fault)
        json_set_string(o, "fault", fault_word(r->fault));
    return o;
}

/* The log is trimmed by tenths, for the sake of the list. */
static void trim(struct box *b)
{
    size_t most = (size_t)b->world.limits.log;
    if (b->log.count < most)
        return;
    size_t drop = most / 10 + 1;
    if (drop > b->log.count)
        drop = b->log.count;
    for (size_t i = 0; i < drop; i++)
        entry_free(b->log.items[i]);
    memmove(b->log.items, b->log.items + drop, (b->log.count - drop) * sizeof *b->log.items);
    b->log.count -= drop;
}

void record_request(const struct request *r)
{
    struct box *b = r->box;
    if (!r->number)
        return;
    if (b->record && str_starts(r->path, "/api/")) { /* files are none of the API's */
        struct json *line = line_of(r);
        struct str text = STR_INIT;
        json_print(line, &text);
        str_add_char(&text, '\n');
        fwrite(text.data, 1, text.len, b->record);
        fflush(b->record);
        str_release(&text);
        json_free(line);
    }
    trim(b);
    struct entry *e = mem_zero(1, sizeof *e);
    *e = (struct entry){.number = r->number,
                        .time = world_now(&b->world),
                        .bot = r->bot ? r->bot->id : 0,
                        .status = r->status,
                        .us = time_monotonic_us() - r->started,
                        .method = mem_strdup(r->method),
                        .path = mem_strdup(r->path),
                        .reason = mem_strdup(r->audit_reason),
                        .template = r->route ? r->route->template : NULL};
    if (r->doc) {
        struct str text = STR_INIT;
        json_print(r->doc, &text);
        if (text.len <= BODY_KEPT)
            e->body = str_take(&text);
        str_release(&text);
    }
    list_push(&b->log, e);
}

static bool fits(const struct entry *e, const char *method, const char *path, int status, int64_t bot)
{
    if ((method && !str_equal_nocase(method, e->method)) || (status && status != e->status) ||
        (bot && bot != e->bot))
        return false;
    if (!path)
        return true;
    const char *tail = str_starts(e->path, "/api/v10") ? e->path + strlen("/api/v10") : e->path;
    return pattern_matches(path, e->path) || pattern_matches(path, tail) || str_equal(path, e->template);
}

struct json *record_list(const struct box *b, int64_t since, const char *method, const char *path, int status,
                         int64_t bot, size_t limit)
{
    struct json *list = json_new_array();
    size_t found = 0;
    /* The log is in the order of the answers, the numbers in that of the requests: a slow one stands late. */
    for (size_t i = 0; i < b->log.count && found < limit; i++) {
        const struct entry *e = b->log.items[i];
        if (e->number <= since || !fits(e, method, path, status, bot))
            continue;
        found++;
        char time[TIME_TEXT];
        struct json *o = json_push(list, json_new_object());
        json_set_int(o, "request", e->number);
        json_set_string(o, "time", time_format_ms(e->time, time));
        json_set_string(o, "method", e->method);
        json_set_string(o, "path", e->path);
        json_set_string(o, "template", e->template);
        json_set_id(o, "bot", e->bot);
        json_set_int(o, "status", e->status);
        json_set_int(o, "us", e->us);
        json_set_string(o, "reason", e->reason);
        struct json *body = e->body ? json_parse(e->body, strlen(e->body), NULL) : NULL;
        json_set(o, "body", body ? body : json_new_null());
    }
    return list;
}
