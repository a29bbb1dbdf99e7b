"""What surrounds every page of a tenant: rail, tenant switcher, state."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.state import PageState
from tenants.access import at_least
from tenants.auth import TenantConfig


@dataclass(frozen=True, slots=True)
class Entry:
    key: str
    label: str
    path: str
    icon: str
    needs: str = "viewer"


# the order of the rail; a page adds itself here when it exists
RAIL: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    ("", (Entry("overview", "Overview", "overview/", "overview"),)),
    ("", (Entry("live", "Live", "live/", "live"),)),
    (
        "Data",
        (
            Entry("delivery", "Delivery", "data/delivery/", "delivery"),
            Entry("connections", "Connections", "data/connections/", "connections"),
        ),
    ),
    (
        "Settings",
        (
            Entry("install", "Install", "install/", "install"),
            Entry("keys", "Keys", "settings/keys/", "keys", needs="owner"),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    href: str
    icon: str
    current: bool


@dataclass(frozen=True, slots=True)
class Shell:
    """`page` is the key of the current entry; `tenants` all that this person may switch to."""

    tenant: TenantConfig
    role: str
    tenants: tuple[TenantConfig, ...]
    page: str
    state: PageState

    @property
    def root(self) -> str:
        return f"/t/{self.tenant.slug}/"

    @property
    def owns(self) -> bool:
        return at_least(self.role, "owner")

    def rail(self) -> list[tuple[str, list[Link]]]:
        """[(group's heading or '', its links)], without what this role may not open."""
        return [(heading, links) for heading, entries in RAIL if (links := self._links(entries))]

    def _links(self, entries: tuple[Entry, ...]) -> list[Link]:
        return [
            Link(entry.label, self.root + entry.path, entry.icon, entry.key == self.page)
            for entry in entries
            if at_least(self.role, entry.needs)
        ]
