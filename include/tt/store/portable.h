/* A tenant in a file: written by `export`, read by `import` into another database (or the same one, when the
 * tenant is gone from it).
 *
 * One JSON document, a row a line, so that both sides need little memory whatever the size (tenanttui(5),
 * EXPORTS). Numbers that mean something in one database only (transactions, entries) are not in it: a
 * transaction is known by the id that people read, which stays valid afterwards as the one under which
 * another system knew it. Products and items keep their numbers, which are the tenant's own.
 *
 * Secrets: the token and the contents of items are in the file only when a passphrase seals them; contents
 * also in the clear where REVEAL says so. The file ends with a digest over all before it, keyed with the
 * passphrase where there is one: what was cut or changed is not taken.
 *
 * What belongs to the place and not to the tenant stays behind: audit, pushes, sessions, deliveries that
 * wait, revision, deleted items. */
#ifndef TT_STORE_PORTABLE_H
#define TT_STORE_PORTABLE_H

#include <stddef.h>
#include <sys/types.h>

#include "tt/domain/feature.h"
#include "tt/store/import.h"
#include "tt/store/store.h"

/* --- export --- */

struct export_options {
    const char *tenant;     /* its id; NULL: all that there are */
    const char *program;    /* its version, for the header */
    const char *passphrase; /* NULL: no secrets */
    size_t passphrase_length;
    bool reveal; /* contents of items as they are */
    int64_t now;
    /* Bytes of the file, in order. -1 and E end the export. */
    int (*write)(void *context, const char *bytes, size_t n, struct error *e);
    /* Not NULL: csv. Called before each table of each tenant; its bytes follow: column names, then rows.
     * There is no header and no digest, and no passphrase may be given. */
    int (*file)(void *context, const char *tenant, const char *table, struct error *e);
    /* After each table: how many rows it has; the first one, "tenant", has one row of each. */
    void (*table)(void *context, const char *table, int64_t rows);
    int (*between)(void *context, int64_t rows); /* as with imports; may be NULL */
    void *context;
};
/* All of one moment: a read transaction stays open, and writers go on beside it. */
int export_run(struct store *s, const struct export_options *options, struct error *e);

/* --- import --- */

struct portable;

/* How every such file begins: no other file that `import` knows does. */
#define PORTABLE_MAGIC "{\"format\":\"tenanttui export\","
#define PORTABLE_MAGIC_LENGTH (sizeof PORTABLE_MAGIC - 1)

/* Where its bytes come from: as read(2) answers, errno set at -1. */
struct portable_input {
    ssize_t (*read)(void *context, char *to, size_t n);
    void *context;
};
/* Reads the header. ERROR_REFUSED (field "file"): it is none, or of a newer format. Free what comes out. */
int portable_open(struct portable **out, const struct portable_input *input, struct error *e);
void portable_free(struct portable *p);           /* NULL is fine */
bool portable_locked(const struct portable *p);   /* it needs its passphrase before it is imported */
int64_t portable_count(const struct portable *p); /* tenants, as the header says */
/* ERROR_REFUSED (field "passphrase"): a wrong one. */
int portable_unlock(struct portable *p, const char *passphrase, size_t n, struct error *e);

/* Reads the rest into S, once; in the caller's write transaction, and an error must end in a rollback.
 * Nothing of it is in the journal. OPTIONS as for the databases of the earlier system: `tenant` is the id
 * that the tenant gets (NULL: its own; only where the file holds one), `path` is not looked at, rows are
 * named by their line in the file. FEATURES: those whose settings are known.
 *
 * ERROR_TAKEN: a tenant of this id or guild is here already. A row of the configuration that cannot be taken
 * (a feature outside the plan, a setting that is unknown, a token that another tenant has) is told and left
 * out; anything else that is wrong ends the import: ERROR_REFUSED naming the line. A tenant that came with a
 * token is left stopped, since the bot may still run elsewhere. ID is that of the last tenant. */
int portable_import(struct portable *p, struct store *s, const struct import_options *options,
                    const struct feature_list *features, int64_t now, char id[TENANT_ID_TEXT],
                    struct error *e);

#endif
