/* Learning of other connections' commits without polling: file events on the write-ahead log, then PRAGMA
 * data_version. SQLite makes a commit visible a moment after it wrote the log, and that moment has no file
 * event, so a burst of events is followed by a few looks at growing distances. */
#ifndef TT_PUSH_WATCH_H
#define TT_PUSH_WATCH_H

#include <uv.h>

#include "tt/store/store.h"

struct database_watch;

/* CHANGED is called on LOOP's thread when STORE (borrowed; used on that thread only) sees that another
 * connection committed. Where file events cannot be had the version is looked at twice a second. */
struct database_watch *database_watch_new(uv_loop_t *loop, struct store *store,
                                          void (*changed)(void *context), void *context);
void database_watch_free(
    struct database_watch *watch); /* NULL is fine; the loop must run once more to let go */

#endif
