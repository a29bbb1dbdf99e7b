"""Sessions: the client's id when it sends one, else a gap over 30 minutes starts a new one. No cut at midnight."""

from __future__ import annotations

GAP = "INTERVAL 30 MINUTE"


def with_sessions(source: str) -> str:
    """`source` with a column `session`, unique within the tenant.

    A derived session is named after its actor and its first event; only rows without an id of their own
    are looked at for gaps.
    """
    return f"""
        SELECT *, 's' || session_id AS session FROM ({source}) WHERE session_id IS NOT NULL
        UNION ALL
        SELECT * EXCLUDE (began), 'd' || who || '/' || began AS session
        FROM ({derived(f"SELECT * FROM ({source}) WHERE session_id IS NULL")})
    """


def derived(source: str) -> str:
    """`source` with a column `began`: the instant, in µs, of the first event of the actor's derived session."""
    return f"""
        SELECT * EXCLUDE (starts), max(starts) OVER (PARTITION BY who ORDER BY ts, seq) AS began
        FROM (
            SELECT *, CASE WHEN coalesce(ts - lag(ts) OVER (PARTITION BY who ORDER BY ts, seq) > {GAP}, true)
                THEN epoch_us(ts) END AS starts
            FROM ({source})
        )
    """
