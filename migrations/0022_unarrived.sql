-- Goods that did not arrive are found without a look at the purchases whose goods did.
CREATE INDEX transactions_unarrived ON transactions (tenant_id, delivery, created_at)
    WHERE delivery IN ('closed', 'failed');
