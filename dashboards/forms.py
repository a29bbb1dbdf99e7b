"""Forms of a tenant's settings."""

from __future__ import annotations

import uuid
import zoneinfo
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from dashboards.cohorts.naming import names_of
from tenants.models import Tenant, check_origins

MOST_ORIGINS = 100


def timezones() -> list[str]:
    """Names to offer; any other IANA name is taken as well."""
    return sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))


class GeneralForm(forms.ModelForm):
    """`internal_cohort`: one of the tenant's cohorts, or none."""

    class Meta:
        model = Tenant
        fields = ("name", "timezone", "drop_bots", "internal_cohort")

    def clean_internal_cohort(self) -> uuid.UUID | None:
        chosen: uuid.UUID | None = self.cleaned_data["internal_cohort"]
        if chosen is not None and str(chosen) not in names_of(self.instance.id):
            raise ValidationError("There is no such cohort.")
        return chosen


class OriginsForm(forms.ModelForm):
    """One origin a line."""

    allowed_origins = forms.CharField(required=False, max_length=20_000, widget=forms.Textarea)

    class Meta:
        model = Tenant
        fields = ("allowed_origins",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["allowed_origins"] = "\n".join(self.instance.allowed_origins)

    def clean_allowed_origins(self) -> list[str]:
        lines = [line.strip().rstrip("/") for line in self.cleaned_data["allowed_origins"].splitlines()]
        origins = list(dict.fromkeys(line for line in lines if line))
        if len(origins) > MOST_ORIGINS or any(len(origin) > 300 for origin in origins):
            raise ValidationError(f"At most {MOST_ORIGINS} origins of 300 characters.")
        check_origins(origins)
        return origins
