#include "tt/discord/libcurl.h"

struct libcurl libcurl;

static const char *const names[] = {LIBCURL_FUNCTIONS(LIBRARY_NAME) NULL};
static struct library library = {.file = LIBCURL_FILE, .names = names, .functions = (void **)&libcurl};

int libcurl_load(struct error *e)
{
    return library_load(&library, e);
}
