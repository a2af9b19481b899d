-- Messages that must arrive: written in the transaction of their cause, sent under a lease, removed when
-- Discord has taken them.

-- goods: the items of a transaction, a DM; purchase_log, history_buy: a post about it; notice: a finished message
-- (document) for a channel, or for a user where channel_id is 0; low_stock: tx left so few items (items_left) that
-- staff must know. tried_at: when an attempt began whose outcome
-- nobody noted; before the next one the channel is looked through.
CREATE TABLE deliveries (
    delivery     INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant_id    TEXT    NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    kind         TEXT    NOT NULL CHECK (kind IN ('goods', 'purchase_log', 'history_buy', 'low_stock',
        'notice')),
    tx           INTEGER NOT NULL DEFAULT 0,
    copy         INTEGER NOT NULL DEFAULT 0,
    user_id      INTEGER NOT NULL DEFAULT 0,
    channel_id   INTEGER NOT NULL DEFAULT 0,
    items_left   INTEGER NOT NULL DEFAULT 0,
    document     TEXT    NOT NULL DEFAULT '',
    state        TEXT    NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'leased', 'failed')),
    attempts     INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    reason       TEXT    NOT NULL DEFAULT '',
    next_at      INTEGER NOT NULL DEFAULT 0,
    leased_by    TEXT    NOT NULL DEFAULT '',
    leased_until INTEGER NOT NULL DEFAULT 0,
    tried_at     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX deliveries_tenant ON deliveries (tenant_id, delivery);
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE state = 'pending';
CREATE INDEX deliveries_leased ON deliveries (leased_until) WHERE state = 'leased';
CREATE INDEX deliveries_goods ON deliveries (tx) WHERE kind = 'goods';
