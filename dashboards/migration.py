"""What an app's calls to mixpanel-browser become: the words of the migration page (static/sdk/src/mixpanel.ts)."""

from __future__ import annotations

MAPS = (
    ("track, time_event", "the same; $duration in seconds"),
    ("track_pageview, the option track_pageview", "page_view events, once per navigation"),
    ("register, register_once, unregister", "the same; kept in localStorage, added to each event"),
    ("identify, alias, reset", "$identify and $alias events; reset makes a new device id"),
    ("people.set, set_once, increment, append, union, unset", "one $profile event each"),
    ("set_group, add_group", "a property of all later events, and a $group event"),
    ("opt_out_tracking, has_opted_out_tracking", "the same; what waits is deleted"),
    ("get_distinct_id", "the user's id when known, else the device's"),
)
DIFFERS = (
    "Events wait in IndexedDB and leave it only when the server has stored them: nothing is lost offline.",
    "Global Privacy Control acts like opting out (respectGPC: false turns that off); Do Not Track only with ignore_dnt: false.",  # noqa: E501
    "No cookie is written; ids are kept in localStorage.",
    "Callbacks run at once, because delivery goes on by itself.",
    "Not there: several instances by name, session recording, feature flags, track_links, track_forms.",
)
