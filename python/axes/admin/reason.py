"""Why somebody is let in again."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from axes._axes import clean_reason

LONGEST = 200


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST,
        help_text=_("It is kept with your name in the history of the admin site."),
        widget=forms.TextInput(
            attrs={"class": "vTextField", "autofocus": True, "autocomplete": "off"}
        ),
    )

    def clean_reason(self) -> str:
        reason = clean_reason(self.cleaned_data["reason"])
        if not reason:
            required = self.fields["reason"].error_messages["required"]
            raise forms.ValidationError(required, code="required")
        return reason
