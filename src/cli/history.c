#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <readline/history.h>

#include "tt/base/fs.h"
#include "tt/base/log.h"
#include "local.h"

#define KEPT_LINES 2000

/* A mistyped line is as secret as the one that was meant: it names the group of a command with a secret. */
static bool names_secret(const char *line)
{
    size_t count;
    const struct command_spec *const *registry = command_registry(&count);
    for (size_t i = 0; i < count; i++) {
        char group[32];
        snprintf(group, sizeof group, "%.*s", (int)strcspn(registry[i]->name, " "), registry[i]->name);
        if (registry[i]->secret_arg && strstr(line, group))
            return true;
    }
    return false;
}

bool history_secret(const char *line)
{
    size_t count;
    char **words = words_split(line, &count, NULL);
    bool secret = !words && strstr(line, "token") != NULL;
    for (size_t i = 0; words && i < count; i++)
        secret = secret || str_equal(words[i], "token");
    const struct command_spec *spec = words ? command_of_line((const char *const *)words, count) : NULL;
    secret = secret || (spec ? spec->secret_arg != NULL : names_secret(line));
    words_free(words, words ? count : 0);
    if (secret)
        return true;
    /* A token pasted into another line is caught by its shape. */
    struct str text = STR_INIT;
    str_add(&text, line);
    log_redact(&text);
    secret = !str_equal(str_text(&text), line);
    str_release(&text);
    return secret;
}

void history_start(const char *path)
{
    using_history();
    stifle_history(KEPT_LINES);
    if (!path || fs_make_parent(path, 0700, NULL) != 0)
        return;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    struct stat st;
    if (fd < 0)
        return;
    /* A link to /dev/null is how people say that they want none. */
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && fchmod(fd, 0600) == 0) {
        history_truncate_file(path, KEPT_LINES);
        read_history(path);
    }
    close(fd);
}

void history_keep(const char *path, const char *line)
{
    HIST_ENTRY *last = history_length > 0 ? history_get(history_base + history_length - 1) : NULL;
    if (!line[strspn(line, " \t")] || history_secret(line) || (last && str_equal(last->line, line)))
        return;
    add_history(line);
    if (path)
        append_history(1, path);
}
