#include "tt/base/crypto.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tt/base/fs.h"
#include "tt/base/mem.h"

#define KEY_TEXT (2 * KEY_BYTES + 1) /* hex digits and newline */
#define SEAL_VERSION 1
#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG crypto_aead_xchacha20poly1305_ietf_ABYTES

void crypto_start(void)
{
    if (sodium_init() < 0)
        abort();
}

void crypto_random(void *to, size_t n)
{
    randombytes_buf(to, n);
}

void crypto_hex(const void *bytes, size_t n, char *out)
{
    sodium_bin2hex(out, 2 * n + 1, bytes, n);
}

int crypto_unhex(const char *hex, void *out, size_t n)
{
    size_t written = 0;
    if (strnlen(hex, 2 * n + 1) != 2 * n)
        return -1;
    return sodium_hex2bin(out, n, hex, 2 * n, NULL, &written, NULL) == 0 && written == n ? 0 : -1;
}

/* --- the key file --- */

static int check_key_file(int fd, const char *path, struct error *e)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return error_set(e, ERROR_KEY_WRONG, "key-file", "%s: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return error_set(e, ERROR_KEY_WRONG, "key-file", "%s is not a key file", path);
    if (st.st_uid != geteuid()) {
        error_set(e, ERROR_KEY_UNSAFE, "key-file", "the key file %s belongs to another user", path);
        return error_hint(e, "make it your own: chown %u %s", (unsigned)geteuid(), path);
    }
    if (st.st_mode & 077) {
        error_set(e, ERROR_KEY_UNSAFE, "key-file",
                  "the key file %s is open to others (mode %03o, expected 600)", path,
                  (unsigned)st.st_mode & 0777u);
        return error_hint(e, "chmod 600 %s", path);
    }
    return 0;
}

int key_read(const char *path, struct key *key, struct error *e)
{
    char text[KEY_TEXT + 2] = "";
    ssize_t n = -1;
    /* O_NONBLOCK: a pipe put in the file's place must not hang us. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return error_set(e, ERROR_KEY_MISSING, "key-file", "the key file %s is missing", path);
    if (fd < 0)
        return error_set(e, ERROR_KEY_UNSAFE, "key-file", "cannot read the key file %s: %s", path,
                         strerror(errno));
    int status = check_key_file(fd, path, e);
    if (!status)
        n = read(fd, text, KEY_TEXT + 1);
    close(fd);
    if (status)
        return status;
    if (n == KEY_TEXT && text[n - 1] == '\n')
        text[n - 1] = '\0';
    if (n < 0 || crypto_unhex(text, key->bytes, KEY_BYTES) < 0) {
        mem_wipe(key, sizeof *key);
        status = error_set(e, ERROR_KEY_WRONG, "key-file",
                           "%s is not a key file: expected %d hex digits and a newline", path, 2 * KEY_BYTES);
    }
    mem_wipe(text, sizeof text);
    return status;
}

/* link() both refuses an existing file and lets nobody see half of a new one. */
static int put_key(const char *beside, const char *path, const char *text, size_t n)
{
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -1;
    bool good = fchmod(fd, 0600) == 0 && write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;
    good = close(fd) == 0 && good && link(beside, path) == 0;
    int cause = errno;
    unlink(beside);
    errno = cause;
    return good && fs_sync_parent(path) == 0 ? 0 : -1;
}

int key_create(const char *path, struct key *key, struct error *e)
{
    struct error why = {0};
    if (fs_make_parent(path, 0700, &why) < 0)
        return error_set(e, why.code == ERROR_DB_FULL ? why.code : ERROR_KEY_MISSING, "key-file",
                         "cannot make the key file %s: %s", path, why.message);
    char text[KEY_TEXT + 1], suffix[17];
    unsigned char random[8];
    crypto_random(random, sizeof random);
    crypto_hex(random, sizeof random, suffix);
    crypto_random(key->bytes, KEY_BYTES);
    crypto_hex(key->bytes, KEY_BYTES, text);
    text[KEY_TEXT - 1] = '\n';
    char *beside = mem_format("%s.%s", path, suffix);
    int status = put_key(beside, path, text, KEY_TEXT);
    if (status < 0) {
        int cause = errno;
        mem_wipe(key, sizeof *key);
        error_set(e,
                  cause == EEXIST  ? ERROR_REFUSED
                  : fs_full(cause) ? ERROR_DB_FULL
                                   : ERROR_KEY_MISSING,
                  "key-file", "cannot make the key file %s: %s", path, strerror(cause));
    }
    mem_wipe(text, sizeof text);
    free(beside);
    return status;
}

static void derive(const struct key *key, const char context[crypto_kdf_CONTEXTBYTES + 1], struct key *out)
{
    crypto_kdf_derive_from_key(out->bytes, KEY_BYTES, 1, context, key->bytes);
}

void key_derive(const struct key *key, enum subkey which, struct key *out)
{
    static const char *const contexts[SUBKEY_COUNT] = {
        [SUBKEY_CONTROL] = "ttcontrl",
        [SUBKEY_SECRET] = "ttsecret",
        [SUBKEY_HASH] = "tthash__",
    };
    derive(key, contexts[which], out);
}

void key_fingerprint(const struct key *key, char out[FINGERPRINT_TEXT])
{
    struct key sub;
    char hex[SHA256_TEXT];
    derive(key, "ttfinger", &sub);
    crypto_sha256_hex(sub.bytes, KEY_BYTES, hex);
    memcpy(out, hex, FINGERPRINT_TEXT - 1);
    out[FINGERPRINT_TEXT - 1] = '\0';
    mem_wipe(&sub, sizeof sub);
}

/* --- sealing --- */

/* What is authenticated beside the text: the version byte and the place. */
static void bind_place(struct str *ad, const char *context)
{
    str_add_char(ad, SEAL_VERSION);
    str_add(ad, context);
}

void crypto_seal(const struct key *sub, const char *context, const void *plain, size_t n, struct str *out)
{
    struct str ad = STR_INIT;
    bind_place(&ad, context);
    unsigned char nonce[NONCE];
    crypto_random(nonce, sizeof nonce);
    str_reserve(out, 1 + NONCE + n + TAG);
    str_add_char(out, SEAL_VERSION);
    str_add_bytes(out, nonce, sizeof nonce);
    unsigned char *to = (unsigned char *)out->data + out->len;
    crypto_aead_xchacha20poly1305_ietf_encrypt(to, NULL, plain, n, (const unsigned char *)ad.data, ad.len,
                                               NULL, nonce, sub->bytes);
    out->len += n + TAG;
    out->data[out->len] = '\0';
    str_release(&ad);
}

int crypto_open(const struct key *sub, const char *context, const void *sealed, size_t n, struct str *plain,
                struct error *e)
{
    const unsigned char *from = sealed;
    if (n < 1 + NONCE + TAG || from[0] != SEAL_VERSION)
        return error_set(e, ERROR_DB_DAMAGED, NULL, "a sealed value (%s) has a form that is not known",
                         context);
    struct str ad = STR_INIT;
    bind_place(&ad, context);
    size_t cipher = n - 1 - NONCE;
    str_reserve(plain, cipher);
    int status = crypto_aead_xchacha20poly1305_ietf_decrypt(
        (unsigned char *)plain->data + plain->len, NULL, NULL, from + 1 + NONCE, cipher,
        (const unsigned char *)ad.data, ad.len, from + 1, sub->bytes);
    if (status == 0)
        plain->len += cipher - TAG;
    plain->data[plain->len] = '\0';
    str_release(&ad);
    return status == 0
               ? 0
               : error_set(e, ERROR_DB_DAMAGED, NULL,
                           "a sealed value (%s) does not open: damaged, moved, or of another key", context);
}

/* --- hashes --- */

void crypto_sha256_hex(const void *data, size_t n, char out[SHA256_TEXT])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, data, n);
    crypto_hex(hash, sizeof hash, out);
}

