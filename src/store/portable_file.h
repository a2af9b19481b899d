/* A file that is being imported, line by line. */
#ifndef STORE_PORTABLE_FILE_H
#define STORE_PORTABLE_FILE_H

#include "portable.h"

struct portable {
    struct portable_input input;
    char *piece; /* bytes that were read */
    size_t at, size;
    struct str line; /* without its end */
    int64_t number;  /* of that line, from 1 */
    struct str header, check;
    struct crypto_digest *digest;
    struct passphrase_cost cost;
    struct portable_keys keys;
    enum portable_contents contents;
    int64_t count;
    bool sealed, unlocked, begun;
};

/* Once, before the lines behind the header; with the passphrase where it needs one. */
int portable_begin(struct portable *p, struct error *e);
/* The next line. ERROR_REFUSED: there is none, or it is too long. */
int portable_line(struct portable *p, struct error *e);
bool portable_at_end(const struct portable *p);              /* is it the last line, with the digest? */
int portable_check_end(struct portable *p, struct error *e); /* of that line, and that nothing follows */

#endif
