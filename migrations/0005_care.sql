-- What needs a person is found without a scan.

CREATE INDEX tenants_refused ON tenants (tenant_id) WHERE token = 'refused' AND deleted_at = 0;
CREATE INDEX outbox_failed ON outbox (tenant_id) WHERE state = 'failed';
CREATE INDEX bot_states_error ON bot_states (tenant_id) WHERE state = 'error';
