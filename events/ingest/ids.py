"""UUID version 7 (RFC 9562): 48 bits of Unix milliseconds, then random bits; many at a time."""

from __future__ import annotations

import os
import re
import uuid

UUID = re.compile("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def uuid7s(count: int, milliseconds: int) -> list[str]:
    """`count` new ids in their text form, rising within one call."""
    random = os.urandom(10 * count)
    time_part = f"{milliseconds & 0xFFFFFFFFFFFF:012x}"
    head = f"{time_part[:8]}-{time_part[8:]}-"
    ids = []
    for number in range(count):
        bits = random[10 * number : 10 * number + 10]
        # 12 bits of counter and randomness keep one call's ids in order
        low = (int.from_bytes(bits[2:], "big") & 0x3FFFFFFFFFFFFFFF) | 0x8000000000000000
        tail = f"{low:016x}"
        ids.append(f"{head}7{number & 0xFFF:03x}-{tail[:4]}-{tail[4:]}")
    return ids


def user_uuid(user_id: str, namespace: uuid.UUID) -> str:
    """The user's UUID: the id itself when it is one, else UUIDv5 in the tenant's namespace."""
    if len(user_id) == 36 and UUID.fullmatch(user_id):
        return user_id.lower()
    return str(uuid.uuid5(namespace, user_id))
