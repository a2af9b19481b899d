-- A stamp that is another one whenever what a search looks through has changed: who has read it all need not read
-- it again before.

INSERT INTO meta (key, value) VALUES ('texts', lower(hex(randomblob(8))));

CREATE TRIGGER tenants_text_added AFTER INSERT ON tenants
BEGIN
    UPDATE meta SET value = lower(hex(randomblob(8))) WHERE key = 'texts';
END;

CREATE TRIGGER tenants_text_changed AFTER UPDATE OF name, guild_id, discord_id ON tenants
BEGIN
    UPDATE meta SET value = lower(hex(randomblob(8))) WHERE key = 'texts';
END;

CREATE TRIGGER tenants_text_removed AFTER DELETE ON tenants
BEGIN
    UPDATE meta SET value = lower(hex(randomblob(8))) WHERE key = 'texts';
END;