void crypto_hmac_hex(const struct key *sub, const void *data, size_t n, char out[SHA256_TEXT])
{
    unsigned char hash[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256(hash, data, n, sub->bytes);
    crypto_hex(hash, sizeof hash, out);
}

void crypto_keyed_hash(const struct key *sub, const void *data, size_t n, unsigned char out[32])
{
    crypto_generichash(out, 32, data, n, sub->bytes, KEY_BYTES);
}

int crypto_same(const void *a, const void *b, size_t n)
{
    return sodium_memcmp(a, b, n) == 0;
}

struct crypto_digest {
    crypto_generichash_state state;
};

struct crypto_digest *crypto_digest_new(const struct key *sub)
{
    struct crypto_digest *d = NULL;
    /* The state wants an alignment that plain allocation does not promise. */
    if (posix_memalign((void **)&d, 64, sizeof *d))
        abort();
    crypto_generichash_init(&d->state, sub ? sub->bytes : NULL, sub ? KEY_BYTES : 0, 32);
    return d;
}

void crypto_digest_add(struct crypto_digest *d, const void *data, size_t n)
{
    crypto_generichash_update(&d->state, data, n);
}

void crypto_digest_end(struct crypto_digest *d, unsigned char out[32])
{
    if (d && out)
        crypto_generichash_final(&d->state, out, 32);
    if (d)
        mem_wipe(d, sizeof *d);
    free(d);
}

/* --- base64 --- */

void crypto_base64(const void *data, size_t n, struct str *out)
{
    const int variant = sodium_base64_VARIANT_ORIGINAL;
    size_t need = sodium_base64_encoded_len(n, variant);
    str_reserve(out, need);
    sodium_bin2base64(out->data + out->len, need, data, n, variant);
    out->len += need - 1;
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* Both alphabets, with or without padding: tokens use the URL's without, data URLs the other with. */
int crypto_unbase64(const char *text, size_t n, struct str *out)
{
    size_t start = out->len, length = n;
    while (length > 0 && n - length < 2 && text[length - 1] == '=')
        length--;
    if (length % 4 == 1 || (length < n && n % 4 != 0))
        return -1;
    str_reserve(out, length / 4 * 3 + 3);
    unsigned bits = 0, held = 0;
    for (size_t i = 0; i < length; i++) {
        int value = base64_value(text[i]);
        if (value < 0) {
            str_cut(out, start);
            return -1;
        }
        held = (held << 6 | (unsigned)value) & 0xffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            str_add_char(out, (char)(unsigned char)(held >> bits));
        }
    }
    return 0;
}
