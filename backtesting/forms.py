"""The run form: what a trader types becomes a request for a backtest.

Defaults come from `BacktestConfig` alone, and its own bounds judge every field, so that form,
command and job refuse the same values with the same words.
"""

from __future__ import annotations

from dataclasses import fields as dataclass_fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms

from backtesting.engine.balances import parse_balances
from backtesting.engine.config import DEFAULT_BALANCE, BacktestConfig, ConfigError
from backtesting.engine.report import ReplayError
from backtesting.requests import ReplayRequest
from pairings.rules import PairingError, split_symbol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DEFAULTS = {field.name: field.default for field in dataclass_fields(BacktestConfig)}
_BPS = Decimal(10_000)
_PERCENT = Decimal(100)

FEE_CHOICES = (
    ("account", "the account's own"),
    ("schedule", "Kraken's entry tier of each pairing"),
    ("volume", "Kraken's tier at a 30-day volume"),
    ("flat", "one flat rate"),
    ("zero", "no fees"),
)
# Kraken's tiers by 30-day volume in USD, with the taker fee of a crypto pairing in per cent.
VOLUME_TIERS = (
    (0, "0.40"),
    (10_000, "0.35"),
    (50_000, "0.24"),
    (100_000, "0.22"),
    (250_000, "0.20"),
    (500_000, "0.18"),
    (1_000_000, "0.16"),
    (2_500_000, "0.14"),
    (5_000_000, "0.12"),
    (10_000_000, "0.10"),
    (100_000_000, "0.08"),
    (500_000_000, "0.05"),
)
# What a one-way order latency stands for.
LATENCY_PRESETS = (
    (2, "2 ms: a server in London, next to the exchange"),
    (20, "20 ms: a server in Europe, orders over WebSocket"),
    (60, "60 ms: the US east coast, or REST from Europe"),
    (200, "200 ms: a home connection"),
)


