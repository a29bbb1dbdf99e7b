"""A board: saved insights, numbers and notes side by side on a grid of twelve columns."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.timezone import now

from dashboards.models.insights import SavedInsight
from dashboards.models.owned import Asker, Owned, OwnedQuerySet, Sharing
from events.models.facts import TenantRow
from obc_analytics.errors import BadRequest

COLUMNS = 12
MOST_TILES = 60
NARROWEST, LOWEST, HIGHEST = 2, 1, 8  # of a tile: columns, rows


class Board(Owned):
    """Its tiles flow in their order, left to right and down: what is read first stands first, on a phone too."""

    starter = models.BooleanField(default=False, editable=False, help_text="The one that a tenant begins with")

    objects: ClassVar[Any] = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "boards"
        indexes = [models.Index(fields=["tenant", "updated_at", "id"], name="boards_updated")]
        constraints = [
            models.UniqueConstraint(fields=["tenant"], condition=models.Q(starter=True), name="boards_one_starter")
        ]

    def tiles_in_order(self) -> list[Tile]:
        """With their insights, whether or not they are still there to be seen."""
        rows = Tile.objects.filter(tenant_id=self.tenant_id, board_id=self.id)
        return list(rows.select_related("insight").order_by("position", "created_at", "id"))

    def add(self, **fields: Any) -> Tile:
        """A tile behind the others. Raises BadRequest when the board is full."""
        known = Tile.objects.filter(tenant_id=self.tenant_id, board_id=self.id)
        if known.count() >= MOST_TILES:
            raise BadRequest(f"A board has at most {MOST_TILES} tiles.")
        last = known.aggregate(last=models.Max("position"))["last"]
        return Tile.objects.create(
            tenant_id=self.tenant_id, board_id=self.id, position=0 if last is None else last + 1, **fields
        )

    def arrange(self, places: Sequence[tuple[uuid.UUID, int, int]]) -> None:
        """Order and size of tiles: (id, width, height), first to last. Tiles not named follow in their old order.

        Raises BadRequest for one that is not on this board, or is named twice.
        """
        known = {tile.id: tile for tile in self.tiles_in_order()}
        named = [id_ for id_, _, _ in places]
        if len(set(named)) != len(named) or not set(named) <= set(known):
            raise BadRequest("The tiles are not those of this board: reload it.")
        for id_, width, height in places:
            known[id_].width, known[id_].height = width, height
        order = [*named, *(id_ for id_ in known if id_ not in set(named))]
        for position, id_ in enumerate(order):
            known[id_].position = position
        Tile.objects.bulk_update(known.values(), ["position", "width", "height"])

    def duplicate(self, asker: Asker) -> Board:
        """A private copy with the same tiles that belongs to the asker; the insights are not copied."""
        copy = Board.objects.create(
            tenant_id=self.tenant_id,
            name=f"{self.name[:190]} (copy)",
            description=self.description,
            owner_id=asker.user_id,
            sharing=Sharing.PRIVATE if asker.user_id is not None else Sharing.SHARED,
        )
        Tile.objects.bulk_create(tile.copy_to(copy) for tile in self.tiles_in_order())
        return copy


class TileKind(models.TextChoices):
    INSIGHT = "insight", "Insight"
    NUMBER = "number", "Number"
    TEXT = "text", "Text"


class Tile(TenantRow):
    """`insight`: the saved one; null when it was deleted for good. `question` is a number's (one series of a
    trend); `text` a note's. `view` is as a saved insight's."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # keys that hold the tenant, made by the migration: a tile can't point into another tenant
    board = models.ForeignKey(Board, on_delete=models.CASCADE, db_constraint=False, db_index=False)
    insight = models.ForeignKey(
        SavedInsight, null=True, on_delete=models.SET_NULL, db_constraint=False, db_index=False, related_name="+"
    )
    kind = models.CharField(max_length=7, choices=TileKind.choices)
    title = models.CharField(max_length=200, blank=True, default="")
    text = models.CharField(max_length=5_000, blank=True, default="")
    question = models.JSONField(null=True)
    view = models.JSONField(default=dict, blank=True)
    position = models.PositiveIntegerField(default=0)
    width = models.PositiveSmallIntegerField(validators=[MinValueValidator(NARROWEST), MaxValueValidator(COLUMNS)])
    height = models.PositiveSmallIntegerField(validators=[MinValueValidator(LOWEST), MaxValueValidator(HIGHEST)])
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        db_table = "board_tiles"
        indexes = [
            models.Index(fields=["tenant", "board", "position"], name="board_tiles_order"),
            models.Index(fields=["tenant", "insight"], name="board_tiles_insight"),
        ]

    def __str__(self) -> str:
        return self.title or f"{self.kind} tile"

    def copy_to(self, board: Board) -> Tile:
        """The same tile for another board, not saved yet."""
        fields = ("tenant_id", "insight_id", "kind", "title", "text", "question", "view", "position", "width", "height")
        return Tile(board_id=board.id, **{name: getattr(self, name) for name in fields})
