-- Thousands of customers may buy on each day, so what each of them bought is kept by the week and by seven weeks too:
-- any period is some of those rows, and of days only what lies between a week's border and its own. week: where the
-- row's weeks begin, counted from 1970 on, whatever the zone; a day belongs to the one in which it begins.

CREATE TABLE sales_customer_weeks (
    tenant_id TEXT    NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    weeks     INTEGER NOT NULL CHECK (weeks IN (1, 7)),
    week      INTEGER NOT NULL,
    user_id   INTEGER NOT NULL,
    sales     INTEGER NOT NULL,
    quantity  INTEGER NOT NULL,
    total     INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, weeks, week, user_id)
) STRICT, WITHOUT ROWID;

INSERT INTO sales_customer_weeks
    SELECT tenant_id, 1, day - day % 604800000, user_id, sum(sales), sum(quantity), sum(total)
    FROM sales_customers WHERE day > 0 GROUP BY 1, 3, 4;
INSERT INTO sales_customer_weeks
    SELECT tenant_id, 7, week - week % 4233600000, user_id, sum(sales), sum(quantity), sum(total)
    FROM sales_customer_weeks WHERE weeks = 1 GROUP BY 1, 3, 4;
