#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tt/base/mem.h"
#include "tt/base/time.h"

#define SERVES_ALL "*" /* no tenant's id */

struct daemon_lock {
    int fd;
    int64_t since;
    char *path;
};

static char *path_of(const char *database_path)
{
    char *real = real_path(database_path), *path = mem_format("%s.lock", real);
    free(real);
    return path;
}

static struct flock whole(short type)
{
    return (struct flock){.l_type = type, .l_whence = SEEK_SET};
}

/* The holder writes who it is just after it took the lock: give it a moment. */
static int taken(int fd, const char *database_path, struct error *e)
{
    char text[256] = "";
    for (int i = 0; i < 50; i++) {
        ssize_t n = pread(fd, text, sizeof text - 1, 0);
        text[n > 0 ? n : 0] = '\0';
        if (strchr(text, '\n'))
            break;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    text[strcspn(text, "\n")] = '\0';
    error_set(e, ERROR_TAKEN, NULL, "a daemon runs this database already: %s",
              text[0] ? text : "it does not say who");
    return error_hint(e, "one daemon serves all tenants of '%s'", database_path);
}

/* The first line is for people, the second for daemon_lock_serves. */
static int write_holder(int fd, int64_t since, const char *tenant)
{
    char text[320], host[64] = "", when[TIME_TEXT];
    gethostname(host, sizeof host - 1);
    int n = snprintf(text, sizeof text, "pid %ld on %s since %s\n%s\n", (long)getpid(), host,
                     time_format(since, when), tenant ? tenant : SERVES_ALL);
    if (ftruncate(fd, 0) || pwrite(fd, text, (size_t)n, 0) != n)
        return -1;
    return 0;
}

int daemon_lock_take(const char *database_path, struct daemon_lock **out, struct error *e)
{
    char *path = path_of(database_path);
    struct flock range = whole(F_WRLCK);
    int64_t since = time_now();
    int result = -1;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    *out = NULL;
    if (fd < 0) {
        error_set(e, ERROR_REFUSED, NULL, "the lock file '%s' cannot be made: %s", path, strerror(errno));
    } else if (fcntl(fd, F_OFD_SETLK, &range)) {
        result = taken(fd, database_path, e);
    } else if (write_holder(fd, since, NULL)) {
        error_set(e, ERROR_DB_FULL, NULL, "the lock file '%s' cannot be written: %s", path, strerror(errno));
    } else {
        *out = mem_zero(1, sizeof **out);
        give_to_owner(fd, database_path);
        **out = (struct daemon_lock){.fd = fd, .since = since, .path = path};
        return 0;
    }
    if (fd >= 0)
        close(fd);
    free(path);
    return result;
}

int daemon_lock_note(struct daemon_lock *lock, const char *tenant, struct error *e)
{
    if (write_holder(lock->fd, lock->since, tenant) == 0)
        return 0;
    return error_set(e, ERROR_DB_FULL, NULL, "the lock file '%s' cannot be written: %s", lock->path,
                     strerror(errno));
}

void daemon_lock_release(struct daemon_lock *lock)
{
    if (!lock)
        return;
    /* The file stays: removing it would let two daemons lock two files of one name. */
    close(lock->fd);
    free(lock->path);
    free(lock);
}

/* The file's descriptor when a live process holds the lock, else -1. */
static int open_held(const char *database_path)
{
    char *path = path_of(database_path);
    struct flock range = whole(F_WRLCK);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    free(path);
    if (fd >= 0 && (fcntl(fd, F_OFD_GETLK, &range) || range.l_type == F_UNLCK)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

bool daemon_lock_held(const char *database_path)
{
    int fd = open_held(database_path);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

bool daemon_lock_serving(const char *database_path, char tenant[TENANT_ID_TEXT])
{
    char text[320] = "";
    int fd = open_held(database_path);
    tenant[0] = '\0';
    if (fd < 0)
        return false;
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    char *line = strchr(text, '\n');
    if (!line)
        return true; /* it has just begun and does not say yet */
    line++;
    line[strcspn(line, "\n")] = '\0';
    if (!str_equal(line, SERVES_ALL))
        str_copy(tenant, TENANT_ID_TEXT, line);
    return true;
}

bool daemon_lock_serves(const char *database_path, const char *tenant)
{
    char only[TENANT_ID_TEXT];
    return daemon_lock_serving(database_path, only) && (!*only || str_equal(only, tenant));
}
