-- staging: where a batch goes that may hold events already stored
CREATE TEMPORARY TABLE IF NOT EXISTS staging (LIKE analytics_events INCLUDING DEFAULTS) ON COMMIT DELETE ROWS
