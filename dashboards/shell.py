"""What surrounds every page of a tenant: rail, tenant switcher, state."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.cohorts.naming import names_of, offered
from dashboards.filtering import OPS
from dashboards.insights import built_in
from dashboards.state import PageState
from tenants.access import at_least
from tenants.auth import TenantConfig

OFFERED = 50  # cohorts among the properties of a picker, on every page


@dataclass(frozen=True, slots=True)
class Entry:
    """A page, or a section of pages that share one line of the rail and show each other as tabs."""

    key: str
    label: str
    path: str = ""
    icon: str = ""
    needs: str = "viewer"
    pages: tuple[Entry, ...] = ()


# the order of the rail; a page adds itself here when it exists
RAIL: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "",
        (
            Entry("overview", "Overview", "overview/", "overview"),
            Entry(
                "boards-section",
                "Boards",
                icon="boards",
                pages=(Entry("boards", "Boards", "boards/"), Entry("notes", "Notes", "boards/notes/")),
            ),
            Entry("insights", "Insights", "insights/", "insights"),
            Entry("sql", "SQL", "sql/", "sql"),
        ),
    ),
    (
        "",
        (
            Entry("people", "Users", "people/", "user"),
            Entry("sessions", "Sessions", "sessions/", "sessions"),
            Entry("cohorts", "Cohorts", "cohorts/", "cohorts"),
        ),
    ),
    ("", (Entry("live", "Live", "live/", "live"), Entry("events", "Events", "events/", "events"))),
    (
        "",
        (
            Entry(
                "quality",
                "Quality",
                icon="quality",
                pages=(
                    Entry("errors", "Errors", "quality/errors/"),
                    Entry("vitals", "Web vitals", "quality/vitals/"),
                    Entry("forms", "Forms", "quality/forms/"),
                ),
            ),
            Entry(
                "data",
                "Data",
                icon="delivery",
                pages=(
                    Entry("dictionary", "Dictionary", "data/dictionary/"),
                    Entry("delivery", "Delivery", "data/delivery/"),
                    Entry("quarantine", "Quarantine", "data/quarantine/"),
                    Entry("connections", "Connections", "data/connections/"),
                ),
            ),
            Entry(
                "settings",
                "Settings",
                icon="settings",
                pages=(
                    Entry("install", "Install", "install/"),
                    Entry("general", "General", "settings/general/", needs="owner"),
                    Entry("members", "Members", "settings/members/", needs="owner"),
                    Entry("keys", "Keys", "settings/keys/", needs="owner"),
                    Entry("origins", "Origins", "settings/origins/", needs="owner"),
                    Entry("retention", "Retention", "settings/retention/", needs="owner"),
                ),
            ),
        ),
    ),
)


# pages that ask over a range and filters: links to them carry what stands in the address
CARRIES = frozenset({"overview", "events", "sessions", "errors", "vitals", "forms", "delivery"})


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

    @property
    def people(self) -> str:
        """Where charts ask for the people behind a number."""
        return f"{self.root}people-behind"

    @property
    def built_in(self) -> dict[str, list[dict[str, str]]]:
        """What pickers offer beside the dictionary."""
        return built_in.names(offered(names_of(self.tenant.id))[:OFFERED])

    @property
    def ops(self) -> list[tuple[str, str]]:
        return list(OPS.items())

    def rail(self) -> list[tuple[str, list[Link]]]:
        """[(group's heading or '', its links)], without what this role may not open."""
        return [(heading, links) for heading, entries in RAIL if (links := self._links(entries))]

    def tabs(self) -> list[Link]:
        """The pages of the current page's section; none where it stands alone."""
        sections = [entry for _, entries in RAIL for entry in entries if _within(entry, self.page)]
        return [link for section in sections for link in self._links(section.pages)]

    def places(self) -> list[tuple[str, str]]:
        """(label, address) of every page that this role may open: `Settings: Members`."""
        found = []
        for entry in (entry for _, entries in RAIL for entry in entries):
            if entry.pages:
                for link in self._links(entry.pages):
                    own = link.label == entry.label  # a section's first page may have its name
                    found.append((link.label if own else f"{entry.label}: {link.label}", link.href))
            else:
                found += [(link.label, link.href) for link in self._links((entry,))]
        return found

    def _links(self, entries: tuple[Entry, ...]) -> list[Link]:
        return [link for entry in entries if (link := self._link(entry))]

    def _link(self, entry: Entry) -> Link | None:
        """None for what this role may not open: a section goes to the first of its pages that it may."""
        if entry.pages:
            pages = self._links(entry.pages)
            return Link(entry.label, pages[0].href, entry.icon, _within(entry, self.page)) if pages else None
        if not at_least(self.role, entry.needs):
            return None
        carried = self.state.carried if entry.key in CARRIES else ""
        return Link(entry.label, self.root + entry.path + carried, entry.icon, entry.key == self.page)


def _within(section: Entry, page: str) -> bool:
    return any(entry.key == page for entry in section.pages)
