/* A command is said once: one spec drives the shell, -c, batch files, completion, the manual, Discord, the
 * screens' prompt, forms and key bindings, and help. A new command: one file with a const struct
 * command_spec, one line in registry.c. */
#ifndef TT_COMMAND_COMMAND_H
#define TT_COMMAND_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tt/base/error.h"
#include "tt/base/json.h"
#include "tt/command/ports.h"
#include "tt/command/writer.h"
#include "tt/domain/feature.h"
#include "tt/domain/role.h"
#include "tt/store/store.h"

/* --- specs --- */

enum arg_type {
    ARG_TENANT, /* an existing one; "." on Discord; a unique prefix at a prompt */
    ARG_WORD,   /* one of `words` */
    ARG_FEATURE,
    ARG_CHANNEL_TYPE,
    ARG_PERMISSION,
    ARG_CONFIG_KEY,
    ARG_SETTING_KEY, /* of the feature that stands before it */
    ARG_PLAN,
    ARG_STATUS,
    ARG_BOOL,
    ARG_ID,      /* a snowflake */
    ARG_USER,    /* a Discord user: an id (what is digits alone), a mention as Discord writes it, or the
                    GrowID of a customer of the tenant */
    ARG_PRODUCT, /* a product's code, in any capitals */
    ARG_NUMBER,
    ARG_TIME,
    ARG_FILE,
    ARG_TEXT,
    ARG_REST /* the remaining words, joined by blanks (settings TEXT, config value) */
};

struct arg_spec {
    const char *name; /* as usage names it; ended by NULL */
    enum arg_type type;
    bool optional; /* the last ones; or the first of two, which is the one that is missing where a word is */
    const char *const *words; /* ARG_WORD; NULL-ended */
    const char *help;
    /* ARG_TEXT: what it must be in any tenant, so that it is told while somebody types. NULL: anything. */
    int (*check)(const char *text, struct error *e);
};

struct option_spec {
    const char *name;  /* "--since"; ended by NULL */
    const char *value; /* NULL: a flag; else what the value is called, "TIME" */
    enum arg_type type;
    const char *const *words;
    const char *help;
    bool confides; /* what it makes the answer say is for the asker's eyes only */
    int (*check)(const char *text, struct error *e); /* as an argument's */
};

enum command_flags {
    COMMAND_WRITES = 1 << 0,      /* passes the gate: transaction, audit, push */
    COMMAND_DISCORD = 1 << 1,     /* also on Discord */
    COMMAND_DESTRUCTIVE = 1 << 2, /* asks, or --yes */
    COMMAND_ALONE = 1 << 3,       /* refused under --atomic */
    COMMAND_PAGING = 1 << 4,      /* takes PAGING */
    COMMAND_NO_STORE = 1 << 5,    /* needs no database (help, version, completion) */
    COMMAND_CREATES = 1 << 6,     /* makes a missing database */
    COMMAND_NOT_UNDOABLE = 1 << 7,
    COMMAND_HIDDEN = 1 << 8,     /* not in help: internals of completion */
    COMMAND_SELF_STORE = 1 << 9, /* opens files itself (restore, doctor, migrate) */
    COMMAND_SLOW = 1 << 10,      /* asks the network or reads long files: nobody else should wait for it */
    COMMAND_UNPUSHED = 1 << 11,  /* what it changes is no configuration: there is nothing to push */
    COMMAND_PERSONAL = 1 << 12   /* its answer tells of members: by slash command the asker alone sees it */
};

struct command_context;

struct command_spec {
    const char *name;                  /* one word, or two: "bot list" */
    const struct arg_spec *args;       /* NULL: none */
    const struct option_spec *options; /* its own; NULL: none */
    unsigned flags;
    struct right right; /* who may run it */
    /* COMMAND_SLOW only where the last argument is this word ("create"); NULL: always. */
    const char *slow_word;
    /* The command that does what undoing this one does, where that is another: its right and its question
     * then stand before the undo too. NULL: none. */
    const struct command_spec *inverse;
    const char *secret_arg; /* an argument that audit, log and history leave out; NULL: none */
    const char *remedy;     /* COMMAND_NOT_UNDOABLE: what helps instead, as a hint; NULL: nothing */
    /* What the document of this command has beside the common members of a write; of a command that is no
     * write, all that it has. Inner ones as "transaction.total". NULL-ended; NULL: none. --fields is held
     * against it before anything happens. */
    const char *const *makes;
    const char *group;   /* heading in help */
    const char *summary; /* one line */
    const char *detail;  /* a paragraph for help and the manual; may be NULL */
    const char *example; /* one command line without the program's name; may be NULL */
    /* Right by arguments (config keys for renters, read versus write): NULL: `right` decides. */
    void (*right_of)(const struct command_context *c, struct right *right);
    /* Does this call write? (`features T` reads, `features T shop on` writes.) NULL: COMMAND_WRITES decides.
     */
    bool (*writes)(const struct command_context *c);
    /* Before the transaction: what needs the network or a question (token check, channel create, the
     * confirmation of a smaller plan). May fill c->prepared. NULL: nothing. */
    int (*prepare)(struct command_context *c, struct error *e);
    int (*run)(struct command_context *c, struct error *e);
    void (*release)(struct command_context *c); /* frees c->prepared; NULL: free() */
};

