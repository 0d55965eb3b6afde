"""The sweep form: source and base parameters as in the run form, then lists and ranges to try.

The grid is counted before any value is made, so that a form that asks for far too much is
answered at once.
"""

from __future__ import annotations

import math
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, Final

from django import forms

from backtesting.engine.config import BacktestConfig
from backtesting.forms.axes import NUMBERS
from backtesting.forms.choices import FILL_MODELS
from backtesting.forms.ranges import RangeError
from backtesting.forms.run import BacktestRunForm
from backtesting.forms.sweep_filling import ALL, untouched_sweep
from backtesting.requests import ReplayRequest
from backtesting.search.grid import SweepAxes, SweepError
from backtesting.search.options import MOST_FOLDS, SearchOptions
from backtesting.search.promotion import PromotionCriteria
from backtesting.search.scoring import ScoreWeights
from backtesting.sweeps.requests import SweepRequest
from config.number_fields import FloatField, IntegerField
from pairings.rules import PairingError, split_symbol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from backtesting.forms.ranges import ValueList

_LONGEST: Final = 20_000
# So many of the criteria are those of promotion_ready.
_READY: Final = 5
_BASE: Final = (
    "quote_asset",
    "max_depth_levels",
    "max_concurrent_trades",
    "reentry",
    "latency_jitter_ms",
    "seed",
    "start_assets",
    "minimums",
)
_WEIGHTS: Final = ("win_weight", "fill_weight")
CRITERIA: Final = tuple(found.name for found in fields(PromotionCriteria))


def _values(label: str, help_text: str) -> forms.CharField:
    return forms.CharField(required=False, max_length=_LONGEST, label=label, help_text=help_text)


def _limit(label: str, help_text: str = "") -> FloatField:
    return FloatField(required=False, label=label, help_text=help_text)


