"""Tables of the events app, one file an idea."""

from events.models.cohorts import Cohort, CohortMember
from events.models.dictionary import DictionaryName, DictionaryState, NameKind
from events.models.facts import NO_KEY, ClientReport, Event, IngestOutcome, Outcome, QuarantinedEvent, TenantRow
from events.models.identity import IdentityLink, LinkKind
from events.models.manifest import Segment, Watermark

__all__ = [
    "NO_KEY",
    "ClientReport",
    "Cohort",
    "CohortMember",
    "DictionaryName",
    "DictionaryState",
    "Event",
    "IdentityLink",
    "IngestOutcome",
    "LinkKind",
    "NameKind",
    "Outcome",
    "QuarantinedEvent",
    "Segment",
    "TenantRow",
    "Watermark",
]
