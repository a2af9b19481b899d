#include "tt/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "tt/base/mem.h"

bool fs_full(int system_error)
{
    return system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG;
}

int64_t fs_room(const char *path)
{
    struct statvfs fs;
    if (statvfs(path, &fs) || fs.f_blocks == 0)
        return INT64_MAX;
    return (int64_t)(fs.f_bavail * fs.f_frsize);
}

/* Words for a system error: what is absent and what is full have codes of their own. */
static int fail(struct error *e, const char *what, const char *path)
{
    int cause = errno;
    enum error_code code = cause == ENOENT ? ERROR_NO_SUCH : fs_full(cause) ? ERROR_DB_FULL : ERROR_REFUSED;
    return error_set(e, code, "file", "cannot %s %s: %s", what, path, strerror(cause));
}

int fs_read(const char *path, size_t limit, struct str *out, struct error *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(e, "open", path);
    int status = 0;
    size_t start = out->len;
    char buffer[16384];
    for (;;) {
        ssize_t n = read(fd, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            status = fail(e, "read", path);
        if (n <= 0)
            break;
        if ((size_t)n > limit - (out->len - start)) {
            status = error_set(e, ERROR_REFUSED, "file", "%s is larger than %zu bytes", path, limit);
            break;
        }
        str_add_bytes(out, buffer, (size_t)n);
    }
    mem_wipe(buffer, sizeof buffer); /* it may have been a token */
    close(fd);
    if (status)
        str_cut(out, start);
    return status;
}

/* The directory part of PATH; the caller frees. */
static char *parent_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return mem_strdup(".");
    while (slash > path && slash[-1] == '/')
        slash--;
    return slash == path ? mem_strdup("/") : mem_strndup(path, (size_t)(slash - path));
}

static bool is_directory(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int fs_make_dirs(const char *path, unsigned mode, struct error *e)
{
    if (is_directory(path))
        return 0;
    char *work = mem_strdup(path);
    int status = 0;
    for (char *c = work + 1; *work && !status; c++) {
        if (*c && *c != '/')
            continue;
        char kept = *c;
        *c = '\0';
        if (mkdir(work, mode) < 0 && !(errno == EEXIST && is_directory(work)) && !is_directory(work))
            status = fail(e, "make the directory", work);
        *c = kept;
        if (!kept)
            break;
    }
    free(work);
    return status;
}

int fs_make_parent(const char *path, unsigned mode, struct error *e)
{
    char *parent = parent_of(path);
    int status = fs_make_dirs(parent, mode, e);
    free(parent);
    return status;
}

int fs_write(int fd, const void *bytes, size_t n)
{
    const char *from = bytes;
    while (n > 0) {
        ssize_t done = write(fd, from, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -1;
        from += done;
        n -= (size_t)done;
    }
    return 0;
}

bool fs_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

int fs_sync_parent(const char *path)
{
    char *parent = parent_of(path);
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(parent);
    if (fd < 0)
        return -1;
    /* Some file systems cannot sync a directory; there is nothing more to do on them. */
    int status = fsync(fd) < 0 && errno != EINVAL ? -1 : 0;
    close(fd);
    return status;
}

/* VARIABLE's directory, or FALL_BACK below the home directory. The base directory specification ignores
 * relative values. */
static char *below(const char *variable, const char *fall_back, const char *name)
{
    const char *base = getenv(variable);
    if (base && *base == '/')
        return mem_format("%s/tenanttui/%s", base, name);
    const char *home = getenv("HOME");
    if (!home || *home != '/') {
        const struct passwd *pw = getpwuid(geteuid());
        home = pw && pw->pw_dir ? pw->pw_dir : "/";
    }
    return mem_format("%s/%s/tenanttui/%s", str_equal(home, "/") ? "" : home, fall_back, name);
}

char *fs_default_database(void)
{
    return below("XDG_DATA_HOME", ".local/share", "tenanttui.db");
}

char *fs_default_key(void)
{
    return below("XDG_CONFIG_HOME", ".config", "key");
}

char *fs_default_state(const char *name)
{
    return below("XDG_STATE_HOME", ".local/state", name);
}
