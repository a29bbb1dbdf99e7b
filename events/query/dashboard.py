"""All that an overview shows, in one answer, true as of one instant.

`dashboard(tenant, range_, timezone, compare)` returns JSON-ready values (times are RFC 3339 in UTC with Z,
shares and changes are fractions, durations are seconds)::

    {"range": "7d", "timezone": "Europe/Berlin", "interval": "day",          # "hour" for at most two days
     "since": "2026-11-16T23:00:00Z", "until": "2026-11-23T23:00:00Z",       # half-open, whole buckets
     "compare": "previous_period",                                           # | "previous_year" | None
     "previous": {"since": "…Z", "until": "…Z"},                             # None without comparison
     "generated_at": "…Z", "as_of_seq": 8812,
     "kpis": {"events":          {"value": 1200, "previous": 1000, "change": 0.2},
              "users":           …, "sessions": …, "page_views": …,
              "bounce_rate":     {"value": 0.41, "previous": None, "change": None},
              "session_seconds": {"value": 93.5, …}},                        # median
     "active_users": 3,                                                      # in the last five minutes
     "series": {"buckets": [{"start": "…Z", "label": "2026-11-17", "incomplete": False}, …],
                "events": [12, …], "users": […], "sessions": […], "page_views": […],
                "compare": {"events": […], "users": […], "sessions": […], "page_views": […]}},  # or None
     "top_events": [{"name": "page_view", "count": 900, "users": 40}, …],    # 10 at most, as all lists
     "pages":      [{"path": "/projects", "views": 300, "users": 22}, …],
     "referrers":  [{"host": "news.example", "views": 20, "users": 9}, …],   # other hosts than the page's own
     "devices":    [{"name": "desktop", "events": 800, "users": 30}, …],     # name None: not known
     "browsers": […], "os": […],                                             # like devices
     "countries": […],                                                       # like devices; [] when none is known
     "recent": [{"event_id", "event_name", "timestamp", "distinct_id", "user_id", "page_url", "seq"}, …],   # 20
     "errors": [{"type", "message", "count", "users", "first_seen", "last_seen"}, …],
     "vitals": [{"metric": "LCP", "p75": 2100.0, "rating": "good", "count": 310}, …]}

Buckets are local days or hours of `timezone`; their labels are local ("2026-11-17", "2026-11-17T09:00+01:00").
`value`, `previous` and `change` are None where nothing can be said (no sessions, division by zero). `previous`
compares like with like: the period before ends as far into itself as this one has come, and the series of
`compare` adds up to the same figures.

Users are distinct `distinct_id`s. Sessions are distinct `session_id`s, and for events without one what
lies between gaps of more than 30 minutes of one actor; each counts in every bucket it touches. A bounce is a
session with exactly one page view, among sessions with any. A session's duration is last − first event in
the range.
"""
