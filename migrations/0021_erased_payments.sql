-- A tenant's payments stay when it is erased, but under no tenant's id: another one may be called so later.

UPDATE payments SET tenant_id = tenant_id || '/' || payment WHERE tenant_id NOT IN (SELECT tenant_id FROM tenants);
