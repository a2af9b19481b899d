#include "tt/base/mem.h"
#include "local.h"

void use_release(struct tenants_in_use *use)
{
    free(use->ids);
    *use = (struct tenants_in_use){0};
}

static bool has(const struct tenants_in_use *use, const char *id)
{
    for (size_t i = 0; i < use->count; i++)
        if (str_equal(use->ids[i], id))
            return true;
    return false;
}

int use_set(struct tenants_in_use *use, struct command_session *session, const char *const *words,
            size_t count, struct error *e)
{
    struct tenants_in_use next = {.ids = mem_zero(count + 1, sizeof *next.ids)};
    for (size_t i = 0; i < count; i++) {
        char *id = complete_tenant(session, words[i]);
        if (!id) {
            use_release(&next);
            error_set(e, ERROR_NO_SUCH, "tenant", "no tenant '%s', and not the beginning of only one",
                      words[i]);
            return error_hint(e, "see: list --search %s", words[i]);
        }
        if (!has(&next, id))
            str_copy(next.ids[next.count++], TENANT_ID_TEXT, id);
        free(id);
    }
    use_release(use);
    *use = next;
    return 0;
}

void use_prompt(const struct tenants_in_use *use, struct str *out)
{
    str_add(out, "tenanttui");
    if (use->count)
        str_addf(out, " %s", use->ids[0]);
    if (use->count > 1)
        str_addf(out, " +%zu", use->count - 1);
    str_add(out, "> ");
}

size_t use_named(const char *const *words, size_t count)
{
    /* The tenant is the first argument wherever there is one; a later "." is a text. */
    const struct command_spec *spec = command_of_line(words, count);
    if (!spec || !spec->args || spec->args[0].type != ARG_TENANT)
        return count;
    size_t i = 0;
    while (i < count && !str_equal(words[i], "."))
        i++;
    return i;
}

/* One tenant in the place of ".": as text again, which word_quote makes fit for words_split. */
static void with_tenant(char *const *words, size_t count, size_t at, const char *id, struct str *out)
{
    str_clear(out);
    for (size_t i = 0; i < count; i++) {
        if (i)
            str_add_char(out, ' ');
        word_quote(i == at ? id : words[i], out);
    }
}

static int use_words(struct tenants_in_use *use, const struct cli_options *options, const char *const *words,
                     size_t count, struct error *e)
{
    static const char *const reading[] = {"list"};
    if (options->open && options->open(options->context, reading, 1, &options->command, false, e) != 0)
        return -1;
    return use_set(use, options->session, words, count, e);
}

int use_line(struct tenants_in_use *use, const struct cli_options *options, const char *line,
             void (*each)(void *, const char *), void *context, struct error *e)
{
    size_t count = 0;
    char **words = words_split(line, &count, e);
    if (!words)
        return -1;
    const char *const *fixed = (const char *const *)words;
    const char *first = count ? words[0] : "";
    size_t at = use_named(fixed, count);
    int result = 0;
    if (str_equal(first, "exit") || str_equal(first, "quit")) {
        result = 1;
    } else if (str_equal(first, "use")) {
        result = use_words(use, options, fixed + 1, count - 1, e);
    } else if (at == count || use->count == 0) {
        each(context, line);
    } else {
        struct str text = STR_INIT;
        for (size_t i = 0; i < use->count; i++) {
            with_tenant(words, count, at, use->ids[i], &text);
            each(context, str_text(&text));
        }
        str_wipe(&text);
    }
    words_free(words, count);
    return result;
}
