"""A sweep from its events to its artifacts: plan it, search it whole or in parts, judge it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from backtesting.search.artifacts import SweepArtifacts, SweepSource
from backtesting.search.figures import PartResult, SetFigures
from backtesting.search.groups import group_sets
from backtesting.search.presence import Presence
from backtesting.search.promotion import are_ready
from backtesting.search.pruned import BUCKETS, PrunedSearch
from backtesting.search.robustness import TrialHistory, measure_luck
from backtesting.search.scoring import generalization_gaps, scores
from backtesting.search.windows import rows_of, split_at, walk_forward

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from backtesting.engine.events import EventStore
    from backtesting.search.grid import SweepAxes, SweepParameters
    from backtesting.search.groups import SweepGroup, SweepInputs
    from backtesting.search.options import SearchOptions
    from backtesting.search.windows import Split

    Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SweepPlan:
    """A sweep that can be run, whole or in parts: its grid in groups, and its windows."""

    events: EventStore
    axes: SweepAxes
    grid: tuple[SweepParameters, ...]
    inputs: SweepInputs
    options: SearchOptions
    splits: tuple[Split, ...]
    windows: tuple[slice, ...]
    groups: tuple[SweepGroup, ...]
    fingerprint: str

    @classmethod
    def of(
        cls,
        events: EventStore,
        axes: SweepAxes,
        grid: tuple[SweepParameters, ...],
        inputs: SweepInputs,
        options: SearchOptions,
    ) -> SweepPlan:
        """Return the plan of a sweep; raise SweepError where it cannot be run as asked.

        A universe of None becomes all symbols of the events.
        """
        grid = tuple(parameters.over(events.symbols) for parameters in grid)
        times = events.columns.time_us
        first, last = int(times[0]), int(times[-1])
        splits = [split_at(first, last, options.train_ratio)]
        if options.folds > 1:
            splits += walk_forward(
                first, last, options.train_ratio, options.folds, anchored=options.anchored
            )
        windows = [window for split in splits for window in rows_of(events, split)]
        presence = Presence.of(events, windows)
        presence.check_named(axes.universe)
        groups = group_sets(grid, inputs, events.symbols)
        presence.check_windows(group.universe for group in groups)
        return cls(
            events=events,
            axes=axes,
            grid=grid,
            inputs=inputs,
            options=options,
            splits=tuple(splits),
            groups=groups,
            windows=tuple(windows),
            fingerprint=_fingerprint(events, axes, inputs, options),
        )

    def search(self, *, threads: int = 1) -> PrunedSearch:
        """Return the search over the plan's windows; any part of its groups can be run."""
        times = self.events.columns.time_us
        return PrunedSearch(
            events=self.events,
            inputs=self.inputs,
            windows=self.windows,
            span=(int(times[0]), int(times[-1])),
            first_test=first_bucket(self.splits[0]),
            is_ready=self._is_ready,
            seed=int(self.fingerprint[:16], 16),
            threads=threads,
        )

    def artifacts(self, parts: Sequence[PartResult], history: TrialHistory) -> SweepArtifacts:
        """Return the sweep put together from its parts, which cover the whole grid."""
        part = _in_grid_order(parts)
        train, test = part.figures[0], part.figures[1]
        assets = self.groups[0].plan(self.events.columns, self.inputs.rules).assets
        return SweepArtifacts(
            axes=self.axes,
            grid=self.grid,
            base=self.inputs.base,
            options=self.options,
            source=SweepSource(
                fingerprint=self.events.fingerprint,
                recordings=self.events.recordings,
                is_synthetic=self.events.is_synthetic,
                rejected_events=self.events.rejected_events,
            ),
            splits=self.splits,
            symbols=self.events.symbols,
            assets=assets,
            part=part,
            luck=measure_luck(
                train.buckets, test.buckets, test.active, first_bucket(self.splits[0]), history
            ),
        )

    def _is_ready(self, train: SetFigures, test: SetFigures) -> NDArray[np.bool_]:
        weights = self.options.weights
        gaps = generalization_gaps(
            scores(train.summaries, weights), scores(test.summaries, weights)
        )
        return are_ready(test.summaries, gaps, self.options.criteria)


def first_bucket(split: Split) -> int:
    """Return the first time bucket that begins at or after the split: the first of test."""
    share = (split.split_us - split.begin_us) / max(1, split.last_us - split.begin_us)
    return int(np.ceil(share * BUCKETS - 1e-9))


def _in_grid_order(parts: Sequence[PartResult]) -> PartResult:
    """Return the parts as one, the same whatever the cut: rows by index, facts by first use."""
    indexes = np.concatenate([part.indexes for part in parts])
    order = np.argsort(indexes, kind="stable")
    groups = np.concatenate(
        [
            part.groups + offset
            for part, offset in zip(
                parts, np.cumsum([0, *(len(part.facts[0]) for part in parts)]), strict=False
            )
        ]
    )[order]
    windows = range(len(parts[0].figures))
    facts = [[facts for part in parts for facts in part.facts[at]] for at in windows]
    kept, renumbered = _without_repeats(groups, facts)
    return PartResult(
        indexes=indexes[order],
        groups=renumbered,
        figures=[
            SetFigures(
                summaries=np.concatenate([part.figures[at].summaries for part in parts])[order],
                ending=np.concatenate([part.figures[at].ending for part in parts])[order],
                buckets=np.concatenate([part.figures[at].buckets for part in parts])[order],
                active=np.concatenate([part.figures[at].active for part in parts])[order],
            )
            for at in windows
        ],
        facts=[[facts[at][group] for group in kept] for at in windows],
        trades=np.concatenate([part.trades for part in parts])[order],
    )


def _without_repeats(
    groups: NDArray[np.int64], facts: list[list[dict[str, Any]]]
) -> tuple[list[int], NDArray[np.int64]]:
    """Return which facts differ, in order of their first set, and each row's place among them."""
    places: dict[str, int] = {}
    kept: list[int] = []
    renumbered = np.empty(len(groups), np.int64)
    place_of: dict[int, int] = {}
    for row, group in enumerate(groups.tolist()):
        if group not in place_of:
            text = json.dumps([window[group] for window in facts], sort_keys=True)
            if text not in places:
                places[text] = len(kept)
                kept.append(group)
            place_of[group] = places[text]
        renumbered[row] = place_of[group]
    return kept, renumbered


def _fingerprint(
    events: EventStore, axes: SweepAxes, inputs: SweepInputs, options: SearchOptions
) -> str:
    """Return a name for the sweep: of its events, its grid and all else that it rests on."""
    account = inputs.account and [inputs.account.general, dict(inputs.account.by_symbol)]
    rules = {symbol: asdict(rules) for symbol, rules in sorted(inputs.rules.items())}
    text = json.dumps(
        [
            events.fingerprint,
            axes.as_json(),
            inputs.base.as_json(),
            rules,
            account,
            None if inputs.balances is None else dict(inputs.balances),
            asdict(options),
        ],
        sort_keys=True,
    )
    return hashlib.sha256(text.encode()).hexdigest()
