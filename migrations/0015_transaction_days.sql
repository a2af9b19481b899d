-- How many transactions a tenant has, by day UTC (days since 1970), so that nobody counts millions of rows. A
-- trigger, so that no path can forget it. Transactions go only with their tenant.
CREATE TABLE transaction_days (
    tenant_id TEXT    NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    day       INTEGER NOT NULL,
    n         INTEGER NOT NULL CHECK (n >= 1),
    PRIMARY KEY (tenant_id, day)
) STRICT, WITHOUT ROWID;

INSERT INTO transaction_days (tenant_id, day, n)
    SELECT tenant_id, created_at / 86400000, count(*) FROM transactions GROUP BY 1, 2;

CREATE TRIGGER transactions_counted AFTER INSERT ON transactions
BEGIN
    INSERT INTO transaction_days (tenant_id, day, n) VALUES (new.tenant_id, new.created_at / 86400000, 1)
        ON CONFLICT (tenant_id, day) DO UPDATE SET n = n + 1;
END;