class BacktestRunForm(forms.Form):
    """A backtest to run; `request()` is what the job is given."""

    name = forms.CharField(
        max_length=80, required=False, label="Name", help_text="to find it again; may be empty"
    )
    balances = forms.CharField(
        max_length=500,
        label="Starting balances",
        help_text="assets and amounts, such as USD=1000, BTC=0.1",
    )
    recordings = forms.MultipleChoiceField(
        required=False, label="Recordings", help_text="none chosen: all that are not synthetic"
    )
    start = forms.DateTimeField(required=False, label="From (UTC)")
    end = forms.DateTimeField(required=False, label="Until (UTC)")
    threshold_bps = forms.DecimalField(
        max_digits=12,
        decimal_places=6,
        label="Profit threshold, bps",
        help_text="least net return of a cycle after fees, in basis points",
    )
    trade_capital = forms.FloatField(
        label="Capital per trade", help_text="in the quote asset", required=False
    )
    quote_asset = forms.CharField(max_length=32, required=False, label="Quote asset of P&L")
    fill_model = forms.ChoiceField(
        choices=(
            ("modeled", "modeled: fills at detection, a fixed ratio"),
            ("replayed", "replayed: fills on the books when each order arrives"),
        ),
        required=False,
        label="Fill model",
    )
    fee = forms.ChoiceField(choices=FEE_CHOICES, required=False, label="Fees")
    fee_volume = forms.TypedChoiceField(
        choices=[(volume, f"{volume:,} USD: {fee} %") for volume, fee in VOLUME_TIERS],
        coerce=int,
        required=False,
        empty_value=None,
        label="30-day volume",
    )
    fee_percent = forms.DecimalField(
        max_digits=9, decimal_places=6, required=False, label="Flat taker fee, %"
    )
    slippage_bps = forms.FloatField(required=False, label="Slippage, bps")
    execution_latency_ms = forms.FloatField(
        required=False, label="Latency per order, ms", help_text="2, 20, 60 or 200, or your own"
    )
    latency_jitter_ms = forms.FloatField(required=False, label="Latency jitter, ms")
    seed = forms.IntegerField(required=False, label="Seed of the jitter")
    max_depth_levels = forms.IntegerField(required=False, label="Depth, levels a side")
    max_concurrent_trades = forms.IntegerField(required=False, label="Trades in flight at once")
    staleness_threshold_ms = forms.FloatField(
        required=False, label="Oldest book, ms", help_text="empty: no limit"
    )
    reentry = forms.ChoiceField(
        choices=(
            ("after_reset", "after reset: a standing edge is sold once"),
            ("always", "always: again as long as it stands"),
        ),
        required=False,
        label="Re-entry",
    )
    start_assets = forms.CharField(
        max_length=200, required=False, label="Start assets", help_text="empty: the quote asset"
    )
    symbols = forms.CharField(
        max_length=4000,
        required=False,
        label="Symbols",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="such as BTC/USD, ETH/BTC; empty: the enabled pairings",
    )
    minimums = forms.CharField(
        max_length=4000,
        required=False,
        label="Minimum quantities",
        help_text="in place of the pairings' own, such as BTC/USD=0.0001",
    )

    def __init__(self, *args: Any, recordings: Iterable[str] = (), **options: Any) -> None:
        options["initial"] = initial_values() | options.get("initial", {})
        super().__init__(*args, **options)
        chooser = self.fields["recordings"]
        if isinstance(chooser, forms.MultipleChoiceField):
            chooser.choices = [(name, name) for name in recordings]

    def clean_balances(self) -> dict[str, float]:
        balances: dict[str, float] = _or_refuse(parse_balances, self.cleaned_data["balances"])
        return balances

    def clean_symbols(self) -> list[str]:
        symbols = _words(self.cleaned_data["symbols"])
        for symbol in symbols:
            _or_refuse(split_symbol, symbol)
        return sorted(set(symbols))

    def clean_minimums(self) -> dict[str, float] | None:
        text = self.cleaned_data["minimums"].strip()
        minimums = _or_refuse(parse_balances, text) if text else None
        for symbol in minimums or ():
            _or_refuse(split_symbol, symbol)
        return minimums

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("start"), cleaned.get("end")
        if start and end and start >= end:
            self.add_error("end", f"Until is {end:%Y-%m-%d %H:%M}; it must be after From")
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

    def _judged(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters, each judged by BacktestConfig; errors go to their fields."""
        found: dict[str, Any] = {}
        for parameter, (field, value) in self._parameters(cleaned).items():
            if field in self.errors:
                continue
            try:
                judged = BacktestConfig(**{parameter: value})
            except ConfigError as error:
                self.add_error(field, str(error))
            else:
                found[parameter] = judged.as_json()[parameter]
        return found

    def _parameters(self, cleaned: Mapping[str, Any]) -> dict[str, tuple[str, Any]]:
        """Return by parameter the field it comes from and its value; what is empty is left out."""
        plain = {
            name: (name, cleaned.get(name))
            for name in DEFAULTS
            if name in self.fields and cleaned.get(name) not in (None, "")
        }
        if cleaned.get("threshold_bps") is not None:
            threshold = float(cleaned["threshold_bps"] / _BPS)
            plain["min_profit_threshold"] = ("threshold_bps", threshold)
        if starts := _words(cleaned.get("start_assets") or ""):
            plain["start_assets"] = ("start_assets", starts)
        else:
            plain.pop("start_assets", None)
        if cleaned.get("minimums"):
            plain["min_order_size_by_pair"] = ("minimums", cleaned["minimums"])
        return plain | self._fee_parameters(cleaned)

    def _fee_parameters(self, cleaned: Mapping[str, Any]) -> dict[str, tuple[str, Any]]:
        kind = cleaned.get("fee") or "account"
        if kind in ("schedule", "zero"):
            return {"fee_profile": ("fee", kind)}
        if kind == "volume":
            return {"fee_profile": ("fee_volume", f"volume:{cleaned.get('fee_volume') or 0}")}
        if kind == "flat":
            percent = cleaned.get("fee_percent")
            if percent is None or percent <= 0:
                if "fee_percent" not in self.errors:
                    self.add_error(
                        "fee_percent", "Write the flat fee, such as 0.26, or choose zero"
                    )
                return {}
            return {"fee_rate": ("fee_percent", float(percent / _PERCENT))}
        return {}


def initial_values() -> dict[str, Any]:
    """Return what an untouched form shows: the defaults of `BacktestConfig`."""
    shown = {name: DEFAULTS[name] for name in BacktestRunForm.base_fields if name in DEFAULTS}
    return shown | {
        "balances": f"{DEFAULTS['quote_asset']}={DEFAULT_BALANCE:g}",
        "threshold_bps": float(Decimal(str(DEFAULTS["min_profit_threshold"])) * _BPS),
        "fee": "account",
    }


def _words(text: str) -> list[str]:
    return [word for word in text.replace(",", " ").split() if word]


def _or_refuse(read: Any, text: str) -> Any:
    try:
        return read(text)
    except (ReplayError, PairingError) as error:
        raise forms.ValidationError(str(error)) from None