const struct command_spec *const *command_registry(size_t *count); /* in the order of help */
/* The spec for the words at ARGV; *USED words are its name. NULL and ERROR_UNKNOWN_COMMAND with a suggestion.
 */
const struct command_spec *command_find(const char *const *argv, size_t argc, size_t *used, struct error *e);

/* Where E says that there is no database: name the commands that make one. Returns -1. */
int command_hint_missing(struct error *e);

/* --- one command line --- */

/* Options that may stand anywhere in a command line, and those of the whole call. */
struct command_options {
    bool yes, dry_run, no_push, quiet, atomic, keep_going;
    int wait_ms; /* -1: the default, 5,000 */
    enum output_format format;
    const char *fields;
    bool no_headers;
};

/* They; ended by a NULL name. For a face that takes them in front of the command too. */
extern const struct option_spec common_options[];
/* The one at ARGV[*AT], into OPTIONS; *AT is left at its last word. 1: taken; 0: that word is none of them;
 * -1: E. Strings are borrowed from ARGV. */
int command_option_take(const char *const *argv, size_t argc, size_t *at, struct command_options *options,
                        struct error *e);
/* Is WORD this option, as "--x", "--x=value" (*VALUE set) or "-oVALUE"? */
bool option_matches(const struct option_spec *option, const char *word, const char **value);
/* The value of OPTION at ARGV[*AT]: *VALUE as option_matches gave it, else the next word, where *AT is left
 * then;
 * "" of a flag. */
int option_value(const struct option_spec *option, const char *const *argv, size_t argc, size_t *at,
                 const char **value, struct error *e);

/* Read the options that stand in one command line over OPTIONS, which holds those of the call: a face makes
 * its writer from them before session_run, which reads them again. Strings are borrowed from ARGV. Fails only
 * on a malformed value of these options. DISCORD: there `-o` is none of them. */
int command_options_read(const char *const *argv, size_t argc, bool discord, struct command_options *options,
                         struct error *e);
/* The spec of a line's command, options before it skipped; NULL when there is none. For faces that must know
 * before they run it (which way to open the database). */
const struct command_spec *command_of_line(const char *const *argv, size_t argc);
#define COMMAND_OPTIONS_INIT \
    {                        \
        .wait_ms = -1        \
    }

/* The words of a line that stand for its command's arguments: ARGS[i] is that of spec->args[i], borrowed from
 * ARGV; NULL: left out, or ARG_REST. Options and their values are stepped over, wherever they stand; what is
 * wrong behind the command's word is told by session_run. NULL and E where there is no such command. */
#define COMMAND_ARGS_MAX 8
const struct command_spec *command_arguments(const char *const *argv, size_t argc, bool discord,
                                             const char *args[COMMAND_ARGS_MAX], struct error *e);

/* Split a line as a shell does: blanks, '...', "..." with \" and \\, backslash, # comment at a word's start.
 * No expansion of anything. Returns words (heap array, each heap; free with words_free), count in *COUNT. An
 * open quote is ERROR_MALFORMED. */
char **words_split(const char *line, size_t *count, struct error *e);
char **words_copy(const char *const *words, size_t count);
void words_free(char **words, size_t count);
/* The inverse: one word quoted so that words_split gives it back, appended. */
void word_quote(const char *word, struct str *out);

/* --- sessions --- */

/* One face's view: a store, an actor, ports, features. Not thread-safe; a face that works in a thread has one
 * there. */
struct command_session;

struct session_options {
    struct store *store;       /* borrowed; NULL until session_set_store (commands without a store) */
    const struct actor *actor; /* copied */
    const struct ports *ports; /* borrowed */
    const struct feature_list *features;  /* borrowed */
    const char *database_path, *key_path; /* borrowed; for messages, backup, logs */
    const char *language;                 /* of buyers' texts in tenants made here; NULL: the usual one */
    bool readonly;
    bool prompt;          /* a person at a prompt: unique prefixes of tenant ids serve */
    bool joined;          /* a write transaction is open around each command: work in savepoints (the daemon's
                             executor) */
    int64_t (*now)(void); /* NULL: time_now */
};
struct command_session *session_new(const struct session_options *options);
void session_free(struct command_session *session);
void session_set_actor(struct command_session *session, const struct actor *actor);
void session_set_store(struct command_session *session, struct store *store);

