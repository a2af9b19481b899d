/* What the words of the vocabularies stand for, each in one line. */
#include "tt/domain/tenant.h"

const char *const feature_helps[FEATURE_COUNT] = {
    [FEATURE_SHOP] = "members register, hold a balance and buy; goods arrive as direct messages",
    [FEATURE_LIVE_STOCK] =
        "a message with products, prices, stock and buttons, kept up to date in live_stock",
    [FEATURE_LEVELING] = "experience for messages, levels, and roles as rewards",
    [FEATURE_REPUTATION] = "members give each other points, with roles by points",
    [FEATURE_TICKETS] = "a panel whose button opens a private channel with staff",
    [FEATURE_AUTOMOD] = "spam, capitals and banned words are removed, with warnings and timeouts",
    [FEATURE_ADMIN_COMMANDS] = "renter and staff may use the bot's tenant-admin commands",
    [FEATURE_CUSTOM_COMMANDS] = "commands of the renter's own that answer with a text",
    [FEATURE_ANALYTICS] = "sales by day, product and customer: `stats`",
    [FEATURE_API_ACCESS] = "programs of the renter may read and change the shop",
    [FEATURE_PRIORITY_SUPPORT] = "the renter's questions are answered first; switches nothing in the bot",
    [FEATURE_WELCOME] = "new members are greeted in the channel welcome and may get a role",
    [FEATURE_DONATION] = "deposits told in donation_log by listed authors are credited",
};

const char *const permission_helps[PERMISSION_COUNT] = {
    [PERMISSION_MANAGE_PRODUCTS] = "the renter and staff change products and stock",
    [PERMISSION_MANAGE_USERS] = "the renter and staff change customers, balances and refunds",
    [PERMISSION_VIEW_ANALYTICS] = "the renter sees sales in numbers",
    [PERMISSION_CUSTOM_CONFIG] = "the renter sets every key of config",
    [PERMISSION_API_ACCESS] = "the renter's programs may use the API",
    [PERMISSION_ADVANCED_SETTINGS] = "the renter sets what else is the operator's",
};

const char *const channel_helps[CHANNEL_COUNT] = {
    [CHANNEL_LIVE_STOCK] = "where the live stock message stands",
    [CHANNEL_PURCHASE_LOG] = "every purchase, for staff",
    [CHANNEL_DONATION_LOG] = "where deposits are told and read",
    [CHANNEL_HISTORY_BUY] = "every purchase, for members to see",
    [CHANNEL_WELCOME] = "where new members are greeted",
    [CHANNEL_TICKET_CATEGORY] = "the category under which tickets are opened",
    [CHANNEL_TICKET_PANEL] = "where the button for tickets stands",
    [CHANNEL_LEVELING] = "where new levels are told",
    [CHANNEL_REPUTATION] = "where reputation is told",
    [CHANNEL_LOGS] = "what staff should know: low stock, the rent's end, what went wrong",
    [CHANNEL_CONTROL] = "where the console tells the bot of changes; only the bot needs to see it",
};

const char *const config_helps[CONFIG_COUNT] = {
    [CONFIG_PREFIX] = "what begins a typed command, 1 to 5 characters",
    [CONFIG_LANGUAGE] = "of what buyers read: id or en",
    [CONFIG_TIMEZONE] = "whose midnight begins a day of sales; an IANA name such as Asia/Jakarta",
    [CONFIG_AUTO_RESTART] = "a bot that fails is started again",
    [CONFIG_MAX_RESTART_ATTEMPTS] = "so often in a row, then it waits for somebody; 0 to 100",
    [CONFIG_NICKNAME] = "the bot's name in the guild; none is its own",
    [CONFIG_ACTIVITY] = "the text below the bot's name, up to 128 characters",
    [CONFIG_COMMAND_COOLDOWN] = "seconds between two commands of one member",
    [CONFIG_COMMAND_RATE] = "commands of one member in 5 s at most",
};
