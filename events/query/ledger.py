"""The ledger: what became of every event received, and the clients' own counters beside it.

`ledger(tenant, since, until, by)` returns, for `by` "minute", "hour" or "day" (local to `timezone`)::

    {"by": "hour", "timezone": "UTC", "since": "…Z", "until": "…Z",
     "totals": {"received": 1203, "ok": 1200, "duplicate": 1, "dropped": 1, "quarantined": 1},
     "lines": [{"at": "2026-11-23T10:00:00Z", "outcome": "dropped", "reason": "bot", "door": "http",
                "key_id": "…" | None, "count": 1}, …],                        # oldest first
     "series":  [{"at": "…Z", "received": 12, "ok": 12, "duplicate": 0, "dropped": 0, "quarantined": 0}, …],
     "reasons": [{"outcome": "dropped", "reason": "bot", "count": 1}, …],     # most frequent first
     "doors":   [{"door": "http", "received", "ok", "duplicate", "dropped", "quarantined"}, …],
     "keys":    [{"key_id", "name", "prefix", "received", "ok", …}, …],       # key_id None: no key (import, replay)
     "clients": {"documents": 2, "tracked": 1300, "acked": 1200, "dropped": {"storage_full": 3},
                 "newest": [{"document_id", "tracked", "acked", "dropped", "first_seen", "last_seen"}, …]}}   # 20

received = ok + duplicate + dropped + quarantined. A stored event with a warning is `ok` with the warning as its
reason. Time is that of receipt, in whole minutes. `series` has every bucket, empty ones too.
"""
