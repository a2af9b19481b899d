/* One run of the program: what a face shares between its parts. Opened as it is needed, so that a `show` has
 * a read connection and nothing else: no key, no thread, no network. */
#ifndef TT_PROGRAM_H
#define TT_PROGRAM_H

#include "options.h"
#include "tt/cli/cli.h"
#include "tt/push/push.h"
#include "tt/store/store.h"

struct program {
    struct options options;
    struct actor actor;
    struct ports ports;
    struct cli_options cli;
    struct command_session *session;

    struct store *store; /* NULL until a line needs it */
    int level;           /* what it is open for, see open.c */
    char *scratch;       /* a directory for a --dry-run without a database; NULL none */

    struct push_thread *pusher; /* NULL until the first push */
    struct json *admin_commands;
    size_t tickets;         /* pushes begun and not finished */
    bool stdin_is_commands; /* so no secret can be read from there */
};

/* --- open.c --- */

/* The hook of cli_options: open the database as the line needs it. */
int program_open(void *program, const char *const *argv, size_t argc, const struct command_options *command,
                 bool shared, struct error *e);
void program_close_store(struct program *p);
/* A connection of its own for a thread (the screens' worker). */
int program_open_apart(struct program *p, struct store **store, struct error *e);
/* For the handler of signals. */
void program_interrupt(void);

/* --- network.c --- */

/* --api-base and --ca-file: can they be what they are meant to be? The file concerns only what goes out. */
int program_check_address(const struct options *o, struct error *e);
int program_check_authorities(const struct options *o, struct error *e);

/* --- ports.c --- */

void program_fill_ports(struct program *p);
void program_close_pusher(struct program *p);

/* --- faces.c --- */

int face_commands(struct program *p, enum face face);
int face_screens(struct program *p);
int face_bot(struct program *p);
int face_sandbox(const char *const *argv, size_t argc, enum output_format format);
int face_help(void);
/* `sandbox --help` and its like, and what they print. */
bool face_help_asked(const struct options *o);
int face_help_on(const char *face);
int face_manual(const char *const *argv, size_t argc);
int face_complete(struct program *p, const char *const *argv, size_t argc);

/* --- demo.c --- */

int face_demo(const struct options *options);

#endif
