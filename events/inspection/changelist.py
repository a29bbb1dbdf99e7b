"""The admin's list as keyset pages: its time does not grow with the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from events.inspection import keyset
from events.inspection.filters import TenantFilter
from tenants.models import Tenant

BEFORE = "before"  # of the query string: the key that the page begins below


@dataclass(frozen=True, slots=True)
class Search:
    """What a search term turned out to be. `indexed`: an index finds its rows."""

    field: str
    condition: Q
    indexed: bool


class KeysetChangeList(ChangeList):
    """Ordered by `model_admin.order_of(self)`. Knows older pages, not page numbers or totals."""

    model_admin: Any  # an InspectionAdmin
    tenants: list[Tenant]
    by_index: QuerySet[Any]
    search: Search | None = None

    def __init__(self, request: HttpRequest, *args: Any, **options: Any) -> None:
        self.before = request.GET.get(BEFORE, "")
        super().__init__(request, *args, **options)
        self.title = str(self.opts.verbose_name_plural).capitalize()

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        return []  # `keyset` orders

    def active(self, parameter: str) -> bool:
        """Whether the filter of that parameter is in use."""
        return any(spec.parameter_name == parameter and spec.active() for spec in self._filters())

    def _filters(self) -> list[Any]:
        return [spec for spec in self.filter_specs if hasattr(spec, "indexed")]

    def get_filters(self, request: HttpRequest) -> Any:
        found = super().get_filters(request)
        self.filter_specs = found[0]
        tenant_filter = next((spec for spec in self.filter_specs if isinstance(spec, TenantFilter)), None)
        if tenant_filter is None:  # not shown, because there is but one
            tenant_filter = TenantFilter(request, {}, self.model, self.model_admin)
        self.tenants = tenant_filter.chosen
        self.note = tenant_filter.note
        return found

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        for params in (self.params, self.filter_params):  # links to other filters begin with the newest rows
            params.pop(BEFORE, None)
        rows = super().get_queryset(request, exclude_parameters).filter(tenant_id__in=self._tenant_ids())
        self.search = self.model_admin.search(self._tenant_ids(), self.query) if self.query else None
        self.by_index = self.root_queryset
        for spec in self._filters():
            if spec.indexed and not isinstance(spec, TenantFilter):
                self.by_index = spec.queryset(request, self.by_index)
        if self.search is None:
            return rows
        if self.search.indexed:
            self.by_index = self.by_index.filter(self.search.condition)
        return rows.filter(self.search.condition)

    def _tenant_ids(self) -> list[Any]:
        return [tenant.id for tenant in self.tenants]

    def _needs_looking(self) -> bool:
        """Whether something narrows the list that no index serves."""
        by_filter = any(spec.active() and not spec.indexed for spec in self._filters())
        shown = {spec.parameter_name for spec in self._filters()} | {"tenant"}
        by_lookup = bool(set(self.get_filters_params()) - shown)
        by_search = self.search is not None and not self.search.indexed
        return by_filter or by_lookup or by_search

    def get_results(self, request: HttpRequest) -> None:
        order = self.model_admin.order_of(self)
        rows = self.queryset
        selection = keyset.Selection(
            tenants=self._tenant_ids(),
            rows=rows,
            by_index=self.by_index if self._needs_looking() else rows,
            order=order,
        )
        page = keyset.page(selection, self.list_per_page, keyset.read(self.before, self.model, order))
        by_id = {tenant.id: tenant for tenant in self.tenants}
        for row in page.rows:
            row.tenant = by_id[row.tenant_id]  # its label, without a query a row
        self._show(page)

    def _show(self, page: keyset.Page) -> None:
        self.result_list = page.rows
        self.result_count = self.full_result_count = len(page.rows)
        self.show_full_result_count = False
        self.show_admin_actions = bool(page.rows)
        self.can_show_all = self.multi_page = False
        self.paginator = Paginator(page.rows, self.list_per_page)
        self.older = self.get_query_string({BEFORE: keyset.write(page.older)}) if page.older else ""
        self.newest = self.get_query_string(remove=[BEFORE]) if self.before else ""
        self.looked_until = page.looked_until and self.model_admin.time_of(page.looked_until)
