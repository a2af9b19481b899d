-- Who did what, and who may do it from Discord. No reference to tenants: the audit outlives what it tells of.

CREATE TABLE audit (
    audit     INTEGER NOT NULL PRIMARY KEY,
    time      INTEGER NOT NULL,
    tenant_id TEXT,
    who       TEXT    NOT NULL CHECK (length(who) BETWEEN 1 AND 64),
    face      TEXT    NOT NULL CHECK (face IN ('cli', 'shell', 'screens', 'discord', 'daemon')),
    command   TEXT    NOT NULL CHECK (length(command) BETWEEN 1 AND 8192),
    changes   TEXT    CHECK (changes IS NULL OR substr(changes, 1, 1) = '['),
    refused   INTEGER NOT NULL DEFAULT 0 CHECK (refused IN (0, 1)),
    undoable  INTEGER NOT NULL DEFAULT 0 CHECK (undoable IN (0, 1)),
    undone_by INTEGER NOT NULL DEFAULT 0,
    undoes    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX audit_tenant ON audit (tenant_id, audit);
CREATE INDEX audit_who ON audit (who, audit);
CREATE INDEX audit_time ON audit (time);

CREATE TABLE operators (
    discord_id INTEGER NOT NULL PRIMARY KEY CHECK (discord_id > 0),
    role       TEXT    NOT NULL CHECK (role IN ('viewer', 'operator', 'owner')),
    added_at   INTEGER NOT NULL
) STRICT;
