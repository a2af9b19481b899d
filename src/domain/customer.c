#include "tt/domain/customer.h"

#include <string.h>

#include "value.h"

int growid_check(const char *field, const char *text, struct error *e)
{
    size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
    if (!text[n] && n >= 3 && n <= GROWID_MAX)
        return 0;
    return value_malformed(e, field, text, "a GrowID: 3 to 18 letters and digits");
}
