#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tt/base/mem.h"
#include "local.h"

#define CHUNK 65536

struct follow {
    const char *path;
    int fd;
    struct str rest; /* the line that is not whole yet */
    void (*each)(void *, const char *);
    void *arg;
};

static void feed(struct follow *f, const char *bytes, size_t n)
{
    while (n) {
        const char *end = memchr(bytes, '\n', n);
        size_t part = end ? (size_t)(end - bytes) : n;
        str_add_bytes(&f->rest, bytes, part);
        if (!end)
            return;
        f->each(f->arg, str_text(&f->rest));
        str_clear(&f->rest);
        bytes += part + 1;
        n -= part + 1;
    }
}

static void drain(struct follow *f)
{
    char chunk[CHUNK];
    for (;;) {
        ssize_t n = f->fd < 0 ? 0 : read(f->fd, chunk, sizeof chunk);
        if (n <= 0)
            break;
        feed(f, chunk, (size_t)n);
    }
    output_flush();
}

/* After a rotation the name stands for another file: read the old one to its end, then the new one from its
 * start. */
static void reopen_when_rotated(struct follow *f)
{
    struct stat held, named;
    bool same = f->fd >= 0 && fstat(f->fd, &held) == 0 && stat(f->path, &named) == 0 &&
                held.st_ino == named.st_ino && held.st_dev == named.st_dev;
    if (same)
        return;
    int next = open(f->path, O_RDONLY | O_CLOEXEC);
    if (next < 0)
        return;
    if (f->fd >= 0)
        close(f->fd);
    f->fd = next;
    drain(f);
}

static int watch_parent(const char *path)
{
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd < 0)
        return -1;
    char *parent = mem_strdup(path);
    char *slash = strrchr(parent, '/');
    if (slash)
        *slash = '\0';
    const char *folder = !slash ? "." : parent[0] ? parent : "/";
    int watch = inotify_add_watch(fd, folder, IN_MODIFY | IN_CREATE | IN_MOVED_TO);
    free(parent);
    if (watch < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

int cli_follow(void *context, const char *path, int64_t offset, void (*each)(void *, const char *line),
               void *arg)
{
    (void)context;
    struct follow f = {.path = path, .each = each, .arg = arg};
    int events = watch_parent(path);
    if (events < 0)
        return -1;
    f.fd = open(path, O_RDONLY | O_CLOEXEC);
    if (f.fd >= 0)
        lseek(f.fd, (off_t)offset, SEEK_SET);
    while (!cli_cancelled(NULL)) {
        drain(&f);
        reopen_when_rotated(&f);
        if (output_gone())
            break;
        /* A reader of our output that leaves while nothing is written is noticed by its hang-up. */
        struct pollfd fds[] = {{.fd = events, .events = POLLIN}, {.fd = STDOUT_FILENO, .events = 0}};
        signals_poll(fds, 2, -1);
        if (fds[1].revents & (POLLERR | POLLHUP))
            break;
        char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
        while (read(events, buffer, sizeof buffer) > 0)
            ;
    }
    if (f.fd >= 0)
        close(f.fd);
    close(events);
    str_release(&f.rest);
    return 0;
}
