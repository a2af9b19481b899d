/* analytics: the numbers are counted in any case; this feature lets the tenant's own people see them. */
#include "module.h"

static const struct feature_spec spec = {.feature = FEATURE_ANALYTICS};

extern const struct module module_analytics;
const struct module module_analytics = {.spec = &spec};
