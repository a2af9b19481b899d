#include "internal.h"

#include "tt/base/fs.h"
#include "tt/base/mem.h"

int meta_get(struct store *s, const char *key, char *out, size_t size, struct error *e)
{
    struct query q;
    int step = query_open(&q, s, e, "SELECT value FROM meta WHERE key = ?1", "t", key);
    if (step == 0 && (step = query_step(&q, e)) == 1)
        str_copy(out, size, query_text(&q, 0));
    query_close(&q);
    return step;
}

int meta_set(struct store *s, const char *key, const char *value, struct error *e)
{
    return sql_run(s, e,
                   "INSERT INTO meta (key, value) VALUES (?1, ?2)"
                   " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                   "tt", key, value);
}

/* The first key that is used becomes the database's key. */
static int adopt(struct store *s, const char *fingerprint, char *expected, struct error *e)
{
    bool own = false;
    if (store_readonly(s)) {
        str_copy(expected, FINGERPRINT_TEXT, fingerprint);
        return 0;
    }
    if (work_begin(s, &own, e))
        return -1;
    int result = sql_run(s, e, "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO NOTHING",
                         "tt", KEY_FINGERPRINT, fingerprint);
    if (result == 0)
        result = meta_get(s, KEY_FINGERPRINT, expected, FINGERPRINT_TEXT, e);
    return work_end(s, own, result, e);
}

static int read_or_make(struct store *s, const char *expected, struct error *e)
{
    if (fs_exists(s->key_path) || expected[0] || store_readonly(s)) {
        if (key_read(s->key_path, &s->key, e) == 0)
            return 0;
        if (e && expected[0]) {
            char next[sizeof e->hint];
            str_copy(next, sizeof next, *e->hint ? e->hint : "--key-file FILE names it");
            error_hint(e, "the database '%s' needs the key with the fingerprint %s; %s", s->path, expected,
                       next);
        }
        return -1;
    }
    if (key_create(s->key_path, &s->key, e) == 0)
        return 0;
    /* Another process may have made it in this moment. */
    return fs_exists(s->key_path) ? key_read(s->key_path, &s->key, e) : -1;
}

const struct key *store_key(struct store *s, struct error *e)
{
    char expected[FINGERPRINT_TEXT] = "", fingerprint[FINGERPRINT_TEXT];

    if (s->key_loaded)
        return &s->key;
    if (!s->key_path) {
        error_set(e, ERROR_KEY_MISSING, NULL, "no key file is named");
        return NULL;
    }
    if (meta_get(s, KEY_FINGERPRINT, expected, sizeof expected, e) < 0 || read_or_make(s, expected, e))
        goto failed;
    key_fingerprint(&s->key, fingerprint);
    if (!expected[0] && adopt(s, fingerprint, expected, e) < 0)
        goto failed;
    if (!str_equal(expected, fingerprint)) {
        error_set(e, ERROR_KEY_WRONG, NULL,
                  "the key file '%s' is not the one of this database: its fingerprint is %s, expected %s",
                  s->key_path, fingerprint, expected);
        error_hint(e, "name the right one with --key-file or $TENANTTUI_KEY_FILE");
        goto failed;
    }
    key_derive(&s->key, SUBKEY_SECRET, &s->secret_key);
    key_derive(&s->key, SUBKEY_HASH, &s->hash_key);
    s->key_loaded = true;
    return &s->key;
failed:
    mem_wipe(&s->key, sizeof s->key);
    return NULL;
}

const struct key *store_secret_key(struct store *s, struct error *e)
{
    return store_key(s, e) ? &s->secret_key : NULL;
}

const struct key *store_hash_key(struct store *s, struct error *e)
{
    return store_key(s, e) ? &s->hash_key : NULL;
}
