"""The run form: what a trader types becomes a request for a backtest.

Defaults come from `BacktestConfig` alone, and its own bounds judge every field, so that form,
command and job refuse the same values.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django import forms

from backtesting.engine.balances import parse_balances, parse_minimums
from backtesting.engine.config import BacktestConfig, ConfigError
from backtesting.engine.report import ReplayError
from backtesting.forms.choices import FEES, FILL_MODELS, REENTRIES, volumes
from backtesting.forms.filling import AS_THEY_ARE, BPS, PERCENT, untouched
from backtesting.forms.words import in_words, say_what_to_write
from backtesting.requests import ReplayRequest
from config.number_fields import DecimalField, FloatField, IntegerField
from pairings.rules import PairingError, split_symbol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_IN_SIGHT = frozenset(
    {"balances", "recordings", "start", "end", "threshold_bps", "fill_model", "name"}
)
_TIME = {"placeholder": "2026-03-01 12:00:00", "autocomplete": "off"}


class BacktestRunForm(forms.Form):
    """A backtest to run; `request()` is what the job is given."""

    balances = forms.CharField(
        max_length=500,
        label="Starting balances",
        help_text="assets and amounts, such as USD=1000, BTC=0.1",
    )
    recordings = forms.MultipleChoiceField(
        required=False,
        label="Recordings",
        help_text="none chosen: all that are not synthetic",
        widget=forms.CheckboxSelectMultiple,
    )
    start = forms.DateTimeField(
        required=False, label="From (UTC)", widget=forms.DateTimeInput(_TIME)
    )
    end = forms.DateTimeField(
        required=False, label="Until (UTC)", widget=forms.DateTimeInput(_TIME)
    )
    threshold_bps = DecimalField(
        max_digits=30,
        decimal_places=18,
        label="Profit threshold, bps",
        help_text="least net return of a cycle after fees; 5 bps are 0.05 %",
    )
    fill_model = forms.ChoiceField(
        choices=FILL_MODELS,
        required=False,
        label="Fill model",
        help_text="modeled is the optimistic one; run both to see the optimism gap",
    )
    trade_capital = FloatField(
        label="Trade capital", help_text="in the quote asset", required=False
    )
    quote_asset = forms.CharField(
        max_length=32, required=False, label="Quote asset", help_text="in which P&L is measured"
    )
    fee = forms.ChoiceField(choices=FEES, required=False, label="Fees")
    fee_volume = forms.ChoiceField(required=False, label="30-day volume")
    fee_percent = DecimalField(
        max_digits=24, decimal_places=18, required=False, label="Flat taker fee, %"
    )
    slippage_bps = FloatField(required=False, label="Slippage, bps")
    execution_latency_ms = FloatField(required=False, label="Latency, ms")
    latency_jitter_ms = FloatField(
        required=False, label="Jitter, ms", help_text="mean of a random part on top"
    )
    seed = IntegerField(required=False, label="Jitter seed")
    max_depth_levels = IntegerField(required=False, label="Depth, levels")
    max_concurrent_trades = IntegerField(required=False, label="Trades at once")
    staleness_threshold_ms = FloatField(
        required=False, label="Book age at most, ms", help_text="empty: no limit"
    )
    reentry = forms.ChoiceField(choices=REENTRIES, required=False, label="Re-entry")
    start_assets = forms.CharField(
        max_length=200, required=False, label="Start assets", help_text="empty: the quote asset"
    )
    symbols = forms.CharField(
        max_length=4000,
        required=False,
        label="Symbols",
        widget=forms.Textarea({"rows": 2}),
        help_text="such as BTC/USD, ETH/BTC; empty: the enabled pairings",
    )
    minimums = forms.CharField(
        max_length=4000,
        required=False,
        label="Minimum quantities",
        help_text="in place of the pairings' own, such as BTC/USD=0.0001",
    )
    name = forms.CharField(
        max_length=80, required=False, label="Name", help_text="to find it again; may be empty"
    )

    def __init__(self, *args: Any, recordings: Iterable[str] = (), **options: Any) -> None:
        defaults = untouched()
        options["initial"] = defaults | (options.get("initial") or {})
        super().__init__(*args, **options)
        for name, field in self.fields.items():
            say_what_to_write(field, defaults.get(name))
        asked = (self.initial.get("fee_volume"), self.data.get("fee_volume"))
        self._choose_from("recordings", [(name, name) for name in recordings])
        self._choose_from("fee_volume", volumes(*filter(None, asked)))

    def clean_balances(self) -> dict[str, float]:
        balances: dict[str, float] = _or_refuse(parse_balances, self.cleaned_data["balances"])
        return balances

    def clean_start(self) -> datetime | None:
        return _within_calendar(self.cleaned_data["start"])

    def clean_end(self) -> datetime | None:
        return _within_calendar(self.cleaned_data["end"])

    def clean_symbols(self) -> list[str]:
        symbols = _words(self.cleaned_data["symbols"])
        for symbol in symbols:
            _or_refuse(split_symbol, symbol)
        return sorted(set(symbols))

    def clean_minimums(self) -> dict[str, float] | None:
        text = self.cleaned_data["minimums"].strip()
        return _or_refuse(parse_minimums, text) if text else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("start"), cleaned.get("end")
        if start and end and start >= end:
            self.add_error("end", f"Until is {end:%Y-%m-%d %H:%M:%S}; it must be after From")
        self._config = self._judged(cleaned)
        return cleaned

    def request(self) -> ReplayRequest:
        """Return what the valid form asks for, the same as a command that asks for the same."""
        cleaned = self.cleaned_data
        return ReplayRequest(
            config=BacktestConfig.from_values(self._config),
            balances=cleaned["balances"],
            symbols=tuple(cleaned["symbols"]) or None,
            recordings=tuple(cleaned["recordings"]) or None,
            start=cleaned["start"],
            end=cleaned["end"],
        )

    def has_advanced(self) -> bool:
        """Say whether a field that is folded away has an error or is not as usual."""
        defaults = untouched()
        return any(
            self[name].errors or _typed(self[name].value()) != _typed(defaults.get(name))
            for name in self.fields
            if name not in _IN_SIGHT
        )

    def _choose_from(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def _judged(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters, each judged by BacktestConfig; errors go to their fields."""
        found: dict[str, Any] = {}
        for parameter, (field, value) in self._parameters(cleaned).items():
            if field in self.errors:
                continue
            try:
                judged = BacktestConfig(**{parameter: value})
            except ConfigError as error:
                label = str(self.fields[field].label)
                self.add_error(field, in_words(error, parameter, label, self.data.get(field)))
            else:
                found[parameter] = judged.as_json()[parameter]
        return found

    def _parameters(self, cleaned: Mapping[str, Any]) -> dict[str, tuple[str, Any]]:
        """Return by parameter the field it comes from and its value; what is empty is left out."""
        found = {name: (name, cleaned.get(name)) for name in AS_THEY_ARE}
        if (bps := cleaned.get("threshold_bps")) is not None:
            found["min_profit_threshold"] = ("threshold_bps", float(bps / BPS))
        found["start_assets"] = ("start_assets", _words(cleaned.get("start_assets") or ""))
        found["min_order_size_by_pair"] = ("minimums", cleaned.get("minimums"))
        given = {name: one for name, one in found.items() if one[1] not in (None, "", [], {})}
        return given | self._fee_parameters(cleaned)

    def _fee_parameters(self, cleaned: Mapping[str, Any]) -> dict[str, tuple[str, Any]]:
        kind = cleaned.get("fee") or "account"
        if kind in ("schedule", "zero"):
            return {"fee_profile": ("fee", kind)}
        if kind == "volume":
            return {"fee_profile": ("fee_volume", f"volume:{cleaned.get('fee_volume') or 0}")}
        if kind == "account" or "fee_percent" in self.errors:
            return {}
        percent = cleaned.get("fee_percent")
        if percent is None or percent <= 0:
            self.add_error("fee_percent", "Write the flat fee, such as 0.26, or choose no fees")
            return {}
        return {"fee_rate": ("fee_percent", float(percent / PERCENT))}


def _within_calendar(time: datetime | None) -> datetime | None:
    """Return a time in UTC; a zone may lead out of the years that there are."""
    try:
        return time and time.astimezone(UTC)
    except OverflowError:
        raise forms.ValidationError("This time lies outside of the years 1 to 9999.") from None


def _typed(value: object) -> str:
    return "" if value is None else str(value)


def _words(text: str) -> list[str]:
    return [word for word in text.replace(",", " ").split() if word]


def _or_refuse(read: Any, text: str) -> Any:
    try:
        return read(text)
    except (ReplayError, PairingError) as error:
        raise forms.ValidationError(str(error)) from None
