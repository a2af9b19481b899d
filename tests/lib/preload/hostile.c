/* A host that misbehaves, for tests: preloaded before libc (LD_PRELOAD), it moves clocks and lets writes of
 * the database fail, as a file says that the test changes while the program runs. See tests/lib/hostile.py.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* The file: numbers of 8 bytes in this order. */
struct orders {
    _Atomic int64_t realtime_ms, monotonic_ms; /* added to the clocks */
    _Atomic int64_t error;                     /* the errno of what fails */
    _Atomic int64_t writes, syncs;             /* of 1000, so many fail */
    _Atomic int64_t failed;                    /* how many did */
};

static struct orders none;
static struct orders *orders = &none;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static __thread uint32_t dice;

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_fsync)(int), (*real_fdatasync)(int), (*real_ftruncate)(int, off_t);
static int (*real_clock)(clockid_t, struct timespec *);

static void find(void *function, const char *name)
{
    *(void **)function = dlsym(RTLD_NEXT, name);
}

static void begin(void)
{
    const char *path = getenv("HOSTILE_ORDERS");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    find(&real_pwrite, "pwrite64");
    find(&real_write, "write");
    find(&real_fsync, "fsync");
    find(&real_fdatasync, "fdatasync");
    find(&real_ftruncate, "ftruncate64");
    find(&real_clock, "clock_gettime");
    if (fd < 0)
        return;
    void *map = mmap(NULL, sizeof *orders, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (map != MAP_FAILED)
        orders = map;
}

static void ready(void)
{
    pthread_once(&once, begin);
}

/* --- clocks --- */

static void add_ms(struct timespec *t, int64_t ms)
{
    int64_t ns = t->tv_nsec + ms % 1000 * 1000000;
    t->tv_sec += ms / 1000 + (ns >= 1000000000) - (ns < 0);
    t->tv_nsec = ns + (ns < 0) * 1000000000 - (ns >= 1000000000) * 1000000000;
}

int clock_gettime(clockid_t which, struct timespec *out)
{
    ready();
    int rc = real_clock(which, out);
    if (rc == 0 && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
        add_ms(out, orders->realtime_ms);
    else if (rc == 0 && (which == CLOCK_MONOTONIC || which == CLOCK_MONOTONIC_COARSE))
        add_ms(out, orders->monotonic_ms);
    return rc;
}

time_t time(time_t *out)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    struct timespec now = {0};
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    *out = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    return 0;
}

/* --- writes --- */

static int of_database(int fd)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\0';
    return (n > 3 && strcmp(path + n - 3, ".db") == 0) || (n > 4 && strcmp(path + n - 4, "-wal") == 0);
}

/* Does this one fail? */
static int fails(int fd, int64_t of_1000)
{
    if (of_1000 == 0 || !of_database(fd))
        return 0;
    if (!dice)
        dice = (uint32_t)syscall(SYS_gettid) * 2654435761u | 1;
    dice ^= dice << 13, dice ^= dice >> 17, dice ^= dice << 5;
    if (dice % 1000 >= (uint32_t)of_1000)
        return 0;
    orders->failed++;
    errno = (int)orders->error;
    return 1;
}

static ssize_t write_at(int fd, const void *data, size_t n, off_t at)
{
    ready();
    if (!fails(fd, orders->writes))
        return real_pwrite(fd, data, n, at);
    /* A disk that fills up takes the first part. */
    if (errno == ENOSPC && n > 512)
        (void)!real_pwrite(fd, data, n / 2, at);
    errno = (int)orders->error;
    return -1;
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t at)
{
    return write_at(fd, data, n, at);
}

ssize_t pwrite64(int fd, const void *data, size_t n, off_t at)
{
    return write_at(fd, data, n, at);
}

ssize_t write(int fd, const void *data, size_t n)
{
    ready();
    return fails(fd, orders->writes) ? -1 : real_write(fd, data, n);
}

int fsync(int fd)
{
    ready();
    return fails(fd, orders->syncs) ? -1 : real_fsync(fd);
}

int fdatasync(int fd)
{
    ready();
    return fails(fd, orders->syncs) ? -1 : real_fdatasync(fd);
}

int ftruncate(int fd, off_t size)
{
    ready();
    return fails(fd, orders->writes) ? -1 : real_ftruncate(fd, size);
}

int ftruncate64(int fd, off_t size)
{
    return ftruncate(fd, size);
}
