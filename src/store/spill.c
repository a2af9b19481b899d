/* The pages that a savepoint may have to put back lie in memory up to SAVEPOINT_BYTES, then SQLite moves them
 * to a file, in one write. Of a write its VFS does what is above a multiple of 128 KiB, then nothing more,
 * and calls that a full disk: so it is given such a write in pieces. */
#include "internal.h"

#include <pthread.h>

/* A purchase has more than SQLite's own 64 KiB. */
#define SAVEPOINT_BYTES (1 << 20)
#define PIECE (64 << 10)

static sqlite3_vfs *plain;
static int (*plain_write)(sqlite3_file *file, const void *data, int n, sqlite3_int64 at);

static int write_pieces(sqlite3_file *file, const void *data, int n, sqlite3_int64 at)
{
    int rc = SQLITE_OK;
    for (int done = 0; rc == SQLITE_OK && done < n; done += PIECE)
        rc = plain_write(file, (const char *)data + done, n - done < PIECE ? n - done : PIECE, at + done);
    return rc;
}

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *given)
{
    static sqlite3_io_methods methods;
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    (void)vfs;
    int rc = plain->xOpen(plain, name, file, flags, given);
    if (rc != SQLITE_OK || !(flags & SQLITE_OPEN_SUBJOURNAL))
        return rc;
    pthread_mutex_lock(&lock);
    if (!plain_write) {
        methods = *file->pMethods; /* those of every file without a name */
        plain_write = methods.xWrite;
        methods.xWrite = write_pieces;
    }
    pthread_mutex_unlock(&lock);
    file->pMethods = &methods;
    return rc;
}

void spill_configure(void)
{
    static sqlite3_vfs vfs;
    sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, SAVEPOINT_BYTES);
    plain = sqlite3_vfs_find(NULL);
    vfs = *plain;
    vfs.zName = "tenanttui";
    vfs.pNext = NULL;
    vfs.xOpen = open_file;
    sqlite3_vfs_register(&vfs, 1);
}
