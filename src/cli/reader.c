#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tt/base/text.h"
#include "local.h"

#define LINE_LIMIT (1u << 20)
#define CHUNK 65536

int reader_open(struct reader *r, const char *path, struct error *e)
{
    *r = (struct reader){.fd = STDIN_FILENO, .name = "standard input"};
    if (str_equal(path, "-"))
        return 0;
    r->name = path;
    /* To open a pipe waits for its other end otherwise, and no signal could be told from one that came
     * before. */
    r->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (r->fd >= 0)
        return 0;
    return error_set(e, errno == ENOENT ? ERROR_NO_SUCH : ERROR_REFUSED, "file", "cannot read %s: %s", path,
                     strerror(errno));
}

void reader_close(struct reader *r)
{
    if (r->fd > STDIN_FILENO)
        close(r->fd);
    r->fd = -1;
    str_release(&r->buffer);
}

/* Only what arrived: a line of a slow pipe runs as soon as it is whole. */
int reader_fill(struct reader *r, struct error *e)
{
    if (r->start) {
        memmove(r->buffer.data, r->buffer.data + r->start, r->buffer.len - r->start);
        str_cut(&r->buffer, r->buffer.len - r->start);
        r->start = 0;
    }
    str_reserve(&r->buffer, CHUNK);
    char *to = r->buffer.data + r->buffer.len;
    ssize_t n = read(r->fd, to, CHUNK);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return 0;
    if (n < 0)
        r->ended = true;
    if (n < 0)
        return error_set(e, ERROR_REFUSED, "file", "cannot read %s: %s", r->name, strerror(errno));
    r->ended = n == 0;
    r->buffer.len += (size_t)n;
    r->buffer.data[r->buffer.len] = '\0';
    return 0;
}

static enum read_result take(struct reader *r, size_t n, size_t skip, struct str *out, struct error *e)
{
    const char *text = r->buffer.data + r->start;
    size_t len = n;
    r->line++;
    if (r->line == 1 && len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        len -= 3;
    }
    if (len && text[len - 1] == '\r')
        len--;
    r->start += n + skip;
    str_clear(out);
    if (!text_valid(text, len)) {
        error_set(e, ERROR_MALFORMED, NULL, "the line is not UTF-8 text");
        return READ_ERROR;
    }
    str_add_bytes(out, text, len);
    return READ_LINE;
}

enum read_result reader_next(struct reader *r, struct str *out, struct error *e)
{
    size_t have = r->buffer.len - r->start;
    const char *text = have ? r->buffer.data + r->start : "";
    const char *end = have ? memchr(text, '\n', have) : NULL;
    if (end)
        return take(r, (size_t)(end - text), 1, out, e);
    if (have > LINE_LIMIT) {
        r->ended = true;
        r->start = r->buffer.len;
        r->line++;
        error_set(e, ERROR_MALFORMED, NULL, "the line is longer than %u bytes", LINE_LIMIT);
        return READ_ERROR;
    }
    if (!r->ended)
        return READ_MORE;
    return have ? take(r, have, 0, out, e) : READ_END;
}
