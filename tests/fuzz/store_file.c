/* A database file of any bytes: opened, listed and examined without a crash, and never changed by it. The
 * seeds are found in the build folder's corpus, where tests/fuzz/run puts a fresh database. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "tt/base/fs.h"
#include "tt/store/audit.h"
#include "tt/store/outbox.h"
#include "tt/store/tenants.h"

static char path[64];
static struct str good = STR_INIT;

static void remove_files(void)
{
    static const char *const ends[] = {"",     "-wal",  "-shm",      "-lock",     ".lock",     ".log",
                                       ".key", ".made", ".made-wal", ".made-shm", ".made-lock"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char name[96];
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
}

static void fill(struct store *s)
{
    struct tenant t;
    struct audit_entry entry = {
        .time = 1, .tenant = "tenant01", .who = "op:a", .face = "cli", .command = "create"};
    int64_t audit;
    bool changed;
    tenant_init(&t);
    str_copy(t.id, sizeof t.id, "tenant01");
    t.name = mem_strdup("Store");
    t.discord_id = t.guild_id = 42;
    must(store_begin(s, NULL) == 0);
    must(tenants_create(s, &t, 1, NULL) == 0);
    must(tenants_set_config(s, t.id, CONFIG_PREFIX, "?", &changed, NULL) == 0);
    must(tenants_set_channel(s, t.id, CHANNEL_CONTROL, 77, &changed, NULL) == 0);
    must(tenants_set_setting(s, t.id, FEATURE_WELCOME, "message", "hi", &changed, NULL) == 0);
    must(outbox_queue(s, t.id, 1, 7, 1, NULL) == 0);
    must(audit_add(s, &entry, &audit, NULL) == 0);
    must(store_commit(s, NULL) == 0);
    tenant_release(&t);
}

/* A good database in one file, by way of a backup: the WAL of the first is not copied back. */
static void prepare(void)
{
    char made[80], key[80];
    struct store *s = NULL;
    const char *folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(path, sizeof path, "%s/tt-fuzz-%d.db", folder, (int)getpid());
    snprintf(made, sizeof made, "%s.made", path);
    snprintf(key, sizeof key, "%s.key", path);
    atexit(remove_files);
    crypto_start();
    struct store_options options = {.path = made, .mode = STORE_CREATE, .key_path = key};
    must(store_open(&s, &options, NULL) == 0);
    fill(s);
    must(store_backup(s, path, NULL, NULL, NULL) == 0);
    store_close(s);
    must(fs_read(path, 1 << 24, &good, NULL) == 0);
}

static void on_line(void *context, const struct tenant_line *line)
{
    char *first = context;
    must(line->id && line->name);
    if (!first[0])
        str_copy(first, TENANT_ID_TEXT, line->id);
}

static void on_audit(void *context, const struct audit_entry *entry)
{
    (void)context;
    must(entry->who && entry->command);
}

static void on_push(void *context, const struct push_row *row)
{
    (void)context;
    must(memchr(row->reason, '\0', sizeof row->reason) != NULL);
}

static void read_all(struct store *s)
{
    struct tenant_query q = {.status = -1, .plan = -1, .feature = -1};
    struct audit_query audit = {.page = {.limit = 50}};
    struct tenant_totals totals;
    char first[TENANT_ID_TEXT] = "", next[TENANT_ID_TEXT];
    int64_t total, after;
    tenants_list(s, &q, on_line, first, &total, next, NULL);
    struct tenant t;
    if (tenants_load(s, first[0] ? first : "tenant01", &t, NULL) == 0)
        json_free(tenant_config_json(&t));
    tenant_release(&t);
    struct bot_status b;
    bot_status_load(s, first, &b, NULL);
    tenants_totals(s, &totals, NULL);
    audit_list(s, &audit, on_audit, NULL, &total, &after, NULL);
    outbox_list(s, NULL, on_push, NULL, NULL);
}

static void look(enum store_mode mode)
{
    struct store *s = NULL;
    struct error e = {0};
    struct store_options options = {.path = path, .mode = mode, .busy_ms = -1};
    if (store_open(&s, &options, &e)) {
        must(error_code_status(e.code) == 4 || e.code == ERROR_INTERNAL || e.code == ERROR_REFUSED);
        return;
    }
    read_all(s);
    json_free(store_doctor(s, INT64_C(1785585831042)));
    store_close(s);
}

static void put(const char *data, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    must(fd >= 0);
    must(write(fd, data, size) == (ssize_t)size);
    close(fd);
}

static void must_be(const char *data, size_t size)
{
    struct str now = STR_INIT;
    must(fs_read(path, size, &now, NULL) == 0);
    must(now.len == size && (!size || memcmp(now.data, data, size) == 0));
    str_release(&now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!path[0])
        prepare();
    struct str file = STR_INIT;
    if (size && data[0] & 1) {
        str_add_bytes(&file, data + 1, size - 1);
    } else {
        str_add_bytes(&file, good.data, good.len);
        for (size_t i = 1; i + 4 <= size; i += 4)
            file.data[(size_t)(data[i] << 16 | data[i + 1] << 8 | data[i + 2]) % good.len] =
                (char)data[i + 3];
    }
    put(str_text(&file), file.len);
    look(STORE_READ);
    look(STORE_RAW);
    must_be(str_text(&file), file.len);
    str_release(&file);
    return 0;
}
