-- Sales rolled up as they happen. Hours begin where the tenant's clock shows a full hour, days where it shows
-- midnight; both are stored as the moment (ms UTC). A refund counts against the hour and day in which it happens.
-- Day 0 holds the sum over all days, so that a question about all time is as short as one about a day.

CREATE TABLE sales_hours (
    tenant_id TEXT    NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    hour      INTEGER NOT NULL,
    sales     INTEGER NOT NULL,
    quantity  INTEGER NOT NULL,
    total     INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, hour)
) STRICT, WITHOUT ROWID;

CREATE TABLE sales_days (
    tenant_id TEXT    NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    day       INTEGER NOT NULL,
    sales     INTEGER NOT NULL,
    quantity  INTEGER NOT NULL,
    total     INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX sales_days_day ON sales_days (day);

CREATE TABLE sales_products (
    tenant_id TEXT    NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    day       INTEGER NOT NULL,
    product   INTEGER NOT NULL,
    sales     INTEGER NOT NULL,
    quantity  INTEGER NOT NULL,
    total     INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, day, product)
) STRICT, WITHOUT ROWID;

CREATE TABLE sales_customers (
    tenant_id TEXT    NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    day       INTEGER NOT NULL,
    user_id   INTEGER NOT NULL,
    sales     INTEGER NOT NULL,
    quantity  INTEGER NOT NULL,
    total     INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, day, user_id)
) STRICT, WITHOUT ROWID;

-- Of all tenants together, by hour UTC: what the operator's dashboard shows.
CREATE TABLE sales_total (
    hour     INTEGER NOT NULL PRIMARY KEY,
    sales    INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    total    INTEGER NOT NULL
) STRICT;
