#include "faults.h"

#include "tt/base/mem.h"

static const struct {
    const char *word;
    bool gateway;
    enum fault_kind kind;
} kinds[] = {
    {"latency", false, FAULT_LATENCY}, {"status", false, FAULT_STATUS}, {"429", false, FAULT_429},
    {"reset", false, FAULT_RESET},     {"half", false, FAULT_HALF},     {"garbage", false, FAULT_GARBAGE},
    {"hang", false, FAULT_HANG},       {"refuse", true, FAULT_REFUSE},  {"no_hello", true, FAULT_NO_HELLO},
};

bool pattern_matches(const char *pattern, const char *text)
{
    while (*pattern && *pattern != '*') {
        if (*pattern++ != *text++)
            return false;
    }
    if (!*pattern)
        return !*text;
    do {
        if (pattern_matches(pattern + 1, text))
            return true;
    } while (*text++);
    return false;
}

void fault_free(struct fault *f)
{
    if (!f)
        return;
    free(f->method);
    free(f->path);
    free(f->scope);
    free(f->body);
    free(f);
}

const char *fault_word(const struct fault *f)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].kind == f->kind)
            return kinds[i].word;
    return "";
}

int fault_add(struct box *b, const struct json *doc, struct error *e)
{
    const char *word = json_get_string(doc, "kind");
    bool gateway = str_equal(json_get_string(doc, "on"), "gateway");
    size_t i = 0, n = sizeof kinds / sizeof *kinds;
    while (i < n && !(str_equal(kinds[i].word, word) && kinds[i].gateway == gateway))
        i++;
    if (i == n)
        return error_set(e, ERROR_UNKNOWN_WORD, "kind", "unknown kind of fault '%s'", word ? word : "");
    struct fault *f = mem_zero(1, sizeof *f);
    f->gateway = gateway;
    f->kind = kinds[i].kind;
    f->method = mem_strdup(json_get_string(doc, "method"));
    f->path = mem_strdup(json_get_string(doc, "path"));
    f->bot = json_get_id(doc, "bot");
    f->times = json_get_int(doc, "times", 1);
    f->skip = json_get_int(doc, "skip", 0);
    f->status = (int)json_get_int(doc, "status", 500);
    f->latency_ms = (int)json_get_int(doc, "ms", 1000);
    f->retry_after = json_number(json_get(doc, "retry_after"), 1.0);
    f->global = json_get_bool(doc, "global", false);
    f->after_effect = json_get_bool(doc, "after_effect", false);
    f->scope = mem_strdup(json_get_string(doc, "scope"));
    f->body = mem_strdup(json_get_string(doc, "body"));
    if (f->status < 200 || f->status > 599) {
        fault_free(f);
        return error_set(e, ERROR_MALFORMED, "status", "status must be between 200 and 599");
    }
    list_push(&b->faults, f);
    return 0;
}

static bool meets(const struct fault *f, const struct request *r)
{
    if (f->gateway || (f->method && !str_equal_nocase(f->method, r->method)))
        return false;
    if (f->bot && (!r->bot || r->bot->id != f->bot))
        return false;
    if (!f->path)
        return true;
    /* A path is named with or without the base. */
    const char *path = r->path;
    const char *tail = str_starts(path, "/api/v10") ? path + strlen("/api/v10") : path;
    return pattern_matches(f->path, path) || pattern_matches(f->path, tail) ||
           (r->route && str_equal(f->path, r->route->template));
}

/* True when the fault is due now; counts it and drops it from the list when it is used up. */
static bool spend(struct box *b, struct fault *f, bool *last)
{
    if (f->skip > 0) {
        f->skip--;
        return false;
    }
    *last = f->times > 0 && --f->times == 0;
    if (*last)
        list_remove(&b->faults, f);
    return true;
}

struct fault *fault_for_request(struct box *b, const struct request *r)
{
    for (size_t i = 0; i < b->faults.count; i++) {
        struct fault *f = b->faults.items[i];
        bool last = false;
        if (!meets(f, r) || !spend(b, f, &last))
            continue;
        if (last)
            return f;
        struct fault *copy = mem_zero(1, sizeof *copy);
        *copy = *f;
        copy->method = copy->path = NULL;
        copy->scope = mem_strdup(f->scope);
        copy->body = mem_strdup(f->body);
        return copy;
    }
    return NULL;
}

bool fault_for_handshake(struct box *b, enum fault_kind kind)
{
    for (size_t i = 0; i < b->faults.count; i++) {
        struct fault *f = b->faults.items[i];
        bool last = false;
        if (!f->gateway || f->kind != kind || !spend(b, f, &last))
            continue;
        if (last)
            fault_free(f);
        return true;
    }
    return false;
}

static void answer_429(struct request *r, const struct fault *f)
{
    const char *scope = f->scope ? f->scope : f->global ? "global" : "user";
    struct json *o = json_new_object();
    json_set_string(o, "message", "You are being rate limited.");
    json_set(o, "retry_after", json_new_number(f->retry_after));
    json_set_bool(o, "global", f->global);
    json_set_int(o, "code", 0);
    answer_json(r, 429, o);
    int64_t whole = (int64_t)f->retry_after;
    str_addf(&r->headers, "Retry-After: %lld\r\n",
             (long long)((double)whole < f->retry_after ? whole + 1 : whole));
    if (f->global)
        str_add(&r->headers, "X-RateLimit-Global: true\r\n");
    str_addf(&r->headers, "X-RateLimit-Scope: %s\r\n", scope);
}

void fault_answer(struct request *r, const struct fault *f)
{
    str_clear(&r->headers);
    if (f->kind == FAULT_429) {
        answer_429(r, f);
        return;
    }
    if (f->kind == FAULT_STATUS && f->status >= 500) {
        char text[64];
        snprintf(text, sizeof text, "%d: %s", f->status, "Internal Server Error");
        answer_error(r, f->status, 0, f->body ? f->body : text);
    } else if (f->kind == FAULT_STATUS) {
        static const struct {
            int status, code;
            const char *message;
        } known[] = {{401, 0, "401: Unauthorized"},
                     {403, 50001, "Missing Access"},
                     {404, 0, "404: Not Found"},
                     {400, 50035, "Invalid Form Body"}};
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            if (known[i].status == f->status) {
                answer_error(r, f->status, known[i].code, f->body ? f->body : known[i].message);
                return;
            }
        answer_error(r, f->status, 0, f->body ? f->body : "ordered by the script");
    } else if (!r->answer && r->status == 0) {
        answer_error(r, 500, 0, "500: Internal Server Error");
    }
}
