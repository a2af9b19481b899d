#include "watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include "tt/base/mem.h"
#include "tt/base/str.h"

static void watch_file(struct watch *w)
{
    w->file = inotify_add_watch(w->fd, w->path, IN_MODIFY | IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF);
}

/* The file comes and goes with the first and the last connection, so its folder is watched for its coming,
 * and only for that: the log beside it would wake us all the time. */
void watch_start(struct watch *w, const char *path)
{
    *w = (struct watch){.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), .file = -1, .path = path};
    char *folder = mem_strdup(path);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = 0;
    if (w->fd >= 0 && inotify_add_watch(w->fd, slash ? folder : ".", IN_CREATE | IN_MOVED_TO) < 0)
        watch_stop(w);
    if (w->fd >= 0)
        watch_file(w);
    free(folder);
}

void watch_stop(struct watch *w)
{
    if (w->fd >= 0)
        close(w->fd);
    w->fd = -1;
}

bool watch_changed(struct watch *w)
{
    const char *base = strrchr(w->path, '/');
    base = base ? base + 1 : w->path;
    bool changed = false;
    union {
        struct inotify_event event;
        char bytes[8192];
    } buffer;
    for (ssize_t n; (n = read(w->fd, &buffer, sizeof buffer)) > 0;)
        for (char *at = buffer.bytes; at < buffer.bytes + n;) {
            const struct inotify_event *event = (const struct inotify_event *)(const void *)at;
            if (event->len && str_equal(event->name, base))
                watch_file(w);
            changed |= event->wd == w->file || (event->len && str_equal(event->name, base));
            at += sizeof *event + event->len;
        }
    return changed;
}
