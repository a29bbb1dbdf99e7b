"""The tenant's own people: one cohort that pages leave out when their address says `internal=hide`."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from dashboards.cohorts.naming import meant, names_of
from events.query.properties import COHORT
from events.query.types import Filter
from tenants.auth import TenantConfig

HIDE = "hide"
NOT_SET = (
    "Nobody is hidden: no cohort is set as internal. Make a cohort of your own people, and an owner chooses it under "
    "Settings, General."
)


@dataclass(frozen=True, slots=True)
class Lookup:
    """What an address that names cohorts is read with. `internal`: the id of the cohort of one's own people, '' for
    none that is there."""

    internal: str = ""
    names: dict[str, str] = field(default_factory=dict)

    def property_of(self, shown: str) -> str:
        """`cohort:<id>` for `Cohort: Power users`; a name that is not there stays as it is."""
        return meant({"property": [shown]}, self.names)["property"][0]


NONE = Lookup()


def lookup(tenant: TenantConfig) -> Lookup:
    names = names_of(tenant.id)
    chosen = str(tenant.internal_cohort)
    return Lookup(chosen if chosen in names else "", names)


def without(internal: str | uuid.UUID) -> Filter:
    """The filter that leaves the cohort's people out."""
    return Filter(f"{COHORT}{internal}", "is", "false")
