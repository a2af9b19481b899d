#include "tt/base/library.h"

#include <dlfcn.h>
#include <pthread.h>

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static int load(struct library *l, struct error *e)
{
    void *handle = dlopen(l->file, RTLD_LAZY | RTLD_LOCAL);
    if (!handle)
        return error_set(e, ERROR_INTERNAL, NULL, "a library is missing: %s", dlerror());
    for (size_t i = 0; l->names[i]; i++) {
        l->functions[i] = dlsym(handle, l->names[i]);
        if (!l->functions[i])
            return error_set(e, ERROR_INTERNAL, NULL, "a library is too old: %s", dlerror());
    }
    atomic_store(&l->loaded, true);
    return 0;
}

int library_load(struct library *l, struct error *e)
{
    if (atomic_load(&l->loaded))
        return 0;
    pthread_mutex_lock(&turn);
    int result = atomic_load(&l->loaded) ? 0 : load(l, e);
    pthread_mutex_unlock(&turn);
    return result;
}
