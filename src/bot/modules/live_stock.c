/* live_stock: one message that shows the products; live_stock.c of the bot keeps it true. */
#include "module.h"

static const struct feature_spec spec = {.feature = FEATURE_LIVE_STOCK, .channels = 1u << CHANNEL_LIVE_STOCK};

extern const struct module module_live_stock;
const struct module module_live_stock = {.spec = &spec};
