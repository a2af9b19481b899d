#include "daemon.h"

#include "tt/base/mem.h"

static void guild_name(struct store *s, struct record *r)
{
    struct str name = STR_INIT;
    if (remote_get(s, r->id, REMOTE_GUILD_NAME, &name, NULL) == 0 && name.len)
        r->guild_name = str_take(&name);
    str_release(&name);
}

/* Has Discord been shown the stock, by whichever daemon? */
static int load_shown(struct store *s, struct record *r, struct error *e)
{
    struct str text = STR_INIT;
    int rc = remote_get(s, r->id, REMOTE_LIVE_STOCK, &text, e);
    r->shown = text.len > 0;
    str_release(&text);
    return rc;
}

static int load_secret(struct store *s, struct record *r, struct error *e)
{
    struct error why = {0};
    if (tokens_get(s, r->id, &r->token, &why) && why.code != ERROR_NO_SUCH) {
        if (e)
            *e = why;
        return -1;
    }
    return sessions_load(s, r->id, &r->session, e);
}

int record_load(struct store *s, const struct feature_list *features, const char *id, bool with_token,
                struct record **out, struct error *e)
{
    struct record *r = mem_zero(1, sizeof *r);
    struct error why = {0};
    struct tenant t;
    str_copy(r->id, sizeof r->id, id);
    int rc = tenants_load(s, id, &t, &why);
    if (rc && why.code == ERROR_NO_SUCH) {
        r->gone = true;
        tenant_release(&t);
        rc = tenants_load_deleted(s, id, &t, &why);
        if (rc && why.code == ERROR_NO_SUCH)
            rc = 0; /* erased */
    }
    if (rc == 0) {
        r->epoch = t.epoch;
        r->revision = t.revision;
        r->status = t.status;
        r->applied_revision = t.applied_revision;
        bool wanted = !r->gone && t.wanted && (t.status == STATUS_ACTIVE || t.status == STATUS_MAINTENANCE);
        r->serve = wanted && t.token == TOKEN_SET;
        r->refused = wanted && t.token == TOKEN_REFUSED;
    }
    if (rc == 0 && !r->gone) {
        r->snapshot = snapshot_new(&t, features);
        guild_name(s, r);
        if (with_token && r->serve)
            rc = load_secret(s, r, &why) || load_shown(s, r, &why);
    }
    tenant_release(&t);
    if (rc) {
        if (e)
            *e = why;
        record_free(r);
        r = NULL;
    }
    *out = r;
    return rc;
}

void record_free(struct record *r)
{
    if (!r)
        return;
    snapshot_drop(r->snapshot);
    str_wipe(&r->token);
    free(r->guild_name);
    free(r);
}
