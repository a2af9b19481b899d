#include "ledger.h"

#include "listing.h"
#include "tt/base/mem.h"
#include "tt/base/text.h"

const char *const entry_kind_words[ENTRY_KIND_COUNT + 1] = {
    [ENTRY_PURCHASE] = "purchase",     [ENTRY_REFUND] = "refund",   [ENTRY_DEPOSIT] = "deposit",
    [ENTRY_ADJUSTMENT] = "adjustment", [ENTRY_OPENING] = "opening", [ENTRY_UNDO] = "undo",
};

/* The other side of a movement. An undo has that of the movement that it takes back. */
static const char *const accounts[ENTRY_KIND_COUNT] = {
    [ENTRY_PURCHASE] = "sales",         [ENTRY_REFUND] = "sales",        [ENTRY_DEPOSIT] = "deposits",
    [ENTRY_ADJUSTMENT] = "adjustments", [ENTRY_OPENING] = "adjustments", [ENTRY_UNDO] = "adjustments",
};

const struct receipt_key *store_receipt_key(struct store *s, struct error *e)
{
    if (s->receipts)
        return s->receipts;
    const struct key *hash = store_hash_key(s, e);
    if (!hash)
        return NULL;
    s->receipts = mem_alloc(sizeof *s->receipts);
    receipt_key_derive(hash, s->receipts);
    return s->receipts;
}

/* --- movements --- */

struct movement {
    int64_t user, amount;
    const char *account;
    enum entry_kind kind;
    int64_t reference;
    const char *note;
};

static int write_movement(const struct tenant_scope *c, const struct movement *m, int64_t now,
                          int64_t *number, struct error *e)
{
    int64_t first = 0;
    size_t cut = m->note ? text_prefix(m->note, ENTRY_NOTE_MAX) : 0;
    char *note = m->note && m->note[cut] ? mem_strndup(m->note, cut) : NULL;

    /* crosses tenants: the numbers of all tenants' entries are one row of numbers; a movement's two are
     * neighbours, since no other writer comes between. */
    int result =
        sql_int(c->store, e, &first, "SELECT coalesce(max(entry), 0) + 1 FROM entries", "") < 0 ? -1 : 0;
    if (result == 0)
        result = sql_run(c->store, e,
                         "INSERT INTO entries (entry, tenant_id, movement, account, user_id, amount, kind,"
                         " reference, note, time) VALUES (?1, ?2, ?1, 'customer', ?3, ?4, ?6, ?7, ?8, ?9),"
                         " (?1 + 1, ?2, ?1, ?5, NULL, -?4, ?6, ?7, ?8, ?9)",
                         "itiittiti", first, c->tenant, m->user, m->amount, m->account,
                         entry_kind_words[m->kind], m->reference,
                         note      ? note
                         : m->note ? m->note
                                   : "",
                         now);
    if (number)
        *number = first;
    free(note);
    return result;
}

int ledger_write(const struct tenant_scope *c, int64_t user, int64_t amount, enum entry_kind kind,
                 int64_t reference, const char *note, int64_t now, int64_t *movement, struct error *e)
{
    struct movement m = {.user = user,
                         .amount = amount,
                         .account = accounts[kind],
                         .kind = kind,
                         .reference = reference,
                         .note = note};
    return write_movement(c, &m, now, movement, e);
}

static int check_balance(const struct tenant_scope *c, int64_t user, int64_t amount,
                         const struct money_units *units, struct error *e)
{
    struct customer customer;
    if (amount == 0 || amount > MONEY_MAX || amount < -MONEY_MAX)
        return error_set(e, ERROR_MALFORMED, "amount", "an amount must be more than nothing, at most %lld WL",
                         (long long)MONEY_MAX);
    if (customers_load(c, user, &customer, e))
        return -1;
    int64_t after = customer.balance + amount;
    if (after >= 0 && after <= MONEY_MAX)
        return 0;
    struct str text = STR_INIT;
    money_format(customer.balance, units ? units : &money_units_default, &text);
    error_set(e, ERROR_REFUSED, "amount", "the balance of customer %lld is %s; it can%s", (long long)user,
              str_text(&text), after < 0 ? "not go below nothing" : "not hold so much more");
    str_release(&text);
    return -1;
}

int ledger_move(const struct tenant_scope *c, int64_t user, int64_t amount, enum entry_kind kind,
                int64_t reference, const char *note, int64_t now, const struct money_units *units,
                int64_t *movement, struct error *e)
{
    if (check_balance(c, user, amount, units, e))
        return -1;
    return ledger_write(c, user, amount, kind, reference, note, now, movement, e);
}

