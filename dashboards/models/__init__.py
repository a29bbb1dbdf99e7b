"""What people made to look at: kept by tenant, owned by a person, private or shared, trashed before deleted."""

from dashboards.models.annotations import Annotation, AnnotationQuerySet
from dashboards.models.boards import Board, Tile, TileKind
from dashboards.models.insights import SavedInsight
from dashboards.models.owned import Asker, Owned, OwnedQuerySet, Sharing
from dashboards.models.shares import ShareLink

__all__ = [
    "Annotation",
    "AnnotationQuerySet",
    "Asker",
    "Board",
    "Owned",
    "OwnedQuerySet",
    "SavedInsight",
    "ShareLink",
    "Sharing",
    "Tile",
    "TileKind",
]
