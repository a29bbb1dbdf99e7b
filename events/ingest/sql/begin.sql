-- begin: shared locks of the tenants written, in order; a cut takes them exclusively for an instant
SELECT pg_advisory_xact_lock_shared(key) FROM unnest(%s::bigint[]) AS key
