"""The three kinds of synthetic market: liquid, thin and stress."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from marketdata.synthetic import measured
from marketdata.synthetic.measured import BookShape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marketdata.synthetic.universe import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeKind:
    """One way in which a dislocation comes and goes.

    `weight` is its share of all; its duration is drawn log-uniformly; `hollow_share` of them offer
    the edge at the touch alone; where `crumbles` the legs come back one after another; where
    `has_silent_leg` one of its books gets no event while it lasts.
    """

    name: str
    weight: float
    duration_s: tuple[float, float]
    hollow_share: float = 0.4
    crumbles: bool = False
    has_silent_leg: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dislocations:
    """How often, how far and for how long a cycle's three books come apart.

    `per_hour` counts the whole tape. `peak_bps` are gross edges at probabilities 0, 0.25, 0.5,
    0.95 and 1; `size_usd` is the median of what the touches take, lognormal with `size_sigma`;
    `usd_share` of them are planted on cycles that hold USD.
    """

    per_hour: float
    peak_bps: tuple[float, float, float, float, float]
    kinds: tuple[EpisodeKind, ...]
    size_usd: float
    size_sigma: float
    usd_share: float = 0.85


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A market. Outside planted episodes no cycle's gross edge exceeds `limit_bps`."""

    name: str
    limit_bps: float
    return_std_bps: float
    fast_std_bps: float
    slow_std_bps: float
    slow_half_life_s: float
    shapes: Mapping[Tier, BookShape]
    dislocations: Dislocations


# Quartiles of the measured durations, a kind each.
_MEASURED_KINDS: Final = (
    EpisodeKind(name="flash", weight=0.25, duration_s=(0.02, measured.EPISODE_DURATION_S[0])),
    EpisodeKind(name="brief", weight=0.25, duration_s=measured.EPISODE_DURATION_S[0:2]),
    EpisodeKind(
        name="crumbling", weight=0.25, duration_s=measured.EPISODE_DURATION_S[1:3], crumbles=True
    ),
    EpisodeKind(name="standing", weight=0.15, duration_s=measured.EPISODE_DURATION_S[2:4]),
    EpisodeKind(
        name="stale",
        weight=0.1,
        duration_s=measured.EPISODE_DURATION_S[2:4],
        hollow_share=0.1,
        has_silent_leg=True,
    ),
)
# A third are gone before three orders of 20 ms have arrived: what they seem to pay, they do not.
_STRESS_KINDS: Final = (
    EpisodeKind(name="flash", weight=0.30, duration_s=(0.008, 0.06), hollow_share=0.2),
    EpisodeKind(name="brief", weight=0.30, duration_s=(0.09, 0.9), hollow_share=0.3),
    EpisodeKind(name="crumbling", weight=0.10, duration_s=(0.03, 0.4), crumbles=True),
    EpisodeKind(name="standing", weight=0.22, duration_s=(0.9, 5.0), hollow_share=0.3),
    EpisodeKind(
        name="stale", weight=0.08, duration_s=(2.0, 9.0), hollow_share=0.1, has_silent_leg=True
    ),
)

