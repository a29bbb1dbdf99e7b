"""Sessions: the client's id when it sends one, else a gap over 30 minutes starts a new one. No cut at midnight."""

from __future__ import annotations

GAP = "INTERVAL 30 MINUTE"


def with_sessions(source: str) -> str:
    """`source` with a column `session`, unique within the tenant.

    A derived session is named after its actor and its first event; only rows without an id of their own
    are looked at for gaps.
    """
    return f"""
        SELECT * EXCLUDE (starts), CASE WHEN session_id IS NOT NULL THEN 's' || session_id ELSE
            'd' || who || '/' || max(starts) OVER (PARTITION BY who, session_id IS NULL ORDER BY ts, seq)
            END AS session
        FROM (
            SELECT *, CASE WHEN session_id IS NULL
                AND coalesce(ts - lag(ts) OVER (PARTITION BY who, session_id IS NULL ORDER BY ts, seq) > {GAP}, true)
                THEN epoch_us(ts) END AS starts
            FROM ({source})
        )
    """
