#include <sodium.h>

#include "tt/base/crypto.h"

/* Beyond these a file that was made up would keep this machine busy instead of its author. */
#define OPERATIONS_MOST 10
#define MEMORY_MOST (INT64_C(1) << 30)
#define MEMORY_LEAST (INT64_C(8) << 20)

void passphrase_cost_new(struct passphrase_cost *out)
{
    *out = (struct passphrase_cost){.operations = crypto_pwhash_OPSLIMIT_MODERATE,
                                    .memory = crypto_pwhash_MEMLIMIT_MODERATE};
    crypto_random(out->salt, sizeof out->salt);
}

int passphrase_key(const char *passphrase, size_t n, const struct passphrase_cost *cost, struct key *out,
                   struct error *e)
{
    _Static_assert(PASSPHRASE_SALT == crypto_pwhash_SALTBYTES, "the salt of the library");
    if (n < 1 || n > PASSPHRASE_MAX)
        return error_set(e, ERROR_REFUSED, "passphrase", "a passphrase has 1 to %d bytes", PASSPHRASE_MAX);
    if (cost->operations < 1 || cost->operations > OPERATIONS_MOST || cost->memory < MEMORY_LEAST ||
        cost->memory > MEMORY_MOST)
        return error_set(e, ERROR_REFUSED, "passphrase",
                         "the key would cost %lld passes over %lld MiB; 1 to %d over 8 to 1024 are taken",
                         (long long)cost->operations, (long long)(cost->memory >> 20), OPERATIONS_MOST);
    if (crypto_pwhash(out->bytes, KEY_BYTES, passphrase, n, cost->salt, (unsigned long long)cost->operations,
                      (size_t)cost->memory, crypto_pwhash_ALG_ARGON2ID13) == 0)
        return 0;
    return error_set(e, ERROR_REFUSED, "passphrase",
                     "making a key from the passphrase needs %lld MiB of memory, which are not there",
                     (long long)(cost->memory >> 20));
}
