"""The data dictionary: which names a tenant sent, what is known of them, and what people say of them.

counting.py  rows of events → what they say of names: one statement
growing.py   the background job: settled rows that were not counted yet → the tables (events/models/dictionary.py)
reading.py   the tables and what came since: exact, the newest acknowledged event included
telling.py   description, hidden, verified: what people say
"""
