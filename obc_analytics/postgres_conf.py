"""How the embedded PostgreSQL is set, for this machine's memory."""

from __future__ import annotations

import os
from pathlib import Path

GIB = 2**30


def settings() -> dict[str, str]:
    """obc.conf. `ALTER SYSTEM` goes before it: an operator's own values stay."""
    buffers = min(GIB, memory() // 4)
    return {
        "shared_buffers": f"{buffers // 2**20}MB",
        "effective_cache_size": f"{max(memory() // 2, buffers) // 2**20}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": "256MB" if memory() >= 4 * GIB else "64MB",
        "max_connections": "100",
        # an ack means stored: commits are durable
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "max_wal_size": "4GB",  # p99 of a commit 596 → 137 ms
        "min_wal_size": "512MB",
        "checkpoint_timeout": "15min",
        "wal_compression": "pglz",  # the wheel has neither lz4 nor zstd
        "jit": "off",  # compiling costs more than our short queries take
        "random_page_cost": "1.1",
        # errors reach the client; in the log their details would be people's data
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_checkpoints": "off",
        "log_line_prefix": "'%m [%p] '",
    }


def memory() -> int:
    """Bytes of memory that this machine, or this container, may use."""
    sizes = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            sizes.append(int(Path(limit).read_text()))
        except (OSError, ValueError):  # no such file, or "max"
            continue
    return min(sizes)
