-- clickhouse_table: the same rows, in the order that product analytics on ClickHouse uses
CREATE DATABASE IF NOT EXISTS bench ENGINE = Atomic;
DROP TABLE IF EXISTS bench.events SYNC;
CREATE TABLE bench.events (
    seq UInt64, ts DateTime64(6, 'UTC'), actor UInt64, event_name LowCardinality(String),
    event_category LowCardinality(String), event_id String, distinct_id String, device_id String, session_id String,
    correlation_id String, batch_id String, page_url String, referrer String, user_agent LowCardinality(String),
    device_info String, properties String
) ENGINE = MergeTree PARTITION BY toYYYYMM(ts) ORDER BY (toDate(ts), event_name, actor, ts);
