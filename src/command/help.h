/* What help and the manual share. */
#ifndef TT_COMMAND_HELP_H
#define TT_COMMAND_HELP_H

#include "parse.h"

/* Words wrapped at WIDTH cells, each line INDENTed, a newline at the end. */
void help_wrap(const char *text, size_t indent, size_t width, struct str *out);
void help_who(const struct command_spec *spec,
              struct str *out); /* "operators, the renter; also on Discord" */
void help_arg(const struct arg_spec *arg, struct str *out);
void help_option(const struct option_spec *o, struct str *out); /* "--since TIME" */
void help_option_text(const struct option_spec *o, struct str *out);

#endif
