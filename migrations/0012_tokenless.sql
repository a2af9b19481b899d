-- Who needs a token, among thousands that have one.
CREATE INDEX tenants_tokenless ON tenants (tenant_id)
    WHERE deleted_at = 0 AND wanted = 1 AND token = 'none' AND status IN ('active', 'maintenance');
