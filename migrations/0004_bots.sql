-- What the daemon says of its bots, and what its processes must share.

CREATE TABLE bot_states (
    tenant_id        TEXT    NOT NULL PRIMARY KEY REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    state            TEXT    NOT NULL DEFAULT 'stopped'
        CHECK (state IN ('stopped', 'connecting', 'running', 'suspended', 'expired', 'error')),
    instance         TEXT    NOT NULL DEFAULT '' CHECK (length(instance) <= 32),
    latency_ms       INTEGER NOT NULL DEFAULT -1,
    restarts         INTEGER NOT NULL DEFAULT 0,
    error            TEXT    NOT NULL DEFAULT '',
    heartbeat_at     INTEGER NOT NULL DEFAULT 0,
    applied_revision INTEGER NOT NULL DEFAULT 0,
    applied_hash     TEXT    NOT NULL DEFAULT '' CHECK (length(applied_hash) <= 64),
    epoch            INTEGER NOT NULL DEFAULT 0,
    notified         TEXT    NOT NULL DEFAULT 'none' CHECK (notified IN ('discord', 'database', 'none')),
    missing_intents  INTEGER NOT NULL DEFAULT 0,
    hash_differs     INTEGER NOT NULL DEFAULT 0 CHECK (hash_differs IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX bot_states_instance ON bot_states (instance, state);

CREATE TABLE gateway_sessions (
    tenant_id    TEXT    NOT NULL PRIMARY KEY REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    session_id   TEXT    NOT NULL DEFAULT '' CHECK (length(session_id) <= 127),
    resume_url   TEXT    NOT NULL DEFAULT '' CHECK (length(resume_url) <= 255),
    sequence     INTEGER NOT NULL DEFAULT 0,
    identifies   INTEGER NOT NULL DEFAULT 0,
    identify_day INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- Invalid answers of this host, counted in slots of 10 seconds.
CREATE TABLE invalid_answers (
    slot INTEGER NOT NULL PRIMARY KEY,
    n    INTEGER NOT NULL
) STRICT;

CREATE TABLE nonces (
    tenant_id TEXT    NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    nonce     TEXT    NOT NULL CHECK (length(nonce) BETWEEN 1 AND 64),
    seen_at   INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, nonce)
) STRICT, WITHOUT ROWID;
CREATE INDEX nonces_seen ON nonces (seen_at);
