/* A shared library that is loaded when it is first needed, so that a run without the network does not wait
 * for the thirty libraries that libcurl brings along. One header a library lists the functions and lets their
 * usual names stand for the loaded ones; a function that is missing there does not link. */
#ifndef TT_BASE_LIBRARY_H
#define TT_BASE_LIBRARY_H

#include <stdatomic.h>
#include <stdbool.h>

#include "tt/base/error.h"

struct library {
    const char *file;         /* its soname; the build finds it */
    const char *const *names; /* of the functions, ends with NULL */
    void **functions;         /* as many pointers, filled by loading */
    atomic_bool loaded;
};

/* Load it unless it is loaded; from any thread. It stays until the process ends. */
int library_load(struct library *l, struct error *e);

/* For the lists of functions: X(name). */
#define LIBRARY_NAME(name) #name,
#define LIBRARY_POINTER(name) __typeof__(name) *name;

#endif
