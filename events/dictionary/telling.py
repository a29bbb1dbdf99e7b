"""What people say of a name: description, hidden, verified."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from events.dictionary import reading
from events.models import DictionaryName
from obc_analytics.errors import BadRequest, NotFound
from tenants.auth import TenantConfig
from tenants.scope import tenant_scope

NOTHING = "Say at least one of description, hidden and verified."


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    description: Annotated[str, Meta(max_length=1000)] | UnsetType = UNSET
    hidden: bool | UnsetType = UNSET
    verified: bool | UnsetType = UNSET


def words_of(value: object) -> Words:
    """Raises BadRequest naming the wrong part."""
    try:
        words = msgspec.convert(value, type=Words)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at ")
        raise BadRequest(f"{path.strip('`$.') or 'The body'}: {text}.", path=path.strip("`") or "$") from None
    if isinstance(words.description, str) and ("\0" in words.description or not _is_text(words.description)):
        raise BadRequest("description: it has a character that is none.", path="$.description")
    return words


def tell(tenant: TenantConfig, kind: str, name: str, words: Words) -> DictionaryName:
    """Write it down; the name with all that is known of it. Raises BadRequest, and NotFound for what never came."""
    said = {field: value for field, value in msgspec.structs.asdict(words).items() if value is not UNSET}
    if not said:
        raise BadRequest(NOTHING, path="$")
    found = next((each for each in reading.read(tenant, kind).names if each.name == name), None)
    if found is None:
        raise NotFound("There is no such name in the dictionary.")
    with tenant_scope(tenant.id):
        # of a name that the job has yet to count, the words alone: it counts from the first event on
        DictionaryName.objects.update_or_create(tenant_id=tenant.id, kind=kind, name=name, defaults=said)
    for field, value in said.items():
        setattr(found, field, value)
    return found


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
