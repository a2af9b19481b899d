#include "internal.h"

#include "tt/store/audit.h"

int operators_set(struct store *s, int64_t discord_id, enum operator_role role, int64_t now, bool *changed,
                  struct error *e)
{
    int result = role == ROLE_NONE
                     ? sql_run(s, e, "DELETE FROM operators WHERE discord_id = ?1", "i", discord_id)
                     : sql_run(s, e,
                               "INSERT INTO operators (discord_id, role, added_at) VALUES (?1, ?2, ?3)"
                               " ON CONFLICT (discord_id) DO UPDATE SET role = ?2 WHERE role <> ?2",
                               "iti", discord_id, operator_role_words[role], now);
    if (result == 0 && changed)
        *changed = store_changes(s) > 0;
    return result;
}

int operators_get(struct store *s, int64_t discord_id, enum operator_role *role, struct error *e)
{
    struct query q;
    int word = ROLE_NONE;
    int step = query_open(&q, s, e, "SELECT role FROM operators WHERE discord_id = ?1", "i", discord_id);
    if (step == 0 && (step = query_step(&q, e)) == 1)
        step = word = stored_word(s, operator_role_words, query_text(&q, 0), e);
    query_close(&q);
    *role = word < 0 ? ROLE_NONE : (enum operator_role)word;
    return step < 0 ? -1 : 0;
}

int operators_list(struct store *s,
                   void (*each)(void *, int64_t discord_id, enum operator_role, int64_t added_at),
                   void *context, struct error *e)
{
    struct query q;
    int step =
        query_open(&q, s, e, "SELECT discord_id, role, added_at FROM operators ORDER BY discord_id", "");
    while (step >= 0 && (step = query_step(&q, e)) == 1) {
        int role = stored_word(s, operator_role_words, query_text(&q, 1), e);
        if (role < 0)
            step = -1;
        else
            each(context, query_int(&q, 0), (enum operator_role)role, query_int(&q, 2));
    }
    query_close(&q);
    return step;
}
