-- bump: the tenants' next versions; the rows stay locked until COMMIT, so versions become visible in order
INSERT INTO watermarks AS known (id, tenant_id, seq, manifest_version, identity_version, erase_version, updated_at)
SELECT gen_random_uuid(), tenant, 0, 0, 1, 0, now() FROM unnest(%s::uuid[]) AS tenant
ON CONFLICT (tenant_id) DO UPDATE SET identity_version = known.identity_version + 1
RETURNING tenant_id, identity_version
