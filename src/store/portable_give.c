/* Rows on their way out: numbers of this database become what is true elsewhere too, secrets are sealed anew.
 */
#include "portable.h"

#include <inttypes.h>

#include "ledger.h"
#include "tt/base/mem.h"
#include "tt/store/purchase.h"

static void set_text(struct portable_value *v, const char *text)
{
    v->text = text;
    v->n = strlen(text);
}

static void set_str(struct portable_value *v, const struct str *text)
{
    v->text = str_text(text);
    v->n = text->len;
}

/* The id by which people know a transaction here; "" for number 0. */
static int set_transaction(struct portable_out *x, struct portable_value *v, int64_t tx,
                           char id[RECEIPT_TEXT], struct error *e)
{
    const struct receipt_key *key = tx ? store_receipt_key(x->store, e) : NULL;

    if (tx && !key)
        return -1;
    set_text(v, tx ? receipt_format(key, tx, id) : "");
    return 0;
}

/* X's text under CONTEXT, as base64 in V. */
static void seal(struct portable_out *x, const char *context, struct portable_value *v)
{
    struct str sealed = STR_INIT;

    crypto_seal(&x->keys.seal, context, str_text(&x->text), x->text.len, &sealed);
    str_clear(&x->sealed_text);
    crypto_base64(sealed.data, sealed.len, &x->sealed_text);
    set_str(v, &x->sealed_text);
    str_release(&sealed);
}

int give_token(struct portable_out *x, const struct query *q, struct portable_value *v, struct error *e)
{
    char context[PORTABLE_CONTEXT_TEXT];

    (void)q;
    if (!x->sealed)
        return 1;
    str_clear(&x->text);
    if (tokens_get(x->store, x->scope.tenant, &x->text, e))
        return -1;
    snprintf(context, sizeof context, PORTABLE_TOKEN_CONTEXT, x->scope.tenant);
    seal(x, context, &v[TOKEN_SEALED]);
    return 0;
}

enum transaction_column { TRANSACTION_ID, TRANSACTION_REFUNDS };

int give_transaction(struct portable_out *x, const struct query *q, struct portable_value *v, struct error *e)
{
    return set_transaction(x, &v[TRANSACTION_ID], query_int(q, TRANSACTION_ID), x->ids[0], e);
}

int give_refund(struct portable_out *x, const struct query *q, struct portable_value *v, struct error *e)
{
    return give_transaction(x, q, v, e) || set_transaction(x, &v[TRANSACTION_REFUNDS],
                                                           query_int(q, TRANSACTION_REFUNDS), x->ids[1], e)
               ? -1
               : 0;
}

int give_item(struct portable_out *x, const struct query *q, struct portable_value *v, struct error *e)
{
    char context[PORTABLE_CONTEXT_TEXT];
    int64_t item = query_int(q, ITEM_ITEM);

    set_text(&v[ITEM_STATE], stock_state_words[query_int(q, ITEM_STATE)]);
    if (set_transaction(x, &v[ITEM_TX], query_int(q, ITEM_TX), x->ids[0], e))
        return -1;
    if (x->contents == CONTENTS_NONE)
        return 0;
    str_clear(&x->text);
    if (stock_open(x->store, x->scope.tenant, item, sqlite3_column_blob(q->stmt, ITEM_SEALED),
                   (size_t)sqlite3_column_bytes(q->stmt, ITEM_SEALED), &x->text, e))
        return -1;
    if (x->contents == CONTENTS_CLEAR) {
        set_str(&v[ITEM_LINE], &x->text);
        return 0;
    }
    snprintf(context, sizeof context, PORTABLE_ITEM_CONTEXT, x->scope.tenant, (long long)item);
    seal(x, context, &v[ITEM_SEALED]);
    return 0;
}

/* --- the ledger --- */

static int compare_marks(const void *a, const void *b)
{
    const struct portable_mark *one = a, *two = b;
    return one->entry < two->entry ? -1 : one->entry > two->entry;
}

/* Few movements are taken back, and each by a person: only those are remembered. */
int portable_mark_movements(struct portable_out *x, struct error *e)
{
    struct query q;
    size_t room = 0;
    int step = query_open(&q, x->store, e,
                          "SELECT DISTINCT reference FROM entries WHERE tenant_id = ?1 AND kind = 'undo'"
                          " AND user_id IS NOT NULL",
                          "t", x->scope.tenant);

    x->movements = 0;
    x->mark_count = 0;
    while (step >= 0 && (step = query_step(&q, e)) == 1) {
        if (x->mark_count == room) {
            room = room ? room * 2 : 64;
            x->marks = mem_resize(x->marks, room, sizeof *x->marks);
        }
        x->marks[x->mark_count++] = (struct portable_mark){.entry = query_int(&q, 0)};
    }
    query_close(&q);
    if (x->mark_count)
        qsort(x->marks, x->mark_count, sizeof *x->marks, compare_marks);
    return step;
}

static struct portable_mark *mark_of(const struct portable_out *x, int64_t entry)
{
    struct portable_mark key = {.entry = entry};
    return x->mark_count ? bsearch(&key, x->marks, x->mark_count, sizeof key, compare_marks) : NULL;
}

/* What the reference is depends on the kind: a transaction, a message, or a movement of this file. */
int give_movement(struct portable_out *x, const struct query *q, struct portable_value *v, struct error *e)
{
    int64_t reference = query_int(q, MOVEMENT_REFERENCE);
    int kind = stored_word(x->store, entry_kind_words, query_text(q, MOVEMENT_KIND), e);
    struct portable_mark *mark = mark_of(x, query_int(q, MOVEMENT_NUMBER));

    if (kind < 0)
        return -1;
    v[MOVEMENT_NUMBER].number = ++x->movements;
    if (mark)
        mark->place = x->movements;
    if (kind == ENTRY_PURCHASE || kind == ENTRY_REFUND)
        return set_transaction(x, &v[MOVEMENT_REFERENCE], reference, x->ids[0], e);
    if (kind == ENTRY_UNDO) {
        mark = mark_of(x, reference);
        reference = mark ? mark->place : 0;
    }
    snprintf(x->reference, sizeof x->reference, "%" PRId64, reference);
    set_text(&v[MOVEMENT_REFERENCE], reference ? x->reference : "");
    return 0;
}
