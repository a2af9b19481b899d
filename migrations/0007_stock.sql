-- The catalogue and the stock of each tenant.

-- The last number that was given: products, imports and items of a tenant keep theirs for ever.
CREATE TABLE shop_numbers (
    tenant_id TEXT    NOT NULL PRIMARY KEY REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    product   INTEGER NOT NULL DEFAULT 0,
    batch     INTEGER NOT NULL DEFAULT 0,
    item      INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- A removed product keeps its row for the sake of its transactions; its code is free again.
CREATE TABLE products (
    tenant_id   TEXT    NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    product     INTEGER NOT NULL CHECK (product >= 1),
    code        TEXT    NOT NULL CHECK (length(code) BETWEEN 2 AND 10 AND code NOT GLOB '*[^A-Z0-9_]*'),
    name        TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 50),
    price       INTEGER NOT NULL CHECK (price BETWEEN 1 AND 1000000000),
    description TEXT    NOT NULL DEFAULT '' CHECK (length(description) <= 200),
    category    TEXT    NOT NULL DEFAULT '' CHECK (length(category) <= 50),
    active      INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    threshold   INTEGER NOT NULL DEFAULT 0 CHECK (threshold BETWEEN 0 AND 1000000000),
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    removed_at  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, product)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX products_code ON products (tenant_id, code) WHERE removed_at = 0;

-- Kept beside the product, so that nobody counts items: the triggers below do.
CREATE TABLE stock_counts (
    tenant_id TEXT    NOT NULL,
    product   INTEGER NOT NULL,
    available INTEGER NOT NULL DEFAULT 0 CHECK (available >= 0),
    reserved  INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    sold      INTEGER NOT NULL DEFAULT 0 CHECK (sold >= 0),
    PRIMARY KEY (tenant_id, product),
    FOREIGN KEY (tenant_id, product) REFERENCES products (tenant_id, product) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- An import is a batch: its items are staged in many short transactions and are seen by nobody until one short
-- one publishes it. Batch 0 of a product holds what was added singly. A withdrawn batch can come back; an erased
-- one cannot: its items are deleted in slices, and then its row. added: what an import brought when it was
-- published; available: of its items, staged ones too.
CREATE TABLE stock_batches (
    tenant_id TEXT    NOT NULL,
    product   INTEGER NOT NULL,
    batch     INTEGER NOT NULL CHECK (batch >= 0),
    state     TEXT    NOT NULL CHECK (state IN ('staging', 'published', 'withdrawn', 'erased')),
    added     INTEGER NOT NULL DEFAULT 0 CHECK (added >= 0),
    available INTEGER NOT NULL DEFAULT 0 CHECK (available >= 0),
    since     INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, product, batch),
    FOREIGN KEY (tenant_id, product) REFERENCES products (tenant_id, product) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
-- Unique, so that items read batch by batch are known to be in order and are not sorted.
CREATE UNIQUE INDEX stock_batches_open ON stock_batches (tenant_id, product, batch)
    WHERE state = 'published' AND available > 0;
CREATE INDEX stock_batches_unfinished ON stock_batches (tenant_id, product, batch) WHERE state <> 'published';

CREATE TRIGGER products_counted AFTER INSERT ON products
BEGIN
    INSERT INTO stock_counts (tenant_id, product) VALUES (new.tenant_id, new.product);
    INSERT INTO stock_batches (tenant_id, product, batch, state, since)
        VALUES (new.tenant_id, new.product, 0, 'published', new.created_at);
END;

-- state: 0 available, 1 reserved, 2 sold, 3 deleted. content: sealed with the key file, or, where the deployment
-- wants it so, a zero byte and the line. line_hash: keyed, over tenant and line. No foreign key leads to product
-- and batch: deleting one of those would look through all items of the tenant.
CREATE TABLE stock (
    tenant_id TEXT    NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    item      INTEGER NOT NULL CHECK (item >= 1),
    product   INTEGER NOT NULL,
    batch     INTEGER NOT NULL,
    state     INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 3),
    tx        INTEGER CHECK ((tx IS NOT NULL) = (state = 2)),
    added_at  INTEGER NOT NULL,
    line_hash BLOB    NOT NULL CHECK (length(line_hash) = 16),
    content   BLOB    NOT NULL CHECK (length(content) BETWEEN 2 AND 2100),
    PRIMARY KEY (tenant_id, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX stock_available ON stock (tenant_id, product, batch, item) WHERE state = 0;
CREATE INDEX stock_taken ON stock (tenant_id, state, product, item) WHERE state <> 0;
CREATE INDEX stock_sold ON stock (tx) WHERE tx IS NOT NULL;

-- Which item holds a line: a line is there once among those that are not deleted. A table and not an index of
-- stock, so that an import can fill it in the order of the hashes: at random places each row would cost a page.
-- The hash is over the tenant too.
CREATE TABLE stock_lines (
    line_hash BLOB    NOT NULL PRIMARY KEY,
    item      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Adding items counts for itself (a staged one is not there yet); every other change of state is counted here.
CREATE TRIGGER stock_recounted AFTER UPDATE OF state ON stock WHEN old.state <> new.state
BEGIN
    UPDATE stock_batches SET available = available + (new.state = 0) - (old.state = 0)
        WHERE tenant_id = new.tenant_id AND product = new.product AND batch = new.batch;
    UPDATE stock_counts SET available = available + (new.state = 0) - (old.state = 0),
        reserved = reserved + (new.state = 1) - (old.state = 1), sold = sold + (new.state = 2) - (old.state = 2)
        WHERE tenant_id = new.tenant_id AND product = new.product;
END;

CREATE TRIGGER stock_line_freed AFTER UPDATE OF state ON stock WHEN new.state = 3 AND old.state <> 3
BEGIN
    DELETE FROM stock_lines WHERE line_hash = old.line_hash AND item = old.item;
END;

CREATE TRIGGER stock_line_taken AFTER UPDATE OF state ON stock WHEN old.state = 3 AND new.state <> 3
BEGIN
    INSERT INTO stock_lines (line_hash, item) VALUES (new.line_hash, new.item);
END;

CREATE TRIGGER stock_line_gone AFTER DELETE ON stock
BEGIN
    DELETE FROM stock_lines WHERE line_hash = old.line_hash AND item = old.item;
END;
