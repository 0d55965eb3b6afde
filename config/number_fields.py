"""Django's fields for numbers, strict about what was typed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from config.typed_numbers import typed_number


class _Typed(forms.Field):
    """Refuses what is no number to a person; the field it is mixed into reads the rest."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and value.strip() and typed_number(value) is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class FloatField(_Typed, forms.FloatField):
    """A number as a double."""


class IntegerField(_Typed, forms.IntegerField):
    """A whole number."""


class DecimalField(_Typed, forms.DecimalField):
    """A number as it was typed."""