/* What a command did; for the push and the write document. session_run initialises it; release it. */
struct outcome {
    bool write; /* a write command: outcome_document applies */
    bool changed;
    bool push;                   /* pass `request` to ports->push_start */
    char tenant[TENANT_ID_TEXT]; /* "" none */
    int64_t audit;               /* 0: none */
    int64_t revision;            /* 0: not about a configuration */
    unsigned kinds;              /* of the outbox rows that it queued, bits 1 << push_kind */
    struct push_request request;
    struct push_result result; /* prefilled where no push is needed (none, no_push) */
    struct json *extra;        /* members that the command made; NULL none */
    struct json *plan;         /* --dry-run: the document; then nothing else applies */
    char *done;                /* for people: "shop enabled for tenant01"; NULL none */
    char *line;                /* the exact command line that repeats it */
    char *fields; /* --fields, all known: what this write did not make stands as null; NULL: not given */
    /* several tenants (sync --all): further pushes, each with a document of its own */
    struct outcome *more;
    size_t more_count;
};
void outcome_release(struct outcome *o);

/* Parse, check the right, confirm, run in a transaction, audit, commit. Data and messages go to W as they
 * come. Returns 0 (see OUT) or -1 with E (OUT holds nothing then but the tenant that it would have been
 * about, as far as that was found). Does not push. In a joined session a refusal
 * (-1 with ERROR_NOT_PERMITTED) leaves its audit row in the open transaction: the caller commits it. */
int session_run(struct command_session *session, const char *const *argv, size_t argc,
                const struct command_options *options, struct writer *w, struct outcome *out,
                struct error *e);
/* The line is refused because of WHO runs it, whatever he may do otherwise: E says what he lacks, or else
 * "this needs WHOM", and the audit row is that of any refusal (see above for joined sessions). Nothing is
 * run. Returns -1. */
int session_refuse(struct command_session *session, const char *const *argv, size_t argc, const char *whom,
                   struct error *e);
/* Batches under --atomic or --dry-run: one transaction around several session_run. */
int session_batch_begin(struct command_session *session, struct error *e);
int session_batch_end(struct command_session *session, bool commit, struct error *e);
/* Under --atomic --dry-run, before the end: the one push of each tenant that would follow the commit joins
 * the plan of the last of LINES that asks for it. */
void session_batch_foretell(struct command_session *session, struct outcome *const *lines, size_t count);

/* The write document of an outcome whose push (if any) is finished, and the exit status it means (0 or 5). */
struct json *outcome_document(const struct outcome *o);
int outcome_status(const struct outcome *o);
/* The same as one line for people: "shop enabled for tenant01: acknowledged by bot-1a2b in 38 ms (audit 12)".
 */
void outcome_text(const struct outcome *o, struct str *out);
/* What to do about the parts that Discord refused for good, appended; nothing where that is not known. */
void outcome_advice(const struct outcome *o, struct str *out);
/* What stands beside an outcome whose status is 5. */
void outcome_error(const struct outcome *o, struct error *e);
/* An outcome's plan for people, appended: a line for each row and each call. */
void plan_text(const struct json *plan, struct str *out);
/* {"error":{"code","message","hint","field"}}; the caller frees. */
struct json *error_document(const struct error *e);

/* Are the words of a line right as far as they go? What is missing is not told: for a form that checks while
 * somebody types. No effects. */
int command_check(struct command_session *session, const char *const *argv, size_t argc, struct error *e);

/* --- completion --- */

/* Candidates for the word being typed: the last of ARGV (may be ""); S NULL or a session without store
 * completes words only. On Discord somebody without a role is told of the guild's own tenant only. No
 * effects, no messages, never fails. Each is called with the candidate and a short help or NULL. True: the
 * name of a file may stand there. */
bool command_complete(struct command_session *session, const char *const *argv, size_t argc,
                      void (*each)(void *, const char *candidate, const char *help), void *context);

/* --- documents made from the registry --- */

void help_command(const struct command_spec *spec, bool color, struct str *out);
/* Those that ACTOR may run on its face, in the guild of T (NULL: none of a tenant); ACTOR NULL: all. */
void help_overview(bool color, const struct actor *actor, const struct tenant *t, struct str *out);
/* The same for a face (shell, sandbox, demo); false: WORD is none. */
bool help_topic(const char *word, struct str *out);
/* The words of a line that asks for help on its command with --help or -h: `help COMMAND`; NULL: it does not.
 * Heap; free with words_free. */
char **help_asked(const char *const *argv, size_t argc, size_t *count);
void help_manual(struct str *out); /* the roff of tenanttui(1)'s COMMANDS section */
/* The entries for /tenant-admin and /tenant-shop in Discord's form; an array. */
struct json *command_application_commands(void);
/* The words of a command line from an application-command interaction's data; NULL and e when it is none of
 * ours. Free with words_free. */
char **command_from_interaction(const struct json *data, size_t *count, struct error *e);
/* The same while it is being typed (autocomplete): as far as command_complete needs them, the last word being
 * what stands in the focused option so far. */
char **command_from_focus(const struct json *data, size_t *count, struct error *e);

#endif
