/* What the scan of a frame is sure of must be what the JSON parser says. */
#include <stddef.h>
#include <stdint.h>

#include "scan.h"
#include "tt/base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct scan s;
    enum scan_result r = scan_frame(text, size, &s);
    if (r == SCAN_OK && s.type && (s.type < text || s.type + s.type_len > text + size))
        abort();
    struct json *j = json_parse(text, size, NULL);
    if (j && r == SCAN_OK) {
        const char *type = json_get_string(j, "t");
        if (s.op != json_get_int(j, "op", -2) || s.sequence != json_get_int(j, "s", -1) || !type != !s.type)
            abort();
        if (type && (strlen(type) != s.type_len || memcmp(type, s.type, s.type_len) != 0))
            abort();
    }
    json_free(j);
    return 0;
}
