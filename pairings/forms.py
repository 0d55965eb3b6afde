"""What a person states about pairings: which to see, which to trade, which minimums, which file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError

from config.backtest_format import exact
from config.number_fields import FloatField
from pairings.kraken import parse_pairing_file
from pairings.models import Pairing, PairingQuerySet
from pairings.rules import MAX_AMOUNT, MAX_ASSET_LENGTH, MAX_SYMBOL_LENGTH
from pairings.strict_json import MAX_BYTES, PairingFileError, decode_text

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from pairings.rows import PairingFile

    PairingModelForm = forms.ModelForm[Pairing]
else:
    PairingModelForm = forms.ModelForm  # takes no type parameter at run time

SELECTED: Final = "selected"
MATCHING: Final = "matching"


class PairingFilter(forms.Form):
    """Which pairings the list shows; what makes no sense is left out of the question."""

    q = forms.CharField(
        label="Search",
        required=False,
        max_length=MAX_SYMBOL_LENGTH,
        widget=forms.TextInput({"type": "search", "placeholder": "BTC, XBTUSD, .../EUR"}),
    )
    show = forms.ChoiceField(
        required=False,
        choices=[
            ("", "all"),
            ("enabled", "enabled"),
            ("disabled", "disabled"),
            ("overridden", "with own minimums"),
        ],
    )
    quote = forms.CharField(
        required=False,
        max_length=MAX_ASSET_LENGTH,
        widget=forms.TextInput({"placeholder": "any", "size": 6}),
    )

    def matching(self) -> PairingQuerySet:
        """Return the pairings that the valid part of the filter asks for, enabled ones first."""
        self.full_clean()
        found = Pairing.objects.order_by("-enabled", "symbol")
        words, show, quote = (self.cleaned_data.get(name) for name in ("q", "show", "quote"))
        if words:
            found = found.named_like(words)
        if quote:
            found = found.filter(quote__iexact=quote)
        if show == "overridden":
            found = found.overridden()
        elif show:
            found = found.filter(enabled=show == "enabled")
        return found

    def query(self, **more: object) -> str:
        """Return the filter as the query of an address, "" or beginning with "?"."""
        self.full_clean()
        values = {name: value for name, value in self.cleaned_data.items() if value} | more
        return f"?{urlencode(values)}" if values else ""


class SwitchForm(forms.Form):
    """Enable or disable one pairing, those checked, or all that the filter shows."""

    enable = forms.CharField(required=False, max_length=18)
    disable = forms.CharField(required=False, max_length=18)
    pairing = forms.ModelMultipleChoiceField(Pairing.objects.all(), required=False)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if self.errors:
            return values
        named = [values[name] for name in ("enable", "disable") if values.get(name)]
        if len(named) != 1:
            raise ValidationError("Say either what to enable or what to disable.")
        [values["whom"]] = named
        if values["whom"] == SELECTED and not values.get("pairing"):
            raise ValidationError("No pairing is checked; check those you mean.")
        if values["whom"] not in {SELECTED, MATCHING} and not values["whom"].isdecimal():
            raise ValidationError("Say which pairings you mean.")
        return values

    def chosen(self, shown: PairingQuerySet) -> PairingQuerySet:
        """Return the pairings that are meant, of a valid form."""
        whom = self.cleaned_data["whom"]
        if whom == MATCHING:
            return shown
        if whom == SELECTED:
            return Pairing.objects.filter(pk__in=self.cleaned_data["pairing"])
        return Pairing.objects.filter(pk=int(whom))

    def enables(self) -> bool:
        return bool(self.cleaned_data["enable"])


def _minimum(label: str, **attributes: object) -> FloatField:
    return FloatField(
        label=label,
        required=False,
        min_value=0,
        max_value=MAX_AMOUNT,
        widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off", **attributes}),
    )


class MinimumsForm(PairingModelForm):
    """Minimums of our own in the place of Kraken's; empty is Kraken's."""

    order_min_override = _minimum("Least quantity", autofocus=True)
    cost_min_override = _minimum("Least cost")

    class Meta:
        model = Pairing
        fields = ("order_min_override", "cost_min_override")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, value in self.initial.items():
            if value is not None:
                self.initial[name] = exact(value).replace(",", "")  # never as 1e-05


class PairingFileForm(forms.Form):
    """A file of pairings: Kraken's AssetPairs answer, or any other that we read."""

    file = forms.FileField(
        label="File",
        widget=forms.FileInput({"accept": ".json,.txt,application/json,text/plain"}),
        help_text=f"Kraken's AssetPairs answer as it came, up to {MAX_BYTES // 1024**2} MiB.",
    )
    enable = forms.BooleanField(
        required=False, label="Enable all pairings of the file that are online"
    )

    def clean_file(self) -> PairingFile:
        """Return the pairings of the file, read and checked."""
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        try:
            file = parse_pairing_file(decode_text(upload.read(MAX_BYTES + 1)))
        except PairingFileError as error:
            raise ValidationError(f"The file {error}.") from None
        if not file.rows:
            raise ValidationError("The file holds no pairing to load; nothing was changed.")
        return file
