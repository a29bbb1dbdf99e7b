"""The ledger's answer (events/query/ledger.py) as the delivery page's parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.charts import Chart, Note, Series, over_time
from events.query.spans import Span

OUTCOMES = (
    # key, label, what it means
    ("ok", "Stored", "committed to disk before the answer, and in the next query"),
    ("duplicate", "Duplicate", "an event_id that was there already: the first one counts"),
    ("dropped", "Dropped", "refused by a rule: a crawler, a quota, a date before 1990"),
    ("quarantined", "Quarantined", "could not be stored as it was; kept raw, can be replayed"),
)
REASONS = {
    "": "no remark",
    "missing_name": "no event_name",
    "name_too_long": "event_name over 255 characters",
    "invalid_event_id": "event_id not usable: empty, over 255 characters, or with a NUL",
    "properties_not_object": "properties is not a JSON object",
    "properties_too_large": "properties over 64 KB",
    "too_many_properties": "more than 255 property keys",
    "too_deep": "properties nested deeper than 8",
    "invalid_timestamp": "timestamp not readable",
    "too_old": "timestamp before 1990",
    "bot": "sent by a known crawler",
    "quota": "over the tenant's quota",
    "future_timestamp": "stored with the time of receipt: its clock was over 24 h ahead",
    "sanitised": "stored with characters or numbers replaced that JSON or PostgreSQL can't hold",
    "truncated": "stored with an optional column cut to its length",
}


@dataclass(frozen=True, slots=True)
class Term:
    label: str
    meaning: str
    count: int


@dataclass(frozen=True, slots=True)
class Delivery:
    received: int
    terms: list[Term]
    chart: Chart
    reasons: list[tuple[str, str, str, int]]
    doors: Sequence[Mapping[str, Any]]
    keys: Sequence[Mapping[str, Any]]
    clients: Mapping[str, Any]

    @property
    def sum(self) -> int:
        return sum(term.count for term in self.terms)

    @property
    def adds_up(self) -> bool:
        return self.received == self.sum

    @property
    def missing_in_clients(self) -> int:
        return _missing(self.clients)

    @property
    def newest_clients(self) -> list[Mapping[str, Any]]:
        """The newest reports, each with `lost`, what it dropped itself, and `missing`, what never arrived."""
        newest = self.clients["newest"]
        return [{**client, "lost": sum(client["dropped"].values()), "missing": _missing(client)} for client in newest]


def _missing(client: Mapping[str, Any]) -> int:
    """What was tracked and neither acknowledged nor dropped: it waits with its sender, or is gone with it."""
    return max(0, client["tracked"] - client["acked"] - sum(client["dropped"].values()))


def delivery_of(answer: Mapping[str, Any], span: Span, notes: Sequence[Note] = ()) -> Delivery:
    """`answer` is the ledger of that span: one line of its series a bucket."""
    labels = {key: label for key, label, _ in OUTCOMES}
    totals = answer["totals"]
    return Delivery(
        received=totals["received"],
        terms=[Term(label, meaning, totals[key]) for key, label, meaning in OUTCOMES],
        chart=_chart(answer, span, notes),
        reasons=[
            (labels.get(row["outcome"], row["outcome"]), row["reason"], REASONS.get(row["reason"], ""), row["count"])
            for row in answer["reasons"]
            if row["reason"]
        ],
        doors=answer["doors"],
        keys=answer["keys"],
        clients=answer["clients"],
    )


def _chart(answer: Mapping[str, Any], span: Span, notes: Sequence[Note]) -> Chart:
    rows = answer["series"]
    return over_time(
        id="by-time",
        title=f"Received, by {span.interval}",
        buckets=[span.label(number) for number in range(len(rows))],
        incomplete=[span.incomplete(number) for number in range(len(rows))],
        interval=span.interval,
        low=True,
        notes=notes,
        series=[Series(label, [row[key] for row in rows], mark="bar") for key, label, _ in OUTCOMES],
    )
