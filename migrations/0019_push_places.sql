-- Channels and roles that a tenant names are looked for in its guild: two kinds of push more. Their numbers go on
-- where they stood, for one is never used again.

CREATE TABLE outbox_places (
    push         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant_id    TEXT    NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    kind         TEXT    NOT NULL CHECK (kind IN ('control', 'commands', 'nickname', 'channels', 'roles')),
    revision     INTEGER NOT NULL CHECK (revision >= 1),
    state        TEXT    NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'leased', 'failed')),
    attempts     INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    reason       TEXT    NOT NULL DEFAULT '',
    next_at      INTEGER NOT NULL DEFAULT 0,
    leased_by    TEXT    NOT NULL DEFAULT '',
    leased_until INTEGER NOT NULL DEFAULT 0,
    UNIQUE (tenant_id, kind)
) STRICT;
INSERT INTO outbox_places SELECT * FROM outbox;
DELETE FROM sqlite_sequence WHERE name = 'outbox_places';
INSERT INTO sqlite_sequence (name, seq) SELECT 'outbox_places', seq FROM sqlite_sequence WHERE name = 'outbox';
DROP TABLE outbox;
ALTER TABLE outbox_places RENAME TO outbox;
CREATE INDEX outbox_due ON outbox (next_at) WHERE state = 'pending';
CREATE INDEX outbox_leased ON outbox (leased_until) WHERE state = 'leased';
CREATE INDEX outbox_failed ON outbox (tenant_id) WHERE state = 'failed';
