"""`manage.py bench query`: how long questions take over many events, beside the same in PostgreSQL and ClickHouse.

made.py        the events: made by DuckDB (sql/made.sql, sql/rows.sql), written by COPY, kept between runs
cutting.py     the same as segments, by the real cutter; and many small tenants beside the large one
asked.py       the questions with their goals, and what of an answer is compared
postgres.py    a peer: straight SQL on the table, with indexes made for it
clickhouse.py  a peer: chDB, in a process of its own (clickhouse_child.py), on a MergeTree table
measured.py    rounds, medians, memory, tables
"""
