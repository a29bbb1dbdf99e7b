"""What the admin's pages of tenants' rows have in common: looking, and nothing else."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from events.inspection.changelist import KeysetChangeList, Search
from tenants.models import Tenant


class ReadOnlyAdmin(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class InspectionAdmin(ReadOnlyAdmin):
    """A read-only list in keyset pages. `order`: fields of an index (tenant, …), the last one unique."""

    change_list_template = "admin/inspection/change_list.html"
    list_per_page = 50
    show_full_result_count = False
    list_select_related = ()  # the list attaches the tenants it has read already
    show_facets = admin.ShowFacets.NEVER  # a count for each choice
    sortable_by = ()
    order: tuple[str, ...] = ("id",)

    class Media:
        css = {"all": ["css/admin.css"]}

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[KeysetChangeList]:
        return KeysetChangeList

    def order_of(self, changelist: KeysetChangeList) -> tuple[str, ...]:
        return self.order

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return queryset, False  # the list asks `search` below

    def search(self, tenant_ids: list[Any], term: str) -> Search | None:
        """What the term of the search box means here."""
        return None

    def time_of(self, key: tuple[Any, ...]) -> Any:
        """What a person is told of a key: its time."""
        return key[0]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row by its id, found by the primary key (tenant_id, id): the tenants are named for its index."""
        try:
            key = self.model._meta.pk.to_python(object_id)
        except ValidationError:
            return None
        tenants = list(Tenant.objects.values_list("id", flat=True))
        return self.get_queryset(request).filter(tenant_id__in=tenants, pk=key).select_related("tenant").first()
