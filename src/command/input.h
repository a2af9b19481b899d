/* Reading what a command line names: files, pipes, what was attached. However long nothing comes, whoever
 * waits for it can be interrupted. */
#ifndef TT_COMMAND_INPUT_H
#define TT_COMMAND_INPUT_H

#include <sys/types.h>

#include "context.h"

/* Through the face's port; *FD is the caller's to close, and only input_read reads from it, since it may not
 * wait by itself. */
int input_open(struct command_context *c, const char *name, int *fd, struct error *e);
/* As read(): how many bytes, 0 at the end; -1 and E, ERROR_INTERRUPTED once the face is cancelled. */
ssize_t input_read(const struct command_context *c, int fd, void *to, size_t n, struct error *e);
/* Append a whole small file; more than LIMIT bytes is ERROR_REFUSED, absent ERROR_NO_SUCH. "-" is not special
 * here. */
int input_text(const struct command_context *c, const char *path, size_t limit, struct str *out,
               struct error *e);

#endif
