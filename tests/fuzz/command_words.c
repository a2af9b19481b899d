/* Command lines: split, parse, complete. A parsed line prints as a line that means the same. */
#include "fuzz.h"
#include "parse.h"
#include "resolve.h"
#include "tt/base/text.h"

static const struct setting_spec settings[] = {{"message", SETTING_TEXT, NULL, 0, 200, "a text", false},
                                               {NULL}};
static const struct feature_spec welcome = {.feature = FEATURE_WELCOME, .settings = settings};
static const struct feature_spec *const specs[] = {&welcome};
static const struct feature_list features = {specs, 1};

static void quote_again(char *const *words, size_t count)
{
    struct str line = STR_INIT;
    size_t again_count;
    for (size_t i = 0; i < count; i++) {
        if (i)
            str_add_char(&line, ' ');
        word_quote(words[i], &line);
    }
    char **again = words_split(str_text(&line), &again_count, NULL);
    must(again && again_count == count);
    for (size_t i = 0; i < count; i++)
        must(str_equal(words[i], again[i]));
    words_free(again, again_count);
    str_release(&line);
}

/* The line that the audit keeps must be read again as the same line. */
static void read_line_again(const struct parsed *p)
{
    struct str line = STR_INIT, twice = STR_INIT;
    struct parsed again;
    size_t count;
    parsed_line(p, &line);
    char **words = words_split(str_text(&line), &count, NULL);
    must(words != NULL);
    must(parse_line((const char *const *)words, count, false, NULL, &again, NULL) == 0);
    must(again.spec == p->spec);
    must(resolve_values(&again, &features, INT64_C(1785585831042), NULL) == 0);
    parsed_line(&again, &twice);
    must(str_equal(str_text(&line), str_text(&twice)));
    parsed_release(&again);
    words_free(words, count);
    str_release(&line);
    str_release(&twice);
}

static void parse(char *const *words, size_t count, bool discord)
{
    struct parsed p;
    struct error e = {0};
    int failed = parse_line((const char *const *)words, count, discord, NULL, &p, &e);
    if (!failed)
        failed = resolve_values(&p, &features, INT64_C(1785585831042), &e);
    if (failed) {
        must(error_code_status(e.code) == 1 || error_code_status(e.code) == 2);
        must(e.message[0] && !strchr(e.message, '\n') && !strchr(e.message, '\x1b'));
        must(text_valid(e.message, strlen(e.message)));
    } else if (!discord) {
        read_line_again(&p);
    }
    parsed_release(&p);
}

static void candidate(void *context, const char *word, const char *help)
{
    size_t *seen = context;
    must(word != NULL && text_valid(word, strlen(word)));
    must(!help || !strchr(help, '\n'));
    (*seen)++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *line = fuzz_text(data, size);
    size_t count, seen = 0;
    struct error e = {0};
    struct command_options options = COMMAND_OPTIONS_INIT;
    char **words = words_split(line, &count, &e);
    must(words || e.code == ERROR_MALFORMED);
    if (words) {
        quote_again(words, count);
        parse(words, count, false);
        parse(words, count, true);
        command_of_line((const char *const *)words, count);
        command_options_read((const char *const *)words, count, false, &options, NULL);
        command_complete(NULL, (const char *const *)words, count, candidate, &seen);
    }
    words_free(words, count);
    free(line);
    return 0;
}
