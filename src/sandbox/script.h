/* A file of control documents, one a line, carried out one after another while the sandbox serves. */
#ifndef SANDBOX_SCRIPT_H
#define SANDBOX_SCRIPT_H

#include "box.h"
#include "tt/base/error.h"

/* Read and check the whole file; nothing is carried out yet. */
int script_open(struct box *b, const char *path, struct error *e);
/* Begin; each answer is printed as one line. NULL scripts are fine. */
void script_start(struct box *b);
void script_release(struct box *b);

#endif