/* --- undo --- */

static int read_units(const struct tenant_scope *c, struct money_units *units, struct error *e)
{
    struct tenant t;
    int result = tenants_load_deleted(c->store, c->tenant, &t, e);
    if (result == 0)
        *units = money_units_of(&t);
    tenant_release(&t);
    return result;
}

int ledger_reverse(const struct tenant_scope *c, int64_t movement, bool again, int64_t now, int64_t *reversal,
                   struct error *e)
{
    struct query q;
    struct money_units units;
    struct movement m = {.kind = ENTRY_UNDO, .reference = movement};
    char account[16] = "";

    int found = query_open(&q, c->store, e,
                           "SELECT a.user_id, a.amount, b.account FROM entries a JOIN entries b"
                           " ON b.entry = a.entry + 1 AND b.tenant_id = a.tenant_id AND b.movement = a.entry"
                           " WHERE a.tenant_id = ?1 AND a.entry = ?2 AND a.movement = ?2",
                           "ti", c->tenant, movement);
    if (found == 0 && (found = query_step(&q, e)) == 1) {
        m.user = query_int(&q, 0);
        m.amount = again ? query_int(&q, 1) : -query_int(&q, 1);
        str_copy(account, sizeof account, query_text(&q, 2));
        m.account = account;
    }
    query_close(&q);
    if (found == 0)
        return error_set(e, ERROR_NO_SUCH, NULL, "no movement %lld", (long long)movement);
    if (found < 0 || read_units(c, &units, e) || check_balance(c, m.user, m.amount, &units, e))
        return -1;
    return write_movement(c, &m, now, reversal, e);
}

/* --- history --- */

struct history {
    struct store *store;
    const struct tenant_scope *scope;
    int64_t user;
    bool begun;
    int64_t balance; /* after the next row */
    void (*each)(void *, const struct entry *);
    void *context;
};

/* Rows come newest first, one after the other: only the first one's balance is summed. */
static int balance_after(struct history *h, struct entry *entry, struct error *e)
{
    if (!h->begun &&
        sql_int(h->store, e, &h->balance,
                "SELECT sum(amount) FROM entries WHERE tenant_id = ?1 AND user_id = ?2 AND entry <= ?3",
                "tii", h->scope->tenant, h->user, entry->entry) < 0)
        return -1;
    h->begun = true;
    entry->balance = h->balance;
    h->balance -= entry->amount;
    return 0;
}

static int give_entry(void *context, const struct query *q, char id[LIST_NEXT_TEXT], struct error *e)
{
    struct history *history = context;
    int kind = stored_word(history->store, entry_kind_words, query_text(q, 3), e);
    if (kind < 0)
        return -1;
    struct entry entry = {.entry = query_int(q, 0),
                          .movement = query_int(q, 1),
                          .amount = query_int(q, 2),
                          .kind = (enum entry_kind)kind,
                          .reference = query_int(q, 4),
                          .note = query_text(q, 5),
                          .time = query_int(q, 6)};
    if (entry.kind == ENTRY_PURCHASE || entry.kind == ENTRY_REFUND) {
        const struct receipt_key *key = store_receipt_key(history->store, e);
        if (!key)
            return -1;
        receipt_format(key, entry.reference, entry.transaction);
    }
    if (balance_after(history, &entry, e))
        return -1;
    snprintf(id, LIST_NEXT_TEXT, "%lld", (long long)entry.entry);
    history->each(history->context, &entry);
    return 0;
}

int ledger_history(const struct tenant_scope *c, int64_t user, const struct paging *page,
                   void (*each)(void *, const struct entry *), void *context, int64_t *total,
                   char next[LIST_NEXT_TEXT], struct error *e)
{
    struct history history = {.store = c->store, .scope = c, .user = user, .each = each, .context = context};
    struct listing l = {.scope = c,
                        .number = user,
                        .columns = "entry, movement, amount, kind, reference, note, time",
                        .from = "FROM entries WHERE tenant_id = ?1 AND user_id = ?2",
                        .second = "entry",
                        .row = give_entry,
                        .context = &history};
    struct listing_key key = {0};
    const char *text = listing_anchor(page);
    if (text && listing_number("entry", text, &key.second, e))
        return -1;
    return listing_page(&l, page, text ? &key : NULL, total, next, e);
}