_LIQUID_SHAPES: Final[Mapping[Tier, BookShape]] = {
    "major": BookShape(
        gaps_ms=measured.GAPS_BTC_USD_2023,
        spread_bps=measured.SPREAD_BTC_USD_2023,
        touch_usd=measured.TOUCH_BTC_USD_2023,
        span_bps=measured.SPAN_BTC_USD_2023,
        depth_ratio=measured.DEPTH_RATIO_BTC_USD_2023,
    ),
    "cross": BookShape(
        gaps_ms=measured.GAPS_OMG_USD_2021,
        spread_bps=measured.SPREAD_ETH_USDT_2024,
        touch_usd=measured.TOUCH_BTC_CHF_2021,
        span_bps=measured.SPAN_XMR_USD_2021,
        depth_ratio=measured.DEPTH_RATIO_BTC_CHF_2021,
    ),
    "minor": BookShape(
        gaps_ms=measured.GAPS_XMR_USD_2021,
        spread_bps=measured.SPREAD_THIN_BTC_USD,
        touch_usd=measured.TOUCH_XMR_USD_2021,
        span_bps=measured.SPAN_XMR_USD_2021,
        depth_ratio=measured.DEPTH_RATIO_XMR_USD_2021,
    ),
}
_THIN_SHAPES: Final[Mapping[Tier, BookShape]] = {
    "major": BookShape(
        gaps_ms=measured.GAPS_BTC_CHF_2021,
        spread_bps=measured.SPREAD_THIN_BTC_USD,
        touch_usd=measured.TOUCH_BTC_CHF_2021,
        span_bps=measured.SPAN_XMR_USD_2021,
        depth_ratio=measured.DEPTH_RATIO_BTC_CHF_2021,
    ),
    "cross": BookShape(
        gaps_ms=measured.GAPS_OCEAN_BTC_2021,
        spread_bps=measured.SPREAD_THIN_BTC_EUR,
        touch_usd=measured.TOUCH_XMR_USD_2021,
        span_bps=measured.SPAN_BTC_CHF_2021,
        depth_ratio=measured.DEPTH_RATIO_XMR_USD_2021,
    ),
    "minor": BookShape(
        gaps_ms=measured.GAPS_OCEAN_BTC_2021,
        spread_bps=measured.SPREAD_THIN_BCH_BTC,
        touch_usd=measured.TOUCH_SC_EUR_2021,
        span_bps=measured.SPAN_SC_EUR_2021,
        depth_ratio=measured.DEPTH_RATIO_SC_EUR_2021,
    ),
}
_STRESS_SHAPES: Final[Mapping[Tier, BookShape]] = {
    "major": _LIQUID_SHAPES["minor"],
    "cross": BookShape(
        gaps_ms=measured.GAPS_OMG_USD_2021,
        spread_bps=measured.SPREAD_THIN_BCH_USD,
        touch_usd=measured.TOUCH_XMR_USD_2021,
        span_bps=measured.SPAN_XMR_USD_2021,
        depth_ratio=measured.DEPTH_RATIO_XMR_USD_2021,
    ),
    "minor": _THIN_SHAPES["minor"],
}

LIQUID: Final = Profile(
    name="liquid",
    limit_bps=4.0,
    return_std_bps=measured.RETURN_STD_BPS,
    fast_std_bps=measured.FAST_RESIDUAL_STD_BPS,
    slow_std_bps=0.0,
    slow_half_life_s=measured.SLOW_RESIDUAL_HALF_LIFE_S,
    shapes=_LIQUID_SHAPES,
    dislocations=Dislocations(
        per_hour=60.0,
        peak_bps=(6.0, 7.0, 8.0, 11.0, 13.0),
        kinds=_MEASURED_KINDS,
        size_usd=1_500.0,
        size_sigma=1.2,
    ),
)
THIN: Final = Profile(
    name="thin",
    limit_bps=23.0,
    return_std_bps=measured.RETURN_STD_BPS,
    fast_std_bps=measured.FAST_RESIDUAL_STD_BPS,
    slow_std_bps=measured.SLOW_RESIDUAL_STD_BPS,
    slow_half_life_s=measured.SLOW_RESIDUAL_HALF_LIFE_S,
    shapes=_THIN_SHAPES,
    # The measured tail: 18-41 bps at 99 %, 85 bps at most. What is smaller wanders below the limit.
    dislocations=Dislocations(
        per_hour=100.0,
        peak_bps=(27.0, 30.0, 34.0, 52.0, 70.0),
        kinds=_MEASURED_KINDS,
        size_usd=600.0,
        size_sigma=1.2,
    ),
)
STRESS: Final = Profile(
    name="stress",
    limit_bps=60.0,
    return_std_bps=1.5 * measured.RETURN_STD_BPS,
    fast_std_bps=measured.FAST_RESIDUAL_STD_BPS,
    slow_std_bps=3.0,
    slow_half_life_s=measured.SLOW_RESIDUAL_HALF_LIFE_S,
    shapes=_STRESS_SHAPES,
    dislocations=Dislocations(
        per_hour=1000.0,
        peak_bps=(90.0, 126.0, 145.0, 185.0, 200.0),
        kinds=_STRESS_KINDS,
        size_usd=420.0,
        size_sigma=1.2,
    ),
)
PROFILES: Final = {profile.name: profile for profile in (LIQUID, THIN, STRESS)}
