"""Distinct events for distinct steps: bipartite matching on bit masks, small and exact.

`left[i]` is the mask of the places that item i may take. One place holds one item.
"""

from __future__ import annotations

from collections.abc import Sequence


def longest_prefix(left: Sequence[int]) -> int:
    """How many items from the first on can all have a place of their own."""
    owners: dict[int, int] = {}
    for item in range(len(left)):
        if not _augment(left, item, owners, [0]):
            return item
    return len(left)


def least(left: Sequence[int]) -> list[int]:
    """The places of all items, the first item's lowest possible, then the second's, and so on.

    All items must fit: `longest_prefix(left) == len(left)`.
    """
    places: list[int] = []
    used = 0
    for item, mask in enumerate(left):
        rest = left[item + 1 :]
        for place in _bits(mask & ~used):
            taken = used | 1 << place
            if longest_prefix([other & ~taken for other in rest]) == len(rest):
                places.append(place)
                used = taken
                break
    return places


def _augment(left: Sequence[int], item: int, owners: dict[int, int], seen: list[int]) -> bool:
    """Give the item a place, moving others when that helps (Kuhn)."""
    for place in _bits(left[item]):
        if seen[0] >> place & 1:
            continue
        seen[0] |= 1 << place
        if place not in owners or _augment(left, owners[place], owners, seen):
            owners[place] = item
            return True
    return False


def _bits(mask: int) -> list[int]:
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found
