#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tt/base/mem.h"
#include "tt/base/time.h"

/* SQLite names its log after the file that a link leads to; what we lay beside it must stand there too, or
 * two names of one database would be two databases. */
char *real_path(const char *database_path)
{
    struct stat st;
    char *real = lstat(database_path, &st) == 0 && S_ISLNK(st.st_mode) ? realpath(database_path, NULL) : NULL;
    return real ? real : mem_strdup(database_path);
}

/* Root works on a database of somebody else: what it makes beside it must stay usable for the owner. */
void give_to_owner(int fd, const char *database_path)
{
    struct stat st;
    if (geteuid() == 0 && stat(database_path, &st) == 0 && st.st_uid != 0 && fchown(fd, st.st_uid, st.st_gid))
        return; /* then the owner will be told when it matters */
}

int lock_open(const char *database_path, bool create)
{
    char *path = mem_format("%s-lock", database_path);
    int fd = open(path, (create ? O_RDWR | O_CREAT : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW, 0600);
    int saved = errno;
    if (create && fd >= 0)
        give_to_owner(fd, database_path);
    free(path);
    errno = saved;
    return fd;
}

/* Open file description locks belong to the descriptor, not to the process: two connections of one process
 * keep each other out as two processes do, and closing one drops nothing of the other. */
int lock_take_at(int fd, short type, off_t at)
{
    struct flock range = {.l_type = type, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};
    if (fd < 0)
        return 0;
    return fcntl(fd, F_OFD_SETLK, &range);
}

int lock_take(int fd, short type, enum lock_byte byte)
{
    return lock_take_at(fd, type, (off_t)byte);
}

bool lock_taken(int fd, off_t at)
{
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};
    return fd >= 0 && fcntl(fd, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
}

void lock_pause(struct store *s, int most_ms)
{
    s->jitter ^= s->jitter << 13;
    s->jitter ^= s->jitter >> 17;
    s->jitter ^= s->jitter << 5;
    int64_t us = 500 + (int64_t)(s->jitter % (uint32_t)(most_ms * 1000));
    struct timespec pause = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    nanosleep(&pause, NULL);
}

int lock_wait(struct store *s, short type, enum lock_byte byte, int limit_ms, struct error *e)
{
    int64_t until = 0;
    while (lock_take(s->lock_fd, type, byte)) {
        if (errno != EAGAIN && errno != EACCES && errno != EINTR) {
            error_set(e, ERROR_DB_LOCKED, NULL, "the lock file of the database '%s' cannot be used: %s",
                      s->path, strerror(errno));
            return error_hint(e, "the file system must support locks");
        }
        int64_t now = time_monotonic();
        if (!until)
            until = now + limit_ms;
        if (now >= until || atomic_load(&s->interrupted))
            return store_fail(s, e, SQLITE_BUSY);
        lock_pause(s, 1);
    }
    return 0;
}

/* SQLite's own wait backs off to 100 ms and lets late comers overtake; short random pauses give everyone the
 * same chance at each release. */
int store_busy(void *store, int count)
{
    struct store *s = store;
    int64_t now = time_monotonic();
    if (count == 0)
        s->busy_since = now;
    if (s->transaction == TRANSACTION_WRITE && !s->announced)
        s->announced = lock_take(s->lock_fd, F_RDLCK, s->patient ? LOCK_PATIENT : LOCK_WAITING) == 0;
    if (now - s->busy_since >= s->busy_ms || atomic_load(&s->interrupted))
        return 0;
    lock_pause(s, 2);
    return 1;
}

void lock_renounce(struct store *s)
{
    if (s->announced)
        lock_take(s->lock_fd, F_UNLCK, s->patient ? LOCK_PATIENT : LOCK_WAITING);
    s->announced = false;
}
