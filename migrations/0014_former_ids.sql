-- The ids under which people knew a transaction before its tenant moved here: they can still be read out. Unlike
-- a foreign_id they say nothing of the transaction itself, which is as complete as one that was made here.

CREATE TABLE former_ids (
    tenant_id TEXT    NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    id        TEXT    NOT NULL CHECK (length(id) BETWEEN 1 AND 64),
    tx        INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX former_ids_tx ON former_ids (tx);
