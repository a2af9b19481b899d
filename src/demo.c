#include "demo.h"

#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "program.h"
#include "tt/base/crypto.h"
#include "tt/base/fs.h"
#include "tt/base/mem.h"
#include "tt/base/time.h"
#include "tt/discord/libcurl.h"

#define CONDITION_MS 20000
#define LINE_MS 20000
#define END_MS 5000
#define WORDS_MAX 32

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    stopped = number;
}

bool demo_stopped(void)
{
    return stopped != 0;
}

void demo_say(const struct demo *d, const char *format, ...)
{
    if (!d->talk)
        return;
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
    fflush(stdout);
}

/* --- our own command lines --- */

static void show_line(const struct demo *d, const char *const *words, const char *input)
{
    struct str line = STR_INIT;
    for (size_t i = 0; words[i]; i++) {
        str_add_char(&line, ' ');
        word_quote(words[i], &line);
    }
    if (input && strchr(input, '\n') != strrchr(input, '\n'))
        demo_say(d, "$ tenanttui%s <<END\n%sEND", str_text(&line), input);
    else
        demo_say(d, "$ tenanttui%s%s", str_text(&line), input ? " <token.txt" : "");
    str_release(&line);
}

static int run_child(struct demo *d, const char *const *words, const char *input, bool errors,
                     struct str *out, struct error *e)
{
    const char *argv[WORDS_MAX] = {
        "tenanttui", "--db", d->db, "--key-file", d->key, "--api-base", str_text(&d->api_base),
        "--color",   "never"};
    size_t n = 9;
    for (size_t i = 0; words[i] && n + 1 < WORDS_MAX; i++)
        argv[n++] = words[i];
    struct child_options options = {
        .argv = argv, .in = input != NULL, .out = true, .errors = errors ? "" : d->log};
    struct child c;
    if (child_start(&c, &options, e) != 0)
        return -1;
    if (input && child_feed(&c, input, strlen(input), e) != 0) {
        child_kill(&c);
        return -1;
    }
    return child_output(&c, out);
}

int demo_run(struct demo *d, const char *const *words, const char *input, struct str *out, struct error *e)
{
    struct str text = STR_INIT;
    show_line(d, words, input);
    int status = run_child(d, words, input, true, &text, e);
    if (d->talk)
        fwrite(text.data ? text.data : "", 1, text.len, stdout);
    if (status > 0)
        error_set(e, ERROR_REFUSED, NULL, "tenanttui %s ended with status %d:\n%s", words[0], status,
                  str_text(&text));
    if (out)
        str_add_bytes(out, text.data ? text.data : "", text.len);
    str_release(&text);
    return status == 0 ? 0 : -1;
}

struct json *demo_read(struct demo *d, const char *const *words, struct error *e)
{
    const char *all[WORDS_MAX] = {"-o", "json"};
    for (size_t i = 0; words[i] && i + 3 < WORDS_MAX; i++)
        all[i + 2] = words[i];
    struct str text = STR_INIT;
    int status = run_child(d, all, NULL, false, &text, e);
    struct json *document = status == 0 ? json_parse(str_text(&text), text.len, e) : NULL;
    if (status > 0)
        error_set(e, ERROR_REFUSED, NULL, "tenanttui %s ended with status %d", words[0], status);
    str_release(&text);
    return document;
}

/* --- the sandbox's scripting side --- */

static size_t on_answer(char *bytes, size_t size, size_t count, void *context)
{
    str_add_bytes(context, bytes, size * count);
    return size * count;
}

