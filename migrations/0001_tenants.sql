-- Tenants and their configuration. Every value that two people may change at once is a row or a column of its
-- own; a word outside its vocabulary cannot be stored.

CREATE TABLE migrations (
    number     INTEGER NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    sha256     TEXT    NOT NULL CHECK (length(sha256) = 64),
    applied_at INTEGER NOT NULL
) STRICT;

-- key_fingerprint, daemon_instance: facts about the whole file.
CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tenants (
    tenant_id      TEXT    NOT NULL PRIMARY KEY
        CHECK (length(tenant_id) BETWEEN 3 AND 32 AND tenant_id NOT GLOB '*[^a-z0-9_-]*'),
    name           TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    discord_id     INTEGER NOT NULL CHECK (discord_id > 0),
    guild_id       INTEGER NOT NULL CHECK (guild_id > 0),
    status         TEXT    NOT NULL CHECK (status IN ('active', 'suspended', 'expired', 'maintenance')),
    plan           TEXT    NOT NULL CHECK (plan IN ('basic', 'premium', 'enterprise')),
    revision       INTEGER NOT NULL DEFAULT 1 CHECK (revision >= 1),
    epoch          INTEGER NOT NULL DEFAULT 0 CHECK (epoch >= 0),
    wanted         INTEGER NOT NULL DEFAULT 1 CHECK (wanted IN (0, 1)),
    token          TEXT    NOT NULL DEFAULT 'none' CHECK (token IN ('none', 'set', 'refused')),
    application_id INTEGER NOT NULL DEFAULT 0 CHECK (application_id >= 0),
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    deleted_at     INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX tenants_guild ON tenants (guild_id) WHERE deleted_at = 0;
CREATE UNIQUE INDEX tenants_application ON tenants (application_id) WHERE deleted_at = 0 AND application_id <> 0;
-- One index for each order of the listing.
CREATE INDEX tenants_name ON tenants (name COLLATE NOCASE) WHERE deleted_at = 0;
CREATE INDEX tenants_status ON tenants (status) WHERE deleted_at = 0;
CREATE INDEX tenants_plan ON tenants (plan) WHERE deleted_at = 0;
CREATE INDEX tenants_created ON tenants (created_at) WHERE deleted_at = 0;
CREATE INDEX tenants_updated ON tenants (updated_at) WHERE deleted_at = 0;
CREATE INDEX tenants_revision ON tenants (revision) WHERE deleted_at = 0;
CREATE INDEX tenants_deleted ON tenants (deleted_at) WHERE deleted_at <> 0;
CREATE INDEX tenants_connected ON tenants (tenant_id)
    WHERE deleted_at = 0 AND wanted = 1 AND token = 'set' AND status IN ('active', 'maintenance');

-- How many there are of each kind, so that totals need no scan.
CREATE TABLE tenant_counts (
    status TEXT    NOT NULL,
    plan   TEXT    NOT NULL,
    n      INTEGER NOT NULL CHECK (n >= 0),
    PRIMARY KEY (status, plan)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER tenants_counted AFTER INSERT ON tenants WHEN new.deleted_at = 0
BEGIN
    INSERT INTO tenant_counts (status, plan, n) VALUES (new.status, new.plan, 1)
        ON CONFLICT (status, plan) DO UPDATE SET n = n + 1;
END;

CREATE TRIGGER tenants_recounted AFTER UPDATE OF status, plan, deleted_at ON tenants
BEGIN
    UPDATE tenant_counts SET n = n - 1 WHERE old.deleted_at = 0 AND status = old.status AND plan = old.plan;
    INSERT INTO tenant_counts (status, plan, n) SELECT new.status, new.plan, 1 WHERE new.deleted_at = 0
        ON CONFLICT (status, plan) DO UPDATE SET n = n + 1;
END;

CREATE TRIGGER tenants_uncounted AFTER DELETE ON tenants WHEN old.deleted_at = 0
BEGIN
    UPDATE tenant_counts SET n = n - 1 WHERE status = old.status AND plan = old.plan;
END;

-- An absent row is "off".
CREATE TABLE features (
    tenant_id TEXT    NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    feature   TEXT    NOT NULL CHECK (feature IN ('shop', 'live_stock', 'leveling', 'reputation', 'tickets', 'automod',
        'admin_commands', 'custom_commands', 'analytics', 'api_access', 'priority_support', 'welcome', 'donation')),
    enabled   INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    PRIMARY KEY (tenant_id, feature)
) STRICT, WITHOUT ROWID;
CREATE INDEX features_enabled ON features (feature, tenant_id, enabled) WHERE enabled = 1;

CREATE TABLE permissions (
    tenant_id  TEXT    NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    permission TEXT    NOT NULL CHECK (permission IN ('manage_products', 'manage_users', 'view_analytics',
        'custom_config', 'api_access', 'advanced_settings')),
    enabled    INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    PRIMARY KEY (tenant_id, permission)
) STRICT, WITHOUT ROWID;

CREATE TABLE channels (
    tenant_id  TEXT    NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    type       TEXT    NOT NULL CHECK (type IN ('live_stock', 'purchase_log', 'donation_log', 'history_buy', 'welcome',
        'ticket_category', 'ticket_panel', 'leveling', 'reputation', 'logs', 'control')),
    channel_id INTEGER NOT NULL CHECK (channel_id > 0),
    PRIMARY KEY (tenant_id, type)
) STRICT, WITHOUT ROWID;

CREATE TABLE bot_config (
    tenant_id TEXT NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    key       TEXT NOT NULL CHECK (key IN ('prefix', 'language', 'timezone', 'auto_restart', 'max_restart_attempts',
        'nickname', 'activity', 'command_cooldown', 'command_rate')),
    value     TEXT NOT NULL CHECK (length(value) BETWEEN 1 AND 128),
    PRIMARY KEY (tenant_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
    tenant_id TEXT NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    feature   TEXT NOT NULL CHECK (feature IN ('shop', 'live_stock', 'leveling', 'reputation', 'tickets', 'automod',
        'admin_commands', 'custom_commands', 'analytics', 'api_access', 'priority_support', 'welcome', 'donation')),
    key       TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 64),
    value     TEXT NOT NULL CHECK (length(value) BETWEEN 1 AND 4000),
    PRIMARY KEY (tenant_id, feature, key)
) STRICT, WITHOUT ROWID;

-- Sealed with the key file; the context binds each blob to its tenant.
CREATE TABLE tokens (
    tenant_id TEXT NOT NULL PRIMARY KEY REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    sealed    BLOB NOT NULL CHECK (length(sealed) BETWEEN 40 AND 4096)
) STRICT, WITHOUT ROWID;
