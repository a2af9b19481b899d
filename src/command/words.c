#include "tt/base/mem.h"
#include "tt/base/text.h"
#include "tt/command/command.h"

struct splitter {
    const char *at;
    struct str word;
    bool in_word;
    char **words;
    size_t count, cap;
};

static void finish_word(struct splitter *s)
{
    if (!s->in_word)
        return;
    if (s->count + 1 >= s->cap) {
        s->cap = s->cap ? s->cap * 2 : 8;
        s->words = mem_resize(s->words, s->cap, sizeof *s->words);
    }
    s->words[s->count++] = str_take(&s->word);
    s->in_word = false;
}

/* Reads from the opening quote to behind the closing one. */
static int quoted(struct splitter *s, struct error *e)
{
    char quote = *s->at++;

    s->in_word = true;
    while (*s->at && *s->at != quote) {
        if (quote == '"' && *s->at == '\\' && (s->at[1] == '"' || s->at[1] == '\\'))
            s->at++;
        str_add_char(&s->word, *s->at++);
    }
    if (!*s->at)
        return error_set(e, ERROR_MALFORMED, NULL, "the quote %c is not closed", quote);
    s->at++;
    return 0;
}

static int split(struct splitter *s, struct error *e)
{
    while (*s->at) {
        char c = *s->at;

        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            finish_word(s);
            s->at++;
        } else if (c == '\'' || c == '"') {
            if (quoted(s, e))
                return -1;
        } else if (c == '#' && !s->in_word) {
            break;
        } else {
            if (c == '\\') {
                if (!s->at[1])
                    return error_set(e, ERROR_MALFORMED, NULL, "nothing follows the backslash at the end");
                s->at++;
            }
            s->in_word = true;
            str_add_char(&s->word, *s->at++);
        }
    }
    finish_word(s);
    return 0;
}

char **words_split(const char *line, size_t *count, struct error *e)
{
    struct splitter s = {.at = line};

    *count = 0;
    if (!text_valid(line, strlen(line))) {
        error_set(e, ERROR_MALFORMED, NULL, "the line is not UTF-8 text");
        return NULL;
    }
    if (split(&s, e)) {
        str_release(&s.word);
        words_free(s.words, s.count);
        return NULL;
    }
    if (!s.words)
        s.words = mem_zero(1, sizeof *s.words);
    s.words[s.count] = NULL;
    *count = s.count;
    return s.words;
}

char **words_copy(const char *const *words, size_t count)
{
    char **copy = mem_zero(count + 1, sizeof *copy);
    for (size_t i = 0; i < count; i++)
        copy[i] = mem_strdup(words[i]);
    return copy;
}

void words_free(char **words, size_t count)
{
    if (!words)
        return;
    for (size_t i = 0; i < count; i++)
        free(words[i]);
    free(words);
}

void word_quote(const char *word, struct str *out)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,=+@%";

    /* Narrower than words_split needs, so that the line may also be handed to sh. */
    size_t n = 0;
    while (word[n] && ((unsigned char)word[n] >= 0x80 || strchr(plain, word[n])))
        n++;
    if (n && !word[n]) {
        str_add(out, word);
    } else if (!strchr(word, '\'')) {
        str_addf(out, "'%s'", word);
    } else {
        str_add_char(out, '"');
        for (const char *p = word; *p; p++) {
            if (*p == '"' || *p == '\\')
                str_add_char(out, '\\');
            str_add_char(out, *p);
        }
        str_add_char(out, '"');
    }
}
