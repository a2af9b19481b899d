#include "libssl.h"

struct libssl libssl;

static const char *const names[] = {LIBSSL_FUNCTIONS(LIBRARY_NAME) NULL};
static struct library library = {.file = LIBSSL_FILE, .names = names, .functions = (void **)&libssl};

int libssl_load(struct error *e)
{
    return library_load(&library, e);
}
