/* Bodies of requests: JSON with long ids, messages, commands, modals, forms. */
#include "check.h"
#include "fuzz.h"
#include "ids.h"
#include "request.h"

static void check_all(const struct json *doc)
{
    struct objections o = {0};
    const struct json *embeds = json_get(doc, "embeds"), *components = json_get(doc, "components");
    json_free(check_embeds(&o, embeds, "embeds"));
    json_free(check_components(&o, components, "components", json_get_bool(doc, "v2", false)));
    json_free(check_modal(&o, doc, "data"));
    struct json *command = check_command(&o, doc, "", NULL);
    json_free(check_command(&o, doc, "0", command));
    json_free(command);
    check_allowed_mentions(&o, json_get(doc, "allowed_mentions"));
    objections_release(&o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_bytes(data, size);
    struct list uploads = {0};
    struct json *doc = parse_with_ids(text, size);
    check_all(doc);
    json_free(doc);
    multipart_parse("multipart/form-data; boundary=b", text, size, &uploads);
    for (size_t i = 0; i < uploads.count; i++)
        upload_free(uploads.items[i]);
    list_drop(&uploads);
    free(text);
    return 0;
}
