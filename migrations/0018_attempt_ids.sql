-- Where a channel is looked through for an attempt whose outcome nobody noted: no message of it has a smaller id. What
-- is noted already began by our own clock, which may be wrong, but not by a day.
ALTER TABLE deliveries ADD COLUMN after_id INTEGER NOT NULL DEFAULT 0;
UPDATE deliveries SET after_id = max(0, tried_at - 1420070400000 - 86400000) << 22 WHERE tried_at <> 0;
