/* The file itself: its header, its lines, its digest. */
#include "portable_file.h"

#include <errno.h>

#include "tt/base/mem.h"

#define PIECE (64 << 10)
#define DIGEST_LINE "],\"digest\":\""

static int fail(struct error *e, const char *what)
{
    return error_set(e, ERROR_REFUSED, "file", "the file cannot be taken: %s", what);
}

/* --- lines --- */

/* 1: more bytes are there; 0: the end; -1 */
static int fill(struct portable *p, struct error *e)
{
    ssize_t n;

    do
        n = p->input.read(p->input.context, p->piece, PIECE);
    while (n < 0 && errno == EINTR);
    p->at = 0;
    p->size = n > 0 ? (size_t)n : 0;
    return n < 0 ? error_set(e, ERROR_REFUSED, "file", "the file cannot be read: %s", strerror(errno))
                 : n > 0;
}

int portable_line(struct portable *p, struct error *e)
{
    str_clear(&p->line);
    for (;;) {
        if (p->at == p->size) {
            int more = fill(p, e);
            if (more < 1)
                return more < 0 ? -1 : fail(e, "it ends too early; a part of it is missing");
        }
        const char *from = p->piece + p->at, *end = memchr(from, '\n', p->size - p->at);
        size_t n = end ? (size_t)(end - from) : p->size - p->at;
        if (p->line.len + n > PORTABLE_LINE_MAX)
            return error_set(e, ERROR_REFUSED, "file", "the file cannot be taken: line %lld is too long",
                             (long long)p->number + 1);
        str_add_bytes(&p->line, from, n);
        p->at += n + (end != NULL);
        if (end)
            break;
    }
    p->number++;
    if (p->digest && !str_starts(str_text(&p->line), DIGEST_LINE)) {
        crypto_digest_add(p->digest, str_text(&p->line), p->line.len);
        crypto_digest_add(p->digest, "\n", 1);
    }
    return 0;
}

bool portable_at_end(const struct portable *p)
{
    return str_starts(str_text(&p->line), DIGEST_LINE);
}

/* The hexadecimal digits of the last line. */
static int read_digest(const struct portable *p, unsigned char out[32])
{
    const char *hex = str_text(&p->line) + strlen(DIGEST_LINE);
    char digits[65];

    if (p->line.len != strlen(DIGEST_LINE) + 64 + 2 || !str_equal(hex + 64, "\"}"))
        return -1;
    str_copy(digits, sizeof digits, hex);
    return crypto_unhex(digits, out, 32);
}

int portable_check_end(struct portable *p, struct error *e)
{
    unsigned char expected[32], told[32];

    crypto_digest_end(p->digest, expected);
    p->digest = NULL;
    if (read_digest(p, told) || !crypto_same(expected, told, sizeof told))
        return fail(e, "it is damaged, or was changed since it was written (its digest is another)");
    int more = p->at < p->size ? 1 : fill(p, e);
    return more ? more < 0 ? -1 : fail(e, "something follows its end") : 0;
}

/* --- the header --- */

static int read_secrets(struct portable *p, const struct json *secrets, struct error *e)
{
    const char *kdf = json_get_string(secrets, "kdf"), *salt = json_get_string(secrets, "salt");
    const char *check = json_get_string(secrets, "check");

    if (!secrets || json_is(secrets, JSON_NULL))
        return p->contents == CONTENTS_SEALED ? fail(e, "its header says nothing of its passphrase") : 0;
    if (!str_equal(kdf, "argon2id"))
        return fail(e, "it is sealed in a way that this version does not know");
    p->cost.operations = json_get_int(secrets, "operations", 0);
    p->cost.memory = json_get_int(secrets, "memory", 0);
    if (!salt || crypto_unhex(salt, p->cost.salt, sizeof p->cost.salt) || !check ||
        crypto_unbase64(check, strlen(check), &p->check))
        return fail(e, "its header is damaged");
    p->sealed = true;
    return 0;
}

static int read_header(struct portable *p, const struct json *header, struct error *e)
{
    int64_t version = json_get_int(header, "version", 0);
    const char *program = json_get_string(header, "program");
    const char *contents = json_get_string(header, "contents");

    if (version > PORTABLE_VERSION) {
        error_set(e, ERROR_REFUSED, "file",
                  "the file has format %lld, written by tenanttui %.20s; this version reads up to %d",
                  (long long)version, program ? program : "?", PORTABLE_VERSION);
        return error_hint(e, "import it with a version that is as new");
    }
    int how = contents ? word_index(portable_contents_words, contents) : -1;
    p->count = json_get_int(header, "count", -1);
    if (version < 1 || how < 0 || p->count < 0)
        return fail(e, "its header is damaged");
    p->contents = (enum portable_contents)how;
    return read_secrets(p, json_get(header, "secrets"), e);
}

int portable_open(struct portable **out, const struct portable_input *input, struct error *e)
{
    struct portable *p = mem_zero(1, sizeof *p);
    struct json *header = NULL;
    int status = -1;

    *out = NULL;
    p->input = *input;
    p->piece = mem_alloc(PIECE);
    if (portable_line(p, e))
        goto done;
    str_add_bytes(&p->header, str_text(&p->line), p->line.len);
    str_add(&p->line, "]}");
    if (str_starts(str_text(&p->line), PORTABLE_MAGIC))
        header = json_parse(str_text(&p->line), p->line.len, NULL);
    status = header ? read_header(p, header, e) : fail(e, "it does not begin as an export of tenanttui does");
done:
    json_free(header);
    if (status)
        portable_free(p);
    else
        *out = p;
    return status;
}

void portable_free(struct portable *p)
{
    if (!p)
        return;
    crypto_digest_end(p->digest, NULL);
    mem_wipe(p->piece, PIECE);
    mem_wipe(&p->keys, sizeof p->keys);
    free(p->piece);
    str_wipe(&p->line);
    str_release(&p->header);
    str_release(&p->check);
    free(p);
}

bool portable_locked(const struct portable *p)
{
    return p->sealed && !p->unlocked;
}

int64_t portable_count(const struct portable *p)
{
    return p->count;
}

int portable_unlock(struct portable *p, const char *passphrase, size_t n, struct error *e)
{
    struct str plain = STR_INIT;

    if (!p->sealed)
        return 0;
    if (portable_keys_of(passphrase, n, &p->cost, &p->keys, e))
        return -1;
    p->unlocked =
        crypto_open(&p->keys.seal, PORTABLE_CHECK_CONTEXT, p->check.data, p->check.len, &plain, NULL) == 0 &&
        str_equal(str_text(&plain), PORTABLE_CHECK);
    str_release(&plain);
    if (p->unlocked)
        return 0;
    return error_set(e, ERROR_REFUSED, "passphrase",
                     "the passphrase is not the one that the file was sealed with");
}

int portable_begin(struct portable *p, struct error *e)
{
    if (portable_locked(p) || p->begun)
        return error_set(e, ERROR_REFUSED, "passphrase", "the file needs its passphrase");
    p->begun = true;
    p->digest = crypto_digest_new(p->sealed ? &p->keys.digest : NULL);
    crypto_digest_add(p->digest, str_text(&p->header), p->header.len);
    crypto_digest_add(p->digest, "\n", 1);
    return 0;
}
