"""A tile's own question, asked; or the reason why there is no answer, said in its place."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from dashboards import charts
from dashboards.boards.override import OWN_RANGE, Override, label_of, laid_over
from dashboards.charts import Chart, Note
from dashboards.cohorts import naming
from dashboards.models import Asker, SavedInsight, Tile, TileKind
from events.query.run import run
from events.query.types import AnyQuestion, Sql, parse_question
from obc_analytics.errors import ObcError
from tenants.auth import TenantConfig

logger = logging.getLogger(__name__)
BUSY = "This can't be answered right now."
BROKEN = "Something broke on our side. It was written to the log; refresh to ask again."
DELETED = "The insight of this tile was deleted."
TRASHED = "The insight of this tile is in the trash."
NAMES_PEOPLE = frozenset({"$user_id", "$distinct_id", "$device_id", "$session_id", "$correlation_id"})
HIDDEN = "The insight of this tile is private. Its owner can share it."


@dataclass(frozen=True, slots=True)
class Shown:
    """What a tile shows: a chart, or a problem in a sentence."""

    chart: Chart | None = None
    problem: str = ""
    retry_after: int | None = None
    range_label: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question ready to be put, and how its answer is to look."""

    question: AnyQuestion
    view: Mapping[str, Any]
    range_label: str


def seen_insights(tiles: Iterable[Tile], asker: Asker) -> frozenset[uuid.UUID]:
    """Which of the tiles' insights the asker may see. Inside the tenant's scope."""
    wanted = [tile.insight_id for tile in tiles if tile.insight_id]
    return frozenset(SavedInsight.objects.visible_to(asker).filter(id__in=wanted).values_list("id", flat=True))


def why_not(tile: Tile, seen: frozenset[uuid.UUID]) -> str:
    """Why a tile has nothing to ask; empty when it has."""
    if tile.kind != TileKind.INSIGHT:
        return ""
    if tile.insight is None:
        return DELETED
    if tile.insight.id not in seen:
        return HIDDEN
    return TRASHED if tile.insight.trashed_at else ""


def title_of(tile: Tile, seen: frozenset[uuid.UUID]) -> str:
    """Its own title, else its insight's name where the asker may know it."""
    known = tile.insight.name if tile.insight and tile.insight.id in seen else ""
    return tile.title or known or {"number": "Number", "insight": "Insight"}.get(tile.kind, "")


def asked_of(tile: Tile, override: Override, now: datetime) -> Asked:
    """Raises BadRequest: what was saved may have been made by an older version, or by a hand."""
    view: Mapping[str, Any] = (tile.insight.view if tile.insight else tile.view) or {}
    question = parse_question(tile.insight.question if tile.insight else tile.question)
    own = str(view.get("range") or OWN_RANGE)
    asked = laid_over(question, override, own, now)
    label = "" if override.ranged else label_of(own)
    return Asked(asked, view, "as its SQL says" if isinstance(question, Sql) else label)


def answer(
    tenant: TenantConfig, tile: Tile, asked: Asked, title: str, notes: list[Note], *, inside: bool = True
) -> Shown:
    """Ask, and draw. Outside any scope: a question may take seconds, and takes its own snapshot.

    Whatever goes wrong is this tile's problem; what the operator is to do is told inside only.
    """
    try:
        found = run(tenant, asked.question)
    except ObcError as error:
        told = error.message if inside or error.status < 500 else BUSY
        return Shown(problem=told, retry_after=error.retry_after, range_label=asked.range_label)
    except Exception:
        logger.exception("A tile could not be answered", extra={"tile": str(tile.id)})
        return Shown(problem=BROKEN, range_label=asked.range_label)
    view = "number" if tile.kind == TileKind.NUMBER else str(asked.view.get("chart") or "")
    chart = charts.of(
        asked.question,
        found,
        id=f"tile-{tile.id}-chart",
        title=title,
        view=view,
        format=str(asked.view.get("format") or "count"),
        value=values if isinstance(values := asked.view.get("value"), list) else (),
        notes=notes,
        words=naming.labels_of(asked.question, tenant.id),
    )
    return Shown(chart=replace(chart, period=asked.range_label), range_label=asked.range_label)


def stays_inside(question: AnyQuestion) -> str:
    """Why a link must not show this; empty when it may: the people behind numbers are not for everybody."""
    if isinstance(question, Sql):
        return "Answers of SQL are not shown by a link: a statement can read anything."
    named = [part.property for part in getattr(question, "breakdown", ())]
    if any(name in NAMES_PEOPLE or name.startswith("profile:") for name in named):
        return "This is broken down by people, and is not shown by a link."
    return ""


def without_people(shown: Shown) -> Shown:
    """For who may not go behind the numbers: no question travels with the chart, no number can be opened."""
    return replace(shown, chart=replace(shown.chart, question=None)) if shown.chart else shown
