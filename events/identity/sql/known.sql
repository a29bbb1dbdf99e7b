-- known: the earliest event that was noted for each pair of ids
SELECT DISTINCT ON (tenant_id, kind, source, target) tenant_id, kind, source, target, timestamp, event_id
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[]) AS wanted (tenant_id, kind, source, target)
JOIN identity_links USING (tenant_id, kind, source, target)
ORDER BY tenant_id, kind, source, target, timestamp, event_id COLLATE "C"
