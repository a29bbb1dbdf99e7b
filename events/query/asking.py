"""What every builder needs: a tenant's relation, the resolved range, bound values, and rows with their actor.

A builder writes one statement whose first CTE is `e`, made by `Asking.events()`:

    WITH e AS (…every column of segments/columns.py, plus `who`, the canonical actor…)
    SELECT … FROM e WHERE …
"""

from __future__ import annotations

import uuid
import zoneinfo
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import duckdb

from events.ingest import times
from events.query import joined, properties
from events.query.binds import Binds
from events.query.relation import Relation
from events.query.spans import midnight, zone_of
from events.query.types import Breakdown, Filter, Range
from events.segments import promoted
from obc_analytics.errors import BadRequest
from tenants.auth import TenantConfig

if TYPE_CHECKING:
    from events.cohorts.references import Known

NONE: Mapping[uuid.UUID, Known] = MappingProxyType({})
DEFAULT_DAYS = 30
# RE2's errors (re2/regexp.cc, RegexpStatus), as DuckDB passes them on
RE2_SAYS = ("RE2", "missing argument", "missing )", "missing ]", "unexpected )", "no argument for repetition",
            "bad repetition", "invalid escape", "invalid character class", "invalid perl operator", "invalid UTF-8",
            "invalid named capture", "trailing \\", "invalid repetition")  # fmt: skip
_numbers = count(1)  # of temporary tables: several questions may share a connection
MAX_DAYS = 1_100  # three years
FIRST, LAST = datetime(1971, 1, 1, tzinfo=UTC), datetime(9001, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Period:
    """A resolved range: [since, until) in UTC; `first` and `last` are its local days, `last` inclusive."""

    since: datetime
    until: datetime
    first: date
    last: date
    zone: zoneinfo.ZoneInfo


def period_of(range_: Range | None, tenant: TenantConfig, now: datetime) -> Period:
    """Raises BadRequest naming `$.range…`."""
    zone = zone_of(range_.timezone if range_ and range_.timezone else tenant.timezone, "$.range.timezone")
    if range_ is None:
        today = now.astimezone(zone).date()
        return _days(today - timedelta(days=DEFAULT_DAYS - 1), today, zone)
    first, last = _day(range_.from_, "$.range.from"), _day(range_.to, "$.range.to")
    if first and last:
        return _days(first, last, zone)
    since, until = times.parse(range_.from_), times.parse(range_.to)
    if first or last or since is None or until is None:
        raise BadRequest("a range is two dates (2026-10-24) or two RFC 3339 instants", path="$.range")
    if not FIRST <= since <= LAST or not FIRST <= until <= LAST:
        raise BadRequest("a range lies between the years 1971 and 9000", path="$.range")
    if since >= until:
        raise BadRequest("the range ends before it starts", path="$.range")
    _bound(until - since)
    last_moment = until - timedelta(microseconds=1)
    return Period(since, until, since.astimezone(zone).date(), last_moment.astimezone(zone).date(), zone)


def _days(first: date, last: date, zone: zoneinfo.ZoneInfo) -> Period:
    if last < first:
        raise BadRequest("the range ends before it starts", path="$.range")
    _bound(last - first)
    return Period(midnight(first, zone), midnight(last + timedelta(days=1), zone), first, last, zone)


def _bound(length: timedelta) -> None:
    if length > timedelta(days=MAX_DAYS):
        raise BadRequest(f"a range may have {MAX_DAYS} days", path="$.range")


def _day(text: str, path: str) -> date | None:
    if len(text) != 10:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"{text!r} is no date, such as 2026-10-24", path=path) from None
    if not 1971 <= found.year <= 9000:
        raise BadRequest(f"{text!r} does not lie between the years 1971 and 9000", path=path)
    return found


@dataclass(slots=True)
class Told:
    """What a question needs of actors: names of traits, cohorts; `tables` has what was made for it on the
    connection."""

    traits: set[str] = field(default_factory=set)
    cohorts: set[uuid.UUID] = field(default_factory=set)
    tables: dict[object, str] = field(default_factory=dict)


