#include "liblws.h"

struct libwebsockets libwebsockets;

static const char *const names[] = {LIBWEBSOCKETS_FUNCTIONS(LIBRARY_NAME) NULL};
static struct library library = {
    .file = LIBWEBSOCKETS_FILE, .names = names, .functions = (void **)&libwebsockets};

int libwebsockets_load(struct error *e)
{
    return library_load(&library, e);
}
