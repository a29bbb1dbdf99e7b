"""Links that stand in for e-mail: an owner makes one, sees it once and passes it on.

A link is a bearer's: 256 random bits, stored hashed, good once and until it expires, and only while its maker
still owns the tenant. No function here tells an owner whether an account exists: an invitation names nobody.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, TypeVar

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.timezone import now

from obc_analytics.errors import BadRequest, Forbidden, NotFound
from tenants.models import Invitation, Membership, OneTimeLink, PasswordReset, Role, digest_of
from tenants.scope import operator_scope, tenant_scope

INVITATION_LASTS = timedelta(days=7)
RESET_LASTS = timedelta(hours=24)
MOST_PENDING = 200  # invitations of a tenant that wait at one time

Link = TypeVar("Link", bound=OneTimeLink)


class LinkGone(NotFound):
    """This link is not good any more: it was used, has expired or was withdrawn. Ask for a new one."""


# --- invitations --------------------------------------------------------------------------------------


def invite(tenant_id: uuid.UUID, by: Any, role: str, note: str = "") -> tuple[Invitation, str]:
    """A new invitation and its token, which is kept nowhere. Raises BadRequest."""
    if role not in Role.values:
        raise BadRequest("A role is owner, analyst or viewer.", parameter="role")
    note = note.strip()
    if len(note) > 100 or "\x00" in note:
        raise BadRequest("A note has at most 100 characters.", parameter="note")
    token = secrets.token_urlsafe(32)
    with tenant_scope(tenant_id):
        if len(pending(tenant_id)) >= MOST_PENDING:
            raise BadRequest(f"{MOST_PENDING} invitations wait already: withdraw some first.")
        made = Invitation.objects.create(
            tenant_id=tenant_id, created_by=by, role=role, note=note, digest=digest_of(token),
            expires_at=now() + INVITATION_LASTS,
        )  # fmt: skip
    return made, token


def pending(tenant_id: uuid.UUID) -> list[Invitation]:
    """Invitations that may still be used, newest first."""
    with tenant_scope(tenant_id):
        live = Invitation.objects.filter(tenant_id=tenant_id, used_at=None, expires_at__gt=now())
        return list(live.select_related("created_by")[:MOST_PENDING])


def withdraw(tenant_id: uuid.UUID, invitation_id: uuid.UUID) -> None:
    """Raises NotFound for one that is not waiting."""
    with tenant_scope(tenant_id):
        gone, _ = Invitation.objects.filter(tenant_id=tenant_id, id=invitation_id, used_at=None).delete()
    if not gone:
        raise NotFound("There is no such invitation.")


def invitation(token: str) -> Invitation:
    """The invitation of a token, with its tenant. Raises LinkGone."""
    with operator_scope():
        return _live(Invitation, token)


def accept(token: str, user: Any) -> Membership:
    """Make the user a member and use the link up. Raises LinkGone; BadRequest for who is a member already."""
    with operator_scope():
        link = _live(Invitation, token, lock=True)
        member, made = Membership.objects.get_or_create(
            tenant_id=link.tenant_id, user=user, defaults={"role": link.role}
        )
        if not made:
            raise BadRequest(f"You are a member of {link.tenant.name} already, as {member.role}.")
        _use(link)
        return member


# --- passwords ----------------------------------------------------------------------------------------


def make_reset(tenant_id: uuid.UUID, user_id: int, by: Any) -> tuple[PasswordReset, str]:
    """A link by which a member sets a new password, and its token. Raises NotFound; Forbidden where
    the account is not this tenant's alone: its owner could enter what is not theirs with it."""
    token = secrets.token_urlsafe(32)
    with operator_scope():
        member = Membership.objects.select_related("user").filter(tenant_id=tenant_id, user_id=user_id).first()
        if member is None:
            raise NotFound("There is no such member.")
        if not by.is_superuser:
            _only_here(member.user, tenant_id)
        PasswordReset.objects.filter(user=member.user, used_at=None).delete()  # the newest link is the one that works
        made = PasswordReset.objects.create(
            tenant_id=tenant_id, created_by=by, user=member.user, digest=digest_of(token),
            password_then=digest_of(member.user.password), expires_at=now() + RESET_LASTS,
        )  # fmt: skip
        return made, token


def reset(token: str) -> PasswordReset:
    """The reset of a token, with its user. Raises LinkGone."""
    with operator_scope():
        return _live_reset(token)


def set_password(token: str, password: str) -> Any:
    """Set it, use the link up, and return the user. Raises LinkGone; BadRequest for a weak password."""
    with operator_scope():
        link = _live_reset(token, lock=True)
        try:
            validate_password(password, link.user)
        except ValidationError as error:
            raise BadRequest(" ".join(error.messages), parameter="password") from None
        link.user.set_password(password)
        link.user.save(update_fields=["password"])
        _use(link)
        return link.user


def _live_reset(token: str, *, lock: bool = False) -> PasswordReset:
    link = _live(PasswordReset, token, lock=lock)
    if not link.user.is_active or digest_of(link.user.password) != link.password_then:
        raise LinkGone
    if not link.created_by.is_superuser:
        _only_here(link.user, link.tenant_id)
    return link


def _only_here(user: Any, tenant_id: uuid.UUID) -> None:
    elsewhere = Membership.objects.filter(user=user).exclude(tenant_id=tenant_id).exists()
    if elsewhere or user.is_superuser or user.is_staff:
        raise Forbidden(
            "This account is not this tenant's alone, so its password is not yours to reset. "
            "The installation's operator can: manage.py changepassword."
        )


# --- any link -----------------------------------------------------------------------------------------


def _live(model: type[Link], token: str, *, lock: bool = False) -> Link:
    """The link of a token, if it is still good. Raises LinkGone."""
    links = model._default_manager.select_related("tenant", "created_by")
    if lock:
        links = links.select_for_update(of=("self",))  # of two who open it at once, one comes second
    link = links.filter(digest=digest_of(token), used_at=None, expires_at__gt=now()).first()
    if link is None or not _owns(link.created_by, link.tenant_id):
        raise LinkGone
    return link


def _owns(user: Any, tenant_id: uuid.UUID) -> bool:
    if not user.is_active:
        return False
    owned = Membership.objects.filter(tenant_id=tenant_id, user=user, role=Role.OWNER)
    return user.is_superuser or owned.exists()


def _use(link: OneTimeLink) -> None:
    link.used_at = now()
    link.save(update_fields=["used_at"])


def expire(kinds: Iterable[type[OneTimeLink]] = (Invitation, PasswordReset)) -> int:
    """Delete links that were used or ran out a month ago; how many."""
    with operator_scope():
        old = now() - timedelta(days=30)
        return sum(kind._default_manager.filter(expires_at__lt=old).delete()[0] for kind in kinds)
