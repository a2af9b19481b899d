-- The last message that a tenant's bot heard in a channel whose every message counts (deposits), written with what came
-- of it. A table of its own: what Discord last showed may be forgotten at any time, this never.
CREATE TABLE heard (
    tenant_id  TEXT    NOT NULL PRIMARY KEY REFERENCES tenants (tenant_id) ON DELETE CASCADE,
    channel_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO heard SELECT tenant_id, CAST(json_extract(value, '$.channel') AS INTEGER),
    CAST(json_extract(value, '$.message') AS INTEGER) FROM remote_state WHERE what = 'heard' AND json_valid(value);
DELETE FROM remote_state WHERE what = 'heard';
