"""Totals over a range.

`stats(tenant, since, until, timezone)` returns::

    {"since": "…Z" | None, "until": "…Z" | None, "timezone": "Europe/Berlin",
     "total_events": 1200, "unique_users": 40, "identified_users": 31, "unique_devices": 52, "sessions": 90,
     "events_by_name":     [{"name": "page_view", "count": 900, "users": 40}, …],       # most frequent first
     "events_by_category": [{"category": "navigation", "count": 900, "users": 40}, …],  # category None: none given
     "events_by_day":      [{"day": "2026-11-17", "events": 120, "users": 14}, …],      # each local day of the range
     "as_of_seq": 8812}

The range is half-open by the events' `timestamp`; a bound that is None is open. `unique_users` are distinct actors
(`distinct_id`), `identified_users` distinct `user_id`s. Names and categories: the 1,000 most frequent.
"""