class SweepForm(BacktestRunForm):
    """A sweep to run; `sweep_request()` is what the job is given, `count` its number of sets."""

    # What is one value in the run form is a list here.
    threshold_bps = fill_model = trade_capital = symbols = None  # type: ignore[assignment]  # Django's way to leave out a field of the parent
    slippage_bps = execution_latency_ms = staleness_threshold_ms = None  # type: ignore[assignment]  # as above

    thetas = _values(
        "Profit thresholds (theta)",
        "fractions such as 0.0005..0.002 step 0.0005, or with a unit: 5..20 step 5 bps",
    )
    capitals = _values("Trade capitals", "in the quote asset, such as 50, 100, 250..1000 step 250")
    staleness = _values("Book age at most, ms", "such as none, 100, 500; none: no limit")
    universes = forms.CharField(
        required=False,
        max_length=_LONGEST,
        label="Universes",
        widget=forms.Textarea({"rows": 3}),
        help_text="one a line, such as BTC/USD, ETH/USD, ETH/BTC; empty, or a line with the word "
        "all: the enabled pairings",
    )
    latencies = _values("Latencies, ms", "such as 2, 20, 60")
    slippages = _values("Slippages, bps", "such as 0..8 step 4")
    fee_percent = _values("Flat taker fees, %", "such as 0.1, 0.26, 0.4")  # type: ignore[assignment]  # a list here
    fill_models = forms.MultipleChoiceField(
        choices=FILL_MODELS,
        label="Fill models",
        widget=forms.CheckboxSelectMultiple,
        help_text="only sets under replayed fills can be called robust",
    )
    train_ratio = _limit("Share of time to train on", "0.7: the last 30 % judge")
    folds = IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_FOLDS,
        label="Walk-forward folds",
        help_text="1: the single split alone",
    )
    anchored = forms.BooleanField(
        required=False, label="Anchored: every fold trains from the first event on"
    )
    win_weight = _limit("Weight of the win rate", "in a score")
    fill_weight = _limit("Weight of the fill rate", "in a score")
    min_test_pnl = _limit("Test P&L above")
    min_win_rate = _limit("Win rate at least", "0.5 is 50 %")
    min_fill_rate = _limit("Fill rate at least", "0.9 is 90 %")
    max_drawdown = _limit("Drawdown at most", "in the quote asset")
    max_generalization_gap = _limit("Gap at most", "of train and test score")
    min_test_trades = IntegerField(required=False, label="Test trades at least")
    min_test_buckets = IntegerField(
        required=False, label="Time buckets at least", help_text="with a trade, of 240"
    )
    min_pnl_bound = _limit("Bound of mean P&L above")
    min_deflated_sharpe = _limit("Deflated Sharpe at least")
    max_overfitting = _limit("Overfitting at most", "0.2 is 20 %")

    def __init__(self, *args: Any, most_sets: int, **options: Any) -> None:
        options["initial"] = untouched_sweep() | (options.get("initial") or {})
        super().__init__(*args, **options)
        for name in CRITERIA:
            if name not in self.fields:
                self.fields[name] = _limit(name.replace("_", " ").capitalize())
        self.most_sets = most_sets
        self.count = 0
        self.is_counted = False
        self.axes: SweepAxes | None = None
        self.options: SearchOptions | None = None

    def clean_universes(self) -> tuple[tuple[str, ...] | None, ...]:
        lines = self.cleaned_data["universes"].splitlines()
        words = [tuple(line.replace(",", " ").split()) for line in lines]
        return tuple(_universe(symbols) for symbols in words if symbols)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        typed = self._typed_axes(cleaned)
        # With a field that could not be read the count would be of another grid.
        axes = {"universes", "fill_models", *(axis.name for axis in NUMBERS)}
        self.is_counted = not axes & self.errors.keys()
        universes, models = cleaned.get("universes") or (), cleaned.get("fill_models") or ()
        sizes = {name: max(1, values.count) for name, values in typed.items()}
        sizes |= {"universes": max(1, len(universes)), "fill_models": max(1, len(models))}
        self.count = math.prod(sizes.values())
        if self.count > self.most_sets:
            self._refuse_count(sizes)
        elif not self.errors:
            self.axes = self._axes(typed, universes, models)
            self.options = self._options(cleaned)
        return cleaned

    def sweep_request(self) -> SweepRequest:
        """Return what the valid form asks for."""
        cleaned = self.cleaned_data
        if self.axes is None or self.options is None:
            raise ValueError("the form has errors; ask is_valid() first")
        replay = ReplayRequest(
            config=BacktestConfig.from_values(self._config),
            balances=cleaned["balances"],
            recordings=tuple(cleaned["recordings"]) or None,
            start=cleaned["start"],
            end=cleaned["end"],
        )
        return SweepRequest(replay=replay, axes=self.axes, options=self.options)

    def ready_limits(self) -> list[forms.BoundField]:
        """Return the fields of the limits of promotion_ready."""
        return [self[name] for name in CRITERIA[:_READY]]

    def robust_limits(self) -> list[forms.BoundField]:
        """Return the fields of the limits of robust."""
        return [self[name] for name in CRITERIA[_READY:]]

    def has_advanced(self) -> bool:
        """Say whether what is the same for all sets has an error or is not as usual."""
        return self._differs(_BASE)

    def has_options(self) -> bool:
        """Say whether a field of the block on judging has an error or another value than usual."""
        return self._differs(("train_ratio", "folds", "anchored", *_WEIGHTS, *CRITERIA))

    def _differs(self, names: Iterable[str]) -> bool:
        usual = untouched_sweep()
        return any(
            self[name].errors or str(self[name].value() or "") != str(usual.get(name) or "")
            for name in names
        )

    def _typed_axes(self, cleaned: Mapping[str, Any]) -> dict[str, ValueList]:
        typed = {}
        for axis in NUMBERS:
            if axis.name == "fee_percent" and cleaned.get("fee") != "flat":
                continue
            try:
                typed[axis.name] = axis.read(cleaned.get(axis.name) or "")
            except RangeError as error:
                self.add_error(axis.name, str(error))
        if "fee_percent" in typed and not typed["fee_percent"].count:
            self.add_error("fee_percent", "Write the flat fees, such as 0.1, 0.26")
        return typed

    def _refuse_count(self, sizes: Mapping[str, int]) -> None:
        largest = max(sizes, key=lambda name: sizes[name])
        self.add_error(
            largest,
            f"The grid has {self.count:,} parameter sets, more than the {self.most_sets:,} "
            f"allowed; {sizes[largest]:,} of them by this field. Give fewer values.",
        )

    def _axes(
        self, typed: Mapping[str, ValueList], universes: Any, models: Any
    ) -> SweepAxes | None:
        """Return the axes; a parameter with one value that is no main axis goes to the base."""
        values = self._values(typed) | {"fill_model": tuple(models)}
        base = SweepAxes.of(BacktestConfig())
        main = {
            name: values.pop(name, getattr(base, name))
            for name in ("min_profit_threshold", "trade_capital", "staleness_threshold_ms")
        }
        self._config |= {name: found[0] for name, found in values.items() if len(found) == 1}
        further = {name: found for name, found in values.items() if len(found) > 1}
        try:
            return SweepAxes(**main, universe=universes or (None,), further=further)
        except SweepError as error:
            self.add_error("universes" if "universe" in str(error) else None, str(error))
            return None

    def _values(self, typed: Mapping[str, ValueList]) -> dict[str, tuple[Any, ...]]:
        """Return the values by parameter; those that are refused say so at their field."""
        values: dict[str, tuple[Any, ...]] = {}
        for axis in NUMBERS:
            if axis.name not in typed or not typed[axis.name].count:
                continue
            try:
                values[axis.parameter] = axis.values(typed[axis.name])
            except RangeError as error:
                self.add_error(axis.name, str(error).replace(axis.parameter, "a value"))
        if not all(values.get("fee_rate", ())):
            self.add_error("fee_percent", "A rate of 0 is no flat rate; choose no fees for that")
        return values

    def _options(self, cleaned: Mapping[str, Any]) -> SearchOptions | None:
        """Return how the sets are judged; what is left empty is as usual."""
        usual = SearchOptions()
        given = {name: cleaned[name] for name in CRITERIA if cleaned.get(name) is not None}
        weights = asdict(usual.weights) | {
            name: cleaned[f"{name}_weight"]
            for name in ("win", "fill")
            if cleaned.get(f"{name}_weight") is not None
        }
        ratio = cleaned.get("train_ratio")
        try:
            return SearchOptions(
                train_ratio=usual.train_ratio if ratio is None else ratio,
                folds=cleaned.get("folds") or usual.folds,
                anchored=cleaned.get("anchored") or False,
                weights=ScoreWeights(**weights),
                criteria=PromotionCriteria.from_values(given),
            )
        except SweepError as error:
            self.add_error("train_ratio", str(error))
            return None

    def _fee_parameters(self, cleaned: Mapping[str, Any]) -> dict[str, tuple[str, Any]]:
        """Return the fees of all sets; flat rates are an axis."""
        return {} if cleaned.get("fee") == "flat" else super()._fee_parameters(cleaned)


def _universe(symbols: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the symbols of a line; None, all there are, for the word `all`."""
    if symbols == (ALL,):
        return None
    try:
        for symbol in symbols:
            split_symbol(symbol)
    except PairingError as error:
        raise forms.ValidationError(str(error)) from None
    return symbols
