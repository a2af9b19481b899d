-- What waits to be delivered, by the place where it waits: a tenant's goods and other direct messages (0), or its posts
-- for one channel.
CREATE INDEX deliveries_lanes ON deliveries (tenant_id, iif(kind = 'goods', 0, channel_id), next_at)
    WHERE state = 'pending';
DROP INDEX deliveries_due;
