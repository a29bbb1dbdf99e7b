-- draw: numbers for the rows, only now that the locks are held, and never kept for later
SELECT nextval('analytics_events_seq_seq') FROM generate_series(1, %s)
