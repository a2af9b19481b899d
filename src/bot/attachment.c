#include "attachment.h"

#include <errno.h>
#include <inttypes.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon.h"
#include "tt/base/mem.h"
#include "tt/base/text.h"
#include "tt/discord/fetch.h"

#define NAME_BYTES 100
#define SIZE_MAX_BYTES (25 << 20)
#define TIMEOUT_MS 60000

struct attachment *attachment_of(const struct json *list)
{
    const struct json *first = json_first(list);
    const char *name = json_get_string(first, "filename"), *url = json_get_string(first, "url");
    if (!url)
        return NULL;
    if (!name || !*name)
        name = "file";
    struct attachment *a = mem_zero(1, sizeof *a);
    a->name = mem_format("%s%.*s", *name == '-' ? "./" : "", (int)text_prefix(name, NAME_BYTES), name);
    a->url = mem_strdup(url);
    a->size = json_get_int(first, "size", 0);
    a->several = json_count(list) > 1;
    return a;
}

void attachment_free(struct attachment *a)
{
    if (!a)
        return;
    mem_wipe(a->url, strlen(a->url));
    free(a->url);
    free(a->name);
    free(a);
}

static bool is_list(const char *name)
{
    static const char *const endings[] = {".txt", ".csv"};
    size_t n = strlen(name);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t len = strlen(endings[i]);
        if (n > len && strcasecmp(name + n - len, endings[i]) == 0)
            return true;
    }
    return false;
}

static bool is_stopping(void *context)
{
    const struct bot_daemon *d = context;
    return d->stopping;
}

static int check(const struct attachment *a, struct error *e)
{
    if (!a)
        return error_set(e, ERROR_REFUSED, "file", "attach a .txt or .csv file, one item a line");
    if (a->several)
        return error_set(e, ERROR_REFUSED, "file", "attach one file, not several");
    if (!is_list(a->name))
        return error_set(e, ERROR_REFUSED, "file",
                         "attach a .txt or .csv file, one item a line; '%s' is neither", a->name);
    if (a->size < 0 || a->size > SIZE_MAX_BYTES)
        return error_set(e, ERROR_REFUSED, "file", "the attachment is larger than %d MiB",
                         SIZE_MAX_BYTES >> 20);
    return 0;
}

int attachment_open(const struct attachment *a, const struct bot_daemon *d, int *fd, struct error *e)
{
    const struct fetch_options options = {.api_base = d->options->api_base,
                                          .ca_file = d->options->ca_file,
                                          .size = a ? (size_t)a->size : 0,
                                          .timeout_ms = TIMEOUT_MS,
                                          .cancelled = is_stopping,
                                          .context = (void *)(uintptr_t)d};
    if (check(a, e))
        return -1;
    *fd = memfd_create("attachment", MFD_CLOEXEC); /* goods do not touch the disk in the clear */
    if (*fd < 0)
        return error_set(e, ERROR_INTERNAL, NULL, "no memory for the attachment: %s", strerror(errno));
    if (fetch_file(&options, a->url, *fd, e) == 0 && lseek(*fd, 0, SEEK_SET) == 0)
        return 0;
    close(*fd);
    *fd = -1;
    return -1;
}
