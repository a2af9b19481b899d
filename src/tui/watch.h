/* Commits of other processes, seen at the WAL file. */
#ifndef TUI_WATCH_H
#define TUI_WATCH_H

#include <stdbool.h>

struct watch {
    int fd;   /* to poll; -1: nothing can be watched */
    int file; /* inotify's number of the file; -1 it is not there */
    const char *path;
};
void watch_start(struct watch *w, const char *path); /* PATH is borrowed */
void watch_stop(struct watch *w);
/* FD is readable: did the file change? */
bool watch_changed(struct watch *w);

#endif
