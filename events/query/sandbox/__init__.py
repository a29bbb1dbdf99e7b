"""People's own SQL, in a process that can reach nothing but one tenant's rows.

parent: `pool.py` starts children ahead of time, sends one question, kills at the deadline
child:  `child.py` imports duckdb and the standard library only; `statement.py` says what may be asked,
        `wire.py` makes its values JSON
"""
