-- A payment's number is never given again: one that was undone may come back.

CREATE TABLE payments_numbered (
    payment    INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant_id  TEXT    NOT NULL,
    amount     INTEGER NOT NULL CHECK (amount > 0),
    currency   TEXT    NOT NULL CHECK (length(currency) = 3 AND currency NOT GLOB '*[^A-Z]*'),
    method     TEXT    NOT NULL DEFAULT '' CHECK (length(method) <= 50),
    status     TEXT    NOT NULL CHECK (status IN ('pending', 'completed', 'failed', 'cancelled', 'refunded')),
    reference  TEXT    NOT NULL DEFAULT '' CHECK (length(reference) <= 100),
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO payments_numbered SELECT * FROM payments;
DROP TABLE payments;
ALTER TABLE payments_numbered RENAME TO payments;
CREATE INDEX payments_tenant ON payments (tenant_id, payment);
CREATE UNIQUE INDEX payments_reference ON payments (tenant_id, reference) WHERE reference <> '';
