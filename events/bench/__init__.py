"""Measurements that `manage.py bench` prints: how fast events come in and rows are read on this machine.

`cases/` holds one file a question, `load/` the load generators (processes of their own, without Django),
`stack.py` the temporary PostgreSQL and web server they are pointed at.
"""
