"""The trial ledger: which parameter sets were ever tried on some data, and their Sharpe ratios."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import numpy as np

from backtesting.search.robustness import TrialHistory

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from backtesting.engine.config import BacktestConfig
    from backtesting.engine.report import BacktestReport

# `hash`: of the set; `sharpe`: of its test buckets, NaN where there is none (single runs).
TRIALS = np.dtype([("hash", "<u8"), ("sharpe", "<f8")])


def trial_hash(config: BacktestConfig, universe: Sequence[str]) -> int:
    """Return 64 bits that tell a set from all others: of its parameters and its universe."""
    text = json.dumps([config.as_json(), sorted(universe)], sort_keys=True)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


def pack_trials(hashes: Iterable[int], sharpe: NDArray[np.float64] | None = None) -> bytes:
    """Return trials as the bytes that a ledger keeps."""
    known = np.fromiter(hashes, np.uint64)
    trials = np.full(len(known), np.array((0, np.nan), TRIALS), TRIALS)
    trials["hash"] = known
    if sharpe is not None:
        trials["sharpe"] = sharpe
    return trials.tobytes()


def history_of(entries: Iterable[bytes], own: Iterable[int]) -> TrialHistory:
    """Return what the entries of a ledger hold beside the sets with these hashes, each set once.

    A set that was tried again keeps the Sharpe ratio of its last sweep.
    """
    last: dict[int, float] = {}
    for entry in entries:
        for known, sharpe in np.frombuffer(entry, TRIALS).tolist():
            if known not in last or sharpe == sharpe:  # noqa: PLR0124 - NaN is not itself
                last[known] = sharpe
    for known in own:
        last.pop(known, None)
    return TrialHistory(trials=len(last), sharpe=np.array(list(last.values()), np.float64))


def trial_of(report: BacktestReport) -> bytes:
    """Return a single replay as what it is to a later sweep: one more trial."""
    return pack_trials([trial_hash(report.config, report.symbols)])
