/* A thread that brings the log of a busy database into its file while others write: they wait only while it
 * copies the last few pages. Its connections are open only while there is something to do. Where it is not at
 * work, or fails, the connection whose commit makes the log large copies it itself. One for a database is
 * enough; a second one stays idle while the first works. */
#ifndef TT_STORE_CHECKPOINTER_H
#define TT_STORE_CHECKPOINTER_H

#include "tt/base/error.h"

struct checkpointer;

/* Idle until a connection opened with it (struct store_options) makes the log grow. Outlives these. NULL
 * when there is no thread to be had. */
struct checkpointer *checkpointer_new(const char *database_path);
void checkpointer_wake(struct checkpointer *c); /* from any thread; NULL is fine */
/* Waits until it has copied the log, however long that takes; where copying fails, until that try ends. NULL
 * is fine. */
void checkpointer_free(struct checkpointer *c);

#endif
