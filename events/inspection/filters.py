"""Filters of the admin's lists. `indexed`: whether an index serves them, so that nothing is looked through."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import F, Max, QuerySet
from django.http import HttpRequest

from tenants.models import Tenant

AT_ONCE = 20  # tenants listed together: those that sent last
LINKS = 50  # tenants offered as links; of more, one is named by its slug


def tenants_by_use() -> QuerySet[Tenant]:
    """The tenants that the scope shows, those first whose keys were used last."""
    last_use = F("used_at").desc(nulls_last=True)
    return Tenant.objects.annotate(used_at=Max("keys__last_used_at")).order_by(last_use, "-created_at")


class TextFilter(SimpleListFilter):
    """A field to type an exact value into."""

    template = "admin/inspection/text_filter.html"
    indexed = False
    input_type = "text"
    hint = ""

    def has_output(self) -> bool:
        return True

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return []

    def choices(self, changelist: Any) -> Iterator[Any]:
        """For the template: what else stands in the query string, and how to drop this filter."""
        own = self.parameter_name
        others = [(name, value[-1]) for name, value in changelist.filter_params.items() if name not in (own, "before")]
        yield {
            "others": others,
            "clear": changelist.get_query_string(remove=[own, "before"]),
            "suggestions": self.suggestions(changelist),
        }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset

    def suggestions(self, changelist: Any) -> list[str]:
        return []

    def text(self) -> str:
        return (self.value() or "").replace("\x00", "").strip()

    def active(self) -> bool:
        return bool(self.text())


class TenantFilter(TextFilter):
    """One tenant of those the scope shows, by slug: links to them when they are few. The list applies it."""

    title = "tenant"
    parameter_name = "tenant"
    indexed = True
    hint = "slug"
    template = "admin/inspection/tenant_filter.html"

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.all = list(tenants_by_use()[: LINKS + 1])
        self.links = sorted(self.all, key=lambda tenant: tenant.name.lower()) if len(self.all) <= LINKS else []
        self.chosen = self._chosen()

    def has_output(self) -> bool:
        return len(self.all) > 1

    def _chosen(self) -> list[Tenant]:
        if not self.text():
            return self.all[:AT_ONCE]
        found = [tenant for tenant in self.all if tenant.slug == self.text()]
        return found or list(Tenant.objects.filter(slug=self.text()))

    @property
    def note(self) -> str:
        """Said above the list when not all tenants are in it."""
        if self.text() or len(self.all) <= AT_ONCE:
            return ""
        return f"Rows of the {AT_ONCE} tenants that sent last. Choose another one by its slug."

    def choices(self, changelist: Any) -> Iterator[Any]:
        (choice,) = super().choices(changelist)
        links = [
            (tenant.name, changelist.get_query_string({"tenant": tenant.slug}, remove=["before"]),
             tenant.slug == self.text())
            for tenant in self.links
        ]  # fmt: skip
        yield {**choice, "links": links}


class DayFilter(TextFilter):
    """One UTC day; a range of the index (tenant, `field`)."""

    title = "day (UTC)"
    parameter_name = "day"
    input_type = "date"
    indexed = True
    field = "timestamp"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.active():
            return queryset
        start, end = self.range()
        return queryset.filter(**{f"{self.field}__gte": start, f"{self.field}__lt": end})

    def range(self) -> tuple[datetime, datetime]:
        try:
            start = datetime.strptime(self.text(), "%Y-%m-%d").replace(tzinfo=UTC)
            return start, start + timedelta(days=1)
        except (ValueError, OverflowError) as error:
            raise IncorrectLookupParameters(error) from error


def day_of(name: str) -> type[DayFilter]:
    return type("DayFilter", (DayFilter,), {"field": name})


class ExactFilter(TextFilter):
    """Rows whose `field` is exactly the text."""

    field = ""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.field: self.text()}) if self.active() else queryset


class NameFilter(ExactFilter):
    title = "event name"
    parameter_name = "name"
    field = "event_name"

    def suggestions(self, changelist: Any) -> list[str]:
        """Names among each listed tenant's newest events."""
        names: set[str] = set()
        for tenant in changelist.tenants[:5]:
            newest = changelist.model.objects.filter(tenant_id=tenant.id).order_by("-id")
            names.update(newest.values_list("event_name", flat=True)[:200])
        return sorted(names)


class UserFilter(ExactFilter):
    title = "user or device"
    parameter_name = "user"
    hint = "distinct_id, exactly"
    field = "distinct_id"
    indexed = True
