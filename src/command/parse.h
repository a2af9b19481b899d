/* From words to a parsed command line. Structure only: which word is which argument or option. Reads nothing
 * but its arguments and has no effects; what the values mean is resolve.h. */
#ifndef TT_COMMAND_PARSE_H
#define TT_COMMAND_PARSE_H

#include "context.h"

#define OWN_OPTIONS_MAX 16

enum paging_option {
    PAGING_LIMIT,
    PAGING_AFTER,
    PAGING_BEFORE,
    PAGING_AROUND,
    PAGING_LAST,
    PAGING_COUNT,
    PAGING_OPTIONS
};
extern const struct option_spec paging_options[PAGING_OPTIONS + 1];
/* Those that may stand anywhere in a line, in the order of enum common_option. */
enum common_option {
    COMMON_YES,
    COMMON_DRY_RUN,
    COMMON_NO_PUSH,
    COMMON_WAIT,
    COMMON_OUTPUT,
    COMMON_FIELDS,
    COMMON_NO_HEADERS,
    COMMON_OPTIONS
};

/* One argument or option value. */
struct value {
    const char *given; /* NULL: left out; a flag: "". Borrowed from argv or from `joined` */
    char *joined;      /* ARG_REST: owned */
    char *normal;      /* by resolve: the normalised text, owned; NULL: as given */
    int64_t number;    /* by resolve: ARG_ID, NUMBER, TIME; ARG_BOOL 0 or 1 */
    int index;         /* by resolve: of its word; -1 */
};

struct parsed {
    const struct command_spec *spec;
    struct value args[COMMAND_ARGS_MAX];
    struct value own[OWN_OPTIONS_MAX];
    struct value paging[PAGING_OPTIONS];
    struct command_options common; /* those of the call, this line's over them */
};

/* BASE may be NULL. OUT is initialised in every case; release it. */
int parse_line(const char *const *argv, size_t argc, bool discord, const struct command_options *base,
               struct parsed *out, struct error *e);
void parsed_release(struct parsed *p);
const char *parsed_text(const struct value *v); /* normalised, else as given */

/* Where the name of a line's command stands: AT[0..n-1] are positions in argv; returns the spec, or NULL and
 * E. */
const struct command_spec *parse_name(const char *const *argv, size_t argc, bool discord, size_t at[2],
                                      size_t *n, struct error *e);

/* The option of that word: own, paging (where the spec takes it) or common; NULL none. SPEC may be NULL.
 * *KIND: 'o', 'p' or 'c'; *INDEX: its place. */
const struct option_spec *option_lookup(const struct command_spec *spec, bool discord, const char *word,
                                        char *kind, size_t *index, const char **value);
/* Does the word look like an option? "-", "-5" and words without a dash do not. */
bool word_is_option(const char *word);

size_t spec_arg_count(const struct command_spec *spec);
size_t spec_option_count(const struct command_spec *spec);
/* "features <tenant> [feature [state]]", own options included. */
void usage_line(const struct command_spec *spec, struct str *out);
bool command_is_group(const char *word); /* "bot": first word of two-word names */

/* The line that repeats it: name, arguments, own and paging options, quoted where needed. */
void parsed_line(const struct parsed *p, struct str *out);

#endif
