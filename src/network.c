/* What was said of the way to Discord, before anything else is done: a line that could never be pushed should
 * not be saved first. The libraries that will go that way are not loaded for it. */
#include <string.h>

#include "program.h"
#include "tt/base/fs.h"
#include "tt/discord/rest.h"

#define CA_FILE_MAX (16u << 20)

int program_check_address(const struct options *o, struct error *e)
{
    const char *environment = getenv("TENANTTUI_API_BASE");
    const char *name = o->api_base == environment ? "$TENANTTUI_API_BASE" : "--api-base";
    struct error why;
    if (rest_base_check(o->api_base, &why) == 0)
        return 0;
    return error_set(e, why.code, name, "%s: %s", name, why.message);
}

/* PEM, as everything takes it that reads it later. */
int program_check_authorities(const struct options *o, struct error *e)
{
    struct str text = STR_INIT;
    struct error why;
    int rc = 0;
    if (!o->ca_file)
        return 0;
    if (fs_read(o->ca_file, CA_FILE_MAX, &text, &why))
        rc = error_set(e, ERROR_REFUSED, "--ca-file", "--ca-file: %s", why.message);
    else if (!text.len || !memmem(text.data, text.len, "CERTIFICATE-----", 16))
        rc = error_set(e, ERROR_REFUSED, "--ca-file", "--ca-file: '%s' holds no certificate in PEM form",
                       o->ca_file);
    str_release(&text);
    return rc;
}
