/* Application-command data as Discord (or somebody in its place) sends it: a line of ours or an error. */
#include "fuzz.h"
#include "parse.h"
#include "tt/base/text.h"

static void candidate(void *context, const char *word, const char *help)
{
    (void)context, (void)help;
    must(word != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_bytes(data, size);
    struct json *j = json_parse(text, size, NULL);
    struct error e = {0};
    size_t count = 0;
    char **words = j ? command_from_interaction(j, &count, &e) : NULL;
    if (j && !words)
        must(e.code != ERROR_NONE && error_code_status(e.code) <= 2);
    if (words) {
        struct parsed p;
        must(count > 0);
        for (size_t i = 0; i < count; i++)
            must(text_valid(words[i], strlen(words[i])));
        if (parse_line((const char *const *)words, count, true, NULL, &p, &e))
            must(e.code != ERROR_UNKNOWN_COMMAND);
        parsed_release(&p);
        command_complete(NULL, (const char *const *)words, count, candidate, NULL);
    }
    words_free(words, count);
    json_free(j);
    free(text);
    return 0;
}
