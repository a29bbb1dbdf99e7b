"""What people made to look at: kept by tenant, owned by a person, private or shared, trashed before deleted."""

from dashboards.models.insights import SavedInsight
from dashboards.models.owned import Asker, Owned, OwnedQuerySet, Sharing

__all__ = ["Asker", "Owned", "OwnedQuerySet", "SavedInsight", "Sharing"]
