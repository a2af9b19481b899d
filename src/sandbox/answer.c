#include "request.h"

#include "tt/base/mem.h"

void answer_json(struct request *r, int status, struct json *body)
{
    json_free(r->answer);
    r->status = status;
    r->answer = body;
}

void answer_none(struct request *r)
{
    answer_json(r, 204, NULL);
}

void answer_error(struct request *r, int status, int code, const char *message)
{
    struct json *o = json_new_object();
    json_set_string(o, "message", message);
    json_set_int(o, "code", code);
    answer_json(r, status, o);
}

bool answer_objections(struct request *r, struct objections *o)
{
    if (!o->tree)
        return false;
    answer_error(r, 400, 50035, "Invalid Form Body");
    json_set(r->answer, "errors", o->tree);
    o->tree = NULL;
    return true;
}

void unknown_channel(struct request *r)
{
    answer_error(r, 404, 10003, "Unknown Channel");
}

void unknown_message(struct request *r)
{
    answer_error(r, 404, 10008, "Unknown Message");
}

void unknown_guild(struct request *r)
{
    answer_error(r, 404, 10004, "Unknown Guild");
}

void unknown_member(struct request *r)
{
    answer_error(r, 404, 10007, "Unknown Member");
}

void missing_access(struct request *r)
{
    answer_error(r, 403, 50001, "Missing Access");
}

void missing_permissions(struct request *r)
{
    answer_error(r, 403, 50013, "Missing Permissions");
}

/* --- queries --- */

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void percent_decode(char *text, bool plus)
{
    char *to = text;
    for (const char *p = text; *p; p++) {
        if (*p == '%' && hex(p[1]) >= 0 && hex(p[2]) >= 0) {
            *to++ = (char)(hex(p[1]) * 16 + hex(p[2]));
            p += 2;
        } else {
            *to++ = plus && *p == '+' ? ' ' : *p;
        }
    }
    *to = 0;
}

const char *query_get(const struct request *r, const char *key, char *out, size_t size)
{
    size_t n = strlen(key);
    for (const char *p = r->query; p && *p;) {
        size_t len = strcspn(p, "&");
        if (len > n && strncmp(p, key, n) == 0 && p[n] == '=') {
            snprintf(out, size, "%.*s", (int)(len - n - 1), p + n + 1);
            percent_decode(out, true);
            return out;
        }
        p += len + (p[len] == '&');
    }
    return NULL;
}

int64_t query_number(const struct request *r, const char *key, int64_t otherwise)
{
    char text[32], *end = NULL;
    if (!query_get(r, key, text, sizeof text) || !*text)
        return otherwise;
    long long n = strtoll(text, &end, 10);
    return *end ? otherwise : n;
}
