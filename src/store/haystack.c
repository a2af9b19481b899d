#include "haystack.h"

#include <ctype.h>

#include "tt/base/mem.h"

/* A line for each tenant, its parts divided by a character that no part has. */
#define DIVIDER "\x1f"

struct haystack {
    char stamp[40]; /* of the database, when it was read */
    struct str lines;
};

void haystack_free(struct haystack *h)
{
    if (!h)
        return;
    str_release(&h->lines);
    free(h);
}

static void lower(char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (text[i] >= 'A' && text[i] <= 'Z')
            text[i] = (char)(text[i] + ('a' - 'A'));
}

static int read_all(struct store *s, struct str *lines, struct error *e)
{
    struct query q;
    int step = query_open(&q, s, e,
                          "SELECT tenant_id, name, guild_id, discord_id FROM tenants ORDER BY tenant_id", "");
    while (step >= 0 && (step = query_step(&q, e)) == 1) {
        for (int i = 0; i < 4; i++) {
            str_add(lines, query_text(&q, i));
            str_add(lines, i < 3 ? DIVIDER : "\n");
        }
    }
    query_close(&q);
    return step;
}

static int refresh(struct store *s, struct error *e)
{
    char stamp[sizeof s->haystack->stamp];
    if (meta_get(s, "texts", stamp, sizeof stamp, e) < 0)
        return -1;
    if (!s->haystack)
        s->haystack = mem_zero(1, sizeof *s->haystack);
    struct haystack *h = s->haystack;
    if (*stamp && str_equal(h->stamp, stamp))
        return 0;
    str_clear(&h->lines);
    *h->stamp = '\0';
    if (read_all(s, &h->lines, e) < 0)
        return -1;
    lower(h->lines.data, h->lines.len);
    str_copy(h->stamp, sizeof h->stamp, stamp);
    return 0;
}

static bool has_control(const char *text)
{
    for (; *text; text++)
        if (iscntrl((unsigned char)*text))
            return true;
    return false;
}

int haystack_find(struct store *s, const char *search, size_t most, struct json *ids, struct error *e)
{
    size_t n = strlen(search), found = 0;
    if (refresh(s, e) < 0)
        return -1;
    if (has_control(search))
        return 0;
    char *needle = mem_strndup(search, n);
    lower(needle, n);
    const struct str *lines = &s->haystack->lines;
    const char *at = lines->data, *end = at + lines->len;
    while (found < most && at < end && (at = memmem(at, (size_t)(end - at), needle, n))) {
        const char *before = memrchr(lines->data, '\n', (size_t)(at - lines->data));
        const char *line = before ? before + 1 : lines->data;
        char *id = mem_strndup(line, strcspn(line, DIVIDER));
        json_push(ids, json_new_string(id));
        free(id);
        found++;
        at = strchr(at, '\n') + 1;
    }
    free(needle);
    return 0;
}
