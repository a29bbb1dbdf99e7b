-- postgres_indexes: what these questions' plans read best, beside the table's own indexes
CREATE INDEX IF NOT EXISTS bench_time ON analytics_events (tenant_id, timestamp) INCLUDE (distinct_id, event_name);
CREATE INDEX IF NOT EXISTS bench_name ON analytics_events (tenant_id, event_name, timestamp) INCLUDE (distinct_id);
CREATE INDEX IF NOT EXISTS bench_plan ON analytics_events (tenant_id, event_name, timestamp, (properties ->> 'plan'));
CREATE INDEX IF NOT EXISTS bench_session ON analytics_events (tenant_id, session_id, timestamp, seq) INCLUDE (event_name, distinct_id);
VACUUM ANALYZE analytics_events;