struct json *demo_control(struct demo *d, struct json *document, struct error *e)
{
    struct str body = STR_INIT, answer = STR_INIT;
    struct json *result = NULL;
    json_print(document, &body);
    json_free(document);
    CURL *http = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    curl_easy_setopt(http, CURLOPT_URL, str_text(&d->control));
    curl_easy_setopt(http, CURLOPT_PROXY, "");
    curl_easy_setopt(http, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(http, CURLOPT_TIMEOUT, 20L);
    curl_easy_setopt(http, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(http, CURLOPT_POSTFIELDS, str_text(&body));
    curl_easy_setopt(http, CURLOPT_WRITEFUNCTION, on_answer);
    curl_easy_setopt(http, CURLOPT_WRITEDATA, &answer);
    CURLcode rc = curl_easy_perform(http);
    long status = 0;
    curl_easy_getinfo(http, CURLINFO_RESPONSE_CODE, &status);
    if (rc != CURLE_OK)
        error_set(e, ERROR_INTERNAL, NULL, "the sandbox does not answer: %s", curl_easy_strerror(rc));
    else if (status != 200)
        error_set(e, ERROR_INTERNAL, NULL, "the sandbox refuses %s: %s", str_text(&body), str_text(&answer));
    else
        result = json_parse(str_text(&answer), answer.len, e);
    curl_easy_cleanup(http);
    curl_slist_free_all(headers);
    str_release(&body);
    str_release(&answer);
    return result;
}

int demo_until(struct demo *d, const char *what,
               int (*condition)(struct demo *d, void *context, struct error *e), void *context,
               struct error *e)
{
    for (int64_t until = time_monotonic() + CONDITION_MS; !stopped && time_monotonic() < until;) {
        int answer = condition(d, context, e);
        if (answer != 0)
            return answer > 0 ? 0 : -1;
        if (child_ended(&d->sandbox))
            return error_set(e, ERROR_INTERNAL, NULL, "the sandbox has ended");
        poll(NULL, 0, 10);
    }
    if (stopped)
        return error_set(e, ERROR_INTERRUPTED, NULL, "interrupted");
    return error_set(e, ERROR_REFUSED, NULL, "it did not happen within %d s: %s", CONDITION_MS / 1000, what);
}

/* --- children --- */

/* A token has three parts; the first is the bot's id in Base64. */
static void make_token(struct demo *d)
{
    unsigned char random[24];
    char secret[2 * sizeof random + 1];
    struct str text = STR_INIT;
    crypto_base64(DEMO_BOT, strlen(DEMO_BOT), &text);
    crypto_random(random, sizeof random);
    crypto_hex(random, sizeof random, secret);
    snprintf(d->token, sizeof d->token, "%s.%.6s.%s", str_text(&text), secret, secret + 6);
    str_release(&text);
}

static void add_channel(struct json *channels, const char *id, const char *name)
{
    struct json *channel = json_push(channels, json_new_object());
    json_set_string(channel, "id", id);
    json_set_string(channel, "name", name);
}

static void add_member(struct json *members, const char *id, const char *name)
{
    struct json *user = json_set(json_push(members, json_new_object()), "user", json_new_object());
    json_set_string(user, "id", id);
    json_set_string(user, "username", name);
}

static struct json *make_seed(const struct demo *d)
{
    struct json *seed = json_new_object();
    struct json *guild = json_push(json_set(seed, "guilds", json_new_array()), json_new_object());
    json_set_string(guild, "id", DEMO_GUILD);
    json_set_string(guild, "name", "Sample Store");
    json_set_string(guild, "owner_id", DEMO_RENTER);
    struct json *channels = json_set(guild, "channels", json_new_array());
    add_channel(channels, DEMO_GENERAL, "general");
    add_channel(channels, DEMO_CONTROL, "control");
    add_channel(channels, DEMO_WELCOME, "welcome");
    add_channel(channels, "1234567890", "live-stock");
    add_channel(channels, "987654321", "purchase-log");
    struct json *members = json_set(guild, "members", json_new_array());
    add_member(members, DEMO_RENTER, "renter");
    add_member(members, DEMO_OPERATOR, "operator");
    add_member(members, DEMO_MEMBER, "member");
    add_member(members, DEMO_BUYER, "buyer");
    struct json *bot = json_push(json_set(seed, "bots", json_new_array()), json_new_object());
    json_set_string(bot, "id", DEMO_BOT);
    json_set_string(bot, "token", d->token);
    json_set_string(bot, "username", "sample-bot");
    json_set_int(bot, "flags", 1 << 13 | 1 << 15 | 1 << 19); /* every privileged intent is granted */
    json_push(json_set(bot, "guilds", json_new_array()), json_new_string(DEMO_GUILD));
    return seed;
}

static int start_sandbox(struct demo *d, struct error *e)
{
    const char *const argv[] = {"tenanttui", "sandbox", "--listen", "127.0.0.1:0", "--seed", "-", NULL};
    struct child_options options = {.argv = argv, .in = true, .out = true, .errors = d->log, .apart = true};
    struct json *seed = make_seed(d);
    struct str text = STR_INIT;
    json_print(seed, &text);
    json_free(seed);
    int rc = child_start(&d->sandbox, &options, e);
    if (rc == 0)
        rc = child_feed(&d->sandbox, text.data, text.len, e);
    if (rc == 0)
        rc = child_line(&d->sandbox, &d->api_base, LINE_MS, e);
    const char *end = rc == 0 ? strstr(str_text(&d->api_base), "/api/v10") : NULL;
    if (rc == 0 && !end)
        rc = error_set(e, ERROR_INTERNAL, NULL, "the sandbox did not start: %s", str_text(&d->api_base));
    if (rc == 0) {
        str_add_bytes(&d->control, d->api_base.data, (size_t)(end - d->api_base.data));
        str_add(&d->control, "/control");
    }
    str_wipe(&text);
    return rc;
}

static int daemon_serves(struct demo *d, void *context, struct error *e)
{
    const size_t *from = context;
    struct str log = STR_INIT;
    if (child_ended(&d->daemon)) {
        fs_read(d->log, 1u << 24, &log, NULL);
        error_set(e, ERROR_INTERNAL, NULL, "the daemon ended at once:\n%.300s",
                  str_text(&log) + (*from < log.len ? *from : 0));
        str_release(&log);
        return -1;
    }
    int rc = fs_read(d->log, 1u << 24, &log, NULL) == 0 && log.len > *from &&
             strstr(log.data + *from, " serving ");
    str_release(&log);
    return rc;
}

int demo_start_daemon(struct demo *d, struct error *e)
{
    const char *const argv[] = {
        "tenanttui", "--db", d->db, "--key-file", d->key, "--api-base", str_text(&d->api_base),
        "--bot",     NULL};
    struct child_options options = {.argv = argv, .errors = d->log, .apart = true};
    struct str log = STR_INIT;
    fs_read(d->log, 1u << 24, &log, NULL);
    size_t from = log.len;
    str_release(&log);
    demo_say(d, "$ tenanttui --bot &");
    if (child_start(&d->daemon, &options, e) != 0)
        return -1;
    return demo_until(d, "the daemon starts", daemon_serves, &from, e);
}

/* --- the whole --- */

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *at)
{
    (void)status;
    (void)type;
    (void)at;
    return remove(path);
}

static int open_world(struct demo *d, struct error *e)
{
    const char *tmp = getenv("TMPDIR");
    d->directory = mem_format("%s/tenanttui-demo-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(d->directory)) {
        free(d->directory);
        d->directory = NULL;
        return error_set(e, ERROR_INTERNAL, NULL, "cannot make a scratch directory: %s", strerror(errno));
    }
    d->db = mem_format("%s/demo.db", d->directory);
    d->key = mem_format("%s/key", d->directory);
    d->log = mem_format("%s/children.log", d->directory);
    /* What a face leaves in its home belongs here too. */
    setenv("XDG_STATE_HOME", d->directory, 1);
    make_token(d);
    if (libcurl_load(e) != 0)
        return -1;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    return start_sandbox(d, e);
}

static void close_world(struct demo *d)
{
    child_end(&d->daemon, END_MS);
    child_end(&d->sandbox, END_MS);
    if (d->directory)
        nftw(d->directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(d->directory);
    free(d->db);
    free(d->key);
    free(d->log);
    str_release(&d->api_base);
    str_release(&d->control);
    mem_wipe(d->token, sizeof d->token);
}

static void handle_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* The screens have the terminal, and with it Ctrl-C, until they end. */
static int run_screens(struct demo *d, const struct options *o, struct error *e)
{
    const char *argv[WORDS_MAX] = {"tenanttui",           "--db", d->db, "--key-file", d->key, "--api-base",
                                   str_text(&d->api_base)};
    size_t n = 7;
    if (o->accessible)
        argv[n++] = "--accessible";
    if (o->language) {
        argv[n++] = "--lang";
        argv[n++] = o->language;
    }
    if (o->color != CLI_COLOR_AUTO) {
        argv[n++] = "--color";
        argv[n++] = o->color == CLI_COLOR_ALWAYS ? "always" : "never";
    }
    struct child_options options = {.argv = argv, .inherit_in = true};
    struct child screens;
    signal(SIGINT, SIG_IGN);
    if (child_start(&screens, &options, e) != 0)
        return 1;
    while (!child_ended(&screens) && !stopped)
        poll(NULL, 0, 50);
    if (stopped)
        child_end(&screens, END_MS);
    return child_wait(&screens);
}

int face_demo(const struct options *options)
{
    bool tour = options->rest_count == 2 && str_equal(options->rest[1], "--tour");
    struct error e;
    if (options->rest_count > 1 && !tour) {
        error_set(&e, ERROR_EXTRA_ARGUMENT, NULL, "demo takes --tour, not '%s'", options->rest[1]);
        return cli_error(&e, options->command.format, NULL, 0);
    }
    bool screens = !tour && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    struct demo d = {.talk = !screens, .language = options->language};
    int status = 0;
    handle_signals();
    if (screens)
        puts("starting a local stand-in for Discord, a daemon and a sample tenant ...");
    else
        puts("tenanttui demo: the main job on a local stand-in for Discord. Nothing leaves this machine.");
    fflush(stdout);
    int rc = open_world(&d, &e);
    if (rc == 0)
        rc = demo_set_up(&d, &e);
    if (rc == 0 && screens)
        status = run_screens(&d, options, &e);
    else if (rc == 0)
        rc = demo_tour(&d, &e);
    if (rc != 0) {
        fflush(stdout);
        status = cli_error(&e, options->command.format, NULL, 0);
    }
    close_world(&d);
    if (stopped)
        status = 128 + (int)stopped;
    else if (rc == 0 && !screens)
        puts("\nEverything above happened and was checked. The sandbox and the daemon are ended, the "
             "database is removed.");
    return cli_flush(status);
}
