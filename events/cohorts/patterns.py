"""Regular expressions of a definition, tried when it is saved: a wrong one would fail every question that names it."""

from __future__ import annotations

import duckdb

from events.cohorts.types import Behaviour, Condition, Property, walk
from events.query import engine
from obc_analytics.errors import BadRequest


def check(definition: Condition, at: str = "$") -> None:
    """Raises BadRequest naming the path of the condition whose pattern RE2 does not take."""
    for path, _, node in walk(definition, at):
        filters = node.filters if isinstance(node, Behaviour) else ()
        filters = (node.as_filter(),) if isinstance(node, Property) else filters
        for each in filters:
            if each.op == "regex" and not is_pattern(each.value):
                raise BadRequest(f"a regular expression is not understood (RE2 syntax) at {path}", path=path)


def is_pattern(text: str) -> bool:
    """Whether RE2 takes the text."""
    with engine.instance().cursor() as connection:
        try:
            connection.execute("SELECT regexp_matches('', $pattern)", {"pattern": text})
        except duckdb.Error:
            return False
    return True
