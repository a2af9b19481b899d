/* multipart/form-data, as RFC 7578 has it. */
#include "request.h"

#include "tt/base/mem.h"

void upload_free(struct upload *u)
{
    if (!u)
        return;
    free(u->name);
    free(u->filename);
    free(u->type);
    free(u->data);
    free(u);
}

static int boundary_of(const char *content_type, char *out, size_t size)
{
    const char *p = strcasestr(content_type ? content_type : "", "boundary=");
    if (!p)
        return -1;
    p += strlen("boundary=");
    bool quoted = *p == '"';
    p += quoted;
    size_t n = strcspn(p, quoted ? "\"" : "; \t\r\n");
    if (n == 0 || n > 70 || n + 3 > size)
        return -1;
    snprintf(out, size, "--%.*s", (int)n, p);
    return 0;
}

/* The value of name="..." within one header line; the caller frees; NULL when absent. */
static char *parameter(const char *line, size_t n, const char *name)
{
    struct str key = STR_INIT;
    str_addf(&key, " %s=\"", name);
    const char *p = memmem(line, n, key.data, key.len);
    size_t skip = key.len;
    str_release(&key);
    if (!p)
        return NULL;
    p += skip;
    const char *end = memchr(p, '"', (size_t)(line + n - p));
    return end ? mem_strndup(p, (size_t)(end - p)) : NULL;
}

static void headers(struct upload *u, const char *p, const char *end)
{
    while (p < end) {
        const char *eol = memmem(p, (size_t)(end - p), "\r\n", 2);
        size_t n = eol ? (size_t)(eol - p) : (size_t)(end - p);
        if (n > 20 && strncasecmp(p, "Content-Disposition:", 20) == 0) {
            free(u->name);
            free(u->filename);
            u->name = parameter(p, n, "name");
            u->filename = parameter(p, n, "filename");
        } else if (n > 13 && strncasecmp(p, "Content-Type:", 13) == 0) {
            free(u->type);
            size_t from = 13;
            while (from < n && p[from] == ' ')
                from++;
            u->type = mem_strndup(p + from, n - from);
        }
        p += n + 2;
    }
}

int multipart_parse(const char *content_type, const char *body, size_t n, struct list *uploads)
{
    char boundary[80];
    if (boundary_of(content_type, boundary, sizeof boundary) < 0)
        return -1;
    size_t skip = strlen(boundary);
    const char *end = body + n, *p = memmem(body, n, boundary, skip);
    while (p) {
        p += skip;
        if (end - p >= 2 && memcmp(p, "--", 2) == 0)
            return 0;
        if (end - p < 2 || memcmp(p, "\r\n", 2) != 0)
            return -1;
        p += 2;
        const char *blank = memmem(p, (size_t)(end - p), "\r\n\r\n", 4);
        if (!blank)
            return -1;
        const char *data = blank + 4, *next = memmem(data, (size_t)(end - data), boundary, skip);
        if (!next || next - data < 2)
            return -1;
        struct upload *u = mem_zero(1, sizeof *u);
        headers(u, p, blank);
        u->size = (size_t)(next - 2 - data);
        u->data = mem_strndup("", 0);
        u->data = mem_resize(u->data, u->size + 1, 1);
        memcpy(u->data, data, u->size);
        u->data[u->size] = 0;
        list_push(uploads, u);
        p = next;
    }
    return -1;
}