@dataclass(slots=True)
class Asking:
    relation: Relation
    tenant: TenantConfig
    now: datetime
    period: Period
    filters: tuple[Filter, ...] = ()
    binds: Binds = field(default_factory=Binds)
    told: Told = field(default_factory=Told)
    cohorts: Mapping[uuid.UUID, Known] = field(default_factory=dict)  # those that the question may name

    def prepare(self, names: Iterable[str]) -> None:
        """Tell which properties the question names, before `events()` and before they are written into a
        statement: profiles and cohorts are joined only when asked for, promoted properties are read from their
        columns."""
        names = list(names)
        self.told.traits |= {
            name.removeprefix(properties.PROFILE) for name in names if name.startswith(properties.PROFILE)
        }
        self.told.cohorts |= {properties.cohort_id(name) for name in names if name.startswith(properties.COHORT)}
        self.binds.promoted |= self.relation.promoted_among(name for name in names if name not in properties.BUILT_IN)

    def beside(self) -> Asking:
        """Another question about the same moment on the same connection, without filters."""
        told = Told(tables=self.told.tables)
        return Asking(self.relation, self.tenant, self.now, self.period, (), Binds(), told, self.cohorts)

    def events(self, since: datetime | None, until: datetime | None) -> str:
        """The body of the CTE `e`: rows of [since, until) with `who`, and what `prepare` was told of: `traits`.

        None: no bound on that side. The question's own filters are not applied here.
        """
        return joined.with_actors(self, self.with_who(since, until))

    def by_actor(self, since: datetime | None, until: datetime | None) -> tuple[str, str | None]:
        """The same, but `who` may still be the actor of an event's own id: then with the table of links that tells
        the canonical one. For who reduces rows to actors: looking up each row's doubles what a question costs."""
        rows = f"SELECT *, actor AS who FROM {self._within(since, until)}"
        if self.relation.actors is None or joined.with_actors(self, rows) != rows:  # what is joined needs `who`
            return self.events(since, until), None
        return rows, self.relation.actors

    def with_who(self, since: datetime | None, until: datetime | None) -> str:
        """Rows of [since, until) with `who`, all actors'."""
        return self._known(self._within(since, until))

    def _within(self, since: datetime | None, until: datetime | None) -> str:
        """Raw rows of [since, until): a FROM clause and what follows it."""
        bounds = []
        if since is not None:
            bounds.append(f"ts >= {self.binds.add(since)}")
        if until is not None:
            bounds.append(f"ts < {self.binds.add(until)}")
        where = " AND ".join(bounds) or "true"
        return f"{self.relation.source(since, until, self.promoted())} WHERE {where}"

    def _known(self, rows: str) -> str:
        """Raw rows (a FROM clause and what follows it) with `who`."""
        if self.relation.actors is None:
            return f"SELECT *, actor AS who FROM {rows}"
        return f"""
            SELECT raw.*, coalesce(links.who, raw.actor) AS who
            FROM (SELECT * FROM {rows}) AS raw LEFT JOIN {self.relation.actors} AS links ON links.actor = raw.actor
        """

    def rows_of(self, *whos: int) -> str:
        """All rows of some canonical actors, with `who`. Files are sorted by actor: naming hashes reads few rows."""
        links, listed = self.relation.actors, _listed(whos)
        known = self.rows(f"SELECT actor FROM {links} WHERE who IN ({listed})") if links else []
        actors = _listed([*whos, *[actor for (actor,) in known]])
        return self._known(f"{self.relation.source(promoted=self.promoted())} WHERE actor IN ({actors})")

    def promoted(self) -> dict[str, str]:
        """Columns of promoted properties that were told of, with their JSON expressions for files without."""
        names = sorted(self.binds.promoted)
        return {promoted.column(name): properties.of_json(name, self.binds) for name in names}

    def who_is(self, distinct_id: str) -> int:
        """The canonical actor of an id, as `who` has it; the id need not have events."""
        id_, links = self.binds.add(distinct_id), self.relation.actors
        own = f"md5_number_lower({id_})"
        linked = f"(SELECT who FROM {links} WHERE actor = {own})" if links else "NULL"
        return self.rows(f"SELECT coalesce({linked}, {own})")[0][0]

    def table(self, key: object, statement: Callable[[], str]) -> str:
        """The name of a temporary table of a statement's rows, made once for each key."""
        tables = self.told.tables
        if key not in tables:
            name = f"told_{next(_numbers)}"
            self.rows(f"CREATE TEMP TABLE {name} AS {statement()}")
            tables[key] = name
        return tables[key]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement with the values bound so far."""
        try:
            return self.relation.connection.execute(statement, self.binds.used_in(statement)).fetchall()
        except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.OutOfRangeException) as error:
            raise self._refused(error) from error

    def stream(self, statement: str, size: int = 20_000) -> Iterator[tuple[Any, ...]]:
        """The same, `size` rows at a time; nothing else may run on this connection meanwhile."""
        try:
            result = self.relation.connection.execute(statement, self.binds.used_in(statement))
            while chunk := result.fetchmany(size):
                self.relation.ticket.check()  # an interrupt does not reach what Python makes of the rows
                yield from chunk
        except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.OutOfRangeException) as error:
            raise self._refused(error) from error

    def _refused(self, error: Exception) -> Exception:
        text = str(error)
        if "regex" in text.lower() or any(words in text for words in RE2_SAYS):
            return BadRequest("a regular expression is not understood (RE2 syntax)", path="$.filters")
        return error


def asking_of(
    relation: Relation, tenant: TenantConfig, question: Any, now: datetime, cohorts: Mapping[uuid.UUID, Known] = NONE
) -> Asking:
    """What builders get. A question inside another (actors) is opened by the same rules.

    `cohorts`: those that it may name (events/cohorts/references.py). The question's own is a filter of all rows.
    """
    filters = getattr(question, "filters", ())
    if cohort := getattr(question, "cohort", None):
        filters = (*filters, Filter(f"{properties.COHORT}{cohort}", "is", "true"))
    zone = getattr(question, "timezone", None) or tenant.timezone  # of a question that has no range of local days
    return Asking(
        relation=relation,
        tenant=tenant,
        now=now,
        period=period_of(getattr(question, "range", None), replace(tenant, timezone=zone), now),
        filters=filters,
        cohorts=cohorts,
    )


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(str(int(number)) for number in numbers)


def names_in(filters: Iterable[Filter], breakdown: Iterable[Breakdown] = ()) -> list[str]:
    return [filter_.property for filter_ in filters] + [each.property for each in breakdown]


def utc_now() -> datetime:
    return datetime.now(UTC)
