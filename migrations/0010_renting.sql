-- A tenant's rental term and what was paid for it. A tenant without a term does not expire.

-- warned: days before the end of which a warning has gone out (7, 3, 1), the smallest so far; 0 none.
CREATE TABLE rents (
    tenant_id  TEXT    NOT NULL PRIMARY KEY REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    starts_at  INTEGER NOT NULL,
    ends_at    INTEGER NOT NULL,
    auto_renew INTEGER NOT NULL DEFAULT 0 CHECK (auto_renew IN (0, 1)),
    warned     INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX rents_end ON rents (ends_at);

-- amount: hundredths of the currency.
CREATE TABLE payments (
    payment    INTEGER NOT NULL PRIMARY KEY,
    tenant_id  TEXT    NOT NULL,
    amount     INTEGER NOT NULL CHECK (amount > 0),
    currency   TEXT    NOT NULL CHECK (length(currency) = 3 AND currency NOT GLOB '*[^A-Z]*'),
    method     TEXT    NOT NULL DEFAULT '' CHECK (length(method) <= 50),
    status     TEXT    NOT NULL CHECK (status IN ('pending', 'completed', 'failed', 'cancelled', 'refunded')),
    reference  TEXT    NOT NULL DEFAULT '' CHECK (length(reference) <= 100),
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX payments_tenant ON payments (tenant_id, payment);
CREATE UNIQUE INDEX payments_reference ON payments (tenant_id, reference) WHERE reference <> '';
