-- What must reach Discord, and what Discord last showed.

-- A number is never used again: a result that comes late must not meet another tenant's row.
CREATE TABLE outbox (
    push         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant_id    TEXT    NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    kind         TEXT    NOT NULL CHECK (kind IN ('control', 'commands', 'nickname')),
    revision     INTEGER NOT NULL CHECK (revision >= 1),
    state        TEXT    NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'leased', 'failed')),
    attempts     INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    reason       TEXT    NOT NULL DEFAULT '',
    next_at      INTEGER NOT NULL DEFAULT 0,
    leased_by    TEXT    NOT NULL DEFAULT '',
    leased_until INTEGER NOT NULL DEFAULT 0,
    UNIQUE (tenant_id, kind)
) STRICT;
CREATE INDEX outbox_due ON outbox (next_at) WHERE state = 'pending';
CREATE INDEX outbox_leased ON outbox (leased_until) WHERE state = 'leased';

CREATE TABLE remote_state (
    tenant_id TEXT NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    what      TEXT NOT NULL CHECK (length(what) BETWEEN 1 AND 64),
    value     TEXT NOT NULL,
    PRIMARY KEY (tenant_id, what)
) STRICT, WITHOUT ROWID;
