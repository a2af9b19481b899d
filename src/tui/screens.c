#define NCURSES_NOMACROS
#include <ncurses.h>

#include "app.h"

static struct view *all_tenants(void)
{
    return tenants_new(NULL);
}

const struct screen_spec screens[] = {
    {KEY_F(2), "2", "Tenants", "list", all_tenants},  {KEY_F(3), "3", "Bots", "bot list", bots_new},
    {KEY_F(4), "4", "Push", "push list", pushes_new}, {KEY_F(5), "5", "Audit", "audit", audit_new},
    {KEY_F(7), "7", "Logs", "logs", logs_new},        {0},
};
