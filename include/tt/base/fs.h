/* Files: whole reads, directories, the program's default paths. */
#ifndef TT_BASE_FS_H
#define TT_BASE_FS_H

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

#include "tt/base/error.h"
#include "tt/base/str.h"

/* Append the whole file to OUT; more than LIMIT bytes is ERROR_REFUSED, absent ERROR_NO_SUCH. "-" is not
 * special here. */
int fs_read(const char *path, size_t limit, struct str *out, struct error *e);
int fs_write(int fd, const void *bytes, size_t n);                  /* all of them, or -1 and errno */
int fs_make_dirs(const char *path, unsigned mode, struct error *e); /* PATH and its missing parents */
int fs_make_parent(const char *path, unsigned mode, struct error *e);
bool fs_exists(const char *path);
/* Does this errno say that no more fits: disk, quota or file size limit? */
bool fs_full(int system_error);
int64_t fs_room(const char *path); /* bytes that may still be written where PATH lies; INT64_MAX: unknown */
int fs_sync_parent(const char *path); /* fsync the directory that holds PATH */

/* $XDG_DATA_HOME/tenanttui/tenanttui.db, $XDG_CONFIG_HOME/tenanttui/key, $XDG_STATE_HOME/tenanttui/NAME,
 * each with the usual fall-back below $HOME. The caller frees. */
char *fs_default_database(void);
char *fs_default_key(void);
char *fs_default_state(const char *name);

#endif
