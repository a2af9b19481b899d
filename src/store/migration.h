/* The migrations, embedded at build time from migrations/NNNN_name.sql by embed.sh. */
#ifndef STORE_MIGRATION_H
#define STORE_MIGRATION_H

struct migration {
    int number;         /* 1, 2, ... without gaps; 0 ends the list */
    const char *name;   /* of the file, without number and ending */
    const char *sha256; /* of the file's bytes */
    const char *sql;
};

extern const struct migration store_migrations[];

#endif
