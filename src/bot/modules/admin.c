/* admin_commands: renters and their staff may use the commands of the console in their guild. The feature
 * only says whether they may; the commands themselves are command's, see console.c. */
#include "module.h"

static const struct feature_spec spec = {
    .feature = FEATURE_ADMIN_COMMANDS,
    .privileged_intents = INTENT_NEED_CONTENT,
};

extern const struct module module_admin;
const struct module module_admin = {.spec = &spec};
