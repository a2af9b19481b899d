-- A product of which few items are left is found without a look at the others: its threshold stands beside its
-- counts while it is for sale, 0 otherwise.

ALTER TABLE stock_counts ADD COLUMN threshold INTEGER NOT NULL DEFAULT 0;
UPDATE stock_counts SET threshold = (SELECT iif(p.active = 1 AND p.removed_at = 0, p.threshold, 0) FROM products p
    WHERE p.tenant_id = stock_counts.tenant_id AND p.product = stock_counts.product);
CREATE INDEX stock_counts_low ON stock_counts (tenant_id, product) WHERE threshold > 0 AND available <= threshold;

DROP TRIGGER products_counted;
CREATE TRIGGER products_counted AFTER INSERT ON products
BEGIN
    INSERT INTO stock_counts (tenant_id, product, threshold)
        VALUES (new.tenant_id, new.product, iif(new.active = 1 AND new.removed_at = 0, new.threshold, 0));
    INSERT INTO stock_batches (tenant_id, product, batch, state, since)
        VALUES (new.tenant_id, new.product, 0, 'published', new.created_at);
END;

CREATE TRIGGER products_watched AFTER UPDATE OF threshold, active, removed_at ON products
BEGIN
    UPDATE stock_counts SET threshold = iif(new.active = 1 AND new.removed_at = 0, new.threshold, 0)
        WHERE tenant_id = new.tenant_id AND product = new.product;
END;
