#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "tt/base/mem.h"

/* A signal ends poll() at once, unless it came just before, or to another thread: then this does. */
#define LOOK_MS 100

int input_open(struct command_context *c, const char *name, int *fd, struct error *e)
{
    if (c->ports->open_input)
        return c->ports->open_input(c->ports->context, name, fd, e);
    return error_set(e, ERROR_REFUSED, "file", "files cannot be read here");
}

/* NAME "": the line has said it. */
static ssize_t read_some(const struct command_context *c, int fd, const char *name, void *to, size_t n,
                         struct error *e)
{
    const struct ports *ports = c->ports;
    struct pollfd p = {.fd = fd, .events = POLLIN};

    for (;;) {
        if (ports->cancelled && ports->cancelled(ports->context))
            return error_set(e, ERROR_INTERRUPTED, NULL, "interrupted; nothing was changed");
        if (poll(&p, 1, LOOK_MS) < 1)
            continue;
        ssize_t got = read(fd, to, n);
        if (got >= 0)
            return got;
        if (errno != EINTR && errno != EAGAIN)
            return error_set(e, ERROR_REFUSED, "file", "cannot read%s%s: %s", *name ? " " : "", name,
                             strerror(errno));
    }
}

ssize_t input_read(const struct command_context *c, int fd, void *to, size_t n, struct error *e)
{
    return read_some(c, fd, "", to, n, e);
}

int input_text(const struct command_context *c, const char *path, size_t limit, struct str *out,
               struct error *e)
{
    char piece[4096];
    size_t start = out->len;
    ssize_t n = 0;
    /* To open a pipe waits for its other end otherwise. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return error_set(e, errno == ENOENT ? ERROR_NO_SUCH : ERROR_REFUSED, "file", "cannot open %s: %s",
                         path, strerror(errno));
    while ((n = read_some(c, fd, path, piece, sizeof piece, e)) > 0) {
        if ((size_t)n > limit - (out->len - start)) {
            n = error_set(e, ERROR_REFUSED, "file", "%s is larger than %zu bytes", path, limit);
            break;
        }
        str_add_bytes(out, piece, (size_t)n);
    }
    mem_wipe(piece, sizeof piece); /* it may have been a token */
    close(fd);
    if (n < 0)
        str_cut(out, start);
    return n < 0 ? -1 : 0;
}
