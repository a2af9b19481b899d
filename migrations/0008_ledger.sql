-- Customers, their money, and what they bought.

CREATE TABLE customers (
    tenant_id     TEXT    NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    user_id       INTEGER NOT NULL CHECK (user_id > 0),
    growid        TEXT    NOT NULL CHECK (length(growid) BETWEEN 3 AND 18 AND growid NOT GLOB '*[^A-Za-z0-9]*'),
    balance       INTEGER NOT NULL DEFAULT 0 CHECK (balance >= 0),
    registered_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
) STRICT, WITHOUT ROWID;
-- A GrowID belongs to one of a tenant's customers, however it is capitalised.
CREATE UNIQUE INDEX customers_growid ON customers (tenant_id, growid COLLATE NOCASE);
CREATE INDEX customers_balance ON customers (tenant_id, balance);

-- Double entry: the two entries of a movement sum to zero and have neighbouring numbers. Append-only. movement: the
-- number of its first entry. user_id: of the account "customer", NULL of the others. reference: the transaction,
-- the message of a deposit, or the movement that is taken back. A customer who has entries stays.
CREATE TABLE entries (
    entry     INTEGER NOT NULL PRIMARY KEY,
    tenant_id TEXT    NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    movement  INTEGER NOT NULL,
    account   TEXT    NOT NULL CHECK (account IN ('customer', 'sales', 'deposits', 'adjustments')),
    user_id   INTEGER CHECK ((user_id IS NULL) = (account <> 'customer')),
    amount    INTEGER NOT NULL CHECK (amount <> 0),
    kind      TEXT    NOT NULL CHECK (kind IN ('purchase', 'refund', 'deposit', 'adjustment', 'opening', 'undo')),
    reference INTEGER NOT NULL DEFAULT 0,
    note      TEXT    NOT NULL DEFAULT '' CHECK (length(note) <= 200),
    time      INTEGER NOT NULL,
    FOREIGN KEY (tenant_id, user_id) REFERENCES customers (tenant_id, user_id)
) STRICT;
CREATE INDEX entries_customer ON entries (tenant_id, user_id);

-- The balance is what the entries say, and the check of its column refuses what would make it negative.
CREATE TRIGGER entries_balance AFTER INSERT ON entries WHEN new.user_id IS NOT NULL
BEGIN
    UPDATE customers SET balance = balance + new.amount
        WHERE tenant_id = new.tenant_id AND user_id = new.user_id;
END;

-- tx is what people read as a transaction id (a keyed permutation of it); foreign_id: the id under which another
-- system knew it. code: the product's, as it was; product 0: one that is not in the catalogue. copies: how often
-- the goods were sent again. refunds: of a refund, the purchase.
CREATE TABLE transactions (
    tx         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant_id  TEXT    NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    type       TEXT    NOT NULL CHECK (type IN ('purchase', 'refund')),
    user_id    INTEGER NOT NULL,
    product    INTEGER NOT NULL,
    code       TEXT    NOT NULL CHECK (length(code) <= 32),
    quantity   INTEGER NOT NULL CHECK (quantity >= 1),
    total      INTEGER NOT NULL CHECK (total >= 0),
    status     TEXT    NOT NULL CHECK (status IN ('completed', 'refunded', 'pending', 'failed', 'cancelled')),
    delivery   TEXT    NOT NULL DEFAULT 'none' CHECK (delivery IN ('none', 'pending', 'sent', 'closed', 'failed')),
    copies     INTEGER NOT NULL DEFAULT 0,
    refunds    INTEGER NOT NULL DEFAULT 0,
    foreign_id TEXT    CHECK (length(foreign_id) BETWEEN 1 AND 64),
    created_at INTEGER NOT NULL
) STRICT;
-- Each order of the listing: by time, since what was imported is older than its number.
CREATE INDEX transactions_tenant ON transactions (tenant_id, created_at);
CREATE INDEX transactions_user ON transactions (tenant_id, user_id, created_at);
CREATE INDEX transactions_code ON transactions (tenant_id, code, created_at);
CREATE UNIQUE INDEX transactions_foreign ON transactions (tenant_id, foreign_id) WHERE foreign_id IS NOT NULL;
CREATE UNIQUE INDEX transactions_refund ON transactions (refunds) WHERE refunds <> 0;

-- A message in the channel of donations is counted once, whatever became of it.
CREATE TABLE deposits (
    deposit    INTEGER NOT NULL PRIMARY KEY,
    tenant_id  TEXT    NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    message_id INTEGER NOT NULL CHECK (message_id > 0),
    growid     TEXT    NOT NULL DEFAULT '' CHECK (length(growid) <= 18),
    user_id    INTEGER NOT NULL DEFAULT 0,
    amount     INTEGER NOT NULL DEFAULT 0 CHECK (amount >= 0),
    state      TEXT    NOT NULL CHECK (state IN ('credited', 'refused')),
    reason     TEXT    NOT NULL DEFAULT '' CHECK (length(reason) <= 200),
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX deposits_message ON deposits (tenant_id, message_id);
CREATE INDEX deposits_tenant ON deposits (tenant_id, deposit);
CREATE INDEX deposits_refused ON deposits (tenant_id, deposit) WHERE state = 'refused';
