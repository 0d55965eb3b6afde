"""A job's name and a trader's notes beside it."""

from __future__ import annotations

from typing import Final

from django import forms

from backtesting.models import NAME_LENGTH

_NOTES_LENGTH: Final = 20_000


class NamingForm(forms.Form):
    """What a trader calls a job, and what there is to say of it; both may be empty."""

    name = forms.CharField(max_length=NAME_LENGTH, required=False, label="Name")
    notes = forms.CharField(max_length=_NOTES_LENGTH, required=False, label="Notes")
