-- append: entries of the log
INSERT INTO identity_links (id, tenant_id, version, kind, source, target, timestamp, event_id, by)
SELECT gen_random_uuid(), * FROM unnest(
    %s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::text[], %s::text[]
)
