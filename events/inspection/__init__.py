"""Looking at tenants' rows in the admin, fast at ten million of them.

keyset.py     one page of the newest rows, by index and in bounded work; no count(*), no OFFSET
changelist.py the admin's list over such pages
filters.py    tenant, day, exact text
show.py       hostile JSON and bytes as readable text
base.py       the read-only ModelAdmin that uses all of it
"""
