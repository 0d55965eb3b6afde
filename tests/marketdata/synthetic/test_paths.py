from __future__ import annotations

import numpy as np
import pytest

from marketdata.synthetic.arrivals import arrival_times, mean_gap_s, share_times
from marketdata.synthetic.measured import GAPS_BTC_CHF_2021
from marketdata.synthetic.paths import revert


def revert_slowly(
    noise: np.ndarray, gap_s: np.ndarray, half_life_s: float, std: float, start: float
) -> list[float]:
    """Return the path step by step, as its formula reads."""
    path, value = [], start
    for shock, gap in zip(noise, gap_s, strict=True):
        keep = 0.5 ** (gap / half_life_s)
        value = keep * value + std * np.sqrt(1 - keep**2) * shock
        path.append(float(value))
    return path


def test_the_residual_is_its_formula_at_any_gaps() -> None:
    rng = np.random.default_rng(1)
    noise = rng.standard_normal(5_000)
    gap_s = rng.exponential(0.5, 5_000)
    gap_s[100], gap_s[200] = 3_600.0, 0.0

    path = revert(noise, gap_s, half_life_s=1.5, std=2.0, start=7.0)

    np.testing.assert_allclose(path, revert_slowly(noise, gap_s, 1.5, 2.0, 7.0), atol=1e-9)


def test_arrivals_rise_from_the_first_and_end_before_the_last() -> None:
    times, following = arrival_times(
        np.random.default_rng(2), GAPS_BTC_CHF_2021, 1_000, 600_000_000
    )

    assert times[0] == 1_000
    assert np.all(np.diff(times) > 0)
    assert times[-1] < 600_000_000 <= following
    assert len(times) == pytest.approx(600 / mean_gap_s(GAPS_BTC_CHF_2021), rel=0.1)


def test_arrivals_have_the_measured_quantiles() -> None:
    times, _ = arrival_times(np.random.default_rng(3), GAPS_BTC_CHF_2021, 0, 3_600_000_000)

    gaps_ms = np.quantile(np.diff(times), (0.05, 0.25, 0.5, 0.75, 0.95, 0.99)) / 1000
    np.testing.assert_allclose(gaps_ms, GAPS_BTC_CHF_2021, rtol=0.15)


def test_shared_times_are_those_of_the_event_before() -> None:
    times = np.arange(1_000, dtype=np.int64) * 10
    fixed = np.zeros(1_000, np.bool_)
    fixed[::2] = True

    shared = share_times(np.random.default_rng(4), times, share=0.5, fixed=fixed)

    moved = shared != times
    assert 200 < moved.sum() < 300
    assert not np.any(moved[::2])
    assert np.array_equal(shared[moved], times[np.flatnonzero(moved) - 1])
