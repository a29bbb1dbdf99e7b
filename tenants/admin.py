"""The admin's pages of tenants, members and keys. Superusers change them; staff of one tenant look at theirs.

(Owners manage members and keys on the tenant's own settings pages, where roles are checked.)
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from tenants import auth
from tenants.models import ApiKey, KeyKind, Membership, Scope, Tenant

admin.site.site_header = admin.site.site_title = "OBC Analytics"


class SuperuserAdmin(admin.ModelAdmin):
    """Staff of one tenant look, whatever permissions they hold; nothing is deleted where it would leave orphans."""

    show_facets = admin.ShowFacets.NEVER

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser  # type: ignore[union-attr]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser  # type: ignore[union-attr]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Tenant)
class TenantAdmin(SuperuserAdmin):
    """A tenant is not deleted here: its events, ledger and files have no foreign key that would go with it,
    and removing millions of rows is no work for a request."""

    list_display = ("name", "slug", "timezone", "events_per_month", "retain_days", "created_at")
    search_fields = ("name", "slug")
    list_per_page = 50
    fieldsets = (
        (None, {"fields": ("name", "slug", "timezone", "allowed_origins", "drop_bots")}),
        ("Quota", {"fields": ("events_per_minute", "events_per_month")}),
        ("Keeping", {"fields": ("hot_days", "retain_days")}),
        ("Facts", {"fields": ("id", "created_at")}),
    )
    readonly_fields = ("id", "created_at")

    def save_model(self, request: HttpRequest, obj: Tenant, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        auth.forget_keys()  # this process takes the change at once, others within seconds


@admin.register(Membership)
class MembershipAdmin(SuperuserAdmin):
    list_display = ("user", "tenant", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "tenant")
    search_fields = ("user__username", "tenant__slug")
    autocomplete_fields = ("tenant", "user")
    list_per_page = 50

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser  # type: ignore[union-attr]


class NewKeyForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        choices=Scope.choices, required=False, initial=[Scope.READ], widget=forms.CheckboxSelectMultiple,
        help_text="Secret keys only.",
    )  # fmt: skip

    class Meta:
        model = ApiKey
        fields = ("tenant", "kind", "name", "scopes")

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("kind") == KeyKind.SECRET and not found.get("scopes"):
            self.add_error("scopes", "A secret key needs a scope.")
        return found


@admin.register(ApiKey)
class ApiKeyAdmin(SuperuserAdmin):
    """Keys are made and revoked, never edited or deleted: the ledger names them."""

    list_display = ("name", "tenant", "kind", "shown_key", "created_at", "last_used_at", "revoked_at")
    list_filter = ("kind", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("tenant",)
    search_fields = ("name", "prefix", "tenant__slug")
    list_per_page = 50
    actions = ("revoke_selected",)
    fields = ("tenant", "kind", "name", "shown_key", "scopes", "created_at", "last_used_at", "revoked_at")
    readonly_fields = fields

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser  # type: ignore[union-attr]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj else NewKeyForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.readonly_fields if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **kwargs) if obj else NewKeyForm

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """Make the key; its row takes the place of the form's, so that the log names it."""
        if obj.kind == KeyKind.WRITE:
            made, key = ApiKey.objects.create_write(obj.tenant, obj.name), ""
        else:
            made, key = ApiKey.objects.create_secret(obj.tenant, obj.name, tuple(form.cleaned_data["scopes"]))
        obj.__dict__.update(made.__dict__)
        if key:
            text = "The secret key of {}, shown this once and kept nowhere: {}"
            self.message_user(request, format_html(text, obj.name, key), messages.WARNING)

    @admin.display(description="key")
    def shown_key(self, row: ApiKey) -> str:
        """A write key is public and shown whole; of a secret one there is only its beginning."""
        return row.token or f"{row.prefix}…"

    @admin.action(description="Revoke: take the selected keys out of use", permissions=["revoke"])
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        live = list(queryset.filter(revoked_at=None))
        for row in live:
            row.revoke()
            self.log_change(request, row, "Revoked.")
        self.message_user(request, f"{len(live)} revoked.", messages.SUCCESS)
