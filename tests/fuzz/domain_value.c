/* Values as people type them: what is accepted is in its normal form, and that form is accepted as itself. */
#include "fuzz.h"
#include "tt/base/text.h"
#include "tt/domain/feature.h"
#include "tt/domain/message.h"

static const struct setting_spec settings[] = {
    {"text", SETTING_TEXT, NULL, 0, 40, "a text", false},
    {"number", SETTING_INT, "5", -10, 1000, "a number", false},
    {"free", SETTING_INT, NULL, 0, 0, "any number", false},
    {"flag", SETTING_BOOL, "true", 0, 0, "a switch", false},
    {"role", SETTING_ID, NULL, 0, 0, "an id", false},
    {"roles", SETTING_ID_LIST, NULL, 0, 10, "ids", false},
    {NULL},
};
static const struct feature_spec spec = {.feature = FEATURE_WELCOME, .settings = settings};

static void check_config(const char *text)
{
    for (int key = 0; key < CONFIG_COUNT; key++) {
        char *once = NULL, *twice = NULL;
        struct error e = {0};
        if (config_check((enum config_key)key, text, &once, &e)) {
            must(error_code_status(e.code) == 2 && e.message[0] && !strchr(e.message, '\n'));
            continue;
        }
        if (once) {
            must(text_valid(once, strlen(once)));
            must(config_check((enum config_key)key, once, &twice, NULL) == 0);
            must(str_equal(once, twice));
        }
        json_free(config_json((enum config_key)key, once));
        free(once);
        free(twice);
    }
}

static void check_settings(const char *text)
{
    struct tenant t;
    tenant_init(&t);
    for (const struct setting_spec *s = settings; s->key; s++) {
        char *once = NULL, *twice = NULL;
        if (setting_check(&spec, &t, s->key, text, &once, NULL))
            continue;
        if (once) {
            must(setting_check(&spec, &t, s->key, once, &twice, NULL) == 0);
            must(str_equal(once, twice));
        }
        json_free(setting_json(s, once));
        free(once);
        free(twice);
    }
    tenant_release(&t);
}

static void check_names(const char *text)
{
    struct error e = {0};
    int64_t id = 0;
    bool is_short;
    if (snowflake_parse("id", text, &id, &is_short, &e) == 0)
        must(id > 0);
    else
        must(e.code == ERROR_MALFORMED);
    if (tenant_id_check(text, NULL) == 0)
        must(strlen(text) <= TENANT_ID_MAX);
    if (tenant_name_check(text, NULL) == 0)
        must(text_valid(text, strlen(text)) && text_length(text) <= TENANT_NAME_MAX);
    int feature = word_parse("feature", text, feature_words, &e);
    must(feature < 0 || str_equal(feature_words[feature], text));
    must(feature >= 0 || e.code == ERROR_UNKNOWN_WORD);
    must(text_valid(e.message, strlen(e.message)) && text_valid(e.hint, strlen(e.hint)));
    bool_parse("state", text, &e);
    must(text_valid(e.message, strlen(e.message)));
}

static void fill(const char *text)
{
    const char *const pairs[] = {"user", "<@11>", "server", text, NULL};
    struct str out = STR_INIT;
    template_add(&out, text, pairs);
    str_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    check_names(text);
    /* Words come from lines, which are UTF-8 before they are split. */
    if (text_valid(text, strlen(text))) {
        check_config(text);
        check_settings(text);
        fill(text);
    }
    free(text);
    return 0;
}
