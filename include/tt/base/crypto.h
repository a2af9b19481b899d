/* Cryptography over libsodium. One key file (32 bytes as 64 hex digits and a newline, mode 0600) is the
 * root; every use has a subkey of its own, so that no two uses share key material. */
#ifndef TT_BASE_CRYPTO_H
#define TT_BASE_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

#include "tt/base/error.h"
#include "tt/base/str.h"

#define KEY_BYTES 32
#define FINGERPRINT_TEXT 17 /* 16 hex digits and NUL */
#define SHA256_TEXT 65      /* 64 hex digits and NUL */

struct key {
    unsigned char bytes[KEY_BYTES];
};

enum subkey {
    SUBKEY_CONTROL, /* crypto_kdf context "ttcontrl", id 1: signs control messages */
    SUBKEY_SECRET,  /* context "ttsecret", id 1: tokens and stock contents at rest */
    SUBKEY_HASH,    /* context "tthash__", id 1: keyed hashes of secrets */
    SUBKEY_COUNT
};

/* Call once before anything else here (main does). */
void crypto_start(void);
void crypto_random(void *to, size_t n);
void crypto_hex(const void *bytes, size_t n, char *out /* 2n+1 */);
int crypto_unhex(const char *hex, void *out, size_t n); /* exactly 2n lower- or upper-case digits, or -1 */

/* Read a key file. ERROR_KEY_MISSING, ERROR_KEY_UNSAFE (readable by group or others, or not ours),
 * ERROR_KEY_WRONG (not a key). Wipe the key with mem_wipe. */
int key_read(const char *path, struct key *key, struct error *e);
/* Make a new one, 0600, directories 0700, durable before it returns; an existing file is an error. */
int key_create(const char *path, struct key *key, struct error *e);
/* A public name of the key, for messages and the database: hash of a subkey, first 16 hex digits. */
void key_fingerprint(const struct key *key, char out[FINGERPRINT_TEXT]);
void key_derive(const struct key *key, enum subkey which, struct key *out);

/* Authenticated encryption (XChaCha20-Poly1305, random nonce, one version byte). CONTEXT binds the blob to
 * its place ("token/tenant01"): opening it elsewhere fails. SUB is the derived SUBKEY_SECRET. */
void crypto_seal(const struct key *sub, const char *context, const void *plain, size_t n, struct str *out);
int crypto_open(const struct key *sub, const char *context, const void *sealed, size_t n, struct str *plain,
                struct error *e);

void crypto_sha256_hex(const void *data, size_t n, char out[SHA256_TEXT]);
void crypto_hmac_hex(const struct key *sub, const void *data, size_t n, char out[SHA256_TEXT]);
void crypto_keyed_hash(const struct key *sub, const void *data, size_t n, unsigned char out[32]);
int crypto_same(const void *a, const void *b, size_t n); /* constant time; 1 when equal */

/* The keyed hash of what comes piece by piece; SUB NULL: a plain hash (BLAKE2b in both cases). _end frees. */
struct crypto_digest;
struct crypto_digest *crypto_digest_new(const struct key *sub);
void crypto_digest_add(struct crypto_digest *d, const void *data, size_t n);
void crypto_digest_end(struct crypto_digest *d,
                       unsigned char out[32]); /* OUT NULL: only frees; D may be NULL */

/* --- keys from passphrases (Argon2id) --- */

#define PASSPHRASE_SALT 16
#define PASSPHRASE_MAX 1024 /* bytes */

/* What making the key costs whoever tries passphrases, and the salt: no secrets, to be kept beside what was
 * sealed. */
struct passphrase_cost {
    int64_t operations, memory; /* memory in bytes */
    unsigned char salt[PASSPHRASE_SALT];
};
void passphrase_cost_new(struct passphrase_cost *out); /* today's measure (256 MiB, most of a second) */
/* COST may come from anywhere: ERROR_REFUSED (field "passphrase") when it asks for more than 1 GiB, for too
 * little to mean anything, or for memory that is not there. */
int passphrase_key(const char *passphrase, size_t n, const struct passphrase_cost *cost, struct key *out,
                   struct error *e);

/* Base64, appended: written in the standard alphabet with padding; read in that or the URL's, with or without
 * padding (a token's first part). */
void crypto_base64(const void *data, size_t n, struct str *out);
int crypto_unbase64(const char *text, size_t n, struct str *out);

#endif
